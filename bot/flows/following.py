"""Asking on with a question that the answer itself suggested."""

from bot.domain.errors import AskedAlready
from bot.domain.turns import Posed
from bot.flows.posing import Posing
from bot.flows.records import Records
from bot.flows.working import Work
from bot.store.claims import Claims

SUGGESTED = "follow-up:"
"""How the keys of claims on suggested questions begin."""


class Following:
    """Asks a suggested question in the thread of its answer, once, for whoever presses first."""

    def __init__(self, records: Records, claims: Claims, posing: Posing) -> None:
        self._records = records
        self._claims = claims
        self._posing = posing

    async def follow(self, turn_id: str, number: int, text: str, person: str) -> Work | None:
        """Write a suggested question down in the name of `person` and return the work that it makes.

        `text` is Slack markup, `number` tells it from the others under the answer. Raises AskedAlready,
        what `Records.answered` raises, and SlackError, after which it can be asked again.
        """
        thread = (await self._records.answered(turn_id)).question.thread
        claim = f"{SUGGESTED}{turn_id}:{number}"
        if not await self._claims.first(claim):
            raise AskedAlready
        try:
            posed = Posed(thread.workspace, thread.channel, person, text, thread_ts=thread.ts)
            _, work = await self._posing.pose(posed)
        except BaseException:
            await self._claims.release(claim)
            raise
        return work
