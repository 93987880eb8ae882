"""Posting each message of a turn once, though Slack may take it and not answer."""

from collections.abc import Collection

from bot.domain.errors import SlackUnreachable
from bot.domain.turns import Turn
from bot.slack.api_errors import Ratelimited
from bot.slack.outbox import Outbox
from bot.slack.render.message import Drawn
from bot.slack.replies.calls import Calls
from bot.slack.replies.found import FoundReplies
from bot.slack.replies.pacing import Pacing


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
        if self._unanswered and (standing := await self._found.unknown(self._turn, known)) is not None:
            await self._pacing.room(self._pacing.updates)
            await self._calls.update(standing, drawn)
            self._unanswered = False
            return standing
        try:
            ts = await self._calls.post(drawn)
        except SlackUnreachable as error:
            self._unanswered = not isinstance(error, Ratelimited)
            raise
        self._unanswered = False
        return ts
