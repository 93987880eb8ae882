"""An answer as Slack shows it, from its placeholder to its end: text, sources, buttons, shared copies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from bot.domain.conversations import (
    Answer,
    AnswerState,
    ArchiveRecord,
    Citation,
    CitedDocument,
    FooterState,
    PrivateAnswerState,
    UnpromptedState,
    group_by_document,
)
from bot.domain.errors import BotError, Interrupted, NotLinked
from bot.domain.people import AnswerCopy
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import BUTTON_LABEL, MARKDOWN_TEXT
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    date_text,
    escaped,
    fallback_text,
    link_text,
    markdown_block,
    one_line,
    option,
    overflow_menu,
    section_block,
    shortened,
    thumb_buttons,
    warning_block,
)
from bot.slack.render.markdown.partial import close_partial_markdown
from bot.slack.render.markdown.sanitize import absolute_url, is_web_url, link_citations, sanitize
from bot.slack.render.markdown.split import split_markdown
from bot.slack.render.messages import CONNECT

LOOKING_FOR_ANSWER = sentence("answer.searching")
PART_LENGTH = MARKDOWN_TEXT - 2_000
"""Characters of Markdown in one message, with room for the links that markers become."""


def render_partial_answer(answer: Answer, turn: str, frontend: str) -> list[RenderedMessage]:
    """Draw an answer on its way: the text so far, what is being done, and a way to stop it.

    It is drawn in as many messages as the text needs; progress and the button are in the last one.
    """
    so_far = _so_far(answer, frontend)
    doing = escaped(answer.progress) or (sentence("answer.writing") if so_far else LOOKING_FOR_ANSWER)
    end = [
        context_block(f"_{doing}_"),
        button_row("writing", [button(actions.STOP, sentence("stop.button"), actions.button_value(turn))]),
    ]
    return _with_footer(so_far, fallback_text(answer.progress or LOOKING_FOR_ANSWER), end)


def render_answer_text(answer: Answer, frontend: str) -> list[RenderedMessage]:
    """Draw the text of a whole answer, in as many messages as it needs."""
    return [
        RenderedMessage(fallback_text(part), (_body(part, answer, frontend),))
        for part in split_markdown(answer.text, PART_LENGTH)
    ]


def render_finished_answer(
    answer: Answer, turn: str, footer: FooterState, frontend: str
) -> list[RenderedMessage]:
    """Draw a whole answer, in as many messages as it needs; the last one bears sources and buttons."""
    end = [*source_blocks(answer.citations, frontend, turn), *footer_blocks(turn, footer)]
    if footer.is_newest and not footer.is_deleted:
        end += follow_up_blocks(turn, answer.follow_ups)
    return _with_footer(render_answer_text(answer, frontend), "", end)


def render_failed_answer(answer: Answer, turn: str, frontend: str, error: BotError) -> list[RenderedMessage]:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    text, value = fallback_text(error.sentence), actions.button_value(turn)
    buttons = [button(actions.TRY_AGAIN, sentence("answer.try_again"), value, style="primary")]
    if isinstance(error, NotLinked):
        # Everybody sees this message: only the person who presses is told where to connect an account.
        buttons.insert(0, button(actions.CONNECT_FIRST, CONNECT, value))
    end = [warning_block(escaped(error.sentence)), button_row("failed", buttons)]
    *before, last = _with_footer(_so_far(answer, frontend), text, end)
    return [*before, RenderedMessage(text, last.blocks)]


def render_stopped_answer(
    answer: Answer, turn: str, footer: FooterState, frontend: str
) -> list[RenderedMessage]:
    """Draw an answer that a person stopped; PipesHub went on with it where it had received the question."""
    resume = button(actions.RESUME, sentence("stop.resume"), actions.button_value(turn))
    note = "stop.note_by" if answer.stopped_by else "stop.note"
    end = [context_block(sentence(note, person=answer.stopped_by))]
    if answer.text or answer.conversation_id:
        end.append(button_row("stopped", [resume, *earlier_version_buttons(turn, footer)]))
    return _with_footer(_so_far(answer, frontend), sentence("stop.stopped"), end)


def render_answer(answer: Answer, turn: str, footer: FooterState, frontend: str) -> list[RenderedMessage]:
    """Draw an answer in whatever state it is, in as many messages as it needs."""
    match answer.state:
        case AnswerState.WRITING:
            return render_partial_answer(answer, turn, frontend)
        case AnswerState.DONE:
            return render_finished_answer(answer, turn, footer, frontend)
        case AnswerState.STOPPED:
            return render_stopped_answer(answer, turn, footer, frontend)
        case AnswerState.FAILED:
            return render_failed_answer(answer, turn, frontend, answer.error or Interrupted())


def _so_far(answer: Answer, frontend: str) -> list[RenderedMessage]:
    """Draw the text of an answer whose end has not arrived; nothing where there is none yet."""
    so_far = close_partial_markdown(answer.text)
    return render_answer_text(replace(answer, text=so_far), frontend) if so_far else []


def _with_footer(drawn: list[RenderedMessage], text: str, end: list[Block]) -> list[RenderedMessage]:
    """Put `end` below the last message; alone, with `text` for notifications, where there is none."""
    *before, last = drawn or [RenderedMessage(text, ())]
    return [*before, RenderedMessage(last.text, (*last.blocks, *end))]


def _body(text: str, answer: Answer, frontend: str) -> Block:
    """Return text whose markers lead to their sources."""
    plain = sanitize(text, frontend)
    linked = link_citations(plain, citation_urls(answer.citations, frontend).get)
    return markdown_block(linked if len(linked) <= MARKDOWN_TEXT else plain)


COPIED_QUESTION_LENGTH = 600
"""Characters of a question above a copy: enough to know what was asked, with the answer still in sight."""

SHARED_TITLE_LENGTH = 150


def render_share_invitation(
    title: str, person: str, level: str, thread: str | None, frontend: str
) -> RenderedMessage:
    """Draw the message to a person who was given access by `person`; `thread` is the thread's address."""
    key = "share.invitation.write" if level == "write" else "share.invitation.read"
    text = sentence(key, person=person, title=one_line(title, SHARED_TITLE_LENGTH))
    where = [sentence("share.invitation.thread", url=thread)] if thread else []
    where.append(sentence("share.invitation.pipeshub", url=frontend))
    return RenderedMessage(text, (section_block(text), context_block(*where)))


