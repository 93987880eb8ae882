"""Admission: whether a person may ask here and now, before anything is recorded or sent."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from bot.domain.errors import FromABot, NotForGuests, NotForOutsiders, SwitchedOff, TooManyQuestions
from bot.domain.people import HouseRules, Role, Visit
from bot.store.channels import Channels
from bot.store.turns import Rates

MINUTE = 60.0


class Admitting:
    """Turns away where the bot is switched off, whom it does not answer, and who asks too fast.

    What Slack does not tell passes: no question fails for want of it.
    """

    def __init__(
        self,
        channels: Channels,
        rates: Rates,
        role: Callable[[str], Awaitable[Role | None]],
        is_shared: Callable[[str], Awaitable[bool]],
        rules: HouseRules,
    ) -> None:
        """Bring the parts together.

        `role` tells what a Slack user is, `is_shared` whether people of another company read a channel;
        both are asked for every question and should remember.
        """
        self._channels = channels
        self._rates = rates
        self._role = role
        self._is_shared = is_shared
        self._rules = rules
        self._admitted: deque[tuple[float, Visit]] = deque()

    async def press(self, workspace: str, channel: str, person: str) -> None:
        """Admit a question that is no message of its own. Raises as `check`."""
        await self.check(Visit(workspace, channel, person, ts=uuid4().hex))

    async def check(self, visit: Visit) -> None:
        """Admit a question.

        Raises SwitchedOff, FromABot, NotForGuests, NotForOutsiders and TooManyQuestions.
        """
        if not visit.is_direct and not (await self._channels.settings(visit.workspace, visit.channel)).on:
            raise SwitchedOff
        await self._check_person(visit)
        await self._check_recorded(visit)
        self._check_admitted(visit, time.time())

    async def _check_person(self, visit: Visit) -> None:
        role = await self._role(visit.person)
        if role is not None and role.is_bot:
            raise FromABot
        if role is not None and role.is_guest and not self._rules.guests:
            raise NotForGuests
        if not self._rules.outsiders and await self._is_outside(visit, role):
            raise NotForOutsiders

    async def _is_outside(self, visit: Visit, role: Role | None) -> bool:
        told = frozenset({visit.team} if visit.team else ())
        workspaces = (role.workspaces if role is not None else told) or told
        if visit.outside or (workspaces and visit.workspace not in workspaces):
            return True
        return not visit.is_direct and await self._is_shared(visit.channel)

    async def _check_recorded(self, visit: Visit) -> None:
        """Count what is recorded, so that all replicas agree."""
        rules, itself, now = self._rules, (visit.channel, visit.ts), time.time()
        newest_but = partial(self._rates.newest_but, visit.workspace, since=now - MINUTE, besides=itself)
        _check_past(await newest_but(rules.per_person - 1, person=visit.person), now)
        _check_past(await newest_but(rules.per_workspace - 1), now, together=True)

    def _check_admitted(self, visit: Visit, now: float) -> None:
        """Count what this process admitted and may not have recorded yet, as in a burst.

        Here is no waiting between counting and admitting, so nothing comes in between.
        """
        while self._admitted and self._admitted[0][0] <= now - MINUTE:
            self._admitted.popleft()
        if any((each.channel, each.ts) == (visit.channel, visit.ts) for _, each in self._admitted):
            return
        own = [at for at, each in self._admitted if each.person == visit.person]
        if len(own) >= self._rules.per_person:
            _check_past(own[-self._rules.per_person], now)
        if len(self._admitted) >= self._rules.per_workspace:
            _check_past(self._admitted[-self._rules.per_workspace][0], now, together=True)
        self._admitted.append((now, visit))


def _check_past(at: float | None, now: float, *, together: bool = False) -> None:
    """Refuse while the question that fills the minute is not a minute old. Raises TooManyQuestions."""
    if at is not None and at > now - MINUTE:
        raise TooManyQuestions(at + MINUTE - now, together=together)
