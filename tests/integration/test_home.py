"""The Home tab: looking through one's conversations, and reading them."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.accounts import accounts
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.inputs import elements
from bot.demo.workspace.model import Kind, Message, View
from bot.demo.workspace.options import PEOPLE, ROOMS, Room
from bot.domain.conversations import ConversationList
from bot.domain.turns import SERVICE_IDENTITY, Question, Thread
from bot.slack import actions
from tests.house import House, Scene, house, shown

LEAVE = "how many days of annual leave do I have?"
EXPENSES = "how are expenses paid back?"
INTERNS = "how much leave do interns have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


def text(view: View | None) -> str:
    """Return everything a view shows, as one string."""
    return json.dumps(view.blocks, ensure_ascii=False) if view else ""


def titles(view: View) -> list[str]:
    """Return the titles of the conversations in a Home tab, from above."""
    rows = [
        (before, each)
        for before, each in zip(view.blocks, view.blocks[1:], strict=False)
        if each["block_id"].startswith("row ")
    ]
    return [str(before["text"]["text"]).split("\n")[0].strip("*") for before, _ in rows]


def element(view: View, title: str, kind: str = "button") -> tuple[str, dict[str, Any]]:
    """Return the block id and the button, or menu, in the row of a conversation."""
    for before, each in zip(view.blocks, view.blocks[1:], strict=False):
        if each["block_id"].startswith("row ") and title in before["text"]["text"]:
            return each["block_id"], next(found for found in each["elements"] if found["type"] == kind)
    raise AssertionError(f"no row {title!r}")


def labels(view: View) -> list[str]:
    return [each["text"]["text"] for _, each in elements(view.blocks) if each["type"] == "button"]


async def asked(home: House, who: str, question: str, where: str = "help-desk") -> Message:
    """Ask in a new thread and return the message with the answer."""
    ts = await home.ask(who, f"@pipeshub {question}", where=where)
    reply = await home.ending(ts, where=where)
    await home.workspace.until(lambda: reply if len(home.replies(ts, where)) == 1 else None)
    return reply


async def showing(home: Scene, who: str, *words: str) -> View:
    """Wait until the Home tab of a person shows some words."""

    def found() -> View | None:
        view = home.workspace.home(who)
        return view if all(each in text(view) for each in words) and view else None

    return await home.workspace.until(found)


async def visited(home: House, who: str, *words: str) -> View:
    await home.people.open_home(who)
    return await showing(home, who, *(words or ("Ask your company",)))


async def pressed(home: House, who: str, label: str, *words: str) -> View:
    """Press a button of the Home tab by its label, and wait until some words are shown."""
    view = home.workspace.home(who)
    assert view is not None
    action = next(
        each["action_id"]
        for _, each in elements(view.blocks)
        if each["type"] == "button" and each["text"]["text"] == label
    )
    await home.people.press(who, view, action)
    return await showing(home, who, *words)


async def chosen(home: House, who: str, title: str, entry: str) -> None:
    """Choose an entry in the menu of a conversation."""
    view = home.workspace.home(who)
    assert view is not None
    block_id, menu = element(view, title, "overflow")
    value = next(each["value"] for each in menu["options"] if each["text"]["text"] == entry)
    await home.people.choose(who, view, menu["action_id"], value, block_id=block_id)


async def modal(home: House, who: str, *words: str) -> View:
    """Wait until the modal of a person shows some words."""

    def found() -> View | None:
        view = home.workspace.modal(who)
        return view if view and all(each in text(view) for each in words) else None

    return await home.workspace.until(found)


async def test_a_first_visit_says_how_to_ask(home: House) -> None:
    view = await visited(home, "mara", "Nothing here yet")
    assert "Mention me in a channel" in text(view)
    assert labels(view) == ["Mine", "Shared with me", "Archived"]
    assert "Share" in text(await pressed(home, "mara", "Shared with me", "Whoever started a conversation"))
    assert "Archive" in text(await pressed(home, "mara", "Archived", "moves its conversation here"))
    known = {each.email.split("@")[0] for each in accounts()}
    stranger = next(each.name for each in PEOPLE if each.name not in known)
    await visited(home, stranger, "Nothing here yet")
    await pressed(home, stranger, "Shared with me", "I can't tell what is shared with you")
    await home.people.open_home("amina", tab="messages")
    for value in ("", actions.button_value("t1")):
        view = await visited(home, "tomasz", "Nothing here yet")
        await home.settle()  # a drawing that was asked for earlier must not come after the one of the press
        view.blocks.append(_row_with(actions.HOME_NEXT, value))
        await home.people.press("tomasz", view, actions.HOME_NEXT)
        assert "Nothing here yet" in text(await showing(home, "tomasz", "older version of this page")), value
    assert home.workspace.home("amina") is None


async def listed_newest_first_with_links(home: House) -> None:
    await asked(home, "mara", LEAVE)
    reply = await asked(home, "mara", EXPENSES)
    view = await visited(home, "mara", LEAVE)
    assert titles(view) == [EXPENSES, LEAVE]
    assert "1\N{EN DASH}2 of 2" in text(view)
    assert "date_short_pretty" in text(view)
    assert f"<#{reply.channel}>" in text(view)
    block_id, button = element(view, EXPENSES)
    assert button["text"]["text"] == "Open"
    assert reply.ts.replace(".", "") in button["url"]
    await home.people.press("mara", view, button["action_id"], block_id=block_id)
    await home.settle()
    assert home.workspace.modal("mara") is None


async def searched(home: House) -> None:
    view = await showing(home, "mara", "of 2")
    await home.people.type("mara", view, actions.HOME_SEARCH, " expenses ")
    view = await showing(home, "mara", "1 of 1")
    assert titles(view) == [EXPENSES]
    await home.people.type("mara", view, actions.HOME_SEARCH, "<b>zebras</b>")
    view = await showing(home, "mara", "No conversation here mentions", "zebras")
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="conversations", status=400))
    await home.people.type("mara", view, actions.HOME_SEARCH, "%s")
    await showing(home, "mara", "Please use other words")
    view = await pressed(home, "mara", "Clear search", "of 2")
    assert "initial_value" not in text(view)


async def told_that_pipeshub_is_out_of_reach(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="conversations", status=500, times=None))
    view = await visited(home, "mara", "a problem of its own")
    assert labels(view) == ["Mine", "Shared with me", "Archived", "Try again"]
    home.knowledge.faults.clear()
    assert titles(await pressed(home, "mara", "Try again", LEAVE)) == [EXPENSES, LEAVE]


async def archived_read_and_taken_out(home: House) -> None:
    await chosen(home, "mara", LEAVE, "Archive")
    await showing(home, "mara", "1 of 1")
    archived = next(each for each in home.workspace.messages("help-desk") if LEAVE in each.text)
    (reply,) = home.replies(archived.ts)
    await home.workspace.until(lambda: "Archived by" in shown(reply) or None)
    assert titles(await pressed(home, "mara", "Archived", LEAVE)) == [LEAVE]
    await chosen(home, "mara", LEAVE, "Read here")
    view = await modal(home, "mara", "28 days", "Archived")
    assert f"<@{home.workspace.user('mara').id}> asked" in text(view)
    await home.people.close_view("mara")
    await chosen(home, "mara", LEAVE, "Unarchive")
    await showing(home, "mara", "Nothing here yet")
    assert LEAVE in titles(await pressed(home, "mara", "Mine", LEAVE))


async def shown_the_list_asked_for_last(home: House) -> None:
    view = await showing(home, "mara", LEAVE)
    home.knowledge.faults.add(Fault(Trouble.DELAY, path="conversations", seconds=0.5))
    await home.people.press("mara", view, actions.HOME_LISTS[ConversationList.MINE])
    await home.people.press("mara", view, actions.HOME_LISTS[ConversationList.ARCHIVED])
    await showing(home, "mara", "moves its conversation here")
    await home.settle()
    assert "moves its conversation here" in text(home.workspace.home("mara"))
    await pressed(home, "mara", "Mine", LEAVE)


async def renamed(home: House) -> None:
    await chosen(home, "mara", LEAVE, "Rename")
    view = await modal(home, "mara", "Title")
    await home.people.type("mara", view, "text", "a <b> title")
    await home.people.submit_view("mara")
    assert "no < or >" in str(home.workspace.modal("mara").errors)  # type: ignore[union-attr]
    await home.people.type("mara", view, "text", "Holidays")
    await home.people.submit_view("mara")
    await modal(home, "mara", "is now called *Holidays*")
    assert sorted(titles(await showing(home, "mara", "Holidays"))) == ["Holidays", EXPENSES]
    await home.people.close_view("mara", all_of_them=True)


async def deleted(home: House) -> None:
    await chosen(home, "mara", "Holidays", "Delete")
    await modal(home, "mara", "This cannot be undone")
    await home.people.submit_view("mara")
    assert titles(await showing(home, "mara", "1 of 1")) == [EXPENSES]


async def test_ones_conversations_are_listed_searched_read_and_managed(home: House) -> None:
    await listed_newest_first_with_links(home)
    await searched(home)
    await told_that_pipeshub_is_out_of_reach(home)
    await archived_read_and_taken_out(home)
    await shown_the_list_asked_for_last(home)
    await renamed(home)
    await deleted(home)


async def not_opened_or_managed_by_a_forged_value(home: House, conversation: str) -> None:
    view = await showing(home, "tomasz", LEAVE)
    _, menu = element(view, LEAVE, "overflow")
    turn = actions.read_button_value(menu["options"][0]["value"]).turn_id
    options = [
        menu["options"][0] | {"value": actions.button_value(turn, each)} for each in ("archive", "read")
    ]
    forged = _row_with(actions.HOME_MORE, "") | {"elements": [menu | {"options": options}]}
    mine = await showing(home, "mara", "first class")
    mine.blocks.append(forged)
    await home.people.choose(
        "mara", mine, actions.HOME_MORE, options[0]["value"], block_id=forged["block_id"]
    )
    await showing(home, "mara", "because they started this conversation")
    mine.blocks.append(forged)
    await home.people.choose(
        "mara", mine, actions.HOME_MORE, options[1]["value"], block_id=forged["block_id"]
    )
    await modal(home, "mara", "because they started this conversation")
    await home.people.close_view("mara", all_of_them=True)
    mine.blocks.append(_row_with(actions.HOME_TRANSCRIPT, actions.transcript_value(conversation)))
    await home.people.press("mara", mine, actions.HOME_TRANSCRIPT)
    assert "28 days" not in text(await modal(home, "mara", "not open to you"))
    await home.people.close_view("mara", all_of_them=True)
    assert not any(each.is_archived for each in await home.knowledge.conversations())


async def read_where_it_is_shared(home: House, conversation: str) -> None:
    account = next(each for each in accounts() if each.email.startswith("mara@"))
    await home.conversations.share(conversation, user_ids=[account.id])
    view = await pressed(home, "mara", "Shared with me", LEAVE)
    assert titles(view) == [LEAVE]
    block_id, button = element(view, LEAVE)
    assert "url" not in button
    await home.people.press("mara", view, button["action_id"], block_id=block_id)
    opened = text(await modal(home, "mara", "28 days"))
    assert re.search(r"Sources:  \[1\](?: \[2\])? <http", opened)
    assert "Open its thread in Slack" in opened
    await home.conversations.unshare(conversation, user_ids=[account.id])
    await home.people.close_view("mara")
    await home.people.press("mara", view, button["action_id"], block_id=block_id)
    await modal(home, "mara", "not open to you")


async def test_nobody_sees_what_others_asked_until_it_is_shared(tmp_path: Path) -> None:
    private = Room("board", kind=Kind.PRIVATE, members=("tomasz",))
    async with house(tmp_path, workspace={"rooms": (*ROOMS, private)}) as home:
        await asked(home, "tomasz", LEAVE)
        (conversation,) = await home.knowledge.conversations()
        await asked(home, "tomasz", INTERNS, where="board")
        await asked(home, "tomasz", EXPENSES, where=home.workspace.direct_message("tomasz").id)
        await home.conversations.create(query="asked in PipesHub itself")
        mine = await asked(home, "mara", "may I travel in first class?")
        await home.ask("mara", "@pipeshub and for interns?", thread_ts=str(mine.thread_ts))
        view = await visited(home, "mara", "first class")
        assert titles(view) == ["may I travel in first class?"]
        assert "1 of 1" in text(view)
        await pressed(home, "mara", "Shared with me", "Whoever started a conversation")
        await pressed(home, "mara", "Archived", "Nothing here yet")
        await pressed(home, "mara", "Mine", "first class")
        assert len(titles(await visited(home, "tomasz", EXPENSES))) == 3
        await not_opened_or_managed_by_a_forged_value(home, conversation.id)
        await read_where_it_is_shared(home, conversation.id)


async def begun(home: House, number: int) -> None:
    """Put a conversation of Mara's on record at PipesHub and in the bot's store."""
    workspace = home.workspace
    thread = Thread(workspace.state.team.id, workspace.channel("help-desk").id, f"{number}.000001")
    question = Question(thread, thread.ts, workspace.user("mara").id, f"{LEAVE} ({number})")
    turn = await home.bot.turns.record(question, SERVICE_IDENTITY, unlinked=True)  # which no one goes on with
    assert turn is not None
    conversation = await home.conversations.create(query=question.text)
    await home.bot.turns.save_conversation_id(turn, conversation.id)


async def turned_in_pages(home: House) -> None:
    for number in range(12):
        await begun(home, number)
    view = await visited(home, "mara", "of 12")
    assert "1\N{EN DASH}10 of 12" in text(view)
    assert len(titles(view)) == 10
    view = await pressed(home, "mara", "Next", "11\N{EN DASH}12 of 12")
    assert titles(view) == [f"{LEAVE} (1)", f"{LEAVE} (0)"]
    assert "Next" not in labels(view)
    await home.people.open_home("mara")
    await home.settle()
    assert "11\N{EN DASH}12 of 12" in text(home.workspace.home("mara"))
    assert "1\N{EN DASH}10 of 12" in text(await pressed(home, "mara", "Previous", "1\N{EN DASH}10 of 12"))


async def read_page_by_page(home: House) -> None:
    reply = await asked(home, "amina", "question 0")
    conversation = (await home.knowledge.conversations())[-1].id
    for number in range(1, 5):
        await home.conversations.add_message(conversation, query=f"question {number}")
    await home.ask("tomasz", "question 5", thread_ts=reply.thread_ts)
    await home.ending(str(reply.thread_ts), 2)
    home.workspace.faults.add(SlackFault("chat.getPermalink", times=None, error="channel_not_found"))
    view = await visited(home, "amina", "question 0")
    block_id, button = element(view, "question 0")
    await home.people.press("amina", view, button["action_id"], block_id=block_id)
    view = await modal(home, "amina", "question 5")
    assert "*question 0*" not in text(view)
    assert f"<@{home.workspace.user('tomasz').id}> asked" in text(view)
    assert text(view).index("question 1") < text(view).index("question 5")
    await home.people.press("amina", view, actions.TRANSCRIPT_EARLIER)
    view = await modal(home, "amina", "*question 0*")
    assert "question 5" not in text(view)
    assert labels(view) == ["Show later"]
    await home.people.press("amina", view, actions.TRANSCRIPT_LATER)
    assert labels(await modal(home, "amina", "question 5")) == ["Show earlier"]


async def test_many_conversations_and_a_long_one_are_turned_in_pages(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 5000, "thinking": 0.01}) as home:
        await turned_in_pages(home)
        await read_page_by_page(home)


def _row_with(action_id: str, value: str) -> dict[str, Any]:
    button = {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": "x"},
    }
    return {"type": "actions", "block_id": f"forged {action_id}", "elements": [button]}
