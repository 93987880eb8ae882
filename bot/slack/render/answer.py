"""An answer, from the first moment to its end."""

from bot.domain.answers import Answer
from bot.domain.errors import BotError
from bot.slack import actions
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render import citations
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


def writing(answer: Answer, turn: str) -> Drawn:
    """Draw an answer on its way: the text so far, what is being done, and a way to stop it."""
    text = whole(answer.text)
    doing = escaped(answer.doing) if answer.doing else WRITING if text else LOOKING
    shown = parts(text, SHOWN)[0] if text else ""
    blocks = [
        *([markdown(safe(shown))] if text else []),
        context(f"_{doing}_" if not answer.doing else doing),
        row("writing", [button(actions.STOP, "Stop", actions.value(turn))]),
    ]
    return Drawn(fallback(text or answer.doing or LOOKING), tuple(blocks))


def finished(answer: Answer, frontend: str) -> list[Drawn]:
    """Draw a whole answer, in as many messages as it needs; the last one bears the sources."""
    addresses = {
        citation.number: citations.address(citation, frontend) for citation in reversed(answer.citations)
    }
    drawn = [
        Drawn(fallback(part), (markdown(with_links(safe(part), addresses.get)),))
        for part in parts(answer.text, SHOWN)
    ]
    last = drawn.pop()
    return [*drawn, Drawn(last.text, (*last.blocks, *citations.blocks(answer.citations, frontend)))]


def failed(answer: Answer, turn: str, error: BotError) -> Drawn:
    """Draw an answer that did not come: what there is of it, why it ends, and what to do next."""
    return Drawn(
        fallback(error.sentence),
        (
            *_what_there_is(answer),
            section(f":warning: {escaped(error.sentence)}"),
            row("failed", [button(actions.TRY_AGAIN, "Try again", actions.value(turn), style="primary")]),
        ),
    )


def stopped(answer: Answer) -> Drawn:
    """Draw an answer that somebody stopped."""
    by = f" by <@{answer.stopped_by}>" if answer.stopped_by else ""
    text = whole(answer.text)
    return Drawn(
        fallback(text or "Stopped."),
        (
            *_what_there_is(answer),
            context(f":black_square_for_stop: Stopped{by}. Ask again whenever you like."),
        ),
    )


def _what_there_is(answer: Answer) -> list[Block]:
    text = whole(answer.text)
    return [markdown(safe(parts(text, SHOWN)[0]))] if text else []
