"""An answer as Slack shows it, from its placeholder to its end: text, sources, buttons, shared copies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from bot.domain.conversations import (
    Answer,
    AnswerState,
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
from bot.slack.limits import BUTTON_LABEL, CONTEXT_TEXT, MARKDOWN_TEXT, OVERFLOW_OPTIONS
from bot.slack.render.blocks import (
    CONNECT,
    PLAIN_PART,
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
    section_blocks,
    shortened,
    thumb_buttons,
    warning_block,
)
from bot.slack.render.markdown.links import is_web_url
from bot.slack.render.markdown.mrkdwn import literal
from bot.slack.render.markdown.partial import close_partial_markdown
from bot.slack.render.markdown.plain import plain_passage, plain_summary
from bot.slack.render.markdown.sanitize import absolute_url, link_citations, sanitize
from bot.slack.render.markdown.split import split_markdown

LOOKING_FOR_ANSWER = sentence("answer.searching")
PART_LENGTH = MARKDOWN_TEXT - 2_000  # with room for the links that markers become
MAX_MESSAGES = 5  # of one answer: more would flood its thread
MAX_SECTIONS = 15  # of an answer in a modal, which holds about as much as four messages


def render_answer(answer: Answer, turn: str, footer: FooterState, frontend: str) -> list[RenderedMessage]:
    """Draw an answer in whatever state it is, in as many messages as it needs."""
    match answer.state:
        case AnswerState.WRITING:
            return render_partial_answer(answer, turn, frontend)
        case AnswerState.DONE:
            end = [*source_blocks(answer.citations, frontend, turn), *_footer_blocks(turn, footer)]
            if footer.is_newest and not footer.is_deleted:
                end += _follow_up_blocks(turn, answer.follow_ups)
            *before, last = _text(answer, frontend)
            return _with_end([*before, _told_with_sources(last, answer.citations)], "", end)
        case AnswerState.STOPPED:
            return _stopped(answer, turn, footer, frontend)
        case AnswerState.FAILED:
            return _failed(answer, turn, answer.error or Interrupted(), frontend)


def render_partial_answer(answer: Answer, turn: str, frontend: str) -> list[RenderedMessage]:
    """Draw an answer on its way: the text so far, and below it what is being done and a way to stop it."""
    so_far = _text_so_far(answer, frontend)
    doing = escaped(answer.progress) or (sentence("answer.writing") if so_far else LOOKING_FOR_ANSWER)
    stop = button(actions.STOP, sentence("stop.button"), actions.button_value(turn))
    end = [context_block(f"_{doing}_"), button_row("writing", [stop])]
    return _with_end(so_far, fallback_text(answer.progress or LOOKING_FOR_ANSWER), end)


def _failed(answer: Answer, turn: str, error: BotError, frontend: str) -> list[RenderedMessage]:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    text, value = fallback_text(error.sentence), actions.button_value(turn)
    buttons = [button(actions.TRY_AGAIN, sentence("answer.try_again"), value, style="primary")]
    if isinstance(error, NotLinked):
        # Everyone sees this message: only the person who presses is told where to connect an account.
        buttons.insert(0, button(actions.CONNECT_FIRST, CONNECT, value))
    end = [warning_block(escaped(error.sentence)), button_row("failed", buttons)]
    *before, last = _with_end(_text_so_far(answer, frontend), text, end)
    return [*before, RenderedMessage(text, last.blocks)]


def _stopped(answer: Answer, turn: str, footer: FooterState, frontend: str) -> list[RenderedMessage]:
    """Draw an answer that a person stopped; PipesHub went on with it where it had received the question."""
    note = "stop.note_by" if answer.stopped_by else "stop.note"
    end = [context_block(sentence(note, person=answer.stopped_by))]
    if answer.text or answer.conversation_id:
        row = []
        if answer.goes_on:
            row.append(button(actions.RESUME, sentence("stop.resume"), actions.button_value(turn)))
        if footer.earlier_versions:  # it was stopped while it was regenerated
            value = actions.button_value(turn, EARLIER_ENTRY)
            row.append(button(actions.EARLIER_VERSION, sentence("footer.earlier_version"), value))
        if row:
            end.append(button_row("stopped", row))
    return _with_end(_text_so_far(answer, frontend), sentence("stop.stopped"), end)


def _text(answer: Answer, frontend: str) -> list[RenderedMessage]:
    """Draw the text of a whole answer; its markers lead to its sources.

    What `MAX_MESSAGES` do not hold is left to PipesHub: the last message links to the conversation there.
    """
    url_of = citation_urls(answer.citations, frontend).get
    drawn = []
    parts = split_markdown(_beginning(answer.text), PART_LENGTH, MAX_MESSAGES + 1)
    for part in parts[:MAX_MESSAGES]:
        plain = sanitize(part, frontend)
        linked = link_citations(plain, url_of)
        body = markdown_block(linked if len(linked) <= MARKDOWN_TEXT else plain)
        drawn.append(RenderedMessage(_told(part), (body,)))
    if len(parts) > MAX_MESSAGES:
        last = drawn[-1]
        url = conversation_url(answer.conversation_id, frontend)
        rest = context_block(sentence("answer.rest_in_pipeshub", url=url))
        drawn[-1] = RenderedMessage(last.text, (*last.blocks, rest))
    return drawn


def _beginning(text: str) -> str:
    """Return what is drawn of a text: as much as its messages hold, and enough to tell that there is more."""
    return text[: (MAX_MESSAGES + 1) * PART_LENGTH]


def conversation_url(conversation_id: str | None, frontend: str) -> str:
    """Return where a conversation is read in PipesHub's frontend; its first page where the id is unknown."""
    page = f"/chat/?conversationId={quote(conversation_id, safe='')}" if conversation_id else ""
    return f"{frontend.rstrip('/')}{page}"


