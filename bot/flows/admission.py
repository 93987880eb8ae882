"""Admission: whether a person may ask here and now, before anything is recorded or sent."""

import time
from collections import deque
from dataclasses import dataclass, field
from uuid import uuid4

import structlog

from bot.domain.channels import ChannelSettings
from bot.domain.errors import (
    FromABot,
    NotForGuests,
    NotForOutsiders,
    NotIdentified,
    SlackError,
    SwitchedOff,
    TooManyQuestions,
)
from bot.domain.people import AccessPolicy, Role
from bot.domain.turns import Question, Thread
from bot.flows.ports import AccessDirectory
from bot.store.channels import ChannelSettingsStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)

MINUTE = 60.0


@dataclass(frozen=True)
class AdmissionService:
    """Refuses questions where the bot is off, of people it does not answer, and of those who ask too fast.

    Where Slack does not tell who a person is, they are refused: otherwise those who must not ask would pass
    whenever it does not answer.
    """

    channel_settings: ChannelSettingsStore
    turns: TurnStore
    directory: AccessDirectory
    policy: AccessPolicy
    _recently_admitted: deque[tuple[float, str, tuple[str, str]]] = field(default_factory=deque, init=False)
    """What this process admitted within a minute: when, whose question, and its channel with its `ts`."""

    async def admit_press(self, workspace: str, channel: str, person: str) -> ChannelSettings:
        """Admit a question that is no message, and return its channel's settings. Raises as `admit`."""
        settings = await self.channel_settings.get(workspace, channel)
        ts = uuid4().hex
        await self.admit(Question(Thread(workspace, channel, ts), ts, person, ""), settings)
        return settings

    async def admit(self, question: Question, settings: ChannelSettings) -> None:
        """Admit a question in a channel with these settings.

        Raises SwitchedOff, NotIdentified, FromABot, NotForGuests, NotForOutsiders and TooManyQuestions.
        """
        if not question.is_direct and not settings.on:
            raise SwitchedOff
        try:
            await self._check_person(question)
        except SlackError as error:
            log.warning("admission.person_unknown", person=question.asker, reason=error.detail)
            raise NotIdentified from error
        await self._check_recorded(question)
        self._check_admitted(question, time.time())

    async def _check_person(self, question: Question) -> None:
        role = await self.directory.cached_role(question.asker)
        if role.is_bot:
            raise FromABot
        if role.is_guest and not self.policy.allow_guests:
            raise NotForGuests
        if not self.policy.allow_shared_channels and await self._is_outside(question, role):
            raise NotForOutsiders

    async def _is_outside(self, question: Question, role: Role) -> bool:
        workspaces = role.workspaces or frozenset(filter(None, [question.asker_team]))
        if question.externally_shared or (workspaces and question.thread.workspace not in workspaces):
            return True
        return not question.is_direct and await self.directory.is_externally_shared(question.thread.channel)

    async def _check_recorded(self, question: Question) -> None:
        """Count the recorded questions, on which all replicas agree."""
        now = time.time()
        own, together = await self.turns.nth_newest(
            question.thread.workspace,
            question.asker,
            (self.policy.questions_per_person, self.policy.questions_per_workspace),
            since=now - MINUTE,
            besides=(question.thread.channel, question.ts),
        )
        _refuse_within_a_minute(own, now)
        _refuse_within_a_minute(together, now, together=True)

    def _check_admitted(self, question: Question, now: float) -> None:
        """Count what this process admitted and may not have recorded yet, as in a burst.

        Counting and admitting have no await between them, so no other question comes in between.
        """
        message, recent = (question.thread.channel, question.ts), self._recently_admitted
        while recent and recent[0][0] <= now - MINUTE:
            recent.popleft()
        if any(each == message for _, _, each in recent):
            return
        own = [at for at, person, _ in recent if person == question.asker]
        if len(own) >= self.policy.questions_per_person:
            _refuse_within_a_minute(own[-self.policy.questions_per_person], now)
        if len(recent) >= self.policy.questions_per_workspace:
            _refuse_within_a_minute(recent[-self.policy.questions_per_workspace][0], now, together=True)
        recent.append((now, question.asker, message))


def _refuse_within_a_minute(at: float | None, now: float, *, together: bool = False) -> None:
    """Refuse while the question that fills the minute is not a minute old. Raises TooManyQuestions."""
    if at is not None and at > now - MINUTE:
        raise TooManyQuestions(at + MINUTE - now, together=together)
