"""Forgetting what nobody came back to."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot.flows.following import SUGGESTED
from bot.store.claims import Claims
from bot.store.retention import Retention

log = structlog.get_logger(__name__)

DAY = 86_400.0

BATCH = 500
"""Rows in one transaction: SQLite has one writer at a time, and questions wait for it."""

KEPT = 7
"""Days that claims are kept: Slack delivers again within hours, and the slot of the weekly note is a week."""


class Forgetting:
    """Deletes the record of old turns and threads; the messages in Slack and at PipesHub stay."""

    def __init__(self, retention: Retention, claims: Claims, days: int) -> None:
        """Keep everything for `days` after the last that was done with it."""
        self._retention = retention
        self._claims = claims
        self._days = days

    async def forget(self, now: float) -> None:
        """Delete turns, and then threads without any, that nobody came back to; `now` is since 1970."""
        before = now - self._days * DAY
        turns = await _all(self._retention.drop_turns, before)
        threads = await _all(self._retention.drop_threads, before)
        log.info("forgotten", turns=turns, threads=threads, days=self._days)

    async def expire(self, now: float) -> None:
        """Forget what was claimed long ago.

        A suggested question is claimed when it is asked, and its button works while its turn is on
        record: such a claim does not go before the turns of its time do.
        """
        deliveries = partial(self._claims.expire, spare=SUGGESTED)
        expired = await _all(deliveries, now - KEPT * DAY)
        expired += await _all(self._claims.expire, now - max(KEPT, self._days) * DAY)
        log.info("claims expired", claims=expired)


async def _all(drop: Callable[[float, int], Awaitable[int]], before: float) -> int:
    total = 0
    while dropped := await drop(before, BATCH):
        total += dropped
    return total
