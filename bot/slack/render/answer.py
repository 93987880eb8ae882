"""An answer as Slack shows it, from its placeholder to its end, and its shared copies."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.conversations import Answer, AnswerState, FooterState
from bot.domain.errors import BotError, Interrupted, NotLinked
from bot.domain.people import AnswerCopy
from bot.slack import actions
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render import answer_footer, messages
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    escaped,
    fallback_text,
    markdown_block,
    section_block,
    shortened,
)
from bot.slack.render.markdown.partial import close_partial_markdown
from bot.slack.render.markdown.sanitize import link_citations, sanitize
from bot.slack.render.markdown.split import split_markdown

LOOKING_FOR_ANSWER = "Looking for an answer…"
WRITING = "Writing…"
PART_LENGTH = MARKDOWN_TEXT - 2_000
"""Characters of Markdown in one message, with room for the links that markers become."""


def render_partial_answer(answer: Answer, turn: str, frontend: str) -> list[RenderedMessage]:
    """Draw an answer on its way: the text so far, what is being done, and a way to stop it.

    It is drawn in as many messages as the text needs; what goes on is in the last one.
    """
    so_far = close_partial_markdown(answer.text)
    doing = escaped(answer.progress) if answer.progress else WRITING if so_far else LOOKING_FOR_ANSWER
    end = [
        context_block(f"_{doing}_"),
        button_row("writing", [button(actions.STOP, "Stop", actions.button_value(turn))]),
    ]
    return _with_footer(_so_far(answer, frontend), fallback_text(answer.progress or LOOKING_FOR_ANSWER), end)


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
    end = [
        *answer_footer.source_blocks(answer.citations, frontend, turn),
        *answer_footer.footer_blocks(turn, footer),
    ]
    if footer.is_newest and not footer.is_deleted:
        end += answer_footer.follow_up_blocks(turn, answer.follow_ups)
    return _with_footer(render_answer_text(answer, frontend), "", end)


def render_failed_answer(answer: Answer, turn: str, frontend: str, error: BotError) -> list[RenderedMessage]:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    sentence = fallback_text(error.sentence)
    buttons = [button(actions.TRY_AGAIN, "Try again", actions.button_value(turn), style="primary")]
    if isinstance(error, NotLinked):
        # Everybody sees this message: where to connect an account is told to whoever presses, alone.
        buttons.insert(0, button(actions.CONNECT_FIRST, messages.CONNECT, actions.button_value(turn)))
    end = [section_block(f":warning: {escaped(error.sentence)}"), button_row("failed", buttons)]
    *before, last = _with_footer(_so_far(answer, frontend), sentence, end)
    return [*before, RenderedMessage(sentence, last.blocks)]


def render_stopped_answer(
    answer: Answer, turn: str, footer: FooterState, frontend: str
) -> list[RenderedMessage]:
    """Draw an answer that somebody stopped; where it was asked for, the server went on with it."""
    by = f" by <@{answer.stopped_by}>" if answer.stopped_by else ""
    read_on = button(actions.RESUME, "Show the full answer", actions.button_value(turn))
    end = [context_block(f":black_square_for_stop: Stopped{by}. Ask again whenever you like.")]
    if answer.text or answer.conversation_id:
        end.append(button_row("stopped", [read_on, *answer_footer.earlier_version_buttons(turn, footer)]))
    return _with_footer(_so_far(answer, frontend), "Stopped.", end)


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


def citation_urls(answer: Answer, frontend: str) -> Mapping[int, str | None]:
    """Return where the markers in a text lead, by their numbers; where two share one, the first counts."""
    return {
        citation.number: answer_footer.citation_url(citation, frontend)
        for citation in reversed(answer.citations)
    }


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
    linked = link_citations(plain, citation_urls(answer, frontend).get)
    return markdown_block(linked if len(linked) <= MARKDOWN_TEXT else plain)


COPIED_QUESTION_LENGTH = 600
"""Characters of a question above a copy: enough to know what was asked, with the answer still in sight."""

SHARED_TITLE_LENGTH = 150


def render_share_invitation(
    title: str, person: str, level: str, thread: str | None, frontend: str
) -> RenderedMessage:
    """Draw the message to somebody who was given access by `person`; `thread` is the thread's address."""
    called = escaped(shortened(" ".join(title.split()), SHARED_TITLE_LENGTH))
    may = "read it and write in it" if level == "write" else "read it"
    where = [f"It is in <{frontend}|PipesHub>, among what is shared with you."]
    if thread:
        where.insert(0, f"<{thread}|See the thread in Slack>, where it was asked.")
    said = f"<@{person}> shared the conversation *{called}* with you. You can {may}."
    return RenderedMessage(said, (section_block(said), context_block(*where)))


def render_answer_copy(
    of: AnswerCopy, person: str, note: str, thread: str | None, frontend: str
) -> list[RenderedMessage]:
    """Draw an answer for a channel, in as many messages as it needs: who asked what, text and sources.

    `person` posts it, with a `note` of their own.
    """
    first, *others = render_answer_text(of.answer, frontend)
    by = [] if note else [f"Posted for <@{person}>"]
    origin = [f"<{thread}|The thread it comes from>"] if thread else []
    small = [context_block("  ·  ".join([*by, *origin]))] if by or origin else []
    end = (*answer_footer.source_blocks(of.answer.citations, frontend, of.turn_id), *small)
    drawn = [
        RenderedMessage(fallback_text(of.question or first.text), (*_head(of, person, note), *first.blocks)),
        *others,
    ]
    return [*drawn[:-1], RenderedMessage(drawn[-1].text, (*drawn[-1].blocks, *end))]


def _head(of: AnswerCopy, person: str, note: str) -> list[Block]:
    asked = escaped(shortened(" ".join(of.question.split()), COPIED_QUESTION_LENGTH))
    said = [section_block(f"<@{person}>: {escaped(note)}")] if note else []
    return [*said, section_block(f"<@{of.asker}> asked:" + (f"\n>{asked}" if asked else ""))]
