"""Turns (a question with its answer, the durable record of the work), and how a question is asked."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import SlackError, SlackUnreachable, UnknownSlackError
from bot.domain.text import ThreadMessage


@dataclass(frozen=True, slots=True)
class QuestionOrigin:
    """Where in a channel a question was asked; `ts` names its thread, None where it was in none."""

    channel: str
    ts: str | None


class ChatMode(StrEnum):
    """How the server looks for an answer, in its own words; every server has the first."""

    INTERNAL_SEARCH = "internal_search"
    WEB_SEARCH = "web_search"
    AGENT = "agent"


class SourceKind(StrEnum):
    """The kinds of knowledge sources, in the words of the server's filters."""

    APP = "apps"
    """A connector: everything from one application."""
    BASE = "kb"
    """A knowledge base: a collection in PipesHub itself."""


@dataclass(frozen=True, slots=True)
class Model:
    """A language model of the server; `key` is a UUID, `label` what people call it."""

    key: str
    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """A source that answers can be limited to; `id` is a UUID."""

    id: str
    name: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class AvailableOptions:
    """The models and sources the server offers; empty where it does not tell."""

    models: tuple[Model, ...] = ()
    sources: tuple[KnowledgeSource, ...] = ()


@dataclass(frozen=True, slots=True)
class EnteredOptions:
    """Options as entered: keys, ids or names of what is offered, and record ids as one text."""

    model: str | None = None
    mode: str | None = None
    sources: tuple[str, ...] = ()
    records: str = ""


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """How a question is asked; what is None or empty is left to the server.

    `apps` and `kb` are ids of the connectors and knowledge bases that the answer may rest on, `record_ids`
    those of records.
    """

    chat_mode: str | None = None
    model_key: str | None = None
    model_name: str | None = None
    apps: tuple[str, ...] = ()
    kb: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()

    def with_defaults(self, default: "QuestionOptions") -> "QuestionOptions":
        """Return these options with what they leave open taken from `default`."""
        # Apps and knowledge bases limit an answer together, so both lists come from the same options.
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
class PostedQuestion:
    """A question that the bot posts for `asker` (a Slack user); `text` is Slack markup.

    `channel` is a channel's id, or a person's for the bot's direct message with them; `thread_ts` names
    the thread in it, None where the question starts one. `quoted` is the message it is about. `available`
    are the models and sources from which `options` were chosen, for their names. `origin` is where it was
    asked, if it is answered elsewhere.
    """

    workspace: str
    channel: str
    asker: str
    text: str
    thread_ts: str | None = None
    options: QuestionOptions = NO_OPTIONS
    quoted: ThreadMessage | None = None
    available: AvailableOptions = AvailableOptions()
    origin: QuestionOrigin | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A Slack thread, named by its workspace, its channel and the `ts` of its first message."""

    workspace: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Question:
    """One message that may be for the bot.

    `ts` is the message's own; with workspace and channel it identifies the question, however often and under
    whatever event Slack delivers it. `text` is Slack markup without the mention of the bot. `addressed` says
    whether the bot was mentioned or written to directly. `externally_shared` says that people of another
    company read along; `asker_team` is the asker's workspace, where the delivery says it.
    """

    thread: Thread
    ts: str
    asker: str
    text: str
    addressed: bool = True
    externally_shared: bool = False
    asker_team: str | None = None

    @property
    def deletion_claim(self) -> str:
        """The claim that says that its message was deleted."""
        return deletion_claim(self.thread.workspace, self.thread.channel, self.ts)

    @property
    def is_reply(self) -> bool:
        """Whether it is a reply in a thread, not its first message."""
        return self.ts != self.thread.ts

    @property
    def is_direct(self) -> bool:
        """Whether it is in a direct message with the bot, or about to be: then the channel is a person."""
        return self.thread.channel.startswith(("D", "U", "W"))


def deletion_claim(workspace: str, channel: str, ts: str) -> str:
    """Return the claim that says that a message was deleted, since Slack can tell that before the message."""
    return f"deleted:{workspace}:{channel}:{ts}"


class TurnState(StrEnum):
    """How far a turn is."""

    RECORDED = "recorded"
    """Nothing was sent yet."""
    WAITING = "waiting"
    """Its placeholder is posted in Slack; PipesHub was not asked yet."""
    RUNNING = "running"
    """PipesHub was asked."""
    DONE = "done"
    FAILED = "failed"
    """The reply shows an error; it can be tried again."""
    BROKEN = "broken"
    """The reply shows an error, but PipesHub may have stored an answer."""
    STOPPED = "stopped"
    """A person stopped it."""
    UNLINKED = "unlinked"
    """Its asker has to connect an account first; nothing is posted in Slack."""


SERVICE_IDENTITY = "service"
"""The identity of everyone where one token asks for all."""

MAX_AGE = 86_400.0
"""Seconds for which showing a turn in Slack is retried: after a day no one waits for it."""

UNKNOWN_ERROR_PATIENCE = 600.0
"""Seconds for which showing a turn is retried while Slack refuses it in words that the bot does not know."""

MAX_DEATHS = 3
"""Processes that may die at a turn, which may be what kills them: from then on it is given up in words."""

UNANSWERED_STATES = frozenset({TurnState.FAILED, TurnState.BROKEN, TurnState.STOPPED})

FINISHED_STATES = UNANSWERED_STATES | {TurnState.DONE}

INACTIVE_STATES = FINISHED_STATES | {TurnState.UNLINKED}
"""The states in which a turn stays until a person does something."""

UNFINISHED_STATES = frozenset(TurnState) - INACTIVE_STATES
"""The states in which a turn has to be worked on."""


@dataclass(frozen=True, slots=True)
class ShownMessages:
    """The Slack messages that show an answer, in their order; `leftover` ones have to be deleted.

    `readable_at` is when its first words were shown, in seconds since 1970; None where that was with its end.
    """

    messages: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    readable_at: float | None = None


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """The messages of a turn that an earlier worker left in Slack, oldest first.

    `shows_ending` says that the last one shows the end of a finished answer.
    """

    messages: tuple[str, ...] = ()
    shows_ending: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, as a durable record of the work.

    `identity` is the PipesHub identity it is asked under. `regenerates` says that its answer has to be
    regenerated. `reply_ts` is the Slack message that shows the answer, once it is posted; a long answer
    continues in `further_ts`, and `leftover_ts` are messages of it that have to be deleted.
    `conversation_id` and `message_id` are PipesHub's, once they are known. `lease` names the lease of its
    worker, which was good until `leased_until` (seconds since 1970) when it was read, `stop_requested_by`
    is the Slack user who wants it to stop, `questions_ahead` how many questions of its thread its
    placeholder says are before it. `others_wait` says that more questions of its thread wait behind it,
    `resumed` that another worker had it before, `shows_ending` that its last message shows the end of a
    finished answer already. `deaths` is how often a process died while it worked on it. `asked_at` is when
    the question came, in seconds since 1970; None where it ended before and is asked again.
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
    leased_until: float = 0
    stop_requested_by: str | None = None
    questions_ahead: int = 0
    others_wait: bool = False
    resumed: bool = False
    shows_ending: bool = False
    deaths: int = 0
    asked_at: float | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it is asked with the asker's own account, so that no one else acts on its conversation."""
        return self.identity != SERVICE_IDENTITY

    def may_wait_for(self, error: SlackError, now: float) -> bool:
        """Return whether what `error` kept from being shown is tried again, at `now`, or given up in words.

        For words that the bot does not know it waits ten minutes after the question, for a Slack that is
        away a day.
        """
        if isinstance(error, UnknownSlackError):
            return self.asked_at is not None and now - self.asked_at <= UNKNOWN_ERROR_PATIENCE
        is_older = self.asked_at is not None and now - self.asked_at > MAX_AGE
        return isinstance(error, SlackUnreachable) and not is_older

    @property
    def footer_ts(self) -> str | None:
        """The message with the sources and the buttons: the last one of the answer."""
        return self.further_ts[-1] if self.further_ts else self.reply_ts