def render_answer_copy(
    copy: AnswerCopy, person: str, note: str, thread: str | None, frontend: str
) -> list[RenderedMessage]:
    """Draw an answer for a channel, in as many messages as it needs: who asked what, text and sources.

    `person` posts it, with a `note` of their own.
    """
    first, *others = render_answer_text(copy.answer, frontend)
    asked = one_line(copy.question, COPIED_QUESTION_LENGTH)
    head = [section_block(f"<@{person}>: {escaped(note)}")] if note else []
    asks = sentence("share.copy.asked", person=copy.asker)
    head.append(section_block(f"{asks}\n>{asked}" if asked else asks))
    by = [] if note else [sentence("share.copy.posted_for", person=person)]
    origin = [sentence("share.copy.thread", url=thread)] if thread else []
    small = [context_block("  ·  ".join([*by, *origin]))] if by or origin else []
    end = [*source_blocks(copy.answer.citations, frontend, copy.turn_id), *small]
    first = RenderedMessage(fallback_text(copy.question or first.text), (*head, *first.blocks))
    return _with_footer([first, *others], "", end)


DOCUMENT_TITLE_LENGTH = 150
EXCERPT_LENGTH = 160
"""Characters of a passage that show what it is about without taking over the message."""

MOST_SOURCES = 5
"""Documents shown under an answer: more would push the buttons out of sight."""

# Only where it is markup: "Time off > New request", "C#", "~20 minutes" and "API_KEY" are what was written.
_BEGINNING = re.compile(r"^[ \t>]*(?:(?:\d{1,3}[.)]|[-*+]|#{1,6})\s+)?", re.MULTILINE)
_MARKUP = re.compile(
    r"\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)|~~|`+|\||:?-{3,}:?|!?\[([^\]]*)\]\([^)]*\)"
)


def citation_url(citation: Citation, frontend: str) -> str | None:
    """Return where a citation leads, relative ones completed with `frontend`, None for nowhere safe."""
    url = citation.url
    if not url and citation.record_id:
        url = f"/record/{quote(citation.record_id)}"
    if url:
        url = absolute_url(url, frontend)
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~") if url and is_web_url(url) else None


def citation_urls(citations: Sequence[Citation], frontend: str) -> Mapping[int, str | None]:
    """Return where the markers in a text lead, by their numbers; where two share one, the first counts."""
    return {citation.number: citation_url(citation, frontend) for citation in reversed(citations)}


def source_blocks(citations: tuple[Citation, ...], frontend: str, turn: str = "") -> list[Block]:
    """Return one block a document, under a line that introduces them.

    What is more than `MOST_SOURCES` folds into a button, where `turn` says which answer it is about.
    """
    sources = group_by_document(citations)
    if not sources:
        return []
    drawn = [
        context_block(sentence("sources.heading")),
        *(_source(source, frontend) for source in sources[:MOST_SOURCES]),
    ]
    if len(sources) > MOST_SOURCES and turn:
        label = sentence("sources.all", count=len(sources))
        every = button(actions.ALL_SOURCES, label, actions.button_value(turn))
        drawn.append(button_row("sources", [every]))
    elif len(sources) > MOST_SOURCES:
        drawn.append(context_block(sentence("sources.more", count=len(sources) - MOST_SOURCES)))
    return drawn


def document_link(source: CitedDocument, frontend: str) -> str:
    """Return a document's name as a link, or as text where it leads nowhere safe."""
    title = escaped(shortened(source.title, DOCUMENT_TITLE_LENGTH))
    url = citation_url(source.citations[0], frontend)
    return link_text(url, title) if url else title


def citation_markers(source: CitedDocument) -> str:
    """Return the markers that lead to a document, as they are written in the text."""
    return " ".join(f"[{number}]" for number in source.numbers)


def connector_name(connector: str) -> str:
    """Return `GOOGLE_DRIVE` as people write it; names already written for people stay."""
    return connector.replace("_", " ").title() if connector.isupper() else connector


