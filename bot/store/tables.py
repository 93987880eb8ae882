"""The tables. Times are seconds since 1970 in UTC, which every database keeps the same way."""

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel


class ThreadRow(SQLModel, table=True):
    """A Slack thread and the conversation it is, for one PipesHub identity.

    `archived_after` are the days after which it was archived, where the clock did it and nobody else.
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
    """One question with what has come of it.

    `question` is Slack markup; `identity` is PipesHub's; `manner` is JSON, absent where nobody chose;
    `further_ts` are the messages that a long answer goes on in and `leftover_ts` those to be taken away,
    separated by spaces. `lack` is what its answer lacks, absent where that is nothing. `stop_by` is the
    Slack user who wants it to stop, `ahead` how many questions its placeholder says are before it, and
    `edited` what its author made of the question since, until that is asked.
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


class ClaimRow(SQLModel, table=True):
    """Something only the first to come may do; `until` says when one that is not done yet lapses."""

    __tablename__ = "claims"

    key: str = Field(primary_key=True)
    claimed_at: float
    until: float | None = None


class VersionRow(SQLModel, table=True):
    """An answer as it was before it was written anew; the server keeps the newest only.

    `citations` is JSON.
    """

    __tablename__ = "versions"

    turn_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    text: str
    citations: str
    replaced_at: float


class FeedbackRow(SQLModel, table=True):
    """What one person last said of one answer."""

    __tablename__ = "ratings"

    turn_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    is_helpful: bool
    rated_at: float


class AccountRow(SQLModel, table=True):
    """A Slack user's PipesHub account.

    Both tokens are sealed for `account:<workspace>:<person>`. `refreshing_until` is until when somebody
    renews them, and names that lease; `refused_at` is when PipesHub stopped accepting them.
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
    """A step on the way to an account, gone as soon as it is taken.

    `key` is the SHA-256 of what the person brings: a ticket, or a state. A state has the PKCE `verifier`,
    sealed for `link:<key>`, and the SHA-256 of the cookie of the `browser` it was begun in.
    """

    __tablename__ = "links"

    key: str = Field(primary_key=True)
    workspace: str
    person: str
    verifier: str | None = None
    browser: str | None = None
    expires_at: float = Field(index=True)


class ChannelRow(SQLModel, table=True):
    """What was decided for a channel; `manner` is JSON, absent where it is left open."""

    __tablename__ = "channels"

    workspace: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    is_on: bool
    audience: str
    unprompted: bool
    manner: str | None = None


class ChannelChangeRow(SQLModel, table=True):
    """Who changed the settings of a channel, and when; `what` is JSON: before, after, names."""

    __tablename__ = "channel_changes"
    __table_args__ = (Index("ix_channel_changes_channel", "workspace", "channel", "changed_at"),)

    id: str = Field(primary_key=True)
    workspace: str
    channel: str
    person: str
    changed_at: float
    what: str


class PrivateAnswerRow(SQLModel, table=True):
    """A thread of a direct message in which somebody is answered who asked in a channel.

    `origin_ts` is the thread there, absent where the question stands in none; `shared` are the ids of the
    turns whose answers were posted there, separated by spaces.
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
    """A thread that the bot began without being asked to, for who wrote its first message."""

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

    Tokens are sealed for `installation:<workspace>`; `refresh_token` and `expires_at` are absent where the
    app does not rotate them. A workspace that the bot reached by its organization has the id of that one as
    `enterprise`, and no tokens. `refreshing_until` is until when somebody renews them, and names that lease.
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
