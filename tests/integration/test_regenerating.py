"""Answers written anew, stopped, and read on."""

from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.model import Message, View
from tests.house import House, buttons, house, labels, menu, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
DIALECTS = ["documented", "legacy", "agui"]


async def answered(home: House) -> Message:
    return await home.ending(await home.ask("mara", LEAVE))


async def rewritten(home: House, reply: Message) -> Message:
    await home.workspace.until(lambda: "Earlier version" in menu(reply) or None)
    return await home.ending(reply.thread_ts or "")


def regenerations(home: House) -> int:
    asked = [path for method, path, _ in home.knowledge.requests if method == "POST" and "regenerate" in path]
    return len(asked)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_newest_answer_is_written_anew_into_its_own_message(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "speed": 40}) as home:
        reply = await answered(home)
        first = reply.text
        await home.press("mara", reply, "Regenerate")
        again = await rewritten(home, reply)
        assert again.ts == reply.ts
        assert len(home.replies(reply.thread_ts or "")) == 1
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]
        earlier = menu(reply)["Earlier version"]
        await home.people.choose("tomasz", (reply.channel, reply.ts), "more_actions", earlier)
        view = str(await opened(home, "tomasz", "Until"))
        assert first[:40].split("\n")[0][:20] in view
        assert "Sources" in view
        if dialect != "documented":
            await comes_back_when_it_fails(home, await answered(home), Trouble.ERROR)
        if dialect == "agui":
            await comes_back_when_it_fails(home, await answered(home), Trouble.STATUS)
        await stop_and_show_the_full_answer(home)


async def comes_back_when_it_fails(home: House, reply: Message, trouble: Trouble) -> None:
    home.knowledge.faults.add(Fault(trouble, path="regenerate", after_words=5, status=403))
    await home.press("mara", reply, "Regenerate")
    await home.workspace.until(lambda: "the earlier answer" in shown(reply) or None)
    ended = await home.ending(reply.thread_ts or "")
    assert "28 days" in ended.text
    assert "|Leave>" in shown(ended)
    assert ("PipesHub has it no more" in shown(ended)) == (trouble is Trouble.ERROR)


async def stop_and_show_the_full_answer(home: House) -> None:
    reply = await home.reply(await home.ask("mara", LEAVE))
    await home.workspace.until(lambda: "Leave" in reply.text or None)
    await home.press("tomasz", reply, "Stop")
    await home.workspace.until(lambda: "Show the full answer" in labels(reply) or None)
    await home.press("tomasz", reply, "Show the full answer")
    await home.workspace.until(
        lambda: ("28 days" in shown(reply) and "Regenerate" in labels(reply)) or None, 15
    )
    conversation = (await home.knowledge.conversations())[-1]
    assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def opened(home: House, who: str, text: str) -> View:
    """Wait for a person's modal that says something."""

    def found() -> View | None:
        view = home.workspace.modal(who)
        return view if view and text in str(view.payload) else None

    return await home.workspace.until(found)


async def test_an_answer_that_the_server_lost_offers_nothing_that_needs_it_and_follows_its_conversation(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
        home.knowledge.faults.add(Fault(Trouble.ERROR, path="regenerate", after_words=5))
        await home.press("mara", reply, "Regenerate")
        await home.workspace.until(lambda: "PipesHub has it no more" in shown(reply) or None)
        assert labels(reply) == ["Share", "Archive"]
        assert list(menu(reply)) == ["Rename", "Delete", "Stop replying here"]
        assert "feedback_buttons" not in shown(reply)
        await home.press("mara", reply, "Archive")
        await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
        assert "PipesHub has it no more" in shown(reply)
        await home.press("mara", reply, "Unarchive")
        await home.workspace.until(lambda: "Archive" in labels(reply) or None)
        await home.people.choose("mara", reply, "more_actions", menu(reply)["Delete"])
        await opened(home, "mara", "cannot be undone")
        await home.people.submit_view("mara")
        await home.workspace.until(lambda: "conversation was deleted" in shown(reply) or None)
        assert labels(reply) == []
        assert "28 days" in shown(reply)


async def test_an_answer_is_not_called_lost_while_the_server_does_not_tell(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 25}) as home:
        reply = await answered(home)
        home.knowledge.faults.add(Fault(Trouble.ERROR, path="regenerate", after_words=25))
        await home.press("mara", reply, "Regenerate")
        await home.workspace.until(lambda: "Stop" in labels(reply) or None)
        home.knowledge.faults.add(Fault(Trouble.STATUS, method="GET", times=None))
        await home.workspace.until(lambda: "still the earlier answer" in shown(reply) or None, 15)
        assert "PipesHub has it no more" not in shown(reply)
        assert "Regenerate" in labels(reply)