def plain_passage(markdown: str) -> str:
    """Return a passage as one line without markup."""
    return " ".join(_MARKUP.sub(lambda found: found.group(1) or "", _BEGINNING.sub("", markdown)).split())


def _source(source: CitedDocument, frontend: str) -> Block:
    first = source.citations[0]
    where = [connector_name(first.connector)] if first.connector else []
    pages = sorted({citation.page for citation in source.citations if citation.page})
    if pages:
        where.append(sentence("sources.pages", pages=", ".join(map(str, pages))))
    line = "  ·  ".join(
        [f"*{citation_markers(source)}*  {document_link(source, frontend)}", *map(escaped, where)]
    )
    excerpt = shortened(plain_passage(first.excerpt), EXCERPT_LENGTH)
    return context_block(f"{line}\n{escaped(excerpt)}" if excerpt else line)


MOST_FOLLOW_UPS = 3
"""Suggestions under one answer: more would not be read."""

MAX_FOLLOW_UP_LENGTH = 500
"""Characters of a suggestion that can be asked by a press; it travels in the button's value."""


def follow_up_blocks(turn: str, questions: Sequence[str]) -> list[Block]:
    """Return a row of suggestions, nothing where there are none."""
    fitting = [
        each for each in dict.fromkeys(questions) if each.strip() and len(each) <= MAX_FOLLOW_UP_LENGTH
    ]
    buttons = [
        button(
            f"{actions.FOLLOW_UP}_{number}", shortened(text, BUTTON_LABEL), actions.button_value(turn, text)
        )
        for number, text in enumerate(fitting[:MOST_FOLLOW_UPS])
    ]
    return [button_row("follow_ups", buttons)] if buttons else []


RENAME_ENTRY = "rename"
DELETE_ENTRY = "delete"
REGENERATE_ENTRY = "regenerate_with"
EARLIER_ENTRY = "earlier"
FEEDBACK_ENTRY = "tell_more"


def footer_blocks(turn: str, footer: FooterState) -> list[Block]:
    """Return the end of a finished answer: notes about it, and its buttons while it has any."""
    said = [context_block(footer.note)] if footer.note else []
    if footer.is_deleted:
        return [*said, context_block(sentence("footer.deleted"))]
    if footer.archived is not None:
        said.append(context_block(_archived(footer.archived)))
    if footer.private_answer is PrivateAnswerState.SHARED:
        said.append(context_block(sentence("footer.shared")))
    if footer.unprompted is UnpromptedState.SILENCED:
        said.append(context_block(sentence("footer.stopped_replying")))
    if footer.is_lost:
        said.append(context_block(sentence("footer.lost")))
    else:
        up, down = actions.button_value(turn, actions.UP), actions.button_value(turn, actions.DOWN)
        said.append(thumb_buttons("thumbs", actions.FEEDBACK, up, down))
    return [*said, button_row("answer", _answer_buttons(turn, footer))]


def _answer_buttons(turn: str, footer: FooterState) -> list[Block]:
    talking = footer.unprompted is UnpromptedState.ANSWERING
    shareable = footer.private_answer is PrivateAnswerState.PRIVATE and not footer.is_lost
    buttons = (
        (actions.REGENERATE, sentence("footer.regenerate"), footer.can_regenerate),
        (actions.SHARE_IN_THREAD, sentence("footer.share_in_thread"), shareable),
        (actions.SHARE, sentence("footer.share"), True),
        (actions.ARCHIVE, sentence("footer.archive"), footer.archived is None),
        (actions.UNARCHIVE, sentence("footer.unarchive"), footer.archived is not None),
        (actions.STOP_REPLYING, sentence("footer.stop_replying"), talking),
    )
    entries = (
        (sentence("footer.feedback"), FEEDBACK_ENTRY, not footer.is_lost),
        (sentence("footer.rename"), RENAME_ENTRY, True),
        (sentence("footer.regenerate_with"), REGENERATE_ENTRY, footer.can_regenerate),
        (sentence("footer.earlier_version"), EARLIER_ENTRY, footer.earlier_versions > 0),
        (sentence("footer.delete"), DELETE_ENTRY, True),
    )
    menu = [option(label, actions.button_value(turn, entry)) for label, entry, shown in entries if shown]
    value = actions.button_value(turn)
    row = [button(action_id, label, value) for action_id, label, shown in buttons if shown]
    return [*row, overflow_menu(actions.MORE_MENU, menu)]


def earlier_version_buttons(turn: str, footer: FooterState) -> list[Block]:
    """Return the button under an answer that was stopped while it was regenerated; nothing under others."""
    if not footer.earlier_versions:
        return []
    label, value = sentence("footer.earlier_version"), actions.button_value(turn, EARLIER_ENTRY)
    return [button(actions.EARLIER_VERSION, label, value)]


def _archived(archived: ArchiveRecord) -> str:
    if archived.archived_by is None:
        return sentence("footer.archived_after", count=archived.after_days)
    when = date_text(archived.archived_at)
    return sentence("footer.archived_by", person=archived.archived_by, when=when)
