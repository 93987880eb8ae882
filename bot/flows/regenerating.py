"""Asking for an answer to be written anew."""

from bot.domain.conversations import Speaker
from bot.domain.errors import NoSuchTurn, NotTheNewest, StillWriting
from bot.domain.turns import NOTHING_CHOSEN, Manner, Turn, TurnState
from bot.flows.admitting import Admitting
from bot.flows.permission import Permission
from bot.flows.records import Records, settled
from bot.flows.working import Work, Working
from bot.store.turns import Turns, Version, Versions

MOMENT = 0.3
"""Seconds within which an ending that is shown is stored, and no answer is written anew."""


class Regenerating:
    """Puts the newest answer of a thread back into its queue, to be written anew."""

    def __init__(
        self,
        permission: Permission,
        records: Records,
        turns: Turns,
        versions: Versions,
        admitting: Admitting,
        working: Working,
    ) -> None:
        self._permission = permission
        self._records = records
        self._turns = turns
        self._versions = versions
        self._admitting = admitting
        self._working = working

    async def check(self, turn_id: str, person: str) -> Turn:
        """Return the turn whose answer `person` may have written anew now.

        Raises Refusal, SlackError and PipesHubError.
        """
        begun = await settled(self._turns, turn_id, MOMENT)
        if begun is not None and begun.regenerates and begun.state is TurnState.RUNNING:
            # Pressed twice: waiting for the end of the first would have it written anew once more.
            raise StillWriting
        turn = await self._permission.to_regenerate(turn_id, person)
        finished = [each.id for each in await self._turns.finished(turn.question.thread, turn.identity)]
        if turn.id not in finished:
            # Somebody else began while the server was asked who may.
            raise StillWriting
        if finished[-1] != turn.id:
            raise NotTheNewest("a later turn is finished")
        return turn

    async def begin(self, turn_id: str, person: str, manner: Manner = NOTHING_CHOSEN) -> Work:
        """Return the work of writing the newest answer anew into its own reply, for `person`.

        Raises Refusal, SlackError and PipesHubError where it cannot begin.
        """
        turn = await self.check(turn_id, person)
        thread = turn.question.thread
        await self._admitting.press(thread.workspace, thread.channel, person)
        conversation = await self._records.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None or message.speaker is not Speaker.BOT:
            raise NoSuchTurn
        if conversation.answer is not None and conversation.answer.id != message.id:
            raise NotTheNewest("a later answer is stored")
        await self._versions.keep(turn.id, message.content, message.citations)
        if not await self._turns.regenerate(turn.id, manner):
            raise StillWriting
        return self._working.drain(thread, turn.identity)

    async def earlier(self, turn_id: str) -> Version:
        """Return the version before the present answer, for anyone in the thread. Raises NoSuchTurn."""
        version = await self._versions.last(turn_id)
        if version is None:
            raise NoSuchTurn
        return version
