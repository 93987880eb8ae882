"""Presses that come too late, twice, or from people who left: each button says why and does no harm."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation, Status
from bot.demo.workspace.model import Message, View
from bot.domain.turns import TurnState
from bot.slack import actions
from tests.house import SPEED, House, buttons, house, labels, menu, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
SLOW = 15.0  # words a second: an answer of thirty words can be stopped
OWNER = "tomasz"

Scene = Callable[[House], Awaitable[Message]]


async def answered(home: House) -> Message:
    return await home.ending(await home.ask(OWNER, LEAVE))


async def archived(home: House) -> Message:
    reply = await answered(home)
    await home.press(OWNER, reply, "Archive")
    return await home.workspace.until(lambda: reply if "Unarchive" in labels(reply) else None)


async def rewritten(home: House) -> Message:
    reply = await answered(home)
    await home.press(OWNER, reply, "Regenerate")
    return await home.workspace.until(lambda: reply if "Earlier version" in menu(reply) else None)


async def failed(home: House) -> Message:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=500))
    return await answered(home)


async def writing(home: House) -> Message:
    reply = await home.reply(await home.ask(OWNER, LEAVE))
    return await home.workspace.until(lambda: reply if "Leave" in reply.text else None)


async def stopped(home: House) -> Message:
    """Return a stopped answer that PipesHub has whole by now."""
    reply = await writing(home)
    await home.press(OWNER, reply, "Stop")
    await home.ending(reply.thread_ts or "")
    for _ in range(100):
        if (await stored(home)).status is not Status.IN_PROGRESS:
            break
        await asyncio.sleep(0.05)
    return reply


@dataclass(frozen=True)
class Button:
    """Something to press under a reply, and how a reply comes to have it; `choice` is a label in it."""

    action: str
    scene: Scene = answered
    choice: str = ""
    speed: float = SPEED

    def __str__(self) -> str:
        return f"{self.action} {self.choice}".strip()

    def at_home(self, folder: Path, dialect: str = "documented") -> AbstractAsyncContextManager[House]:
        return house(folder, knowledge={"dialect": dialect, "speed": self.speed})

    async def press(self, home: House, who: str, window: Message) -> None:
        """Press what somebody's window shows, whatever has become of it since."""
        if self.choice:
            await home.people.choose(who, window, self.action, self.choice)
        else:
            await home.people.press(who, window, self.action)


THUMB = Button(actions.FEEDBACK, choice="👍")
REGENERATE = Button(actions.REGENERATE)
SHARE = Button(actions.SHARE)
ARCHIVE = Button(actions.ARCHIVE)
UNARCHIVE = Button(actions.UNARCHIVE, archived)
FOLLOW_UP = Button(f"{actions.FOLLOW_UP}_0")
STOP = Button(actions.STOP, writing, speed=SLOW)
TRY_AGAIN = Button(actions.TRY_AGAIN, failed)
READ_ON = Button(actions.RESUME, stopped, speed=SLOW)
EARLIER = Button(actions.MORE_MENU, rewritten, "Earlier version")
REGENERATE_WITH = Button(actions.MORE_MENU, choice="Regenerate with …")
READING = [Button(actions.MORE_MENU, choice=each) for each in ("Tell us more", "Rename", "Delete")]
"""Choices that open with what PipesHub says of the conversation."""

AT_ONCE = [THUMB, REGENERATE, ARCHIVE, UNARCHIVE, FOLLOW_UP, STOP, TRY_AGAIN, READ_ON]
"""What does something when it is pressed; the others open a modal."""
OPENING = [SHARE, *READING, REGENERATE_WITH, EARLIER]

LOOKING_FIRST = [*AT_ONCE, REGENERATE_WITH]
"""What looks who pressed, and where, before it does or opens anything."""

Group = tuple[Button, ...]


def in_scenes(*found: Button) -> list[Group]:
    """Return buttons in groups that stand under the same kind of reply: each press leaves it as it was."""
    scenes: dict[Scene, Group] = {}
    for each in found:
        scenes[each.scene] = (*scenes.get(each.scene, ()), each)
    return list(scenes.values())


def named(group: Group) -> str:
    return group[0].scene.__name__


async def stored(home: House) -> Conversation:
    (conversation,) = await home.knowledge.conversations()
    return conversation


async def kept(home: House) -> tuple[object, ...]:
    """Return all that PipesHub keeps, and all that the replies show."""
    conversations = await home.knowledge.conversations()
    channel = home.workspace.channel("help-desk").id
    history = home.workspace.state.history(channel)
    return *conversations, *(shown(each) for each in history if each.user == home.workspace.bot.id)


