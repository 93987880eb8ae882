"""Answers written anew by people who did not start the conversation."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from bot.demo.accounts import accounts
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.model import Message, View
from tests.house import House, house, labels, menu, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
WITH_SETTINGS = "Regenerate with …"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


@pytest.fixture
async def reply(home: House) -> Message:
    """Return Mara's answer."""
    return await home.ending(await home.ask("mara", LEAVE))


async def share(home: House, folder: Path, who: str, level: Literal["read", "write"]) -> None:
    """Share the one conversation with somebody.

    Servers give reading alone, whatever is asked for, but know both levels: writing is put into the data.
    """
    (conversation,) = await home.knowledge.conversations()
    await home.conversations.share(conversation.id, user_ids=[account(who)], access_level=level)
    if level == "write":
        with closing(sqlite3.connect(folder / "knowledge.db")) as data, data:
            data.execute(
                """UPDATE conversations SET shared_with = replace(shared_with, '"read"', '"write"')"""
            )


async def take_back(home: House, who: str) -> None:
    (conversation,) = await home.knowledge.conversations()
    await home.conversations.unshare(conversation.id, user_ids=[account(who)])


def account(who: str) -> str:
    return next(each.id for each in accounts() if each.email.startswith(f"{who}@"))


async def opened(home: House, who: str, reply: Message, text: str) -> View:
    """Choose to regenerate with other settings, and return the modal once it says `text`."""
    await home.people.choose(who, reply, "more_actions", menu(reply)[WITH_SETTINGS])
    return await showing(home, who, text)


async def showing(home: House, who: str, text: str) -> View:
    def found() -> View | None:
        view = home.workspace.modal(who)
        return view if view and text in str(view.payload) else None

    return await home.workspace.until(found)


async def rewritten(home: House, reply: Message) -> Message:
    await home.workspace.until(lambda: "Earlier version" in menu(reply) or None)
    return await home.ending(reply.thread_ts or "")


def asked_for(home: House) -> int:
    """Return how often the server was asked to write an answer anew."""
    return sum("regenerate" in path for _, path, _ in home.knowledge.requests)


def refusal(home: House) -> str:
    mara = home.workspace.user("mara").id
    return (
        f"Only <@{mara}>, who started this conversation, and people with write access to it can regenerate "
        f"its answers. Please ask <@{mara}> to do it, or to give you write access with Share."
    )


async def is_refused(home: House, who: str, reply: Message) -> None:
    """Press Regenerate and choose it from the menu: both are refused, and nothing changes."""
    before = shown(reply)
    await home.press(who, reply, "Regenerate")
    (whisper,) = await home.workspace.until(lambda: home.workspace.ephemerals(who))
    assert whisper.text == refusal(home)
    said = len(home.workspace.ephemerals(who))
    await home.people.choose(who, reply, "more_actions", menu(reply)[WITH_SETTINGS])
    *_, whisper = await home.workspace.until(
        lambda: found if len(found := home.workspace.ephemerals(who)) > said else None
    )
    assert whisper.text == refusal(home)
    assert home.workspace.modal(who) is None
    assert shown(reply) == before
    assert asked_for(home) == 0
    await home.people.reload(who)


async def test_somebody_with_write_access_has_the_answer_written_anew_and_opens_nothing_else(
    home: House, reply: Message, tmp_path: Path
) -> None:
    await share(home, tmp_path, "tomasz", "write")
    await home.press("tomasz", reply, "Regenerate")
    again = await rewritten(home, reply)
    assert home.workspace.ephemerals("tomasz") == []
    assert [each.ts for each in home.replies(reply.thread_ts or "")] == [again.ts] == [reply.ts]
    assert {"Regenerate", "Share", "Archive"} <= set(labels(again))
    assert "28 days" in shown(again)
    (conversation,) = await home.knowledge.conversations()
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]
    assert asked_for(home) == 1
    await home.press("tomasz", reply, "Archive")
    (whisper,) = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz"))
    assert "can do this, because they started this conversation" in whisper.text

    home.knowledge.requests.clear()
    await home.press("mara", reply, "Regenerate")
    await home.workspace.until(lambda: asked_for(home) == 1 or None)
    await home.settle()
    assert "28 days" in shown(reply)
    assert [path for _, path, _ in home.knowledge.requests if "/users" in path] == [], "Mara started it"

    view = await opened(home, "tomasz", reply, "the way you choose here")
    await home.people.choose("tomasz", view, "choice", "web_search", block_id="mode")
    await home.people.submit_view("tomasz")
    await home.workspace.until(lambda: asked_for(home) == 2 or None)
    await home.settle()
    (conversation,) = await home.knowledge.conversations()
    assert "web_search" in str(conversation.messages[-1].model)

    home.knowledge.faults.add(Fault(Trouble.DELAY, path="/users", seconds=1.5))
    delivery = await home.people.press("tomasz", (reply.channel, reply.ts), home.button(reply, "Regenerate"))
    assert delivery.acknowledged
    assert delivery.attempts[-1].took < 1, "Slack does not wait for the look-up"
    await home.workspace.until(lambda: asked_for(home) == 3 or None)


async def test_without_write_access_of_their_own_people_are_told_who_may(
    home: House, reply: Message, tmp_path: Path
) -> None:
    for who in ("tomasz", "jonas"):
        await is_refused(home, who, reply)  # without access, without an account
    await share(home, tmp_path, "tomasz", "read")
    await is_refused(home, "tomasz", reply)
    await share(home, tmp_path, "amina", "write")
    await take_back(home, "tomasz")
    await is_refused(home, "tomasz", reply)

    await share(home, tmp_path, "tomasz", "write")
    before = shown(reply)
    await opened(home, "tomasz", reply, "the way you choose here")
    await take_back(home, "tomasz")
    await home.people.submit_view("tomasz")
    await showing(home, "tomasz", refusal(home))
    await home.people.close_view("tomasz", all_of_them=True)
    assert shown(reply) == before
    await is_refused(home, "tomasz", reply)

    await share(home, tmp_path, "tomasz", "write")
    fault = Fault(Trouble.STATUS, path="/users", status=403, times=None)
    home.knowledge.faults.add(fault)
    await home.press("tomasz", reply, "Regenerate")
    (whisper,) = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz"))
    assert "ask the people who run me to extend my permissions" in whisper.text
    assert asked_for(home) == 0
    home.knowledge.faults.clear()
    await home.people.reload("tomasz")
    home.workspace.user("tomasz").email = ""
    await is_refused(home, "tomasz", reply)


async def test_two_who_may_at_once_have_it_written_anew_once(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 40}) as home:
        reply = await home.ending(await home.ask("mara", LEAVE), patience=15)
        await share(home, tmp_path, "tomasz", "write")
        home.knowledge.faults.add(Fault(Trouble.DELAY, path="/users", seconds=0.5))
        await home.press("tomasz", reply, "Regenerate")
        await home.press("mara", reply, "Regenerate")
        (whisper,) = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz"))
        assert "still being written" in whisper.text
        await home.workspace.until(lambda: "Earlier version" in menu(reply) or None, 15)
        assert asked_for(home) == 1
