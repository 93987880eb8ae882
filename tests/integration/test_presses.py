"""Presses that come too late, twice, or from people who left: each button says why and does no harm."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation, Status
from bot.demo.workspace.model import Message, View
from bot.domain.turns import TurnState
from bot.slack import actions
from tests.house import House, buttons, house, labels, menu, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
FAILING = "@pipeshub how many days of annual leave does everyone have?"
SLOW = 12.0  # words a second: an answer of thirty words can be stopped
OWNER = "tomasz"

Scene = Callable[[House], Awaitable[Message]]


def slow_house(folder: Path, dialect: str = "documented") -> AbstractAsyncContextManager[House]:
    return house(folder, knowledge={"dialect": dialect, "speed": SLOW})


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
    fault = Fault(Trouble.STATUS, path="stream", query="everyone", status=429, retry_after=3600)
    home.knowledge.faults.add(fault)
    return await home.ending(await home.ask(OWNER, FAILING))


async def writing(home: House) -> Message:
    reply = await home.reply(await home.ask(OWNER, LEAVE))
    return await home.workspace.until(lambda: reply if "Leave" in reply.text else None)


async def stopped(home: House) -> Message:
    reply = await writing(home)
    await home.press(OWNER, reply, "Stop")
    return await home.ending(reply.thread_ts or "")


async def prepared(home: House, *scenes: Scene) -> dict[Scene, Message]:
    """Return a reply of each kind, once PipesHub has all answers whole and nothing is on its way."""
    found = await asyncio.gather(*(scene(home) for scene in scenes))
    await whole(home)
    return dict(zip(scenes, found, strict=True))


async def whole(home: House) -> None:
    await home.settle()
    for _ in range(100):
        if all(each.status is not Status.IN_PROGRESS for each in await home.knowledge.conversations()):
            break
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Button:
    """Something to press under a reply, and how a reply comes to have it; `choice` is a label in it."""

    action: str
    scene: Scene = answered
    choice: str = ""

    async def press(self, home: House, who: str, window: Message) -> None:
        """Press what a person's window shows, whatever has become of it since."""
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
STOP = Button(actions.STOP, writing)
TRY_AGAIN = Button(actions.TRY_AGAIN, failed)
READ_ON = Button(actions.RESUME, stopped)
EARLIER = Button(actions.MORE_MENU, rewritten, "Earlier version")
REGENERATE_WITH = Button(actions.MORE_MENU, choice="Regenerate with …")
READING = [Button(actions.MORE_MENU, choice=each) for each in ("Tell us more", "Rename", "Delete")]
"""Choices that open with what PipesHub says of the conversation."""

AT_ONCE = [THUMB, REGENERATE, ARCHIVE, UNARCHIVE, FOLLOW_UP, TRY_AGAIN, READ_ON]
"""What does something when it is pressed, beside Stop; the others open a modal."""
OPENING = [SHARE, *READING, REGENERATE_WITH, EARLIER]

LOOKING_FIRST = [*AT_ONCE, REGENERATE_WITH]
"""What looks who pressed, and where, before it does or opens anything, as Stop does."""

SCENES = (answered, archived, rewritten, failed, stopped)


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


async def test_a_button_of_another_version_says_so_and_changes_nothing(tmp_path: Path) -> None:
    async with slow_house(tmp_path) as home:
        replies = await prepared(home, *SCENES)
        reply = await writing(home)
        await STOP.press(home, OWNER, of_version(deepcopy(reply), 99))
        await told(home, OWNER, "belongs to an older message")
        assert "28 days" in (await home.ending(reply.thread_ts or "")).text
        before = await kept(home)
        for button in (*AT_ONCE, *OPENING):
            await put_away(home)
            await button.press(home, OWNER, of_version(deepcopy(replies[button.scene]), 99))
            await told(home, OWNER, "belongs to an older message")
            assert await kept(home) == before, button


async def opens(home: House, button: Button, window: Message) -> None:
    """Press a button and make sure that its modal is there, and filled."""
    await button.press(home, OWNER, window)
    await home.settle()
    view = home.workspace.modal(OWNER)
    assert view is not None, button
    assert "One moment" not in str(view.payload), button
    await home.people.close_view(OWNER, all_of_them=True)


