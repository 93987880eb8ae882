"""Whether something that was pressed is about the place it was pressed in."""

from bot.domain.errors import Elsewhere
from bot.store.turns import Turns


class Belonging:
    """Refuses presses and submissions whose turn is another workspace's, channel's or thread's.

    Slack signs what it delivers, and values are the bot's own: one that does not fit was not drawn here.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def check(
        self, turn_id: str, workspace: str, channel: str | None = None, thread_ts: str | None = None
    ) -> None:
        """Compare a turn with where it is said to be, as far as that is known; one not on record passes.

        Raises Elsewhere.
        """
        turn = await self._turns.get(turn_id)
        if turn is None:
            return
        thread = turn.question.thread
        if thread.workspace != workspace or channel not in (None, thread.channel):
            raise Elsewhere
        if thread_ts not in (None, thread.ts):
            raise Elsewhere
