"""Being silent in a thread that nobody asked the bot into."""

import structlog

from bot.domain.errors import NoSuchTurn, PipesHubError
from bot.domain.turns import Thread
from bot.flows.records import Records, settled
from bot.flows.redrawing import Redrawing
from bot.store.threads import Asides, Overheard
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Silencing:
    """Keeps the bot out of a thread until somebody mentions it."""

    def __init__(
        self, turns: Turns, records: Records, heard: Overheard, asides: Asides, redrawing: Redrawing
    ) -> None:
        self._turns = turns
        self._records = records
        self._heard = heard
        self._asides = asides
        self._redrawing = redrawing

    async def silence(self, turn_id: str, person: str) -> None:
        """Let the bot say nothing more without a mention in the thread of a turn, because of `person`.

        Anybody who sees the answer may. It holds whether or not the answer can be drawn anew. Raises
        NoSuchTurn where the bot was asked into the thread.
        """
        turn = await settled(self._turns, turn_id)
        if turn is None:
            raise NoSuchTurn
        thread = turn.question.thread
        origin = await self._asides.origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        if not await self._heard.silence(thread, person):
            raise NoSuchTurn
        try:
            await self._redrawing.redraw_all(turn, await self._records.conversation(turn))
        except PipesHubError as error:
            log.info("a silenced answer keeps its buttons", turn=turn.id, reason=error.detail)
