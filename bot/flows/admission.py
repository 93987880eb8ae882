"""Admission: whether a person may ask here and now, before anything is recorded or sent."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from bot.domain.errors import FromABot, NotForGuests, NotForOutsiders, SwitchedOff, TooManyQuestions
from bot.domain.people import AccessPolicy, AccessRequest, Role
from bot.store.channels import ChannelSettingsStore
from bot.store.turns import QuestionRateStore

MINUTE = 60.0


class AdmissionService:
    """Turns away where the bot is switched off, whom it does not answer, and who asks too fast.

    What Slack does not tell passes: no question fails for want of it.
    """

    def __init__(
        self,
        channel_settings: ChannelSettingsStore,
        question_rates: QuestionRateStore,
        role: Callable[[str], Awaitable[Role | None]],
        is_shared: Callable[[str], Awaitable[bool]],
        policy: AccessPolicy,
    ) -> None:
        """Bring the parts together.

        `role` tells what a Slack user is, `is_shared` whether people of another company read a channel;
        both are asked for every question and should remember.
        """
        self._channel_settings = channel_settings
        self._question_rates = question_rates
        self._role = role
        self._is_shared = is_shared
        self._policy = policy
        self._recently_admitted: deque[tuple[float, AccessRequest]] = deque()

    async def admit_press(self, workspace: str, channel: str, person: str) -> None:
        """Admit a question that is no message of its own. Raises as `check`."""
        await self.admit(AccessRequest(workspace, channel, person, ts=uuid4().hex))

    async def admit(self, request: AccessRequest) -> None:
        """Admit a question.

        Raises SwitchedOff, FromABot, NotForGuests, NotForOutsiders and TooManyQuestions.
        """
        if (
            not request.is_direct
            and not (await self._channel_settings.get(request.workspace, request.channel)).on
        ):
            raise SwitchedOff
        await self._check_person(request)
        await self._check_recorded(request)
        self._check_admitted(request, time.time())

    async def _check_person(self, request: AccessRequest) -> None:
        role = await self._role(request.person)
        if role is not None and role.is_bot:
            raise FromABot
        if role is not None and role.is_guest and not self._policy.allow_guests:
            raise NotForGuests
        if not self._policy.allow_shared_channels and await self._is_outside(request, role):
            raise NotForOutsiders

    async def _is_outside(self, request: AccessRequest, role: Role | None) -> bool:
        told = frozenset({request.asker_team} if request.asker_team else ())
        workspaces = (role.workspaces if role is not None else told) or told
        if request.externally_shared or (workspaces and request.workspace not in workspaces):
            return True
        return not request.is_direct and await self._is_shared(request.channel)

    async def _check_recorded(self, request: AccessRequest) -> None:
        """Count what is recorded, so that all replicas agree."""
        rules, itself, now = self._policy, (request.channel, request.ts), time.time()
        newest_but = partial(
            self._question_rates.nth_newest, request.workspace, since=now - MINUTE, besides=itself
        )
        _refuse_within_a_minute(await newest_but(rules.questions_per_person - 1, person=request.person), now)
        _refuse_within_a_minute(await newest_but(rules.questions_per_workspace - 1), now, together=True)

    def _check_admitted(self, request: AccessRequest, now: float) -> None:
        """Count what this process admitted and may not have recorded yet, as in a burst.

        Here is no waiting between counting and admitting, so nothing comes in between.
        """
        while self._recently_admitted and self._recently_admitted[0][0] <= now - MINUTE:
            self._recently_admitted.popleft()
        if any(
            (each.channel, each.ts) == (request.channel, request.ts) for _, each in self._recently_admitted
        ):
            return
        own = [at for at, each in self._recently_admitted if each.person == request.person]
        if len(own) >= self._policy.questions_per_person:
            _refuse_within_a_minute(own[-self._policy.questions_per_person], now)
        if len(self._recently_admitted) >= self._policy.questions_per_workspace:
            _refuse_within_a_minute(
                self._recently_admitted[-self._policy.questions_per_workspace][0], now, together=True
            )
        self._recently_admitted.append((now, request))


def _refuse_within_a_minute(at: float | None, now: float, *, together: bool = False) -> None:
    """Refuse while the question that fills the minute is not a minute old. Raises TooManyQuestions."""
    if at is not None and at > now - MINUTE:
        raise TooManyQuestions(at + MINUTE - now, together=together)
