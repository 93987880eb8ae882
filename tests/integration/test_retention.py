"""What nobody came back to is forgotten, and nothing else."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, func, select, update

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.model import Message
from bot.domain.turns import FINISHED_STATES, Question, Thread, Turn, TurnState
from bot.flows.scheduled.retention import DAY, RetentionService
from bot.sentences import sentence
from bot.store.answers import AnswerStore, FeedbackStore
from bot.store.claims import ClaimStore
from bot.store.database import Database
from bot.store.retention import RetentionStore
from bot.store.tables import ClaimRow, FeedbackRow, ThreadRow, TurnRow, VersionRow
from bot.store.threads import ThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from tests.house import House, house, labels, menu

LEAVE = "@pipeshub how many days of annual leave do I have?"
NOW = time.time()
TABLES = (TurnRow, ThreadRow, VersionRow, FeedbackRow)


def forgetting(database: Database, days: int = 90) -> RetentionService:
    return RetentionService(RetentionStore(database), ClaimStore(database), days)


async def asked(database: Database, number: int, thread: Thread | None = None) -> Turn:
    turns, queue = TurnStore(database), TurnQueue(database)
    where = thread or Thread("T1", "C1", f"{number}.0")
    turn = await turns.record(Question(where, f"{number}.0", "U1", "how?"), "service")
    assert turn is not None
    await queue.placeholder_posted(turn, f"{number}.5")
    return turn


async def ended(database: Database, number: int, state: TurnState, thread: Thread | None = None) -> Turn:
    turn = await asked(database, number, thread)
    claimed = await TurnQueue(database).claim(turn.question.thread, "service")
    assert claimed is not None
    await TurnQueue(database).finish(claimed, state)
    return turn


async def aged(database: Database, days: float, *turns: Turn) -> None:
    """Put turns, and their threads, so many days back."""
    moment = NOW - days * DAY
    async with database.transaction() as session:
        for turn in turns:
            await session.exec(
                update(TurnRow)
                .where(col(TurnRow.id) == turn.id)
                .values(recorded_at=moment, finished_at=moment)
            )
            await session.exec(
                update(ThreadRow).where(col(ThreadRow.ts) == turn.question.thread.ts).values(active_at=moment)
            )


async def left(database: Database) -> list[int]:
    async with database.transaction() as session:
        return [(await session.exec(select(func.count()).select_from(table))).one() for table in TABLES]


async def test_a_turn_goes_with_everything_that_hangs_on_it(database: Database) -> None:
    for number, state in enumerate(sorted(FINISHED_STATES), start=1):
        turn = await ended(database, number, state)
        await AnswerStore(database).save_version(turn.id, "before", ())
        await FeedbackStore(database).save_vote(turn.id, "U2", is_helpful=True)
    withdrawn = await asked(database, 100)
    assert await TurnStore(database).stop_waiting(withdrawn.id)
    count = len(FINISHED_STATES)
    assert await left(database) == [count + 1, count + 1, count, count]
    await forgetting(database).delete_old_turns(NOW + 89 * DAY)
    assert await left(database) == [count + 1, count + 1, count, count]
    await forgetting(database).delete_old_turns(NOW + 91 * DAY)
    assert await left(database) == [0, 0, 0, 0]


async def test_what_is_not_finished_or_goes_on_or_was_rated_stays_however_old(database: Database) -> None:
    turns, thread = TurnStore(database), Thread("T1", "C1", "10.0")
    recorded = await turns.record(Question(Thread("T1", "C1", "1.0"), "1.0", "U1", "?"), "service")
    assert recorded is not None
    waiting, running = await asked(database, 2), await asked(database, 3)
    assert await TurnQueue(database).claim(running.question.thread, "service")
    again = await ended(database, 4, TurnState.FAILED)
    assert await turns.reopen_failed(again.id)
    await aged(database, 400, recorded, waiting, running, again)
    old = await ended(database, 10, TurnState.DONE, thread)
    await aged(database, 100, old)
    new = await ended(database, 11, TurnState.DONE, thread)
    rated = await ended(database, 12, TurnState.DONE)
    await aged(database, 100, rated)
    await FeedbackStore(database).save_vote(rated.id, "U2", is_helpful=False)

    await forgetting(database).delete_old_turns(NOW)
    assert await left(database) == [6, 6, 0, 1]
    assert await turns.get(old.id) is None, "the old turn of a thread that goes on"
    for kept in (recorded, waiting, running, again, new, rated):
        assert await turns.get(kept.id), kept
    assert await ThreadStore(database).find_askers(thread)


async def test_many_rows_go_in_many_small_transactions(database: Database) -> None:
    turns = [await ended(database, number, TurnState.DONE) for number in range(1, 8)]
    await aged(database, 100, *turns)
    retention = RetentionStore(database)
    dropped = [await retention.delete_turns(NOW - 90 * DAY, 3) for _ in range(4)]
    assert dropped == [3, 3, 1, 0]
    dropped = [await retention.delete_threads(NOW - 90 * DAY, 3) for _ in range(4)]
    assert dropped == [3, 3, 1, 0]


async def test_what_another_replica_holds_is_passed_over(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    held, free = await ended(database, 1, TurnState.DONE), await ended(database, 2, TurnState.DONE)
    await aged(database, 100, held, free)
    async with database.transaction() as session:
        assert await session.get(TurnRow, held.id, with_for_update=True)
        assert await RetentionStore(database).delete_turns(NOW - 90 * DAY, 10) == 1
    assert await TurnStore(database).get(held.id)


async def test_claims_outlive_what_they_guard(database: Database) -> None:
    """A delivery comes again within hours; a suggestion can be pressed while its turn is on record."""
    claims = ClaimStore(database)
    for key in ("delivery:E1", "follow-up:t:1"):
        await claims.claim_once(key)
    for days, later, kept in ((90, 6, 2), (90, 8, 1), (90, 89, 1), (1, 6, 1), (1, 8, 0)):
        await forgetting(database, days).delete_old_claims(NOW + later * DAY)
        async with database.transaction() as session:
            assert len((await session.exec(select(ClaimRow))).all()) == kept
    assert await claims.claim_once("follow-up:t:1")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def forgotten(home: House) -> None:
    """Let a season go by, once everything asked has come to its end."""
    await home.settle()
    (retention,) = (each for each in home.bot.scheduled_work if each.name == "retention")
    await retention.run(time.time() + 91 * DAY)


async def told(home: House, who: str = "mara") -> str:
    said = await home.workspace.until(lambda: home.workspace.ephemerals(who))
    return said[-1].text


async def answered(home: House) -> Message:
    reply = await home.ending(await home.ask("mara", LEAVE))
    await home.workspace.until(lambda: "Regenerate" in labels(reply) or None)
    return reply


async def test_what_is_pressed_below_a_forgotten_answer_ends_in_a_sentence(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.ERROR, path="stream"))
    failed = await home.ending(await home.ask("mara", LEAVE), patience=20)
    home.knowledge.faults.clear()
    reply = await answered(home)
    await forgotten(home)
    assert "28 days" in reply.text
    for message, label in (
        (failed, "Try again"),
        *((reply, each) for each in ("Regenerate", "Share", "Archive")),
    ):
        await home.press("mara", message, label)
        assert await told(home) == sentence("error.no_such_turn"), label
        await home.people.reload("mara")
    for label in ("Rename", "Delete", "Regenerate with …"):
        await home.people.choose("mara", (reply.channel, reply.ts), "more_actions", menu(reply)[label])
        assert await told(home) == sentence("error.no_such_turn"), label
        await home.people.reload("mara")
    await home.people.choose("mara", (reply.channel, reply.ts), "more_actions", menu(reply)["Tell us more"])
    await home.workspace.until(
        lambda: sentence("error.no_such_turn") in str(home.workspace.modal("mara")) or None
    )

    assert not await ThreadStore(home.bot.database).find_askers(
        Thread(home.workspace.options.team.id, reply.channel, reply.thread_ts or "")
    )
    before = len(await home.knowledge.conversations())
    await home.ask("mara", LEAVE, thread_ts=reply.thread_ts)
    assert "28 days" in (await home.ending(reply.thread_ts or "", 2)).text
    assert len(await home.knowledge.conversations()) == before + 1, "the thread begins again"
