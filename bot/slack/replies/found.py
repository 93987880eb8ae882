"""The messages of a turn that stand in Slack, for whoever takes it up after another worker."""

import asyncio
from collections.abc import Collection, Iterator
from typing import Any

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.turns import Left, Question, Turn
from bot.slack import actions
from bot.slack.api_errors import Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render.message import Block
from bot.slack.replies.calls import marked

log = structlog.get_logger(__name__)

ATTEMPTS = 4
"""How often Slack is asked: who does not know what stands shows it once more."""

MOST = 200
"""Messages after the question that are looked through, in one call: Slack allows some apps one a minute."""


class FoundReplies:
    """Looks for the messages of turns: by the metadata they have, or by the steps of one that grows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def left(self, turn: Turn) -> Left:
        """Return what stands of a turn. Raises SlackError where Slack does not tell, for all patience."""
        own = await self._own(turn.question)
        mark = marked(turn.id)
        standing = sorted(
            (each for each in own if each.get("metadata") == mark or _grew_for(each, turn.id)),
            key=lambda each: str(each["ts"]),
        )
        ended = bool(standing) and _bears(standing[-1], actions.SHARE)
        return Left(tuple(str(each["ts"]) for each in standing), ended)

    async def unknown(self, turn: Turn, known: Collection[str] = ()) -> str | None:
        """Return a message of a turn that is not `known`, None where there is none or nobody may look.

        Raises SlackUnreachable where Slack does not tell now.
        """
        try:
            left = await self.left(turn)
        except SlackUnreachable:
            raise
        except SlackError as error:
            log.info("what stands is not known", turn=turn.id, reason=error.detail)
            return None
        return next((ts for ts in left.messages if ts not in known), None)

    async def _own(self, question: Question) -> list[Block]:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._outbox.own_replies(question.thread, question.ts, MOST)
            except SlackUnreachable as error:
                wait = error.retry_after if isinstance(error, Ratelimited) else 0.5 * 2**attempt
                log.info("slack call again", attempt=attempt, wait=wait, reason=error.detail)
                await asyncio.sleep(wait)
        return await self._outbox.own_replies(question.thread, question.ts, MOST)


def _grew_for(message: Block, name: str) -> bool:
    """Whether a message shows steps of the stream of this name, alone or in a plan."""
    blocks = message.get("blocks") or []
    cards = [each for block in blocks for each in (block, *(block.get("tasks") or []))]
    return any(str(each.get("task_id")).startswith(f"{name}-") for each in cards)


def _bears(message: Block, action_id: str) -> bool:
    """Whether one of a message's buttons has this id."""
    return any(element.get("action_id") == action_id for element in _elements(message))


def _elements(message: Block) -> Iterator[dict[str, Any]]:
    for block in message.get("blocks") or []:
        yield from block.get("elements") or []