async def test_on_a_deleted_message_nothing_is_done_that_nobody_would_see_and_modals_open(
    tmp_path: Path,
) -> None:
    async with slow_house(tmp_path) as home:
        replies = await prepared(home, *SCENES)
        replies[writing] = await writing(home)
        windows = deepcopy(replies)
        for reply in replies.values():
            await home.people.delete("mara", reply.channel, reply.ts)
        await STOP.press(home, OWNER, windows[writing])
        await told(home, OWNER, "This message was deleted, so I changed nothing")
        turn = await home.bot.turns.get(json.loads(buttons(windows[writing])[0]["value"])["turn"])
        assert turn is not None
        assert turn.state is TurnState.DONE
        before = await kept(home)
        for button in LOOKING_FIRST:
            await put_away(home)
            await button.press(home, OWNER, windows[button.scene])
            await told(home, OWNER, "This message was deleted, so I changed nothing")
            assert await kept(home) == before, button
        await put_away(home)
        for button in (SHARE, *READING, EARLIER):
            await opens(home, button, windows[button.scene])
            assert await kept(home) == before, button


async def test_a_deactivated_person_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slow_house(tmp_path) as home:
        replies = await prepared(home, *SCENES)
        replies[writing] = reply = await writing(home)
        windows = deepcopy(replies)
        await home.people.deactivate("mara", OWNER)
        home.workspace.calls.clear()
        await STOP.press(home, OWNER, windows[writing])
        await home.settle()
        assert "28 days" in (await home.ending(reply.thread_ts or "")).text
        assert [each.error for each in home.workspace.calls.of("chat.postEphemeral")] == [
            "user_not_in_channel"
        ]
        before = await kept(home)
        for button in (*AT_ONCE, *OPENING):
            home.workspace.calls.clear()
            await button.press(home, OWNER, windows[button.scene])
            await home.settle()
            assert await kept(home) == before, button
            refused = [each.error for each in home.workspace.calls.of("chat.postEphemeral")]
            assert refused == ["user_not_in_channel"] * (button in LOOKING_FIRST), button
    log = capsys.readouterr().out
    assert "incident" not in log
    assert "[error" not in log


def refused_in_modal(home: House, who: str) -> View | None:
    view = home.workspace.modal(who)
    return view if view and "Your Slack account is deactivated" in str(view.payload) else None


async def test_a_modal_of_a_person_deactivated_since_changes_nothing(tmp_path: Path) -> None:
    choices = {"tomasz": ("Rename", "Rename"), "amina": ("Delete", "Delete conversation")}
    async with house(tmp_path) as home:
        for who, (choice, _) in choices.items():
            reply = await home.ending(await home.ask(who, LEAVE))
            await home.people.choose(who, reply, actions.MORE_MENU, choice)
            await home.settle()
            assert (view := home.workspace.modal(who)) is not None
            assert "submit" in view.payload
            await home.people.deactivate("mara", who)
        before = await kept(home)
        for who, (_, submits) in choices.items():
            await home.people.submit_view(who)
            view = await home.workspace.until(partial(refused_in_modal, home, who))
            assert view.payload["title"]["text"] == submits
            await home.settle()
            assert await kept(home) == before, submits


async def test_who_left_the_channel_is_refused_in_silence_and_still_owns_the_conversation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as home:
        window = deepcopy(reply := await answered(home))
        await home.people.leave("mara", "help-desk")
        before = await kept(home)
        for button in (ARCHIVE, REGENERATE, SHARE):
            await button.press(home, "mara", window)
            await home.settle()
        assert await kept(home) == before
        refused = home.workspace.calls.of("chat.postEphemeral")
        assert [each.error for each in refused] == ["user_not_in_channel"] * 3
        await home.people.leave(OWNER, "help-desk")
        await ARCHIVE.press(home, OWNER, window)
        await home.workspace.until(lambda: "Unarchive" in labels(reply))
        assert (await stored(home)).is_archived
        await THUMB.press(home, OWNER, window)
        await home.settle()
        assert len((await stored(home)).messages[1].feedback) == 1
        assert home.workspace.calls.of("chat.postEphemeral")[-1].error == "user_not_in_channel"
    log = capsys.readouterr().out
    assert "incident" not in log
    assert "slack.ephemeral_undeliverable" in log


async def twice(home: House, button: Button, reply: Message) -> Message:
    """Press a button twice at once, as an impatient person does, and wait for what comes of it."""
    window = deepcopy(reply)
    await asyncio.gather(button.press(home, OWNER, window), button.press(home, OWNER, window))
    await home.settle()
    return home.workspace.message(reply.channel, reply.ts)


