"""Questions by command, by shortcut and by form."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message, NotPossible, View
from tests.house import DOCUMENTS, House, Scene, house, labels, shown

LEAVE = "how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def slash(home: House, text: str, where: str = "help-desk", who: str = "mara") -> Message:
    """Send `/ask` and return the question that the bot posts."""
    before = posted(home, where)
    await home.people.slash(who, where, "/ask", text)
    return await posted_after(home, before, where)


async def answer(home: House, question: Message, number: int = 1) -> Message:
    """Wait for the numbered answer under a question that the bot posted."""
    return await home.ending(question.ts, number + 1, question.channel)


def posted(home: House, where: str) -> Message | None:
    """Return the newest message of the bot's outside of threads."""
    mine = [each for each in home.workspace.messages(where) if each.user == home.workspace.bot.id]
    return mine[-1] if mine else None


async def posted_after(home: House, before: Message | None, where: str = "help-desk") -> Message:
    """Wait until the bot posted another message than `before`."""
    return await home.workspace.until(lambda: found if (found := posted(home, where)) is not before else None)


async def whispered(home: House, who: str = "mara", number: int = 1) -> str:
    """Wait for the numbered message that only one person sees and return all that the last one shows."""
    await home.workspace.until(lambda: len(home.workspace.ephemerals(who)) >= number or None)
    last = home.workspace.ephemerals(who)[-1]
    return last.text + shown(last)


async def form(home: Scene, who: str = "mara") -> View:
    """Wait until the form that a shortcut opened can be filled in."""
    return await home.workspace.until(
        lambda: view if (view := home.workspace.modal(who)) and view.payload.get("submit") else None
    )


async def fill(home: Scene, who: str = "mara", **entered: str | tuple[str, ...]) -> None:
    """Fill in the form in front, by block id."""
    view = home.workspace.modal(who)
    assert view is not None
    for block_id, values in entered.items():
        block = next(each for each in view.blocks if each["block_id"] == block_id)
        chosen = (values,) if isinstance(values, str) else values
        await home.people.choose(who, view, block["element"]["action_id"], *chosen, block_id=block_id)


async def outcome(home: Scene, who: str = "mara") -> str:
    """Wait for what the form says in the end."""

    def said() -> str | None:
        view = home.workspace.modal(who)
        text = json.dumps(view.blocks, ensure_ascii=False) if view else "closed"
        return None if view and (view.payload.get("submit") or "One moment" in text) else text

    return await home.workspace.until(said)


async def told(home: House, text: str, where: str = "help-desk", who: str = "mara") -> str:
    """Send an `/ask` that is answered in private, and return what it says."""
    number = len(home.workspace.ephemerals(who)) + 1
    await home.people.slash(who, where, "/ask", text)
    return await whispered(home, who, number)


async def a_thread_starts_where_it_was_typed_and_has_an_owner(home: House) -> Message:
    question = await slash(home, LEAVE)
    asker = home.workspace.user("mara").id
    assert question.blocks[0]["text"]["text"] == f"<@{asker}> asks: {LEAVE}"
    reply = await answer(home, question)
    assert "28 days" in reply.text
    await home.ask("tomasz", "and for interns?", thread_ts=question.ts)
    assert "20 days" in (await answer(home, question, 2)).text
    assert len(await home.knowledge.conversations()) == 1
    await home.press("tomasz", reply, "Archive")
    assert f"Only <@{asker}> can do this" in await whispered(home, "tomasz")
    return question


async def what_begins_with_list_is_asked_in_the_direct_message(home: House) -> None:
    home.workspace.faults.add(SlackFault("chat.postMessage", times=1, status=429, retry_after=1))
    direct = home.workspace.direct_message("mara").id
    question = await slash(home, "list the days of annual leave", where=direct)
    assert "28 days" in (await answer(home, question)).text


async def without_a_question_one_person_is_told_how_to(home: House) -> None:
    known, overheard = len(await home.knowledge.conversations()), len(home.workspace.ephemerals("tomasz"))
    for text in ("", "help", " HELP "):
        assert "/ask list" in await told(home, text), text
    said = await told(home, LEAVE, where="random")
    assert "I am not in this channel" in said
    assert "/invite" in said
    assert "write to me directly" in said
    assert "You have not asked me anything here yet" in await told(home, "list", who="amina")
    await home.settle()
    assert len(home.workspace.ephemerals("tomasz")) == overheard
    assert len(await home.knowledge.conversations()) == known