TOLD_LENGTH = 280  # characters of an answer in a notification, with room for how many sources it has


def _told(part: str) -> str:
    """Return the first sentences of a part, shorter where escapes make them longer."""
    most = TOLD_LENGTH
    while len(told := fallback_text(plain_summary(part, most))) > TOLD_LENGTH:
        most //= 2
    return told


def _told_with_sources(drawn: RenderedMessage, citations: Sequence[Citation]) -> RenderedMessage:
    """Return a message whose `text` ends in how many sources it has."""
    count = len(group_by_document(tuple(citations)))
    told = f"{drawn.text} " + sentence("sources.told", count=count) if count else drawn.text
    return RenderedMessage(told, drawn.blocks)


PART = PLAIN_PART - 500  # characters of Markdown in a section, with room for the links that markers become


def answer_sections(markdown: str, citations: Sequence[Citation], frontend: str) -> list[Block]:
    """Return Markdown as sections, its markers as links to their sources while there is room for them."""
    url_of = citation_urls(citations, frontend).get
    return [
        block
        for part in split_markdown(markdown[: MAX_SECTIONS * PART], PART, MAX_SECTIONS)
        for block in section_blocks(link_citations(sanitize(part, frontend), url_of, PLAIN_PART))
    ]


def _text_so_far(answer: Answer, frontend: str) -> list[RenderedMessage]:
    """Draw the text of an answer whose end has not arrived; nothing where there is none yet."""
    beginning = _beginning(answer.text)
    # Of a longer text the end is not shown.
    so_far = close_partial_markdown(beginning) if beginning == answer.text else beginning
    return _text(replace(answer, text=so_far), frontend) if so_far else []


def _with_end(drawn: list[RenderedMessage], text: str, end: list[Block]) -> list[RenderedMessage]:
    """Put `end` below the last message; alone, with `text` for notifications, where there is none."""
    *before, last = drawn or [RenderedMessage(text, ())]
    return [*before, RenderedMessage(last.text, (*last.blocks, *end))]


MOST_SOURCES = 5  # documents under an answer: more would push the buttons out of sight
DOCUMENT_TITLE_LENGTH = 150
MARKERS_LENGTH = 200  # characters of the markers of one document
MAX_LINK_LENGTH = 1_900  # characters of an address, so that its line fits a block
_INVISIBLE = "\u2800\u3164\u115f\u1160"  # blanks that count as printable
EXCERPT_LENGTH = 160  # shows what a passage is about without taking over the message


