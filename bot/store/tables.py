"""The tables. Times are seconds since 1970 in UTC, which every database stores the same way."""

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel


class ThreadRow(SQLModel, table=True):
    """A Slack thread and the conversation it is, for one PipesHub identity.

    `archived_after` are the days after which the scheduled job archived it, absent where a person did.
    """

    __tablename__ = "threads"

    workspace: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    ts: str = Field(primary_key=True)
    identity: str = Field(primary_key=True)
    conversation_id: str | None = Field(default=None, index=True)
    started_by: str
    started_at: float
    active_at: float
    archived_by: str | None = None
    archived_at: float | None = None
    archived_after: int | None = None


class TurnRow(SQLModel, table=True):
    """A turn.

    `question` is Slack markup; `identity` is PipesHub's; `manner` are its options as JSON, absent where there
    are none; `further_ts` are the messages that a long answer continues in, `leftover_ts` those that have to
    be deleted, separated by spaces. `lack` says why its answer is weak, `stop_by` is the Slack user who wants
    it to stop, `ahead` how many questions its placeholder says are before it, and `edited` the question's
    edited text, until that is asked. `lease` begins with the worker that holds it and a dot, where that one
    holds a lock. `deaths` is how often a process died while it worked on the turn, since it was last done.
    """

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("workspace", "channel", "message_ts", name="uq_turns_message"),
        Index("ix_turns_thread", "workspace", "channel", "thread_ts"),
        Index("ix_turns_recorded", "workspace", "recorded_at"),
    )

    id: str = Field(primary_key=True)
    workspace: str
    channel: str
    message_ts: str
    thread_ts: str
    identity: str
    asker: str
    question: str
    state: str = Field(index=True)
    manner: str | None = None
    regenerates: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reply_ts: str | None = None
    further_ts: str = Field(default="", sa_column_kwargs={"server_default": ""})
    leftover_ts: str = Field(default="", sa_column_kwargs={"server_default": ""})
    conversation_id: str | None = None
    message_id: str | None = None
    lease: str | None = None
    leased_until: float = 0
    recorded_at: float
    finished_at: float | None = Field(default=None, index=True)
    lack: str | None = None
    stop_by: str | None = None
    ahead: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    edited: str | None = None
    deaths: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class ReceivedRow(SQLModel, table=True):
    """A question that is received and not admitted yet, as JSON.

    `attempts` are those that failed, `deaths` those whose process died. `worker` has its lease: empty for one
    that holds no lock, absent for a question whose next attempt waits until its time.
    """

    __tablename__ = "received"

    key: str = Field(primary_key=True)
    workspace: str
    question: str
    unprompted: bool
    received_at: float
    attempts: int
    leased_until: float = Field(index=True)
    worker: str | None = None
    deaths: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class ClaimRow(SQLModel, table=True):
    """A claimed key; `until` is when the lease of one that is not completed expires."""

    __tablename__ = "claims"

    key: str = Field(primary_key=True)
    claimed_at: float
    until: float | None = None


class VersionRow(SQLModel, table=True):
    """An earlier version of an answer; the server keeps the newest only. `citations` is JSON."""

    __tablename__ = "versions"

    turn_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    text: str
    citations: str
    replaced_at: float


class FeedbackRow(SQLModel, table=True):
    """The last vote of a person on an answer."""

    __tablename__ = "ratings"

    turn_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    is_helpful: bool
    rated_at: float


class AccountRow(SQLModel, table=True):
    """A Slack user's PipesHub account.

    Both tokens are encrypted for `account:<workspace>:<person>`. `refreshing_until` is when the lease to
    renew them expires, and names it; `refused_at` is when PipesHub stopped accepting them.
    """

    __tablename__ = "accounts"

    workspace: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    user_id: str
    email: str | None = None
    access_token: str
    refresh_token: str
    expires_at: float
    refreshing_until: float = 0
    refused_at: float | None = None
    linked_at: float


class PendingLinkRow(SQLModel, table=True):
    """A link to an account being made, deleted when it is taken.

    `key` is the SHA-256 of a ticket or an OAuth state. A state has the PKCE `verifier`, encrypted for
    `link:<key>`, and the SHA-256 of the cookie of the `browser` it was started in.
    """

    __tablename__ = "links"

    key: str = Field(primary_key=True)
    workspace: str
    person: str
    verifier: str | None = None
    browser: str | None = None
    expires_at: float = Field(index=True)


class ChannelRow(SQLModel, table=True):
    """The settings of a channel; `manner` are its options as JSON, absent where there are none."""

    __tablename__ = "channels"

    workspace: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    is_on: bool
    audience: str
    unprompted: bool
    manner: str | None = None


class ChannelChangeRow(SQLModel, table=True):
    """A change of a channel's settings; `what` is JSON: before, after, names."""

    __tablename__ = "channel_changes"
    __table_args__ = (Index("ix_channel_changes_channel", "workspace", "channel", "changed_at"),)

    id: str = Field(primary_key=True)
    workspace: str
    channel: str
    person: str
    changed_at: float
    what: str


class PrivateAnswerRow(SQLModel, table=True):
    """A thread in a direct message that answers a question from a channel.

    `origin_ts` is the thread there, absent where the question was in none; `shared` are the ids of the turns
    whose answers were posted there, separated by spaces.
    """

    __tablename__ = "asides"
    __table_args__ = (Index("ix_asides_origin", "workspace", "origin_channel", "origin_ts", "person"),)

    workspace: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    ts: str = Field(primary_key=True)
    person: str
    origin_channel: str
    origin_ts: str | None = None
    shared: str = ""
    begun_at: float = Field(index=True)


class UnpromptedThreadRow(SQLModel, table=True):
    """A thread that the bot joined without a mention, for `person`, who wrote its first message."""

    __tablename__ = "overheard"

    workspace: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    ts: str = Field(primary_key=True)
    person: str
    begun_at: float = Field(index=True)
    silenced_by: str | None = None
    silenced_at: float | None = None


class InstallationRow(SQLModel, table=True):
    """A workspace, or an organization, that the bot was installed in from its own page.

    Tokens are encrypted for `installation:<workspace>`; `refresh_token` and `expires_at` are absent where the
    app does not rotate them. A workspace that the bot serves through its organization has that one's id as
    `enterprise`, and no tokens. `refreshing_until` is when the lease to renew them expires, and names it.
    """

    __tablename__ = "installations"

    workspace: str = Field(primary_key=True)
    enterprise: str | None = Field(default=None, index=True)
    name: str = ""
    installed_by: str = ""
    installed_at: float
    access_token: str | None = None
    refresh_token: str | None = None
    expires_at: float | None = None
    refreshing_until: float = 0
