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


class RatingRow(SQLModel, table=True):
    """What one person last said of one answer."""

    __tablename__ = "ratings"

    turn_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    is_helpful: bool
    rated_at: float
