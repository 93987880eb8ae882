"""An answer as Slack shows it, from its placeholder to its end, and its shared copies."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.conversations import Answer, Standing, State
from bot.domain.errors import BotError, Interrupted, NotLinked
from bot.domain.people import Copy
from bot.slack import actions
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render import answer_footer, messages
from bot.slack.render.blocks import (
    Block,
    Drawn,
    button,
    context,
    escaped,
    fallback,
    markdown,
    section,
    shortened,
)
from bot.slack.render.blocks import actions as row
from bot.slack.render.markdown.partial import whole
from bot.slack.render.markdown.sanitize import safe, with_links
from bot.slack.render.markdown.split import parts

LOOKING = "Looking for an answer…"
WRITING = "Writing…"
SHOWN = MARKDOWN_TEXT - 2_000
"""Characters of Markdown in one message, with room for the links that markers become."""


def writing(answer: Answer, turn: str, frontend: str) -> list[Drawn]:
    """Draw an answer on its way: the text so far, what is being done, and a way to stop it.

    It is drawn in as many messages as the text needs; what goes on is in the last one.
    """
    so_far = whole(answer.text)
    doing = escaped(answer.doing) if answer.doing else WRITING if so_far else LOOKING
    end = [context(f"_{doing}_"), row("writing", [button(actions.STOP, "Stop", actions.value(turn))])]
    return _ended(_so_far(answer, frontend), fallback(answer.doing or LOOKING), end)


def texts(answer: Answer, frontend: str) -> list[Drawn]:
    """Draw the text of a whole answer, in as many messages as it needs."""
    return [Drawn(fallback(part), (_body(part, answer, frontend),)) for part in parts(answer.text, SHOWN)]


def finished(answer: Answer, turn: str, standing: Standing, frontend: str) -> list[Drawn]:
    """Draw a whole answer, in as many messages as it needs; the last one bears sources and buttons."""
    end = [
        *answer_footer.source_blocks(answer.citations, frontend, turn),
        *answer_footer.footer_blocks(turn, standing),
    ]
    if standing.newest and not standing.deleted:
        end += answer_footer.follow_up_blocks(turn, answer.follow_ups)
    return _ended(texts(answer, frontend), "", end)


def failed(answer: Answer, turn: str, frontend: str, error: BotError) -> list[Drawn]:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    sentence = fallback(error.sentence)
    buttons = [button(actions.TRY_AGAIN, "Try again", actions.value(turn), style="primary")]
    if isinstance(error, NotLinked):
        # Everybody sees this message: where to connect an account is told to whoever presses, alone.
        buttons.insert(0, button(actions.CONNECT_FIRST, messages.CONNECT, actions.value(turn)))
    end = [section(f":warning: {escaped(error.sentence)}"), row("failed", buttons)]
    *before, last = _ended(_so_far(answer, frontend), sentence, end)
    return [*before, Drawn(sentence, last.blocks)]


def stopped(answer: Answer, turn: str, standing: Standing, frontend: str) -> list[Drawn]:
    """Draw an answer that somebody stopped; where it was asked for, the server went on with it."""
    by = f" by <@{answer.stopped_by}>" if answer.stopped_by else ""
    read_on = button(actions.READ_ON, "Show the full answer", actions.value(turn))
    end = [context(f":black_square_for_stop: Stopped{by}. Ask again whenever you like.")]
    if answer.text or answer.conversation_id:
        end.append(row("stopped", [read_on, *answer_footer.earlier(turn, standing)]))
    return _ended(_so_far(answer, frontend), "Stopped.", end)


def drawn(answer: Answer, turn: str, standing: Standing, frontend: str) -> list[Drawn]:
    """Draw an answer in whatever state it is, in as many messages as it needs."""
    match answer.state:
        case State.WRITING:
            return writing(answer, turn, frontend)
        case State.DONE:
            return finished(answer, turn, standing, frontend)
        case State.STOPPED:
            return stopped(answer, turn, standing, frontend)
        case State.FAILED:
            return failed(answer, turn, frontend, answer.error or Interrupted())


def addresses(answer: Answer, frontend: str) -> Mapping[int, str | None]:
    """Return where the markers in a text lead, by their numbers; where two share one, the first counts."""
    return {
        citation.number: answer_footer.address(citation, frontend) for citation in reversed(answer.citations)
    }


def _so_far(answer: Answer, frontend: str) -> list[Drawn]:
    """Draw the text of an answer whose end has not arrived; nothing where there is none yet."""
    so_far = whole(answer.text)
    return texts(replace(answer, text=so_far), frontend) if so_far else []


def _ended(drawn: list[Drawn], text: str, end: list[Block]) -> list[Drawn]:
    """Put `end` below the last message; alone, with `text` for notifications, where there is none."""
    *before, last = drawn or [Drawn(text, ())]
    return [*before, Drawn(last.text, (*last.blocks, *end))]


def _body(text: str, answer: Answer, frontend: str) -> Block:
    """Return text whose markers lead to their sources."""
    plain = safe(text, frontend)
    linked = with_links(plain, addresses(answer, frontend).get)
    return markdown(linked if len(linked) <= MARKDOWN_TEXT else plain)


QUESTION = 600
"""Characters of a question above a copy: enough to know what was asked, with the answer still in sight."""

TITLE = 150


def invitation(title: str, person: str, level: str, thread: str | None, frontend: str) -> Drawn:
    """Draw the message to somebody who was given access by `person`; `thread` is the thread's address."""
    called = escaped(shortened(" ".join(title.split()), TITLE))
    may = "read it and write in it" if level == "write" else "read it"
    where = [f"It is in <{frontend}|PipesHub>, among what is shared with you."]
    if thread:
        where.insert(0, f"<{thread}|See the thread in Slack>, where it was asked.")
    said = f"<@{person}> shared the conversation *{called}* with you. You can {may}."
    return Drawn(said, (section(said), context(*where)))


def copy(of: Copy, person: str, note: str, thread: str | None, frontend: str) -> list[Drawn]:
    """Draw an answer for a channel, in as many messages as it needs: who asked what, text and sources.

    `person` posts it, with a `note` of their own.
    """
    first, *others = texts(of.answer, frontend)
    by = [] if note else [f"Posted for <@{person}>"]
    origin = [f"<{thread}|The thread it comes from>"] if thread else []
    small = [context("  ·  ".join([*by, *origin]))] if by or origin else []
    end = (*answer_footer.source_blocks(of.answer.citations, frontend, of.turn), *small)
    drawn = [Drawn(fallback(of.question or first.text), (*_head(of, person, note), *first.blocks)), *others]
    return [*drawn[:-1], Drawn(drawn[-1].text, (*drawn[-1].blocks, *end))]


def _head(of: Copy, person: str, note: str) -> list[Block]:
    asked = escaped(shortened(" ".join(of.question.split()), QUESTION))
    said = [section(f"<@{person}>: {escaped(note)}")] if note else []
    return [*said, section(f"<@{of.asker}> asked:" + (f"\n>{asked}" if asked else ""))]
