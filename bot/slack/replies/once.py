"""Posting each message of a turn once, though Slack may take it and not answer."""

from collections.abc import Collection

import structlog

from bot.domain.errors import SlackError, SlackUnreachable
from bot.domain.turns import Turn
from bot.slack.api_errors import Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render.message import Drawn
from bot.slack.replies.calls import Calls
from bot.slack.replies.found import FoundReplies
from bot.slack.replies.pacing import Pacing

log = structlog.get_logger(__name__)


class Once:
    """Posts the messages of one turn."""

    def __init__(self, outbox: Outbox, calls: Calls, pacing: Pacing, turn: Turn) -> None:
        self._calls = calls
        self._found = FoundReplies(outbox)
        self._pacing = pacing
        self._turn = turn
        self._unanswered = False

    async def post(self, drawn: Drawn, known: Collection[str]) -> str:
        """Post a message and return its `ts`; its call is counted by who asks. Raises SlackError.

        Where an earlier call was not answered, its message may stand: one that is not among the `known`
        is edited instead.
        """
        if self._unanswered and (standing := await self._standing(known)) is not None:
            await self._pacing.room(self._pacing.updates)
            await self._calls.update(standing, drawn)
            self._unanswered = False
            return standing
        try:
            ts = await self._calls.post(drawn, self._turn.id)
        except SlackUnreachable as error:
            self._unanswered = not isinstance(error, Ratelimited)
            raise
        self._unanswered = False
        return ts

    async def _standing(self, known: Collection[str]) -> str | None:
        """Return a message of the turn that is not known; None where there is none, or nobody may look."""
        try:
            left = await self._found.left(self._turn)
        except SlackUnreachable:
            raise
        except SlackError as error:
            log.info("what stands is not known", turn=self._turn.id, reason=error.detail)
            return None
        return next((ts for ts in left.messages if ts not in known), None)
