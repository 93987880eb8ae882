"""Archiving, renaming and deleting conversations from under an answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from bot.domain.conversations import ConversationList
from bot.slack import actions
from tests.house import House, house, labels, menu, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def answered(home: House) -> Message:
    return await home.ending(await home.ask("mara", LEAVE))


async def stored(home: House) -> Conversation:
    (conversation,) = await home.knowledge.conversations()
    return conversation


async def choose(home: House, who: str, reply: Message, label: str) -> None:
    await home.people.choose(who, (reply.channel, reply.ts), "more_actions", menu(reply)[label])


async def modal_saying(home: House, who: str, text: str) -> str:
    def found() -> str | None:
        view = home.workspace.modal(who)
        return str(view.payload) if view and text in str(view.payload) else None

    return await home.workspace.until(found)


async def enter(home: House, who: str, text: str) -> None:
    view = home.workspace.modal(who)
    assert view is not None
    await home.people.type(who, view, "text", text)


async def renamed(home: House, reply: Message, title: str) -> None:
    await choose(home, "mara", reply, "Rename")
    await modal_saying(home, "mara", "1 to 200 characters")
    await enter(home, "mara", title)
    await home.people.submit_view("mara")
    await modal_saying(home, "mara", f"now called *{title}*")


async def at_home(home: House, text: str) -> None:
    """Wait until Mara's Home tab shows something."""
    await home.workspace.until(lambda: (view := home.workspace.home("mara")) and text in str(view.blocks))


async def refused_to_others(home: House, reply: Message) -> None:
    await home.press("tomasz", reply, "Archive")
    said = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz"))
    assert f"Only <@{home.workspace.user('mara').id}> can do this" in said[0].text
    assert not (await stored(home)).is_archived
    assert "Archive" in labels(reply)
    await choose(home, "tomasz", reply, "Rename")
    said = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz")[1:])
    assert "can do this" in said[0].text
    assert home.workspace.modal("tomasz") is None


async def refused_while_pipeshub_is_down(home: House, reply: Message) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, times=None, status=500))
    await home.press("mara", reply, "Archive")
    said = await home.workspace.until(lambda: home.workspace.ephemerals("mara"))
    assert "a problem of its own" in said[0].text
    assert "Archive" in labels(reply)
    home.knowledge.faults.clear()


async def archived_and_taken_out(home: House, reply: Message) -> None:
    await home.press("mara", reply, "Archive")
    await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
    assert f"Archived by <@{home.workspace.user('mara').id}>" in shown(reply)
    assert (await stored(home)).is_archived
    await home.press("mara", reply, "Unarchive")
    await home.workspace.until(lambda: "Archive" in labels(reply) or None)
    assert not (await stored(home)).is_archived
    assert "Archived by" not in shown(reply)


async def archived_where_it_is_already(home: House, reply: Message) -> None:
    await home.conversations.archive((await stored(home)).id)
    await home.press("mara", reply, "Archive")
    await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
    await home.press("mara", reply, "Unarchive")
    await home.workspace.until(lambda: "Archive" in labels(reply) or None)


async def called_something_else(home: House, reply: Message) -> None:
    await choose(home, "mara", reply, "Rename")
    await modal_saying(home, "mara", "1 to 200 characters")
    for title, objection in (("a <b> c", "no < or >"), ("   ", "write a title")):
        await enter(home, "mara", title)
        await home.people.submit_view("mara")
        view = home.workspace.modal("mara")
        assert view is not None
        assert objection in str(view.errors)
        assert (await stored(home)).title != title
    await enter(home, "mara", "Days off")
    await home.people.submit_view("mara")
    await modal_saying(home, "mara", "now called *Days off*")
    assert (await stored(home)).title == "Days off"
    assert home.workspace.calls.of("assistant.threads.setTitle") == [], "a channel's thread has no title"
    await at_home(home, "Days off")  # also where the person never looked
    assert home.workspace.home("tomasz") is None


