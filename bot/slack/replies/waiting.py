"""Placeholders of questions that wait in line."""

from collections.abc import Mapping

import structlog

from bot.domain.conversations import waiting
from bot.domain.errors import SlackError
from bot.domain.turns import Turn
from bot.slack.outbox import Outbox
from bot.slack.render import answer as render
from bot.slack.replies.calls import Calls
from bot.slack.replies.pacing import Pacing

log = structlog.get_logger(__name__)

SOON = 2
"""Questions before one that has its turn soon: its reader looks at its place in line."""

FOR_TEXT = 0.2
FOR_TEXT_AND_PROGRESS = 0.5
"""Shares of all edits that places in line leave to answers: those of the first ones, and those behind."""


class Placeholders:
    """Keeps what they say right, with edits that no answer needs."""

    def __init__(self, outbox: Outbox, paces: Mapping[str, Pacing], frontend: str) -> None:
        """Edit through `outbox` at each workspace's pace; relative links lead to `frontend`."""
        self._outbox = outbox
        self._paces = paces
        self._frontend = frontend

    async def tell(self, turn: Turn) -> bool:
        """Say how many are before a waiting turn, if there is an edit to spare; return whether it says so."""
        pacing = self._paces[turn.question.thread.workspace]
        now = pacing.now()
        kept = FOR_TEXT if turn.ahead <= SOON else FOR_TEXT_AND_PROGRESS
        if pacing.edits.spare < kept * pacing.updates.limit(now) or not pacing.updates.take(now):
            return False
        (drawn,) = render.writing(waiting(turn.ahead), turn.id, self._frontend)
        try:
            await Calls(self._outbox, pacing, turn).update(turn.reply_ts or "", drawn)
        except SlackError as error:
            log.info("a place in line is not told", turn=turn.id, reason=error.detail)
            return False
        return True
