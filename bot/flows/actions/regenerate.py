"""Regenerating an answer, retrying a failed one, and showing the whole of a stopped one."""

from bot.domain.conversations import Speaker
from bot.domain.errors import NoSuchTurn, NotTheNewest, StillWriting
from bot.domain.turns import NOTHING_CHOSEN, Manner, Turn, TurnState
from bot.flows.actions.permissions import Permission, Records, settled
from bot.flows.admission import Admitting
from bot.flows.answers.worker import Work, Working
from bot.metrics import Meters
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


class Resuming:
    """Fetches what the server wrote after an answer was stopped."""

    def __init__(self, records: Records, turns: Turns, working: Working) -> None:
        self._records = records
        self._turns = turns
        self._working = working

    async def read_on(self, turn_id: str) -> bool:
        """Show the whole of a stopped answer where a part of it stands; return False if it is not stopped.

        The part stays where the server does not have the conversation any more, or does not tell: it is
        asked before anything changes. Raises NoSuchTurn and PipesHubError.
        """
        turn = await settled(self._turns, turn_id)
        if turn is None:
            raise NoSuchTurn
        if turn.state is not TurnState.STOPPED:
            return False
        if turn.conversation_id is not None:
            await self._records.conversation(turn)
        if await self._turns.read_on(turn_id) is None:
            return False
        await self._working.drain(turn.question.thread, turn.identity)
        return True


class Retrying:
    """Puts a failed turn back into the queue of its thread."""

    def __init__(self, turns: Turns, admitting: Admitting, working: Working, meters: Meters) -> None:
        self._turns = turns
        self._admitting = admitting
        self._working = working
        self._meters = meters

    async def again(self, turn_id: str, person: str) -> bool:
        """Ask a failed question again for `person` (a Slack user); return False if it is not failed any more.

        Raises NoSuchTurn where it is not on record (any more), and what `Admitting.check` raises.
        """
        found = await settled(self._turns, turn_id)
        if found is None:
            raise NoSuchTurn
        thread = found.question.thread
        await self._admitting.press(thread.workspace, thread.channel, person)
        turn = await self._turns.reopen(turn_id)
        if turn is None:
            return False
        self._meters.retries.labels("question").inc()
        await self._working.drain(turn.question.thread, turn.identity)
        return True
