"""Asking for an answer to be written anew."""

from bot.domain.conversations import Speaker
from bot.domain.errors import NoSuchTurn, NotTheNewest, StillWriting
from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.flows.asking import Asking, Work
from bot.flows.records import Records
from bot.store.turns import Turns
from bot.store.versions import Version, Versions


class Regenerating:
    """Puts the newest answer of a thread back into its queue, to be written anew."""

    def __init__(self, records: Records, turns: Turns, versions: Versions, asking: Asking) -> None:
        self._records = records
        self._turns = turns
        self._versions = versions
        self._asking = asking

    async def check(self, turn_id: str, person: str) -> None:
        """Raise Refusal or PipesHubError where `person` may not have this answer written anew."""
        turn = await self._records.owned(turn_id, person)
        finished = await self._turns.finished(turn.question.thread, turn.identity)
        if finished[-1].id != turn.id:
            raise NotTheNewest("a later turn is finished")

    async def begin(self, turn_id: str, person: str, manner: Manner = NOTHING_CHOSEN) -> Work:
        """Return the work of writing the newest answer anew into its own reply, for its owner.

        Raises Refusal and PipesHubError where it cannot begin.
        """
        await self.check(turn_id, person)
        turn = await self._records.answered(turn_id)
        conversation = await self._records.conversation(turn)
        message = conversation.message(turn.message_id or "")
        if message is None or message.speaker is not Speaker.BOT:
            raise NoSuchTurn
        if conversation.answer is not None and conversation.answer.id != message.id:
            raise NotTheNewest("a later answer is stored")
        await self._versions.keep(turn.id, message.content, message.citations)
        if not await self._turns.regenerate(turn.id, manner):
            raise StillWriting
        return self._asking.drain(turn.question.thread, turn.identity)

    async def earlier(self, turn_id: str) -> Version:
        """Return the version before the present answer, for anyone in the thread. Raises NoSuchTurn."""
        version = await self._versions.last(turn_id)
        if version is None:
            raise NoSuchTurn
        return version