def of_version(window: Message, version: int) -> Message:
    """Return a message as another version of the bot drew it."""

    def drawn(node: object) -> object:
        if isinstance(node, list):
            return [drawn(each) for each in node]
        if not isinstance(node, dict):
            return node
        fields = {name: drawn(each) for name, each in node.items()}
        if str(fields.get("value")).startswith('{"v":'):
            fields["value"] = json.dumps(json.loads(str(fields["value"])) | {"v": version})
        return fields

    blocks = [block for block in map(drawn, window.blocks) if isinstance(block, dict)]
    return replace(window, blocks=blocks)


async def told(home: House, who: str, text: str) -> None:
    """Wait until somebody reads a sentence that nobody else sees: beside the message, or in a modal."""

    def found() -> bool:
        view = home.workspace.modal(who)
        said = [each.text for each in home.workspace.ephemerals(who)]
        return any(text in each for each in [*said, str(view.payload) if view else ""])

    await home.workspace.until(found)
    await home.settle()  # whatever else the bot does, it has done when this returns


async def put_away(home: House) -> None:
    """Let the owner put away what they were told, so that the next press is told by itself."""
    await home.people.reload(OWNER)
    if home.workspace.modal(OWNER):
        await home.people.close_view(OWNER, all_of_them=True)


@pytest.mark.parametrize("group", in_scenes(*AT_ONCE, *OPENING), ids=named)
async def test_a_button_of_another_version_says_so_and_changes_nothing(group: Group, tmp_path: Path) -> None:
    async with group[0].at_home(tmp_path) as home:
        reply = await group[0].scene(home)
        before = await kept(home) if STOP not in group else ()
        for button in group:
            await button.press(home, OWNER, of_version(deepcopy(reply), 99))
            await told(home, OWNER, "belongs to an older message")
            await put_away(home)
            if button is STOP:
                assert "28 days" in (await home.ending(reply.thread_ts or "")).text
            else:
                assert await kept(home) == before, button


@pytest.mark.parametrize("group", in_scenes(*LOOKING_FIRST), ids=named)
async def test_on_a_deleted_message_nothing_is_done_that_nobody_would_see(
    group: Group, tmp_path: Path
) -> None:
    async with group[0].at_home(tmp_path) as home:
        window = deepcopy(reply := await group[0].scene(home))
        await home.people.delete("mara", reply.channel, reply.ts)
        before = await kept(home) if STOP not in group else ()
        for button in group:
            await button.press(home, OWNER, window)
            await told(home, OWNER, "This message was deleted, so I changed nothing")
            await put_away(home)
            if button is STOP:
                turn = await home.bot.turns.get(json.loads(buttons(window)[0]["value"])["turn"])
                assert turn is not None
                assert turn.state is TurnState.DONE
            else:
                assert await kept(home) == before, button


async def opens(home: House, button: Button, window: Message) -> None:
    """Press a button and make sure that its modal is there, and filled."""
    await button.press(home, OWNER, window)
    await home.settle()
    view = home.workspace.modal(OWNER)
    assert view is not None, button
    assert "One moment" not in str(view.payload), button
    await home.people.close_view(OWNER, all_of_them=True)


@pytest.mark.parametrize("group", in_scenes(SHARE, *READING, EARLIER), ids=named)
async def test_on_a_deleted_message_a_modal_opens_all_the_same(group: Group, tmp_path: Path) -> None:
    async with group[0].at_home(tmp_path) as home:
        window = deepcopy(reply := await group[0].scene(home))
        await home.people.delete("mara", reply.channel, reply.ts)
        before = await kept(home)
        for button in group:
            await opens(home, button, window)
            assert await kept(home) == before, button