def source_blocks(citations: tuple[Citation, ...], frontend: str, turn: str = "") -> list[Block]:
    """Return one block a document, under a line that introduces them.

    What is more than `MOST_SOURCES` folds into a button, where `turn` says which answer it is about.
    """
    sources = group_by_document(citations)
    if not sources:
        return []
    drawn = [context_block(sentence("sources.heading"))]
    drawn += [context_block(_source_lines(each, frontend)) for each in sources[:MOST_SOURCES]]
    if len(sources) > MOST_SOURCES and turn:
        label = sentence("sources.all", count=len(sources))
        every = button(actions.ALL_SOURCES, label, actions.button_value(turn))
        drawn.append(button_row("sources", [every]))
    elif len(sources) > MOST_SOURCES:
        drawn.append(context_block(sentence("sources.more", count=len(sources) - MOST_SOURCES)))
    return drawn


def _source_lines(source: CitedDocument, frontend: str) -> str:
    """Return a document's line, and below it what is cited, as far as a block holds it: no link is cut."""
    first = source.citations[0]
    excerpt = escaped(shortened(plain_passage(first.excerpt), EXCERPT_LENGTH))
    about = [escaped(connector_name(first.connector))] if first.connector else []
    if pages := sorted({citation.page for citation in source.citations if citation.page}):
        about.append(sentence("sources.pages", pages=", ".join(map(str, pages))))
    markers = shortened(citation_markers(source), MARKERS_LENGTH)
    for name in (document_link(source, frontend), document_title(source)):
        line = "  ·  ".join([f"*{markers}*  {name}", *about])
        for lines in ([line, excerpt], [line]):
            if len(text := "\n".join(filter(None, lines))) <= CONTEXT_TEXT:
                return text
    return f"*{markers}*  {document_title(source)}"


def citation_url(citation: Citation, frontend: str) -> str | None:
    """Return where a citation leads, relative ones completed with `frontend`, None for nowhere safe."""
    url = citation.url or (f"/record/{quote(citation.record_id)}" if citation.record_id else "")
    url = absolute_url(url, frontend)
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~") if is_web_url(url) else None


def citation_urls(citations: Sequence[Citation], frontend: str) -> Mapping[int, str | None]:
    """Return where the markers in a text lead, by their numbers; where two share one, the first counts."""
    return {citation.number: citation_url(citation, frontend) for citation in reversed(citations)}


def document_link(source: CitedDocument, frontend: str) -> str:
    """Return a document's name as a link, or as text where it leads nowhere safe."""
    title, url = document_title(source), citation_url(source.citations[0], frontend)
    return link_text(url, title) if url and len(url) <= MAX_LINK_LENGTH else title


def document_title(source: CitedDocument) -> str:
    """Return a document's name on one line; `Source n` where it has none."""
    title = " ".join(source.title.split())
    if not any(each.isprintable() and not each.isspace() and each not in _INVISIBLE for each in title):
        title = sentence("sources.untitled", number=source.numbers[0])
    return literal(shortened(title, DOCUMENT_TITLE_LENGTH))


def citation_markers(source: CitedDocument) -> str:
    """Return the markers that lead to a document, as they are written in the text."""
    return " ".join(f"[{number}]" for number in source.numbers)


def connector_name(connector: str) -> str:
    """Return `GOOGLE_DRIVE` as people write it; names already written for people stay."""
    return connector.replace("_", " ").title() if connector.isupper() else connector


RENAME_ENTRY = "rename"
DELETE_ENTRY = "delete"
REGENERATE_ENTRY = "regenerate_with"
EARLIER_ENTRY = "earlier"
FEEDBACK_ENTRY = "tell_more"
STOP_REPLYING_ENTRY = "stop_replying"


