"""What is on record about a thread's finished answers and belongs under each of them, read at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, func, select

from bot.domain.conversations import ArchiveRecord, UnpromptedState
from bot.domain.turns import Thread, Turn, TurnState
from bot.store.database import Database
from bot.store.tables import PrivateAnswerRow, ThreadRow, TurnRow, UnpromptedThreadRow, VersionRow
from bot.store.threads import thread_key
from bot.store.turns import select_turns, turn_from_row


@dataclass(frozen=True, slots=True)
class FooterFacts:
    """The recorded facts of one thread.

    `finished` are its answered turns, oldest first, `earlier_versions` how many of each turn were
    replaced, by its id. `shared` are the ids of private answers that were shared; None where the thread
    does not answer another one.
    """

    finished: tuple[Turn, ...]
    archived: ArchiveRecord | None
    earlier_versions: Mapping[str, int]
    shared: frozenset[str] | None
    unprompted: UnpromptedState


@dataclass(frozen=True, slots=True)
class FooterStore:
    """Reads the facts that footers are drawn from."""

    database: Database

    async def facts(self, thread: Thread, identity: str) -> FooterFacts:
        """Return the facts of a thread's answers under one identity."""
        finished = select_turns(thread, identity, TurnState.DONE).order_by(col(TurnRow.message_ts))
        turn_ids = select_turns(thread, identity, *TurnState).with_only_columns(col(TurnRow.id))
        versions = (
            select(VersionRow.turn_id, func.count())
            .where(col(VersionRow.turn_id).in_(turn_ids))
            .group_by(col(VersionRow.turn_id))
        )
        async with self.database.transaction() as session:
            thread_row = await session.get(ThreadRow, (*thread_key(thread), identity))
            private = await session.get(PrivateAnswerRow, thread_key(thread))
            shared = None
            if private is not None and private.origin_ts is not None:
                shared = frozenset(private.shared.split())
                thread = Thread(thread.workspace, private.origin_channel, private.origin_ts)
            unprompted = await session.get(UnpromptedThreadRow, thread_key(thread))
            return FooterFacts(
                finished=tuple(turn_from_row(row) for row in await session.exec(finished)),
                archived=_archive_record(thread_row),
                earlier_versions=dict((await session.exec(versions)).all()),
                shared=shared,
                unprompted=_unprompted_state(unprompted),
            )


def _archive_record(row: ThreadRow | None) -> ArchiveRecord | None:
    if row is None or row.archived_at is None:
        return None
    return ArchiveRecord(row.archived_by, row.archived_at, row.archived_after)


def _unprompted_state(row: UnpromptedThreadRow | None) -> UnpromptedState:
    if row is None:
        return UnpromptedState.PROMPTED
    return UnpromptedState.ANSWERING if row.silenced_at is None else UnpromptedState.SILENCED
