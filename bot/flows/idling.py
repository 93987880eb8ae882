"""Archiving what nobody asks in any more."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog

from bot.domain.conversations import Idle
from bot.domain.errors import BotError
from bot.flows.archiving import Archiving
from bot.store.threads import Threads

log = structlog.get_logger(__name__)

DAY = 86_400.0

PACE = 5.0
"""Seconds between two conversations: each costs an edit, and answers share Slack's 50 a minute with it.

PipesHub gets two calls for each, of the 1,000 a minute that it allows everybody together.
"""


class Idling:
    """Archives idle conversations, one after the other."""

    def __init__(
        self,
        archiving: Callable[[str], Awaitable[Archiving]],
        threads: Threads,
        days: int,
        pace: float = PACE,
    ) -> None:
        """Archive after `days` without a question, with `pace` seconds from one to the next.

        `archiving` gives what archives in a workspace.
        """
        self._archiving = archiving
        self._threads = threads
        self._days = days
        self._pace = pace

    async def archive(self, now: float) -> None:
        """Archive what is idle at `now` (seconds since 1970); what fails is left for the next time."""
        before = now - self._days * DAY
        idle = await self._threads.idle(before)
        archived = 0
        for number, each in enumerate(idle):
            if number:
                await asyncio.sleep(self._pace)
            archived += await self._archived(each, before)
        log.info("idle conversations archived", idle=len(idle), archived=archived, days=self._days)

    async def _archived(self, idle: Idle, before: float) -> bool:
        """Archive one conversation; whatever is wrong with it is none of the others' business."""
        try:
            archiving = await self._archiving(idle.thread.workspace)
            return await archiving.archive_idle(idle, before, self._days)
        except BotError as error:
            log.warning(
                "an idle conversation stays", conversation=idle.conversation_id, reason=_reason(error)
            )
        except Exception:
            code = uuid4().hex[:8]
            log.exception("an idle conversation stays", conversation=idle.conversation_id, incident=code)
        return False


def _reason(error: BotError) -> str:
    return f"{type(error).__name__}: {error.detail}"