async def what_is_asked_notifies_nobody_and_can_be_tried_again(home: House) -> None:
    mara, tomasz = home.workspace.user("mara").id, home.workspace.user("tomasz").id
    home.knowledge.faults.add(Fault(Trouble.ERROR, path="stream"))
    question = await slash(home, f"<!channel> does <@{tomasz}|tomasz> have &lt;b&gt;leave&lt;/b&gt;?")
    text = question.blocks[0]["text"]["text"]
    assert text == f"<@{mara}> asks: @channel does @tomasz have \u2039b\u203aleave\u2039/b\u203a?"
    failed = await answer(home, question)
    await home.press("mara", failed, "Try again")
    await home.workspace.until(lambda: "Share" in labels(failed) or None)
    asked = [each.messages[0].content for each in await home.knowledge.conversations()]
    assert asked.count(text.partition("asks: ")[2]) == 1


async def the_list_has_ones_own_newest_with_links(home: House, first: Message) -> None:
    await home.ending(await home.ask("tomasz", "@pipeshub how are expenses paid back?"))
    await answer(home, await slash(home, "how long is the notice period | really?"))
    text = await told(home, "list", where="general")
    assert text.index("notice period ¦ really?>") < text.index(f"|{LEAVE}>")
    assert f"/p{first.ts.replace('.', '')}|" in text
    assert "expenses" not in text
    home.knowledge.faults.add(Fault(Trouble.STATUS, method="GET", status=500, times=None))
    assert "a problem of its own" in await told(home, "list")


async def test_a_command_asks_or_lists(home: House) -> None:
    first = await a_thread_starts_where_it_was_typed_and_has_an_owner(home)
    await what_begins_with_list_is_asked_in_the_direct_message(home)
    await without_a_question_one_person_is_told_how_to(home)
    await what_is_asked_notifies_nobody_and_can_be_tried_again(home)
    await the_list_has_ones_own_newest_with_links(home, first)
    with pytest.raises(NotPossible):  # Slack offers no commands in threads
        await home.people.slash("mara", "help-desk", "/ask", LEAVE, thread_ts=first.ts)


async def opened(home: House, who: str = "mara") -> View:
    """Open the form that asks a question."""
    await home.people.global_shortcut(who, "ask_a_question")
    return await form(home, who)


async def asked_by_form(home: House, **entered: str) -> Message:
    """Submit the form in front with a question for #help-desk, and return what the bot posts there."""
    before = posted(home, "help-desk")
    await fill(home, question=LEAVE, place=home.workspace.channel("help-desk").id, **entered)
    await home.people.submit_view("mara")
    assert "I am answering in <#" in await outcome(home)
    await home.people.close_view("mara", all_of_them=True)
    return await posted_after(home, before)


async def it_asks_in_a_channel_with_what_was_chosen(home: House) -> None:
    await opened(home)
    question = await asked_by_form(home, model="Local reader, thorough", mode="Web search")
    assert "Web search · Local reader, thorough" in shown(question)
    await answer(home, question)
    (conversation,) = await home.knowledge.conversations()
    model = conversation.messages[0].model or {}
    assert model["modelName"] == "local-reader-thorough"
    assert model["chatMode"] == "web_search"


async def it_asks_in_the_direct_message_without_a_place(home: House) -> None:
    await opened(home)
    await fill(home, question="   ")
    await home.people.submit_view("mara")
    assert "write a question" in (await form(home)).errors["question"]
    await fill(home, question=LEAVE)
    await home.people.submit_view("mara")
    assert "in our direct message" in await outcome(home)
    await home.people.close_view("mara", all_of_them=True)
    direct = home.workspace.direct_message("mara").id
    question = await home.workspace.until(lambda: posted(home, direct))
    assert "28 days" in (await answer(home, question)).text


async def it_narrows_a_question_to_sources_by_name(home: House) -> None:
    for source, answered in (("people", True), ("trips", False)):
        await opened(home)
        question = await asked_by_form(home, sources=source)
        assert f"only in {source}" in shown(question)
        assert ("28 days" in (await answer(home, question)).text) == answered, source


async def mistakes_stand_beside_their_fields_and_nothing_is_lost(home: House) -> None:
    await opened(home)
    random = home.workspace.channel("random").id
    await fill(home, question=LEAVE, record_ids="68b0c1d2e3f4a5b6c7d8e9f0, nonsense", place=random)
    await home.people.submit_view("mara")
    view = await form(home)
    assert "24 characters" in view.errors["record_ids"]
    assert "nonsense is none" in view.errors["record_ids"]
    assert "I am not in this channel" in view.errors["place"]
    question = await asked_by_form(home, record_ids="68b0c1d2e3f4a5b6c7d8e9f0")
    assert "only in 1 record" in shown(question)
    assert "28 days" in (await answer(home, question)).text
    await opened(home, "amina")
    await fill(home, "amina", question=LEAVE, place=home.workspace.channel("leads").id)
    await home.people.submit_view("amina")
    assert "not in this channel yourself" in (await form(home, "amina")).errors["place"]


