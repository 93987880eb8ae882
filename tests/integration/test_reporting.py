"""The weekly note about questions without a good answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import select, update
from structlog.testing import capture_logs

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Kind, Message
from bot.demo.workspace.options import ROOMS, Options, Room
from bot.demo.workspace.workspace import Workspace
from bot.domain.errors import SlackUnreachable
from bot.domain.report import Weakness
from bot.domain.turns import Question, Thread, TurnState
from bot.store.answers import AnswerStore, FeedbackStore
from bot.store.database import Database
from bot.store.retention import WeakAnswerStore
from bot.store.tables import FeedbackRow, TurnRow
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore
from tests.house import House, house, shown

GOOD = "@pipeshub how many days of annual leave do I have?"
UNKNOWN = "@pipeshub which submarine is parked under the zeppelin?"
WEEK = 7 * 86_400.0

ROOMS_HERE = (
    *ROOMS,
    Room("knowledge"),
    Room("board", kind=Kind.PRIVATE, members=("mara",)),
    Room("partners", is_ext_shared=True),
)


@asynccontextmanager
async def reported_in(name: str, folder: Path) -> AsyncIterator[House]:
    """Keep a house up whose report channel is `name`: ids follow from the rooms there are."""
    channel = Workspace(Options(rooms=ROOMS_HERE)).channel(name).id
    async with house(folder, report_channel=channel, workspace={"rooms": ROOMS_HERE}) as home:
        assert home.workspace.channel(name).id == channel
        yield home


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with reported_in("knowledge", tmp_path) as home:
        yield home


async def rated(home: House) -> None:
    """Wait until a vote is kept."""

    async def votes() -> int:
        async with home.bot.database.transaction() as session:
            return len((await session.exec(select(FeedbackRow))).all())

    async with asyncio.timeout(5):
        while not await votes():  # noqa: ASYNC110 (a database tells nobody)
            await asyncio.sleep(0.01)


async def monday(home: House) -> Message | None:
    """Do what is done on Mondays and return the note, if there is one."""
    await home.settle()
    (report,) = (each for each in home.bot.scheduled_work if each.name == "report")
    await report.run(time.time() + 1)
    notes = [each for each in home.workspace.messages("knowledge") if each.user == home.workspace.bot.id]
    return notes[-1] if notes else None


async def note(home: House) -> str:
    found = await monday(home)
    assert found is not None
    return shown(found)


@pytest.mark.parametrize(
    ("channel", "mend"),
    [("random", "write /invite"), ("partners", "people of another company read this channel")],
)
async def test_a_channel_that_cannot_be_used_is_named_in_the_log_with_the_mend(
    tmp_path: Path, channel: str, mend: str
) -> None:
    async with reported_in(channel, tmp_path) as home:
        await home.ending(await home.ask("mara", UNKNOWN))
        with capture_logs() as logs:
            await monday(home)
        (warning,) = (each for each in logs if each["log_level"] == "warning")
        assert warning["setting"] == "REPORT_CHANNEL"
        assert mend in warning["fix"]
        assert not any("zeppelin" in shown(each) for each in home.workspace.messages(channel))


async def a_week_later(home: House) -> None:
    """Let what happened so far be more than a week ago."""
    await home.settle()
    async with home.bot.database.transaction() as session:
        ago = time.time() - WEEK - 60
        await session.exec(update(TurnRow).values(finished_at=ago, recorded_at=ago))
        await session.exec(update(FeedbackRow).values(rated_at=ago))


async def test_each_week_its_weak_answers_are_told_with_their_addresses(home: House) -> None:
    assert await monday(home) is None, "no one asked"
    await home.ending(await home.ask("mara", GOOD))
    assert "1 question, all with a good answer." in await note(home)

    await a_week_later(home)
    home.workspace.calls.clear()
    await monday(home)
    assert home.workspace.calls.of("chat.postMessage") == [], "the past is not told again"

    unknown = await home.ask("mara", UNKNOWN)
    await home.ending(unknown)
    good = await home.ask("tomasz", GOOD)
    reply = await home.ending(good)
    fine = await home.ask("amina", GOOD, where="general")
    await home.ending(fine, where="general")
    await home.people.react("mara", "help-desk", reply.ts, "-1")
    await rated(home)
    said = await note(home)
    help_desk = home.workspace.channel("help-desk").id
    assert "3 questions, 1 unanswered, 1 voted down." in said
    assert f"*<#{help_desk}>*: 1 unanswered, 1 voted down" in said
    assert f"/archives/{help_desk}/p{unknown.replace('.', '')}|which submarine is parked" in said
    assert "under the zeppelin?> · no source" in said
    assert "how many days of annual leave do I have?> · voted down" in said
    assert home.workspace.channel("general").id not in said
    for who in ("mara", "tomasz", "amina"):
        assert home.workspace.user(who).id not in said

    await a_week_later(home)
    home.knowledge.faults.add(Fault(Trouble.ERROR, path="stream"))
    await home.ending(await home.ask("mara", f"@pipeshub does @tomasz know {GOOD[10:]}"), patience=20)
    home.knowledge.faults.clear()
    said = await note(home)
    assert "does @tomasz know how many days of annual leave do I have?> · no answer" in said


async def test_what_is_private_deleted_or_unknown_is_counted_and_not_told(home: House) -> None:
    await home.ending(await home.ask("mara", UNKNOWN))
    home.workspace.faults.add(SlackFault("conversations.info", times=1, error="missing_scope"))
    said = await note(home)
    assert "1 unanswered (counted only)" in said, "Slack tells nothing of the channel"
    assert "submarine" not in said

    await a_week_later(home)
    direct = home.workspace.direct_message("mara").id
    for where in ("board", direct):
        await home.ending(await home.ask("mara", UNKNOWN, where=where), where=where)
    said = await note(home)
    assert "*Private channels and direct messages*: 2 unanswered (counted only)" in said
    assert "submarine" not in said
    assert home.workspace.channel("board").id not in said
    assert direct not in said

    await a_week_later(home)
    ts = await home.ask("mara", UNKNOWN)
    await home.ending(ts)
    await home.people.delete("mara", "help-desk", ts)
    said = await note(home)
    assert "1 unanswered" in said
    assert "_not told here_" in said
    assert "submarine" not in said

    await a_week_later(home)
    await home.ending(await home.ask("mara", UNKNOWN))
    await home.conversations.delete((await home.knowledge.conversations())[-1].id)
    assert "|A question> · no source" in await note(home), "PipesHub has it no longer"


async def test_slack_in_trouble_is_no_matter_of_the_channel_and_its_archiving_is(home: House) -> None:
    await home.ending(await home.ask("mara", UNKNOWN))
    home.workspace.faults.add(SlackFault("conversations.info", times=None, status=500))
    with pytest.raises(SlackUnreachable):
        await monday(home)
    home.workspace.faults.clear()
    await home.people.archive("mara", "knowledge")
    with capture_logs() as logs:
        await monday(home)
    assert "nobody can write in this channel" in str(logs)


async def ended(
    database: Database, number: int, state: TurnState, weakness: Weakness | None, workspace: str = "T1"
) -> str:
    turns, queue, thread = TurnStore(database), TurnQueue(database), Thread(workspace, "C1", f"{number}.0")
    turn = await turns.record(Question(thread, f"{number}.0", "U1", "how?"), "service")
    assert turn is not None
    await queue.placeholder_posted(turn, f"{number}.5")
    claimed = await queue.claim(thread, "service")
    assert claimed is not None
    await queue.finish(claimed, state, weakness=weakness)
    return turn.id


async def week(database: Database, workspace: str = "T1") -> list[tuple[str, Weakness | None, int]]:
    now = time.time()
    found = await WeakAnswerStore(database).find_between(workspace, now - WEEK, now + 1)
    return [(each.turn.id, each.weakness, each.down_votes) for each in found]


async def test_gaps_are_what_lacks_something_or_was_voted_down(database: Database) -> None:
    ratings, now = FeedbackStore(database), time.time()
    failed = await ended(database, 1, TurnState.FAILED, Weakness.NO_ANSWER)
    unsure = await ended(database, 2, TurnState.DONE, Weakness.LOW_CONFIDENCE)
    disliked = await ended(database, 3, TurnState.DONE, None)
    liked = await ended(database, 4, TurnState.DONE, None)
    await ended(database, 5, TurnState.STOPPED, None)
    for person in ("U1", "U2"):
        await ratings.save_vote(disliked, person, is_helpful=False)
    await ratings.save_vote(unsure, "U1", is_helpful=False)
    await ratings.save_vote(liked, "U1", is_helpful=True)
    assert await week(database) == [
        (failed, Weakness.NO_ANSWER, 0),
        (unsure, Weakness.LOW_CONFIDENCE, 1),
        (disliked, None, 2),
    ]
    assert await WeakAnswerStore(database).count_questions("T1", now - WEEK, time.time() + 1) == 5
    theirs = await ended(database, 6, TurnState.FAILED, Weakness.NO_ANSWER, "T2")
    assert await week(database, "T2") == [(theirs, Weakness.NO_ANSWER, 0)], "each workspace has its own"
    assert await WeakAnswerStore(database).count_questions("T2", now - WEEK, time.time() + 1) == 1


async def test_what_became_of_an_answer_and_when_decides_whether_it_is_a_gap(database: Database) -> None:
    turns, queue, ratings = TurnStore(database), TurnQueue(database), FeedbackStore(database)
    failed = await ended(database, 1, TurnState.FAILED, Weakness.NO_ANSWER)
    again = await turns.reopen_failed(failed)
    assert again is not None
    assert await week(database) == [], "it is being asked again"
    claimed = await queue.claim(again.question.thread, "service")
    assert claimed is not None
    await queue.finish(claimed, TurnState.DONE)
    assert await week(database) == [], "it lacks nothing any longer"

    rewritten = await ended(database, 2, TurnState.DONE, None)
    await ratings.save_vote(rewritten, "U1", is_helpful=False)
    await AnswerStore(database).save_version(rewritten, "before", ())
    assert await week(database) == [], "the vote was on the version before"

    old = await ended(database, 3, TurnState.DONE, Weakness.NO_SOURCE)
    await ratings.save_vote(old, "U1", is_helpful=False)
    async with database.transaction() as session:
        await session.exec(update(TurnRow).values(finished_at=time.time() - 3 * WEEK))
    assert await week(database) == [(old, None, 1)], "an old answer is told for the vote alone"
    async with database.transaction() as session:
        await session.exec(update(FeedbackRow).values(rated_at=time.time() - 2 * WEEK))
    assert await week(database) == []