async def deleted(home: House, reply: Message) -> None:
    await home.ask("mara", "and for interns?", thread_ts=reply.thread_ts)
    second = await home.ending(reply.thread_ts or "", 2)
    await choose(home, "mara", second, "Delete")
    await modal_saying(home, "mara", "cannot be undone")
    await home.people.submit_view("mara")
    await modal_saying(home, "mara", "is deleted")
    await home.workspace.until(lambda: (labels(reply) == [] and labels(second) == []) or None)
    assert "28 days" in shown(reply)
    assert (await stored(home)).deleted_by
    await home.ask("mara", LEAVE, thread_ts=reply.thread_ts)
    third = await home.ending(reply.thread_ts or "", 3)
    assert "28 days" in third.text
    assert len(await home.knowledge.conversations()) == 2


async def test_who_started_a_conversation_archives_renames_and_deletes_it(home: House) -> None:
    reply = await answered(home)
    await refused_to_others(home, reply)
    await refused_while_pipeshub_is_down(home, reply)
    await archived_and_taken_out(home, reply)
    await archived_where_it_is_already(home, reply)
    await called_something_else(home, reply)
    await deleted(home, reply)


async def test_a_chats_thread_takes_the_new_title_where_slack_allows_it(
    home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    direct = home.workspace.direct_message("mara").id
    ts = await home.ask("mara", LEAVE, where=direct)
    reply = await home.ending(ts, where=direct)
    await renamed(home, reply, "Days off")
    thread = home.workspace.agent_thread(direct, ts)
    assert thread is not None
    assert thread.title == "Days off"
    assert "slack.thread_title_refused" not in capsys.readouterr().out
    refusals: list[dict[str, Any]] = [{"error": "not_allowed"}, {"status": 500}]
    for number, refusal in enumerate(refusals):
        home.workspace.faults.add(SlackFault("assistant.threads.setTitle", **refusal))
        await renamed(home, reply, f"Days at home {number}")
        assert (await stored(home)).title == f"Days at home {number}"
        log = capsys.readouterr().out
        assert "slack.thread_title_refused" in log, refusal
        assert "Days at home" not in log, refusal


async def test_home_follows_what_is_done_under_an_answer(home: House) -> None:
    reply = await answered(home)
    await home.people.open_home("mara")
    await at_home(home, "1 of 1")
    await renamed(home, reply, "Days off")
    await at_home(home, "Days off")
    await home.press("mara", reply, "Archive")
    await at_home(home, "Nothing here yet")
    view = home.workspace.home("mara")
    assert view is not None
    await home.people.press("mara", view, actions.HOME_LISTS[ConversationList.ARCHIVED])
    await at_home(home, "Days off")
    await home.press("mara", reply, "Unarchive")
    await at_home(home, "moves its conversation here")  # the empty archive, where the person was
    await home.people.press("mara", view, actions.HOME_LISTS[ConversationList.MINE])
    await at_home(home, "Days off")
    await choose(home, "mara", reply, "Delete")
    await modal_saying(home, "mara", "cannot be undone")
    await home.people.submit_view("mara")
    await at_home(home, "Nothing here yet")


async def test_replies_without_an_answer_lose_their_buttons_too(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 15}) as home:
        await lose_their_buttons(home)


async def lose_their_buttons(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=400))
    ts = await home.ask("mara", LEAVE)
    failed = await home.ending(ts)
    assert labels(failed) == ["Try again"]
    await home.ask("mara", LEAVE, thread_ts=ts)
    stopped = await home.reply(ts, 2)
    await home.workspace.until(lambda: "annual" in stopped.text or None)
    await home.press("mara", stopped, "Stop")
    stopped = await home.ending(ts, 2)
    assert labels(stopped) == ["Show the full answer"]
    await home.ask("mara", "and for interns?", thread_ts=ts)
    answered = await home.ending(ts, 3)
    said = [failed.text, stopped.text]
    await choose(home, "mara", answered, "Delete")
    await modal_saying(home, "mara", "cannot be undone")
    await home.people.submit_view("mara")
    await modal_saying(home, "mara", "is deleted")
    replies = [failed, stopped, answered]
    await home.workspace.until(lambda: not any(labels(each) for each in replies) or None)
    assert [failed.text, stopped.text] == said
    assert len(home.replies(ts)) == len(replies)