async def a_model_that_went_away_meanwhile_is_told(home: House) -> None:
    known = len(await home.knowledge.conversations())
    view = await opened(home)
    block = next(each for each in view.blocks if each["block_id"] == "model")
    for each in block["element"]["options"]:
        each["value"] = "gone"
    await fill(home, question=LEAVE, model="gone")
    await home.people.submit_view("mara")
    assert "does not offer this choice" in await outcome(home)
    await home.settle()
    assert len(await home.knowledge.conversations()) == known


async def test_a_form_asks_with_what_was_chosen(tmp_path: Path) -> None:
    for folder, name in (("people", "leave.md"), ("trips", "travel.md")):
        (tmp_path / "docs" / folder).mkdir(parents=True)
        (tmp_path / "docs" / folder / name).write_text((DOCUMENTS / name).read_text())
    async with house(tmp_path, knowledge={"docs": tmp_path / "docs"}) as home:
        await it_asks_in_a_channel_with_what_was_chosen(home)
        await it_asks_in_the_direct_message_without_a_place(home)
        await it_narrows_a_question_to_sources_by_name(home)
        await mistakes_stand_beside_their_fields_and_nothing_is_lost(home)
        await a_model_that_went_away_meanwhile_is_told(home)


async def test_a_server_that_tells_nothing_is_asked_all_the_same(home: House) -> None:
    for path in ("ai-models", "knowledgeBase", "connectors"):
        home.knowledge.faults.add(Fault(Trouble.HTML, path=path, times=None))
    view = await opened(home)
    assert [each["block_id"] for each in view.blocks] == ["question", "place", "mode", "record_ids"]
    assert "28 days" in (await answer(home, await asked_by_form(home))).text


async def about(home: House, ts: str, where: str = "help-desk") -> None:
    """Choose to ask about a message."""
    if home.workspace.modal("mara"):
        await home.people.close_view("mara", all_of_them=True)
    await home.people.message_shortcut("mara", where, ts, "ask_about_message")


async def it_is_answered_in_the_messages_thread(home: House) -> None:
    ts = await home.ask("tomasz", "Does @mara know? I have 40 days of annual leave left & want more.")
    await about(home, ts)
    view = await form(home)
    assert "40 days of annual leave" in json.dumps(view.blocks)
    await fill(home, question="how many days of annual leave are there?")
    await home.people.submit_view("mara")
    reply = await home.ending(ts, 2)
    assert "asks about this message: how many days" in shown(home.replies(ts)[0])
    assert "28 days" in reply.text
    (conversation,) = await home.knowledge.conversations()
    asked = conversation.messages[0].content
    assert asked.startswith("how many days of annual leave are there?\n")
    assert "\n\n“tomasz wrote: Does @mara know? I have 40 days of annual leave left & want" in asked
    await home.ask("tomasz", "and for interns?", thread_ts=ts)
    assert "20 days" in (await home.ending(ts, 3)).text
    await about(home, reply.ts)
    view = await form(home)
    assert "record_ids" not in [each["block_id"] for each in view.blocks], "the conversation has begun"
    await fill(home, question="and for interns?")
    await home.people.submit_view("mara")
    assert "I am answering" in await outcome(home)
    assert "20 days" in (await home.ending(ts, 5)).text
    assert len(await home.knowledge.conversations()) == 1


async def an_alert_is_quoted_from_its_blocks(home: House) -> None:
    ts = await home.ask("tomasz", "alert")
    alert = home.workspace.message("help-desk", ts)
    words = "KESTREL42: 40 days of annual leave were booked"
    alert.text, alert.blocks = "", [{"type": "section", "text": {"type": "mrkdwn", "text": words}}]
    await about(home, ts)
    view = await form(home)
    assert words in json.dumps(view.blocks)
    await fill(home, question="how many days of annual leave are there?")
    await home.people.submit_view("mara")
    await home.ending(ts, 2)
    asked = [each.messages[0].content for each in await home.knowledge.conversations()]
    assert any(f"“tomasz wrote: {words}”" in each for each in asked)


async def a_long_message_is_cut_in_the_form(home: House) -> None:
    await about(home, await home.ask("tomasz", 'a "word" \\ ' * 300))
    view = await form(home)
    assert len(view.blocks[0]["text"]["text"]) < 700
    await fill(home, question=LEAVE)
    await home.people.submit_view("mara")
    assert "I am answering" in await outcome(home)


async def test_a_question_about_a_message_is_answered_in_its_thread(home: House) -> None:
    await it_is_answered_in_the_messages_thread(home)
    await an_alert_is_quoted_from_its_blocks(home)
    await a_long_message_is_cut_in_the_form(home)
    await about(home, await home.ask("mara", "who knows?", where="random"), "random")
    assert "I am not in this channel" in await outcome(home)
