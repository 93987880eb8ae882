"""Admission: whether a person may ask here and now, before anything is recorded or sent."""

import time
from collections import deque
from dataclasses import dataclass, field
from uuid import uuid4

from bot.domain.channels import ChannelSettings
from bot.domain.errors import FromABot, NotForGuests, NotForOutsiders, SwitchedOff, TooManyQuestions
from bot.domain.people import AccessPolicy, AccessRequest, Role
from bot.flows.ports import AccessDirectory
from bot.store.channels import ChannelSettingsStore
from bot.store.turns import QuestionRateStore

MINUTE = 60.0


@dataclass(frozen=True)
class AdmissionService:
    """Refuses questions where the bot is off, of people it does not answer, and of those who ask too fast.

    What Slack does not tell passes: no question fails for want of it.
    """

    channel_settings: ChannelSettingsStore
    question_rates: QuestionRateStore
    directory: AccessDirectory
    policy: AccessPolicy
    _recently_admitted: deque[tuple[float, AccessRequest]] = field(default_factory=deque, init=False)

    async def admit_press(self, workspace: str, channel: str, person: str) -> ChannelSettings:
        """Admit a question that is no message, and return its channel's settings. Raises as `admit`."""
        settings = await self.channel_settings.get(workspace, channel)
        await self.admit(AccessRequest(workspace, channel, person, ts=uuid4().hex), settings)
        return settings

    async def admit(self, request: AccessRequest, settings: ChannelSettings) -> None:
        """Admit a question in a channel with these settings.

        Raises SwitchedOff, FromABot, NotForGuests, NotForOutsiders and TooManyQuestions.
        """
        if not request.is_direct and not settings.on:
            raise SwitchedOff
        await self._check_person(request)
        await self._check_recorded(request)
        self._check_admitted(request, time.time())

    async def _check_person(self, request: AccessRequest) -> None:
        role = await self.directory.cached_role(request.person)
        if role is not None and role.is_bot:
            raise FromABot
        if role is not None and role.is_guest and not self.policy.allow_guests:
            raise NotForGuests
        if not self.policy.allow_shared_channels and await self._is_outside(request, role):
            raise NotForOutsiders

    async def _is_outside(self, request: AccessRequest, role: Role | None) -> bool:
        told = frozenset({request.asker_team} if request.asker_team else ())
        workspaces = (role.workspaces if role is not None else told) or told
        if request.externally_shared or (workspaces and request.workspace not in workspaces):
            return True
        return not request.is_direct and await self.directory.is_externally_shared(request.channel)

    async def _check_recorded(self, request: AccessRequest) -> None:
        """Count the recorded questions, on which all replicas agree."""
        now = time.time()
        own, together = await self.question_rates.nth_newest(
            request.workspace,
            request.person,
            (self.policy.questions_per_person, self.policy.questions_per_workspace),
            since=now - MINUTE,
            besides=(request.channel, request.ts),
        )
        _refuse_within_a_minute(own, now)
        _refuse_within_a_minute(together, now, together=True)

    def _check_admitted(self, request: AccessRequest, now: float) -> None:
        """Count what this process admitted and may not have recorded yet, as in a burst.

        Counting and admitting have no await between them, so no other question comes in between.
        """
        while self._recently_admitted and self._recently_admitted[0][0] <= now - MINUTE:
            self._recently_admitted.popleft()
        if any(
            (each.channel, each.ts) == (request.channel, request.ts) for _, each in self._recently_admitted
        ):
            return
        own = [at for at, each in self._recently_admitted if each.person == request.person]
        if len(own) >= self.policy.questions_per_person:
            _refuse_within_a_minute(own[-self.policy.questions_per_person], now)
        if len(self._recently_admitted) >= self.policy.questions_per_workspace:
            _refuse_within_a_minute(
                self._recently_admitted[-self.policy.questions_per_workspace][0], now, together=True
            )
        self._recently_admitted.append((now, request))


def _refuse_within_a_minute(at: float | None, now: float, *, together: bool = False) -> None:
    """Refuse while the question that fills the minute is not a minute old. Raises TooManyQuestions."""
    if at is not None and at > now - MINUTE:
        raise TooManyQuestions(at + MINUTE - now, together=together)
