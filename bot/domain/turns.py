"""Turns (a question with its answer, the durable record of the work), and how a question is asked."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class QuestionOrigin:
    """Where in a channel a question was asked; `ts` names its thread, None where it stands in none."""

    channel: str
    ts: str | None


class ChatMode(StrEnum):
    """How the server looks for an answer, in its own words; every server knows the first."""

    INTERNAL_SEARCH = "internal_search"
    WEB_SEARCH = "web_search"
    AGENT = "agent"


class SourceKind(StrEnum):
    """What a knowledge source is, in the words of the server's filters."""

    APP = "apps"
    """A connector: everything that is fetched from one application."""
    BASE = "kb"
    """A knowledge base: a collection that people keep in PipesHub itself."""


@dataclass(frozen=True, slots=True)
class Model:
    """A language model of the server; `key` is a UUID, `label` what people call it."""

    key: str
    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """Something that answers can be limited to; `id` is a UUID."""

    id: str
    name: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class AvailableOptions:
    """What the server offers; nothing where it does not tell."""

    models: tuple[Model, ...] = ()
    sources: tuple[KnowledgeSource, ...] = ()


NO_AVAILABLE_OPTIONS = AvailableOptions()


@dataclass(frozen=True, slots=True)
class EnteredOptions:
    """What somebody entered: keys, ids or names of what is offered, and record ids as one text."""

    model: str | None = None
    mode: str | None = None
    sources: tuple[str, ...] = ()
    records: str = ""


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """What somebody chose for a question; what is not chosen is left to the server.

    `apps` and `kb` are ids of connectors and knowledge bases that the answer may rest on, all of them
    where none is named; `record_ids` likewise.
    """

    chat_mode: str | None = None
    model_key: str | None = None
    model_name: str | None = None
    apps: tuple[str, ...] = ()
    kb: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()

    def with_defaults(self, default: "QuestionOptions") -> "QuestionOptions":
        """Return this manner with what it leaves open taken from `default`."""
        # Apps and knowledge bases limit an answer together: one list of each would be neither's wish.
        limited = self if self.apps or self.kb else default
        return QuestionOptions(
            chat_mode=self.chat_mode or default.chat_mode,
            model_key=self.model_key or default.model_key,
            model_name=self.model_name if self.model_key else default.model_name,
            apps=limited.apps,
            kb=limited.kb,
            record_ids=self.record_ids or default.record_ids,
        )


NO_OPTIONS = QuestionOptions()


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message that a question is about, as plain text."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class PostedQuestion:
    """What somebody (a Slack user) asks; `text` is Slack markup.

    `channel` is a channel's id, or a person's for the bot's direct message with them; `thread_ts` names
    the thread in it, None where the question begins one. `offered` is what could be chosen when `manner`
    was, for the names in it. `origin` is where it was asked, where it is answered elsewhere.
    """

    workspace: str
    channel: str
    asker: str
    text: str
    thread_ts: str | None = None
    options: QuestionOptions = NO_OPTIONS
    quoted: QuotedMessage | None = None
    available: AvailableOptions = NO_AVAILABLE_OPTIONS
    origin: QuestionOrigin | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A Slack thread, named by its workspace, its channel and the `ts` of its first message."""

    workspace: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Question:
    """One message somebody addressed to the bot.

    `ts` is the message's own; with workspace and channel it names the question, however often
    and under whatever event Slack delivers it. `text` is Slack markup as it was written, without the
    mention of the bot. `addressed` says whether the bot was named or written to directly; what is not
    addressed to it is for it only in a thread that it is part of. `outside` says that people of
    another company read along, `asker_team` in which workspace the asker is, where its delivery tells so.
    """

    thread: Thread
    ts: str
    asker: str
    text: str
    addressed: bool = True
    externally_shared: bool = False
    asker_team: str | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it stands inside of a thread, not at its head."""
        return self.ts != self.thread.ts


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


SERVICE_IDENTITY = "service"
"""The identity of everybody where one token asks for all."""

MAX_AGE = 86_400.0
"""Seconds for which Slack is tried again and again to show a turn: after a day nobody waits for it."""

UNANSWERED_STATES = frozenset({TurnState.FAILED, TurnState.BROKEN, TurnState.STOPPED})

FINISHED_STATES = UNANSWERED_STATES | {TurnState.DONE}

INACTIVE_STATES = FINISHED_STATES | {TurnState.UNLINKED}
"""The states in which a turn stays until a person does something."""

UNFINISHED_STATES = frozenset(TurnState) - INACTIVE_STATES
"""The states in which a turn has to be worked on."""


@dataclass(frozen=True, slots=True)
class ShownMessages:
    """The Slack messages that show an answer, in their order; `leftover` ones are to be taken away.

    `readable_at` is when the first words stood there, in seconds since 1970; None where that was with the
    last ones.
    """

    messages: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    readable_at: float | None = None


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """What a worker left in Slack of a turn: its messages, oldest first.

    `ended` says that the last one of them shows the ending of a finished answer.
    """

    messages: tuple[str, ...] = ()
    shows_ending: bool = False


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
    options: QuestionOptions = NO_OPTIONS
    regenerates: bool = False
    reply_ts: str | None = None
    further_ts: tuple[str, ...] = ()
    leftover_ts: tuple[str, ...] = ()
    conversation_id: str | None = None
    message_id: str | None = None
    lease: str | None = None
    stop_requested_by: str | None = None
    questions_ahead: int = 0
    resumed: bool = False
    shows_ending: bool = False
    asked_at: float | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it is asked with the asker's own account, so that nobody else acts on its conversation."""
        return self.identity != SERVICE_IDENTITY

    def is_too_old(self, now: float) -> bool:
        """Return whether a turn is too old, at `now` (seconds since 1970), to be taken up once more."""
        return self.asked_at is not None and now - self.asked_at > MAX_AGE

    @property
    def footer_ts(self) -> str | None:
        """The message that bears the sources and the buttons: the last one of the answer."""
        return self.further_ts[-1] if self.further_ts else self.reply_ts
