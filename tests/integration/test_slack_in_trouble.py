"""Slack fails, and no answer is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.knowledge.faults import Fault as PipesHubFault
from bot.demo.knowledge.faults import Trouble
from bot.demo.workspace.faults import Fault
from tests.house import House, house

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", reset=True),
        Fault("chat.postMessage", status=503),
        Fault("chat.postMessage", error="internal_error"),
        Fault("chat.postMessage", status=429, retry_after=1),
        Fault("chat.update", times=3, reset=True),
        Fault("chat.update", times=3, error="internal_error"),
        Fault("users.info", times=None, reset=True),
        Fault("auth.test", status=500),
        Fault("auth.test", reset=True),
    ],
    ids=lambda fault: f"{fault.on} {fault.status or fault.error or 'reset'}",
)
async def test_what_fails_for_a_moment_delays_the_answer_and_no_more(home: House, fault: Fault) -> None:
    home.workspace.faults.add(fault)
    ts = await home.ask("mara", "@pipeshub how many days of annual leave does @tomasz have?")
    assert "28 days" in (await home.ending(ts, patience=12)).text
    assert len(home.replies(ts)) == 1


async def test_an_ending_that_cannot_be_shown_is_shown_when_slack_is_there_again(home: House) -> None:
    home.workspace.faults.add(Fault("chat.update", times=None, status=503))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: len(home.workspace.calls.of("chat.update")) >= 5 or None, 20)
    home.workspace.faults.clear()
    await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None, 25)
    (conversation,) = await home.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def test_an_ending_without_an_edit_is_a_new_message_and_the_unfinished_one_goes(home: House) -> None:
    home.workspace.faults.add(Fault("chat.update", times=None, status=429, retry_after=30))
    ts = await home.ask("mara", LEAVE)
    placeholder = await home.reply(ts)
    await home.workspace.until(lambda: placeholder not in home.replies(ts) or None)
    (ending,) = home.replies(ts)
    assert "28 days" in ending.text
    assert len(home.workspace.calls.of("chat.update")) == 1


async def test_an_unfinished_message_goes_when_slack_has_room_for_that_again(home: House) -> None:
    home.workspace.faults.add(Fault("chat.update", times=None, status=429, retry_after=30))
    home.workspace.faults.add(Fault("chat.delete", times=1, status=429, retry_after=1))
    ts = await home.ask("mara", LEAVE)
    await home.workspace.until(lambda: len(home.replies(ts)) == 2 or None)
    await home.workspace.until(lambda: len(home.replies(ts)) == 1 or None, 20)
    assert "28 days" in home.replies(ts)[0].text


async def test_a_reply_deleted_under_the_bot_ends_the_turn_quietly(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 25}) as home:
        home.workspace.faults.add(Fault("chat.update", times=None, error="message_not_found"))
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        await home.bot.inflight.drain(10)
        home.workspace.faults.clear()
        await home.ask("mara", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 2)).text


async def test_a_question_that_may_have_arrived_is_looked_up_before_it_is_asked_again(home: House) -> None:
    home.knowledge.faults.add(PipesHubFault(Trouble.DROP, path="stream"))
    ts = await home.ask("mara", LEAVE)
    failed = await home.ending(ts, patience=10)
    await home.press("mara", failed, "Try again")
    await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None)
    looked = [
        path for method, path, _ in home.knowledge.requests if method == "GET" and "/conversations" in path
    ]
    assert looked
    assert len(await home.knowledge.conversations()) == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=0"}, b"{}"),
        ({"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=\u00e9"}, b"{}"),
        ({}, b"[]"),
        ({}, b"\xff"),
    ],
)
async def test_what_slack_did_not_sign_reaches_nobody(
    home: House, headers: dict[str, str], body: bytes
) -> None:
    url = home.workspace.app.request_url or ""
    before = len(home.workspace.calls.of())
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
        assert answer.status == 401
    assert len(home.workspace.calls.of()) == before
