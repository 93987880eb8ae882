"""Slack fails, and no answer is lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.demo.knowledge.faults import Fault as PipesHubFault
from bot.demo.knowledge.faults import Trouble
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from bot.domain.turns import MAX_AGE
from bot.store.tables import TurnRow
from tests.house import House, house, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


MOMENTS = (
    Fault("auth.test", status=500),  # asked with the first question, as is who @tomasz is
    Fault("users.info", times=2, reset=True),
    Fault("chat.postMessage", reset=True),
    Fault("chat.postMessage", error="internal_error"),
    Fault("chat.postMessage", status=429, retry_after=1),
    Fault("chat.postMessage", lost_response=True),
    Fault("chat.update", times=3, error="internal_error"),
    Fault("chat.update", times=3, status=429, retry_after=1),
    Fault("chat.update", times=3, lost_response=True),
)


async def test_what_fails_for_a_moment_delays_the_answer_at_most(home: House) -> None:
    for fault in MOMENTS:
        home.workspace.faults.clear()
        home.workspace.faults.add(fault)
        who = "amina" if fault.on == "users.info" else "tomasz"
        ts = await home.ask("mara", f"@pipeshub how many days of annual leave does @{who} have?")
        assert "28 days" in (await home.ending(ts, patience=12)).text, fault
        await home.settle()
        assert len(home.replies(ts)) == 1, fault
        assert fault.struck, fault


async def test_an_ending_that_cannot_be_shown_is_shown_when_slack_is_there_again(home: House) -> None:
    home.workspace.faults.add(Fault("chat.update", times=None, status=503))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: len(home.workspace.calls.of("chat.update")) >= 5 or None, 20)
    home.workspace.faults.clear()
    await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None, 25)
    (conversation,) = await home.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def test_an_unfinished_message_goes_when_slack_has_room_for_that_again(home: House) -> None:
    home.workspace.faults.add(Fault("chat.update", times=None, status=429, retry_after=30))
    home.workspace.faults.add(Fault("chat.delete", times=1, status=429, retry_after=1))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: len(home.replies(ts)) == 2 or None)
    await home.workspace.until(lambda: len(home.replies(ts)) == 1 or None, 20)
    assert "28 days" in home.replies(ts)[0].text
    assert len(home.workspace.calls.of("chat.update")) == 1


async def test_a_reply_deleted_under_the_bot_ends_the_turn_quietly(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 25}) as home:
        home.workspace.faults.add(Fault("chat.update", times=None, error="message_not_found"))
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        await home.settle()
        home.workspace.faults.clear()
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text


async def test_after_a_day_the_bot_tries_no_longer(home: House) -> None:
    for method in ("chat.update", "chat.postMessage"):
        home.workspace.faults.add(Fault(method, times=None, status=503))
        failing = len(home.workspace.calls.of(method))
        await home.ask("mara", LEAVE)
        await home.workspace.until(partial(called_more_than, failing, home, method))
    async with home.bot.database.transaction() as session:
        rows = (await session.exec(select(TurnRow))).all()
        assert [row.reply_ts is None for row in sorted(rows, key=lambda row: row.message_ts)] == [False, True]
        for row in rows:
            row.recorded_at -= MAX_AGE
    await home.bot.background_tasks.drain(0)
    for turn in await home.bot.queue.find_abandoned():
        home.installed.turn_worker.resume(turn)
    await home.bot.background_tasks.ended()
    assert not any((await home.bot.turns.count_unfinished()).values())


def called_more_than(count: int, home: House, method: str) -> bool:
    return len(home.workspace.calls.of(method)) > count


async def deleted(home: House, reply: Message) -> None:
    await home.people.delete("mara", reply.channel, reply.ts)


async def archived(home: House, reply: Message) -> None:
    await home.people.archive("mara", reply.channel)


async def removed(home: House, reply: Message) -> None:
    await home.people.remove("mara", reply.channel, "pipeshub")


async def revoked(home: House, _: Message) -> None:
    await home.people.uninstall_app("mara")


@pytest.mark.parametrize("delivery", ["edit", "stream"])
async def test_a_reply_that_nobody_can_see_any_more_ends_its_turn_once_and_quietly(
    tmp_path: Path, delivery: str
) -> None:
    calamities: dict[Callable[[House, Message], Awaitable[None]], str] = {
        deleted: "help-desk",
        archived: "engineering",
    }
    if delivery == "edit":
        calamities |= {removed: "leads", revoked: "help-desk"}
    async with house(tmp_path, knowledge={"speed": 15}, answer_delivery=delivery) as home:
        for calamity, where in calamities.items():
            ts = await home.ask("mara", LEAVE, where=where)
            reply = await home.reply(ts, where=where)
            await home.workspace.until(partial(has_begun, reply))
            with capture_logs() as logs:
                await calamity(home, reply)
                await home.settle()
            assert not any((await home.bot.turns.count_unfinished()).values()), calamity
            assert await home.bot.queue.find_abandoned() == [], calamity
            said = [line["setting"] for line in logs if line["log_level"] == "error"]
            assert said == (["SLACK_BOT_TOKEN"] if calamity is revoked else []), calamity
            conversation = (await home.knowledge.conversations())[-1]
            assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"], calamity
        assert len(await home.knowledge.conversations()) == len(calamities)


def has_begun(reply: Message) -> bool:
    return "Leave" in shown(reply) + reply.text


async def test_a_question_that_may_have_arrived_is_looked_up_before_it_is_asked_again(home: House) -> None:
    home.knowledge.faults.add(PipesHubFault(Trouble.DROP, path="stream"))
    ts = await home.ask("mara", LEAVE)
    assert "28 days" in (await home.ending(ts)).text
    looked = [
        path for method, path, _ in home.knowledge.requests if method == "GET" and "/conversations" in path
    ]
    assert looked
    assert len(await home.knowledge.conversations()) == 1


UNSIGNED: list[tuple[dict[str, str], bytes]] = [
    ({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=0"}, b"{}"),
    ({"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=\u00e9"}, b"{}"),
    ({}, b"[]"),
    ({}, b"\xff"),
]


async def test_what_slack_did_not_sign_reaches_nobody(home: House) -> None:
    url = home.workspace.app.request_url or ""
    before = len(home.workspace.calls.of())
    async with aiohttp.ClientSession() as http:
        for headers, body in UNSIGNED:
            async with http.post(url, data=body, headers=headers) as answer:
                assert answer.status == 401
    assert len(home.workspace.calls.of()) == before