def _footer_blocks(turn: str, footer: FooterState) -> list[Block]:
    """Return the end of a finished answer: notes about it, and its buttons while it has any."""
    notes = [footer.note] if footer.note else []
    if footer.is_deleted:
        return [context_block(note) for note in (*notes, sentence("footer.deleted"))]
    if archived := footer.archived:
        key = "footer.archived_after" if archived.archived_by is None else "footer.archived_by"
        person, when = archived.archived_by, date_text(archived.archived_at)
        notes.append(sentence(key, person=person, when=when, count=archived.after_days))
    if footer.private_answer is PrivateAnswerState.SHARED:
        notes.append(sentence("footer.shared"))
    if footer.unprompted is UnpromptedState.SILENCED:
        notes.append(sentence("footer.stopped_replying"))
    if footer.is_lost:
        notes.append(sentence("footer.lost"))
    drawn = [context_block(note) for note in notes]
    if not footer.is_lost:
        up, down = actions.button_value(turn, actions.UP), actions.button_value(turn, actions.DOWN)
        drawn.append(thumb_buttons("thumbs", actions.FEEDBACK, up, down))
    return [*drawn, button_row("answer", _answer_buttons(turn, footer))]


def _answer_buttons(turn: str, footer: FooterState) -> list[Block]:
    """Return the buttons of a finished answer, and last its menu.

    Where the menu is full, a button stands for the entry that it has no room for.
    """
    talking = footer.unprompted is UnpromptedState.ANSWERING
    shareable = footer.private_answer is PrivateAnswerState.PRIVATE and not footer.is_lost
    buttons = (
        (actions.REGENERATE, "regenerate", footer.can_regenerate),
        (actions.SHARE_IN_THREAD, "share_in_thread", shareable),
        (actions.SHARE, "share", True),
        (actions.ARCHIVE, "archive", footer.archived is None),
        (actions.UNARCHIVE, "unarchive", footer.archived is not None),
        (actions.STOP_REPLYING, "stop_replying", talking),
    )
    entries = (
        (FEEDBACK_ENTRY, "feedback", not footer.is_lost),
        (RENAME_ENTRY, "rename", True),
        (REGENERATE_ENTRY, "regenerate_with", footer.can_regenerate),
        (EARLIER_ENTRY, "earlier_version", footer.earlier_versions > 0),
        (DELETE_ENTRY, "delete", True),
        (STOP_REPLYING_ENTRY, "stop_replying_here", footer.can_stop_replying),
    )
    value = actions.button_value(turn)
    row = [button(action_id, sentence(f"footer.{key}"), value) for action_id, key, shown in buttons if shown]
    menu = [
        option(sentence(f"footer.{key}"), actions.button_value(turn, entry))
        for entry, key, shown in entries
        if shown
    ]
    if len(menu) > OVERFLOW_OPTIONS and not talking:
        row.append(button(actions.STOP_REPLYING, sentence("footer.stop_replying_here"), value))
    return [*row, overflow_menu(actions.MORE_MENU, menu[:OVERFLOW_OPTIONS])]


MOST_FOLLOW_UPS = 3  # suggestions under one answer: more would not be read
MAX_FOLLOW_UP_LENGTH = 500  # characters of a suggestion, which travels in its button's value


def _follow_up_blocks(turn: str, questions: Sequence[str]) -> list[Block]:
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


COPIED_QUESTION_LENGTH = 600  # enough to know what was asked, with the answer still in sight
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
    first, *others = _text(copy.answer, frontend)
    asked = one_line(copy.question, COPIED_QUESTION_LENGTH)
    head = [section_block(f"<@{person}>: {escaped(note)}")] if note else []
    asks = sentence("share.copy.asked", person=copy.asker)
    head.append(section_block(f"{asks}\n>{asked}" if asked else asks))
    by = [] if note else [sentence("share.copy.posted_for", person=person)]
    origin = [sentence("share.copy.thread", url=thread)] if thread else []
    small = [context_block("  ·  ".join([*by, *origin]))] if by or origin else []
    end = [*source_blocks(copy.answer.citations, frontend, copy.turn_id), *small]
    first = RenderedMessage(fallback_text(copy.question or first.text), (*head, *first.blocks))
    return _with_end([first, *others], "", end)
