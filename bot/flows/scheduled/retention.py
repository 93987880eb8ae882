"""Retention: archiving idle conversations and forgetting what was not used for a long time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from bot.domain.conversations import IdleConversation
from bot.domain.errors import BotError
from bot.flows.conversations.manage import ManageService
from bot.flows.questions.ask import FOLLOW_UP_CLAIM
from bot.log import new_incident
from bot.store.claims import ClaimStore
from bot.store.retention import RetentionStore
from bot.store.threads import ThreadStore

log = structlog.get_logger(__name__)

DAY = 86_400.0

BATCH = 500  # rows in one transaction: SQLite has one writer at a time, and questions wait for it
CLAIM_DAYS = 7
"""Days that claims are kept: Slack delivers again within hours, and the slot of the weekly note is a week."""


@dataclass(frozen=True)
class RetentionService:
    """Deletes old turns and threads from the store; the messages in Slack and at PipesHub stay."""

    retention: RetentionStore
    claims: ClaimStore
    days: int

    async def delete_old_turns(self, now: float) -> None:
        """Delete unused turns, then threads without any; `now` is in seconds since 1970."""
        before = now - self.days * DAY
        turns = await _delete_in_batches(self.retention.delete_turns, before)
        threads = await _delete_in_batches(self.retention.delete_threads, before)
        log.info("retention.turns_deleted", turns=turns, threads=threads, days=self.days)

    async def delete_old_claims(self, now: float) -> None:
        """Delete old claims.

        A suggested question's claim is kept as long as turns are, since its button works as long.
        """
        deliveries = partial(self.claims.delete_old, spare=FOLLOW_UP_CLAIM)
        expired = await _delete_in_batches(deliveries, now - CLAIM_DAYS * DAY)
        expired += await _delete_in_batches(self.claims.delete_old, now - max(CLAIM_DAYS, self.days) * DAY)
        log.info("retention.claims_deleted", claims=expired)


async def _delete_in_batches(drop: Callable[[float, int], Awaitable[int]], before: float) -> int:
    total = 0
    while dropped := await drop(before, BATCH):
        total += dropped
    return total


SECONDS_BETWEEN_CONVERSATIONS = 5.0
"""Seconds between two conversations: each costs an edit, and answers share Slack's 50 a minute with it.

PipesHub gets two calls for each, of the 1,000 a minute that it allows everybody together.
"""


class Workspaces(Protocol):
    """The installed workspaces."""

    async def manage_service(self, workspace: str) -> ManageService:
        """Return what archives conversations in a workspace. Raises NotInstalled."""


@dataclass(frozen=True)
class AutoArchiveService:
    """Archives idle conversations, one after the other."""

    workspaces: Workspaces
    threads: ThreadStore
    days: int

    async def archive_idle(self, now: float) -> None:
        """Archive what is idle at `now` (seconds since 1970); what fails is left for the next time."""
        before = now - self.days * DAY
        idle = await self.threads.find_idle(before)
        archived = 0
        for number, each in enumerate(idle):
            if number:
                await asyncio.sleep(SECONDS_BETWEEN_CONVERSATIONS)
            archived += await self._try_archive(each, before)
        log.info("auto_archive.finished", idle=len(idle), archived=archived, days=self.days)

    async def _try_archive(self, idle: IdleConversation, before: float) -> bool:
        """Archive one conversation; an error must not keep the others from being archived."""
        try:
            manage_service = await self.workspaces.manage_service(idle.thread.workspace)
            return await manage_service.archive_idle(idle, before, self.days)
        except BotError as error:
            log.warning(
                "auto_archive.failed",
                conversation=idle.conversation_id,
                reason=f"{error.reason}: {error.detail}",
            )
        except Exception:
            code = new_incident()
            log.exception("auto_archive.failed", conversation=idle.conversation_id, incident=code)
        return False
