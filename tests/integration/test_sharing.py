"""Sharing conversations: with people, and as a copy in a channel."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Kind, Message, View
from bot.demo.workspace.options import PEOPLE, ROOMS, Person, Room
from tests.house import House, buttons, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


VISITOR = Person("vera", "Vera Visitor", team_id="T0OTHER01")
CLOSED = {
    Room("offsite", kind=Kind.PRIVATE, members=("amina",)): "You are not in",
    Room("partners", is_ext_shared=True): "People of another company read",
    Room("secret", kind=Kind.PRIVATE, members=("mara",), with_bot=False): "I am not in",
}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    options = {"people": (*PEOPLE, VISITOR), "rooms": (*ROOMS, *CLOSED)}
    async with house(tmp_path, workspace=options) as home:
        yield home


async def answered(home: House, who: str = "mara", where: str = "help-desk") -> Message:
    """Ask a question and return the message with its answer."""
    ts = await home.ask(who, LEAVE, where=where)
    return await home.ending(ts, where=where)


async def opened(home: House, reply: Message, who: str = "mara") -> View:
    """Press Share and return the modal once it is filled."""
    await home.press(who, reply, "Share")
    return await home.workspace.until(lambda: filled(home, who))


def filled(home: House, who: str) -> View | None:
    view = home.workspace.modal(who)
    return view if view and "One moment" not in str(view.payload) else None


async def submitted(home: House, view: View, who: str = "mara", **fields: Any) -> View:
    """Fill in fields by their block ids, submit, and return the modal with what it says then."""
    for block_id, given in fields.items():
        values = given if isinstance(given, tuple) else (given,)
        action = next(each["element"]["action_id"] for each in view.blocks if each["block_id"] == block_id)
        await home.people.choose(who, view, action, *values, block_id=block_id)
    await home.people.submit_view(who)

    def settled() -> View | None:
        found = filled(home, who)
        return found if found and (found.errors or found.callback_id == "") else None

    return await home.workspace.until(settled)


def user(home: House, who: str) -> str:
    return home.workspace.user(who).id


def said(view: View) -> str:
    return str(view.blocks[0]["text"]["text"])


async def reopened(home: House, reply: Message) -> View:
    """Close the modal and open it again, empty."""
    await home.people.close_view("mara", all_of_them=True)
    return await opened(home, reply)


async def conversation(home: House) -> Conversation:
    """Return the newest conversation."""
    return (await home.knowledge.conversations())[-1]


def direct(home: House, who: str) -> list[Message]:
    return [
        each
        for each in home.workspace.messages(home.workspace.direct_message(who).id)
        if each.user == home.workspace.bot.id
    ]


async def test_people_are_found_by_email_told_with_a_link_once_named_and_removed(home: House) -> None:
    reply = await answered(home)
    view = await opened(home, reply)
    assert "Only you have access now." in said(view)
    view = await submitted(home, view, people=(user(home, "tomasz"), user(home, "amina")))
    assert "Tomasz Wieczorek and Amina Okafor can read." in said(view)
    assert len((await conversation(home)).shared_with) == 2
    for who in ("tomasz", "amina"):
        (message,) = direct(home, who)
        assert f"<@{user(home, 'mara')}> shared the conversation" in shown(message)
        assert f"/archives/{reply.channel}/p{str(reply.thread_ts).replace('.', '')}" in shown(message)
        assert home.knowledge.url in shown(message)
    view = await reopened(home, reply)
    assert "Shared with Tomasz Wieczorek (can read) and Amina Okafor (can read)." in said(view)
    view = await submitted(home, view, remove="Tomasz Wieczorek")
    assert said(view) == "Access taken back from Tomasz Wieczorek."
    assert len((await conversation(home)).shared_with) == 1
    view = await reopened(home, reply)
    assert "Shared with Amina Okafor (can read)." in said(view)
    view = await submitted(home, view, people=(user(home, "tomasz"), user(home, "amina")))
    assert "I sent Tomasz Wieczorek a message" in said(view)
    assert len(direct(home, "amina")) == 1
    await home.people.close_view("mara")

    reply = await answered(home, "mara", home.workspace.direct_message("mara").id)
    await submitted(home, await opened(home, reply), people=user(home, "amina"))
    *_, message = direct(home, "amina")
    assert "/archives/" not in shown(message), "nobody else sees a direct message"
    assert "among what is shared with you" in shown(message)


@pytest.mark.parametrize(
    ("dialect", "granted"),
    [
        ("documented", "Tomasz Wieczorek can read and write."),
        ("legacy", "Tomasz Wieczorek can read.\nPipesHub does not grant writing here."),
        ("agui", "Tomasz Wieczorek can read.\nPipesHub does not grant writing here."),
    ],
)
async def test_the_result_says_what_the_server_granted(tmp_path: Path, dialect: str, granted: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        view = await opened(home, await answered(home))
        view = await submitted(home, view, people=user(home, "tomasz"), level="write")
        assert said(view).startswith(granted)
        (message,) = direct(home, "tomasz")
        assert ("write in it" in shown(message)) == (dialect == "documented")


async def test_who_cannot_be_shared_with_is_named_beside_the_field(home: House) -> None:
    reply = await answered(home)
    view = await submitted(home, await opened(home, reply))
    assert "Choose people to share with" in view.errors["people"]
    view = await submitted(home, view, note="look at this")
    assert "choose a channel" in view.errors["note"]
    view = await reopened(home, reply)
    view = await submitted(home, view, people=(user(home, "mara"), home.workspace.bot.id))
    assert "Mara Lindqvist started this conversation and has access already." in view.errors["people"]
    assert "PipesHub is an app" in view.errors["people"]
    view = await submitted(home, await reopened(home, reply), people=user(home, "vera"))
    assert "Vera Visitor" in view.errors["people"], "of another workspace"
    home.workspace.user("amina").email = ""
    view = await submitted(home, await reopened(home, reply), people=user(home, "amina"))
    assert "no e-mail address of Amina Okafor" in view.errors["people"]

    view = await reopened(home, reply)
    view = await submitted(home, view, people=(user(home, "tomasz"), user(home, "jonas")))
    assert "No PipesHub account found for Jonas Brandt" in view.errors["people"]
    assert "Tomasz" not in view.errors["people"]
    assert (await conversation(home)).shared_with == ()
    home.knowledge.faults.add(Fault(Trouble.DELAY, path="/users", seconds=2.3))
    view = await submitted(home, view, people=user(home, "jonas"))
    assert "No PipesHub account found for Jonas Brandt" in said(view), "too late to say it beside the field"
    assert "Nothing was changed" in said(view)
    view = await submitted(home, await reopened(home, reply), people=user(home, "tomasz"))
    assert "Tomasz Wieczorek can read." in said(view)


async def test_what_cannot_be_shared_or_told_ends_in_a_sentence(home: House) -> None:
    reply = await answered(home)
    await home.press("tomasz", reply, "Share")
    (whisper,) = await home.workspace.until(lambda: home.workspace.ephemerals("tomasz"))
    assert f"Only <@{user(home, 'mara')}> can do this" in whisper.text
    await home.settle()
    assert home.workspace.modal("tomasz") is None

    view = await opened(home, reply)
    view.payload["private_metadata"] = '{"v":99}'
    view = await submitted(home, view, people=user(home, "tomasz"))
    assert "belongs to an older message" in said(view)

    view = await reopened(home, reply)
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="/share", status=400, message="User not found: x"))
    view = await submitted(home, view, people=user(home, "tomasz"))
    assert "nothing was shared" in said(view)
    assert direct(home, "tomasz") == []

    view = await reopened(home, reply)
    home.workspace.faults.add(SlackFault("chat.postMessage", error="messages_tab_disabled"))
    view = await submitted(home, view, people=user(home, "tomasz"))
    assert "Tomasz Wieczorek can read." in said(view)
    assert "I could not write to Tomasz Wieczorek: please tell them yourself." in said(view)

    view = await reopened(home, reply)
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="/conversations", status=404, times=None))
    view = await submitted(home, view, people=user(home, "tomasz"))
    assert "no longer has this conversation" in said(view)


async def test_a_submission_about_somebody_elses_conversation_changes_nothing(home: House) -> None:
    theirs = await answered(home, "tomasz")
    view = await opened(home, await answered(home))
    view.payload["private_metadata"] = next(
        each["value"] for each in buttons(theirs) if each["text"]["text"] == "Share"
    )
    general = home.workspace.channel("general").id
    view = await submitted(home, view, people=user(home, "amina"), channel=general)
    assert f"Only <@{user(home, 'tomasz')}> can do this" in said(view)
    await home.settle()
    assert [each.shared_with for each in await home.knowledge.conversations()] == [(), ()]
    assert home.workspace.messages("general") == []


async def test_a_copy_shows_question_asker_answer_and_sources_where_both_may_write(home: House) -> None:
    reply = await answered(home)
    for room, sentence in CLOSED.items():
        view = await opened(home, reply)
        view = await submitted(home, view, channel=home.workspace.channel(room.name).id)
        assert sentence in said(view), room
        assert home.workspace.messages(room.name) == [], room
        await home.people.close_view("mara")
    await home.people.archive("mara", "engineering")
    view = await opened(home, reply)
    view = await submitted(home, view, channel=home.workspace.channel("engineering").id)
    assert "is archived. Please choose another channel." in said(view)

    general = home.workspace.channel("general").id
    view = await submitted(home, await reopened(home, reply), channel=general, note="Worth <knowing>")
    assert f"A copy of the answer is in <#{general}>" in said(view)
    copy = home.workspace.messages("general")[-1]
    assert f"<@{user(home, 'mara')}> asked:" in shown(copy)
    assert "how many days of annual leave do I have?" in shown(copy)
    assert "28 days" in shown(copy)
    assert f"<{home.knowledge.url}/record/" in shown(copy)
    assert "Worth &lt;knowing&gt;" in shown(copy)
    assert labels(copy) == []
    assert (await conversation(home)).shared_with == ()


async def test_a_copy_of_an_earlier_answer_carries_its_own_question(home: House) -> None:
    reply = await answered(home)
    await home.ask("tomasz", "and for interns?", thread_ts=reply.thread_ts)
    second = await home.ending(str(reply.thread_ts), 2)
    for each, question in ((reply, "how many days"), (second, "and for interns?")):
        view = await opened(home, each)
        await submitted(home, view, channel=home.workspace.channel("general").id)
        await home.people.close_view("mara")
        assert question in shown(home.workspace.messages("general")[-1])
    assert f"<@{user(home, 'tomasz')}> asked:" in shown(home.workspace.messages("general")[-1])


async def test_a_channel_without_the_bot_ends_in_how_to_invite_it(home: House) -> None:
    reply = await answered(home)
    view = await opened(home, reply)
    random = home.workspace.channel("random").id
    view = await submitted(home, view, people=user(home, "tomasz"), channel=random)
    assert "Tomasz Wieczorek can read." in said(view)
    assert f"I am not in <#{random}>" in said(view)
    assert "/invite" in said(view)
    await home.people.invite("mara", "random", "pipeshub")
    await home.people.close_view("mara")
    view = await submitted(home, await opened(home, reply), channel=random)
    assert f"A copy of the answer is in <#{random}>" in said(view)