@pytest.mark.parametrize("group", in_scenes(*AT_ONCE, *OPENING), ids=named)
async def test_a_deactivated_person_changes_nothing(
    group: Group, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with group[0].at_home(tmp_path) as home:
        window = deepcopy(reply := await group[0].scene(home))
        await home.people.deactivate("mara", OWNER)
        before = await kept(home) if STOP not in group else ()
        for button in group:
            home.workspace.calls.clear()
            await button.press(home, OWNER, window)
            await home.settle()
            if button is STOP:
                assert "28 days" in (await home.ending(reply.thread_ts or "")).text
            else:
                assert await kept(home) == before, button
            refused = [each.error for each in home.workspace.calls.of("chat.postEphemeral")]
            assert refused == ["user_not_in_channel"] * (button in LOOKING_FIRST), button
    log = capsys.readouterr().out
    assert "incident" not in log
    assert "[error" not in log


def refused_in_modal(home: House) -> View | None:
    view = home.workspace.modal(OWNER)
    return view if view and "Your Slack account is deactivated" in str(view.payload) else None


@pytest.mark.parametrize(("choice", "submits"), [("Rename", "Rename"), ("Delete", "Delete conversation")])
async def test_a_modal_of_a_person_deactivated_since_changes_nothing(
    choice: str, submits: str, tmp_path: Path
) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
        await home.people.choose(OWNER, reply, actions.MORE_MENU, choice)
        await home.workspace.until(lambda: (view := home.workspace.modal(OWNER)) and "submit" in view.payload)
        await home.people.deactivate("mara", OWNER)
        before = await kept(home)
        await home.people.submit_view(OWNER)
        view = await home.workspace.until(lambda: refused_in_modal(home))
        assert view.payload["title"]["text"] == submits
        await home.settle()
        assert await kept(home) == before


async def test_who_left_the_channel_still_owns_the_conversation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as home:
        window = deepcopy(reply := await answered(home))
        await home.people.leave(OWNER, "help-desk")
        await ARCHIVE.press(home, OWNER, window)
        await home.workspace.until(lambda: "Unarchive" in labels(reply))
        assert (await stored(home)).is_archived
        await THUMB.press(home, OWNER, window)
        await home.settle()
        assert len((await stored(home)).messages[1].feedback) == 1
        assert home.workspace.calls.of("chat.postEphemeral")[-1].error == "user_not_in_channel"
    assert "incident" not in capsys.readouterr().out


async def test_a_refusal_that_somebody_who_left_cannot_hear_leaves_nothing_half_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as home:
        window = deepcopy(await answered(home))
        await home.people.leave("mara", "help-desk")
        before = await kept(home)
        for button in (ARCHIVE, REGENERATE, SHARE):
            await button.press(home, "mara", window)
            await home.settle()
        assert await kept(home) == before
        refused = home.workspace.calls.of("chat.postEphemeral")
        assert {each.error for each in refused} == {"user_not_in_channel"}
    log = capsys.readouterr().out
    assert "incident" not in log
    assert "slack.ephemeral_undeliverable" in log


async def twice(home: House, button: Button, reply: Message | None = None) -> Message:
    """Press a button twice at once, as an impatient person does, and wait for what comes of it."""
    window = deepcopy(reply := reply or await button.scene(home))
    await asyncio.gather(button.press(home, OWNER, window), button.press(home, OWNER, window))
    await home.settle()
    return home.workspace.message(reply.channel, reply.ts)


async def test_two_thumbs_in_a_row_are_one_vote(tmp_path: Path) -> None:
    async with THUMB.at_home(tmp_path) as home:
        await twice(home, THUMB)
        assert len((await stored(home)).messages[1].feedback) == 1
        said = sorted(each.text for each in home.workspace.ephemerals(OWNER))
        assert said == ["Thanks, noted 👍.", "Your 👍 is noted already."]


async def test_regenerating_twice_in_a_row_writes_anew_once(tmp_path: Path) -> None:
    async with replace(REGENERATE, speed=2 * SLOW).at_home(tmp_path) as home:
        reply = await twice(home, REGENERATE)
        await told(home, OWNER, "still being written")
        assert "Earlier version" in menu(reply)
        assert (await stored(home)).messages[1].attempt == 1


@pytest.mark.parametrize(("button", "then"), [(ARCHIVE, "Unarchive"), (UNARCHIVE, "Archive")], ids=str)
async def test_archiving_twice_in_a_row_counts_as_done(button: Button, then: str, tmp_path: Path) -> None:
    async with button.at_home(tmp_path) as home:
        assert then in labels(await twice(home, button))
        assert (await stored(home)).is_archived == (button is ARCHIVE)
        assert home.workspace.ephemerals(OWNER) == []


async def test_a_suggestion_pressed_twice_in_a_row_is_asked_once(tmp_path: Path) -> None:
    async with FOLLOW_UP.at_home(tmp_path) as home:
        await twice(home, FOLLOW_UP)
        await told(home, OWNER, "asked already")
        assert [each.kind for each in (await stored(home)).messages] == ["user_query", "bot_response"] * 2


async def test_stopping_twice_in_a_row_stops_once(tmp_path: Path) -> None:
    async with STOP.at_home(tmp_path) as home:
        reply = await twice(home, STOP)
        assert "Stopped by" in shown(reply)
        assert labels(reply) == ["Show the full answer"]


async def test_the_full_answer_is_shown_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    async with READ_ON.at_home(tmp_path) as home:
        reply = await twice(home, READ_ON)
        await told(home, OWNER, "shown already, or on its way")
        assert "28 days" in reply.text
        assert [each.kind for each in (await stored(home)).messages] == ["user_query", "bot_response"]


async def test_trying_again_twice_in_a_row_asks_once(tmp_path: Path) -> None:
    async with TRY_AGAIN.at_home(tmp_path) as home:
        reply = await twice(home, TRY_AGAIN)
        await told(home, OWNER, "nothing to try again")
        assert "28 days" in reply.text
        assert [each.kind for each in (await stored(home)).messages] == ["user_query", "bot_response"]


@pytest.mark.parametrize("group", in_scenes(*OPENING), ids=named)
async def test_a_modal_opened_twice_in_a_row_is_there_and_the_message_stays(
    group: Group, tmp_path: Path
) -> None:
    async with group[0].at_home(tmp_path) as home:
        before = shown(reply := await group[0].scene(home))
        for button in group:
            await twice(home, button, reply)
            view = home.workspace.modal(OWNER)
            assert view is not None, button
            assert "One moment" not in str(view.payload), button
            await home.people.close_view(OWNER, all_of_them=True)
            assert shown(reply) == before


GONE = "no longer has this conversation"


@pytest.mark.parametrize(
    "group", in_scenes(THUMB, REGENERATE, ARCHIVE, UNARCHIVE, SHARE, *READING), ids=named
)
async def test_once_the_conversation_is_gone_a_sentence_says_so(group: Group, tmp_path: Path) -> None:
    async with group[0].at_home(tmp_path) as home:
        reply = await group[0].scene(home)
        await home.conversations.delete((await stored(home)).id)
        before = await kept(home)
        for button in group:
            await button.press(home, OWNER, deepcopy(reply))
            await told(home, OWNER, GONE)
            await put_away(home)
            assert await kept(home) == before, button


async def test_the_form_for_another_manner_says_so_when_it_is_sent(tmp_path: Path) -> None:
    async with REGENERATE_WITH.at_home(tmp_path) as home:
        reply = await REGENERATE_WITH.scene(home)
        await home.conversations.delete((await stored(home)).id)
        before = await kept(home)
        await REGENERATE_WITH.press(home, OWNER, deepcopy(reply))
        await home.settle()
        await home.people.submit_view(OWNER)
        await told(home, OWNER, GONE)
        assert await kept(home) == before


async def test_the_part_of_a_stopped_answer_stays_when_its_conversation_is_gone(tmp_path: Path) -> None:
    async with READ_ON.at_home(tmp_path) as home:
        reply = await READ_ON.scene(home)
        await home.conversations.delete((await stored(home)).id)
        before = await kept(home)
        await READ_ON.press(home, OWNER, deepcopy(reply))
        await told(home, OWNER, GONE)
        assert await kept(home) == before


async def test_what_is_gone_before_the_server_named_it_is_asked_anew(tmp_path: Path) -> None:
    async with READ_ON.at_home(tmp_path, "legacy") as home:
        reply = await READ_ON.scene(home)
        await home.conversations.delete((await stored(home)).id)
        await READ_ON.press(home, OWNER, deepcopy(reply))
        await home.workspace.until(lambda: "Regenerate" in labels(reply))
        assert "28 days" in reply.text


async def test_a_suggestion_of_a_conversation_that_is_gone_ends_in_a_sentence(tmp_path: Path) -> None:
    async with FOLLOW_UP.at_home(tmp_path) as home:
        reply = await FOLLOW_UP.scene(home)
        before = shown(reply)
        await home.conversations.delete((await stored(home)).id)
        await FOLLOW_UP.press(home, OWNER, deepcopy(reply))
        thread = reply.thread_ts or ""
        last = await home.workspace.until(
            lambda: next((each for each in home.replies(thread) if GONE in shown(each)), None)
        )
        assert labels(last) == ["Try again"]
        await TRY_AGAIN.press(home, OWNER, deepcopy(last))
        await home.settle()
        assert GONE in shown(last)
        assert shown(reply) == before


async def test_the_version_before_stays_readable_when_the_conversation_is_gone(tmp_path: Path) -> None:
    async with EARLIER.at_home(tmp_path) as home:
        reply = await EARLIER.scene(home)
        await home.conversations.delete((await stored(home)).id)
        await EARLIER.press(home, OWNER, deepcopy(reply))
        await told(home, OWNER, "28 days")


async def test_an_answer_is_stopped_although_its_conversation_is_gone(tmp_path: Path) -> None:
    async with STOP.at_home(tmp_path) as home:
        reply = await STOP.scene(home)
        await home.conversations.delete((await stored(home)).id)
        await STOP.press(home, OWNER, deepcopy(reply))
        await home.workspace.until(lambda: "Stopped by" in shown(reply))