async def opens_twice(home: House, button: Button, reply: Message) -> None:
    before = shown(reply)
    await twice(home, button, reply)
    view = home.workspace.modal(OWNER)
    assert view is not None, button
    assert "One moment" not in str(view.payload), button
    await home.people.close_view(OWNER, all_of_them=True)
    assert shown(reply) == before, button


async def test_two_presses_in_a_row_under_an_answer_are_one(tmp_path: Path) -> None:
    async with slow_house(tmp_path) as home:
        reply = await twice(home, THUMB, await answered(home))
        assert len((await stored(home)).messages[1].feedback) == 1
        said = sorted(each.text for each in home.workspace.ephemerals(OWNER))
        assert said == ["Thanks, noted 👍.", "Your 👍 is noted already."]
        await home.people.reload(OWNER)

        for button, then in ((ARCHIVE, "Unarchive"), (UNARCHIVE, "Archive")):
            assert then in labels(await twice(home, button, reply))
            assert (await stored(home)).is_archived == (button is ARCHIVE)
            assert home.workspace.ephemerals(OWNER) == []

        reply = await twice(home, REGENERATE, reply)
        await told(home, OWNER, "still being written")
        assert "Earlier version" in menu(reply)
        assert (await stored(home)).messages[1].attempt == 1
        await put_away(home)

        for button in OPENING:
            await opens_twice(home, button, reply)

        await twice(home, FOLLOW_UP, reply)
        await told(home, OWNER, "asked already")
        assert [each.kind for each in (await stored(home)).messages] == ["user_query", "bot_response"] * 2


async def test_two_presses_in_a_row_under_what_is_not_whole_are_one(tmp_path: Path) -> None:
    async with slow_house(tmp_path) as home:
        reply = await twice(home, STOP, await writing(home))
        assert "Stopped by" in shown(reply)
        assert labels(reply) == ["Show the full answer"]
        await whole(home)
        await put_away(home)
        reply = await twice(home, READ_ON, reply)
        await told(home, OWNER, "shown already, or on its way")
        assert "28 days" in reply.text
        assert [each.kind for each in (await stored(home)).messages] == ["user_query", "bot_response"]
        await put_away(home)
        reply = await twice(home, TRY_AGAIN, await failed(home))
        await told(home, OWNER, "nothing to try again")
        assert "28 days" in reply.text
        _, second = await home.knowledge.conversations()
        assert [each.kind for each in second.messages] == ["user_query", "bot_response"]


GONE = "no longer has this conversation"


async def test_once_the_conversation_is_gone_a_sentence_says_so(tmp_path: Path) -> None:
    async with slow_house(tmp_path) as home:
        replies = await prepared(home, answered, archived, rewritten, stopped)
        reply = await writing(home)
        for conversation in await home.knowledge.conversations():
            await home.conversations.delete(conversation.id)
        await STOP.press(home, OWNER, deepcopy(reply))
        await home.workspace.until(lambda: "Stopped by" in shown(reply))
        await whole(home)
        before = await kept(home)
        for button in (THUMB, REGENERATE, ARCHIVE, UNARCHIVE, SHARE, *READING, READ_ON):
            await put_away(home)
            await button.press(home, OWNER, deepcopy(replies[button.scene]))
            await told(home, OWNER, GONE)
            assert await kept(home) == before, button
        await put_away(home)
        await REGENERATE_WITH.press(home, OWNER, deepcopy(replies[answered]))
        await home.settle()
        await home.people.submit_view(OWNER)
        await told(home, OWNER, GONE)
        await put_away(home)
        await EARLIER.press(home, OWNER, deepcopy(replies[rewritten]))
        await told(home, OWNER, "28 days")
        assert await kept(home) == before


async def test_a_suggestion_of_a_conversation_that_is_gone_ends_in_a_sentence(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
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


async def test_what_is_gone_before_the_server_named_it_is_asked_anew(tmp_path: Path) -> None:
    async with slow_house(tmp_path, "legacy") as home:
        reply = (await prepared(home, stopped))[stopped]
        await home.conversations.delete((await stored(home)).id)
        await READ_ON.press(home, OWNER, deepcopy(reply))
        await home.workspace.until(lambda: "Regenerate" in labels(reply))
        assert "28 days" in reply.text
