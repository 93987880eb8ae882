"""What a person's own conversation has not seen of its thread."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from bot.domain.text import Said, with_context
from bot.domain.turns import Thread, Turn
from bot.store.turns import Turns

History = Callable[[Thread, str, str, Collection[str], Collection[str]], Awaitable[Sequence[Said]]]
"""Tells what was said in a thread after one `ts` and before another, oldest first.

Of the bot's own messages only the first collection of them, of the others all but the second.
"""


class CatchingUp:
    """Sends along what others said in a thread since somebody last asked there."""

    def __init__(self, turns: Turns, history: History) -> None:
        """Look up in `turns` what was asked, and in `history` what was said."""
        self._turns = turns
        self._history = history

    async def text(self, turn: Turn, question: str) -> str:
        """Return what is sent for `turn`, whose question reads `question`.

        Where everybody asks as the same identity, the conversation has seen all that concerns it.
        """
        if not turn.is_personal:
            return question
        answered = await self._turns.answered(turn.question.thread)
        own = [each for each in answered if each.identity == turn.identity]
        others = [each for each in answered if each.identity != turn.identity]
        since = max((each.question.ts for each in own), default="0")
        said = await self._history(
            turn.question.thread,
            since,
            turn.question.ts,
            {ts for each in others for ts in (each.reply_ts, *each.further_ts) if ts},
            {each.question.ts for each in own},
        )
        return with_context(question, said)
