"""The messages of a turn that stand in Slack, for whoever takes it up after another worker."""

from collections.abc import Iterator
from typing import Any

from bot.domain.turns import Left, Turn
from bot.slack import actions
from bot.slack.outbox import Outbox
from bot.slack.render.message import Block
from bot.slack.replies.calls import marked

MOST = 200
"""Messages after the question that are looked through, in one call: Slack allows some apps one a minute."""


class FoundReplies:
    """Looks for the messages of turns by the metadata they were posted with."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def left(self, turn: Turn) -> Left:
        """Return what stands of a turn. Raises SlackError where Slack does not tell."""
        question = turn.question
        own = await self._outbox.own_replies(question.thread, question.ts, MOST)
        mark = marked(turn.id)
        standing = sorted(
            (each for each in own if each.get("metadata") == mark), key=lambda each: str(each["ts"])
        )
        ended = bool(standing) and _bears(standing[-1], actions.SHARE)
        return Left(tuple(str(each["ts"]) for each in standing), ended)


def _bears(message: Block, action_id: str) -> bool:
    """Whether one of a message's buttons has this id."""
    return any(element.get("action_id") == action_id for element in _elements(message))


def _elements(message: Block) -> Iterator[dict[str, Any]]:
    for block in message.get("blocks") or []:
        yield from block.get("elements") or []
