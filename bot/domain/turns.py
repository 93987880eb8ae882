"""Turns: one question with its answer, the durable record of the work."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.manner import NOTHING_CHOSEN, Manner
from bot.domain.questions import Question


class TurnState(StrEnum):
    """How far a turn is."""

    RECORDED = "recorded"
    """Nothing was sent yet."""
    WAITING = "waiting"
    """The reply stands in Slack; the question is not asked yet."""
    RUNNING = "running"
    """PipesHub was asked."""
    DONE = "done"
    FAILED = "failed"
    """A sentence stands in the reply; it can be tried again."""
    BROKEN = "broken"
    """A sentence stands in the reply, but PipesHub may have gone on and stored an answer."""
    STOPPED = "stopped"
    """A person stopped it."""
    UNLINKED = "unlinked"
    """Its asker has to connect an account first; no reply stands in Slack."""


SERVICE = "service"
"""The identity of everybody where one token asks for all."""

HOPE = 86_400.0
"""Seconds for which Slack is tried again and again to show a turn: after a day nobody waits for it."""

UNANSWERED = frozenset({TurnState.FAILED, TurnState.BROKEN, TurnState.STOPPED})

FINISHED = UNANSWERED | {TurnState.DONE}

AT_REST = FINISHED | {TurnState.UNLINKED}
"""The states in which a turn stays until a person does something."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The Slack messages that show an answer, in their order; `leftover` ones are to be taken away.

    `readable_at` is when the first words stood there, in seconds since 1970; None where that was with the
    last ones.
    """

    messages: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    readable_at: float | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What a worker left in Slack of a turn: its messages, oldest first.

    `ended` says that the last one of them shows the ending of a finished answer.
    """

    messages: tuple[str, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with what has come of it.

    `identity` is the PipesHub identity it is asked under, `manner` what somebody chose for it.
    `regenerates` says that its answer is to be written anew. `reply_ts` names the Slack message that shows
    the answer, as soon as it stands; a long answer goes on in `further_ts`, and `leftover_ts` are its
    messages that another one replaced and that still stand. `conversation_id` and `message_id` are
    PipesHub's, as soon as they are known. `lease` names the claim under which somebody works on it,
    `stop_by` the Slack user who wants it to stop, `ahead` how many questions of its thread its placeholder
    says are before it. `taken_up` says that somebody else worked on it before, `ended` that its last
    message shows the ending of a finished answer already. `asked_at` is when the question came, in seconds
    since 1970; None where it had an ending already and is asked again.
    """

    id: str
    question: Question
    identity: str
    state: TurnState
    manner: Manner = NOTHING_CHOSEN
    regenerates: bool = False
    reply_ts: str | None = None
    further_ts: tuple[str, ...] = ()
    leftover_ts: tuple[str, ...] = ()
    conversation_id: str | None = None
    message_id: str | None = None
    lease: str | None = None
    stop_by: str | None = None
    ahead: int = 0
    taken_up: bool = False
    ended: bool = False
    asked_at: float | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it is asked with the asker's own account, so that nobody else acts on its conversation."""
        return self.identity != SERVICE

    def is_past_hope(self, now: float) -> bool:
        """Return whether a turn is too old, at `now` (seconds since 1970), to be taken up once more."""
        return self.asked_at is not None and now - self.asked_at > HOPE

    @property
    def bearing_ts(self) -> str | None:
        """The message that bears the sources and the buttons: the last one of the answer."""
        return self.further_ts[-1] if self.further_ts else self.reply_ts
