"""An answer, from the first moment to its end."""

from bot.domain.answers import Answer
from bot.domain.errors import BotError
from bot.domain.standing import Standing
from bot.slack import actions
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render import citations, follow_ups, standings
from bot.slack.render.markdown import safe, with_links
from bot.slack.render.message import (
    Block,
    Drawn,
    button,
    context,
    escaped,
    fallback,
    markdown,
    section,
)
from bot.slack.render.message import actions as row
from bot.slack.render.split import parts
from bot.slack.render.unfinished import whole

LOOKING = "Looking for an answer…"
WRITING = "Writing…"
SHOWN = MARKDOWN_TEXT - 2_000
"""Characters of Markdown in one message, with room for the links that markers become."""


def writing(answer: Answer, turn: str, frontend: str) -> Drawn:
    """Draw an answer on its way: the text so far, what is being done, and a way to stop it."""
    text = whole(answer.text)
    doing = escaped(answer.doing) if answer.doing else WRITING if text else LOOKING
    blocks = [
        *_text_so_far(answer, frontend),
        context(f"_{doing}_"),
        row("writing", [button(actions.STOP, "Stop", actions.value(turn))]),
    ]
    return Drawn(fallback(text or answer.doing or LOOKING), tuple(blocks))


def texts(answer: Answer, frontend: str) -> list[Drawn]:
    """Draw the text of a whole answer, in as many messages as it needs."""
    return [Drawn(fallback(part), (_body(part, answer, frontend),)) for part in parts(answer.text, SHOWN)]


def finished(answer: Answer, turn: str, standing: Standing, frontend: str) -> list[Drawn]:
    """Draw a whole answer, in as many messages as it needs; the last one bears sources and buttons."""
    *drawn, last = texts(answer, frontend)
    end = [*citations.blocks(answer.citations, frontend, turn), *standings.blocks(turn, standing)]
    if standing.newest and not standing.deleted:
        end += follow_ups.blocks(turn, answer.follow_ups)
    return [*drawn, Drawn(last.text, (*last.blocks, *end))]


def failed(answer: Answer, turn: str, frontend: str, error: BotError) -> Drawn:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    return Drawn(
        fallback(error.sentence),
        (
            *_text_so_far(answer, frontend),
            section(f":warning: {escaped(error.sentence)}"),
            row("failed", [button(actions.TRY_AGAIN, "Try again", actions.value(turn), style="primary")]),
        ),
    )


def stopped(answer: Answer, turn: str, frontend: str) -> Drawn:
    """Draw an answer that somebody stopped; where it was asked for, the server went on with it."""
    by = f" by <@{answer.stopped_by}>" if answer.stopped_by else ""
    text = whole(answer.text)
    read_on = button(actions.READ_ON, "Show the full answer", actions.value(turn))
    return Drawn(
        fallback(text or "Stopped."),
        (
            *_text_so_far(answer, frontend),
            context(f":black_square_for_stop: Stopped{by}. Ask again whenever you like."),
            *([row("stopped", [read_on])] if text or answer.conversation_id else []),
        ),
    )


def _text_so_far(answer: Answer, frontend: str) -> list[Block]:
    text = whole(answer.text)
    return [_body(parts(text, SHOWN)[0], answer, frontend)] if text else []


def _body(text: str, answer: Answer, frontend: str) -> Block:
    """Return text whose markers lead to their sources; where two share a number, to the first."""
    addresses = {
        citation.number: citations.address(citation, frontend) for citation in reversed(answer.citations)
    }
    plain = safe(text, frontend)
    linked = with_links(plain, addresses.get)
    return markdown(linked if len(linked) <= MARKDOWN_TEXT else plain)