async def test_one_that_is_stopped_while_it_is_written_anew_leaves_the_version_before(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 40, "thinking": 2}) as home:
        reply = await answered(home)
        await home.press("mara", reply, "Regenerate")
        await home.workspace.until(lambda: "Stop" in labels(reply) or None)
        await home.press("mara", reply, "Stop")
        await home.workspace.until(lambda: "Show the full answer" in labels(reply) or None)
        assert "28 days" not in shown(reply)
        await home.press("tomasz", reply, "Earlier version")
        await home.workspace.until(lambda: "28 days" in str(home.workspace.modal("tomasz")) or None)
        await home.press("mara", reply, "Show the full answer")
        await home.workspace.until(
            lambda: ("28 days" in shown(reply) and "Regenerate" in labels(reply)) or None
        )


async def test_an_answer_is_written_anew_once_in_another_manner_and_over_a_broken_connection(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
        await home.people.choose("mara", reply, "more_actions", menu(reply)["Regenerate with …"])
        view = await opened(home, "mara", "the way you choose here")
        await home.people.choose("mara", view, "choice", "web_search", block_id="mode")
        await home.people.submit_view("mara")
        await rewritten(home, reply)
        (conversation,) = await home.knowledge.conversations()
        assert "web_search" in str(conversation.messages[-1].model)

        reply = await answered(home)
        home.knowledge.faults.add(Fault(Trouble.END, path="regenerate", after_words=5))
        await home.press("mara", reply, "Regenerate")
        await rewritten(home, reply)
        assert "the earlier answer" not in shown(reply)
        assert "28 days" in shown(reply)

        reply = await answered(home)
        before = regenerations(home)
        await home.press("mara", reply, "Regenerate")
        with_button = home.workspace.message(reply.channel, reply.ts)
        if "Regenerate" in labels(with_button):
            await home.press("mara", with_button, "Regenerate")
        await rewritten(home, reply)
        assert regenerations(home) == before + 1


async def test_a_suggested_question_is_asked_in_the_name_of_who_pressed_first(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
        assert "Regenerate" in labels(reply)
        (suggestion, *_) = [each for each in buttons(reply) if each["action_id"].startswith("follow_up")]
        label = suggestion["text"]["text"]
        await home.press("tomasz", reply, label)
        second = await home.ending(reply.thread_ts or "", 3)
        asked = home.replies(reply.thread_ts or "")[1]
        assert f"<@{home.workspace.user('tomasz').id}> asks: {label.rstrip('…')[:20]}" in shown(asked)
        (conversation,) = await home.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"] * 2
        assert any(each["action_id"].startswith("follow_up") for each in buttons(second))
        await home.workspace.until(lambda: "follow_up" not in shown(reply) or None)
        await home.workspace.until(lambda: "Regenerate" not in labels(reply) or None)
        assert "Regenerate" in labels(second), "the last answer alone can be written again"
        assert "28 days" in shown(reply)


async def test_a_new_question_takes_the_conversation_out_of_the_archive_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        reply = await answered(home)
        await home.press("mara", reply, "Archive")
        await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
        await home.ask("mara", "and for interns?", thread_ts=reply.thread_ts)
        second = await home.ending(reply.thread_ts or "", 2)
        assert "took it out of the archive" in shown(second)
        (conversation,) = await home.knowledge.conversations()
        assert not conversation.is_archived
        await home.workspace.until(lambda: "Archive" in labels(reply) or None)
