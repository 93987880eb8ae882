"""An answer as Slack shows it, from its placeholder to its end, and its shared copies."""

from dataclasses import replace

from bot.domain.conversations import Answer, AnswerState, FooterState
from bot.domain.errors import BotError, Interrupted, NotLinked
from bot.domain.people import AnswerCopy
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render.answer_footer import (
    citation_urls,
    earlier_version_buttons,
    follow_up_blocks,
    footer_blocks,
    source_blocks,
)
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    escaped,
    fallback_text,
    markdown_block,
    one_line,
    section_block,
    warning_block,
)
from bot.slack.render.markdown.partial import close_partial_markdown
from bot.slack.render.markdown.sanitize import link_citations, sanitize
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
