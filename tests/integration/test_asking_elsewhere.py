"""Questions by command, by shortcut and by form."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message, NotPossible, View
from tests.house import DOCUMENTS, House, Scene, house, shown

LEAVE = "how many days of annual leave do I have?"
DIALECTS = ["documented", "legacy", "agui"]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def slash(home: House, text: str, where: str = "help-desk", who: str = "mara") -> Message:
    """Send `/ask` and return the question that the bot posts."""
    await home.people.slash(who, where, "/ask", text)
    return await home.workspace.until(lambda: posted(home, where))


async def answer(home: House, question: Message, number: int = 1) -> Message:
    """Wait for the numbered answer under a question that the bot posted."""
    return await home.ending(question.ts, number + 1, question.channel)


def posted(home: House, where: str) -> Message | None:
    mine = [each for each in home.workspace.messages(where) if each.user == home.workspace.bot.id]
    return mine[-1] if mine else None


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


async def test_a_question_by_command_starts_a_thread_where_it_was_typed(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        question = await slash(home, LEAVE)
        asker = home.workspace.user("mara").id
        assert question.blocks[0]["text"]["text"] == f"<@{asker}> asks: {LEAVE}"
        assert "28 days" in (await answer(home, question)).text
        await home.ask("tomasz", "and for interns?", thread_ts=question.ts)
        assert "20 days" in (await answer(home, question, 2)).text
        assert len(await home.knowledge.conversations()) == 1


async def test_a_command_in_the_direct_message_is_answered_there(home: House) -> None:
    direct = home.workspace.direct_message("mara").id
    question = await slash(home, LEAVE, where=direct)
    assert "28 days" in (await answer(home, question)).text


async def test_who_asked_by_command_owns_the_conversation(home: House) -> None:
    question = await slash(home, LEAVE)
    reply = await answer(home, question)
    await home.press("tomasz", reply, "Archive")
    assert f"Only <@{home.workspace.user('mara').id}> can do this" in await whispered(home, "tomasz")


async def test_a_command_without_a_question_shows_how_to_for_one_person(home: House) -> None:
    for number, text in enumerate(("", "help", " HELP "), 1):
        await home.people.slash("mara", "help-desk", "/ask", text)
        assert "/ask list" in await whispered(home, number=number)
    await home.settle()
    assert home.workspace.ephemerals("tomasz") == []
    assert not await home.knowledge.conversations()


async def test_a_question_that_begins_with_list_is_a_question(home: House) -> None:
    question = await slash(home, "list the days of annual leave")
    assert "28 days" in (await answer(home, question)).text


async def test_a_command_where_the_bot_is_not_says_what_to_do(home: House) -> None:
    await home.people.slash("mara", "random", "/ask", LEAVE)
    said = await whispered(home)
    assert "I am not in this channel" in said
    assert "/invite" in said
    assert "write to me directly" in said
    assert not await home.knowledge.conversations()


async def test_what_a_command_says_notifies_nobody(home: House) -> None:
    mara, tomasz = home.workspace.user("mara").id, home.workspace.user("tomasz").id
    question = await slash(home, f"<!channel> does <@{tomasz}|tomasz> have &lt;b&gt;leave&lt;/b&gt;?")
    text = question.blocks[0]["text"]["text"]
    assert text == f"<@{mara}> asks: @channel does @tomasz have \u2039b\u203aleave\u2039/b\u203a?"
    await answer(home, question)
    (conversation,) = await home.knowledge.conversations()
    assert conversation.messages[0].content == text.partition("asks: ")[2]


async def test_a_failed_question_by_command_can_be_tried_again(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=500))
    question = await slash(home, LEAVE)
    failed = await answer(home, question)
    await home.press("mara", failed, "Try again")
    await home.workspace.until(
        lambda: any("28 days" in each.text for each in home.replies(question.ts)) or None
    )


async def test_the_list_has_ones_own_newest_conversations_with_links(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        first = await home.ask("mara", f"@pipeshub {LEAVE}")
        await home.ending(first)
        other = await home.ask("tomasz", "@pipeshub how are expenses paid back?")
        await home.ending(other)
        second = await slash(home, "how long is the notice period | really?")
        await answer(home, second)
        await home.people.slash("mara", "general", "/ask", "list")
        text = await whispered(home)
        assert text.index("notice period ¦ really?>") < text.index(f"|{LEAVE}>")
        assert f"/p{first.replace('.', '')}|" in text
        assert "expenses" not in text


async def test_somebody_who_never_asked_is_told_how_to(home: House) -> None:
    await home.people.slash("amina", "help-desk", "/ask", "list")
    assert "You have not asked me anything here yet" in await whispered(home, "amina")


async def test_a_list_that_the_server_does_not_give_ends_in_a_sentence(home: House) -> None:
    await home.ending(await home.ask("mara", f"@pipeshub {LEAVE}"))
    home.knowledge.faults.add(Fault(Trouble.STATUS, method="GET", status=500, times=None))
    await home.people.slash("mara", "help-desk", "/ask", "list")
    assert "a problem of its own" in await whispered(home)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_form_asks_in_a_channel_with_what_was_chosen(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        await home.people.global_shortcut("mara", "ask_a_question")
        await form(home)
        await fill(
            home,
            question=LEAVE,
            place=home.workspace.channel("help-desk").id,
            model="Local reader, thorough",
            mode="Web search",
        )
        await home.people.submit_view("mara")
        assert "I am answering in <#" in await outcome(home)
        question = await home.workspace.until(lambda: posted(home, "help-desk"))
        assert "Web search · Local reader, thorough" in shown(question)
        await answer(home, question)
        (conversation,) = await home.knowledge.conversations()
        model = conversation.messages[0].model or {}
        assert model["modelName"] == "local-reader-thorough"
        assert model["chatMode"] == "web_search"


async def test_without_a_place_the_form_asks_in_the_direct_message(home: House) -> None:
    await home.people.global_shortcut("mara", "ask_a_question")
    await form(home)
    await fill(home, question=LEAVE)
    await home.people.submit_view("mara")
    assert "in our direct message" in await outcome(home)
    direct = home.workspace.direct_message("mara").id
    question = await home.workspace.until(lambda: posted(home, direct))
    assert "28 days" in (await answer(home, question)).text


@pytest.mark.parametrize(("source", "answered"), [("people", True), ("trips", False)])
async def test_the_form_narrows_a_question_to_sources_by_name(
    tmp_path: Path, source: str, answered: bool
) -> None:
    for folder, name in (("people", "leave.md"), ("trips", "travel.md")):
        (tmp_path / "docs" / folder).mkdir(parents=True)
        (tmp_path / "docs" / folder / name).write_text((DOCUMENTS / name).read_text())
    async with house(tmp_path, knowledge={"docs": tmp_path / "docs"}) as home:
        await home.people.global_shortcut("mara", "ask_a_question")
        await form(home)
        await fill(home, question=LEAVE, sources=source, place=home.workspace.channel("help-desk").id)
        await home.people.submit_view("mara")
        question = await home.workspace.until(lambda: posted(home, "help-desk"))
        assert f"only in {source}" in shown(question)
        assert ("28 days" in (await answer(home, question)).text) == answered


async def test_mistakes_stand_beside_their_fields_and_nothing_is_lost(home: House) -> None:
    await home.people.global_shortcut("mara", "ask_a_question")
    await form(home)
    random = home.workspace.channel("random").id
    await fill(home, question=LEAVE, record_ids="68b0c1d2e3f4a5b6c7d8e9f0, nonsense", place=random)
    await home.people.submit_view("mara")
    view = await form(home)
    assert "24 characters" in view.errors["record_ids"]
    assert "nonsense is none" in view.errors["record_ids"]
    assert "I am not in this channel" in view.errors["place"]
    await fill(home, record_ids="68b0c1d2e3f4a5b6c7d8e9f0", place=home.workspace.channel("help-desk").id)
    await home.people.submit_view("mara")
    question = await home.workspace.until(lambda: posted(home, "help-desk"))
    assert "only in 1 record" in shown(question)
    assert "28 days" in (await answer(home, question)).text


async def test_a_private_channel_one_is_not_in_is_no_place_to_ask(home: House) -> None:
    await home.people.global_shortcut("amina", "ask_a_question")
    await form(home, "amina")
    await fill(home, "amina", question=LEAVE, place=home.workspace.channel("leads").id)
    await home.people.submit_view("amina")
    view = await form(home, "amina")
    assert "not in this channel yourself" in view.errors["place"]


async def test_spaces_are_no_question(home: House) -> None:
    await home.people.global_shortcut("mara", "ask_a_question")
    await form(home)
    await fill(home, question="   ")
    await home.people.submit_view("mara")
    assert "write a question" in (await form(home)).errors["question"]


async def test_a_question_about_a_message_is_answered_in_its_thread(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await home.ask("tomasz", "Does @mara know? I have 40 days of annual leave left & want more.")
        await home.people.message_shortcut("mara", "help-desk", ts, "ask_about_message")
        view = await form(home)
        assert "40 days of annual leave" in json.dumps(view.blocks)
        await fill(home, question="how many days of annual leave are there?")
        await home.people.submit_view("mara")
        await home.workspace.until(lambda: home.replies(ts) or None)
        assert "asks about this message: how many days" in shown(home.replies(ts)[0])
        assert "28 days" in (await home.ending(ts, 2)).text
        (conversation,) = await home.knowledge.conversations()
        asked = conversation.messages[0].content
        assert asked.startswith("how many days of annual leave are there?\n")
        assert "\n\n“tomasz wrote: Does @mara know? I have 40 days of annual leave left & want" in asked
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        assert "20 days" in (await home.ending(ts, 3)).text


async def test_a_question_about_an_alert_takes_its_words_from_its_blocks(home: House) -> None:
    ts = await home.ask("tomasz", "alert")
    alert = home.workspace.message("help-desk", ts)
    words = "KESTREL42: 40 days of annual leave were booked"
    alert.text, alert.blocks = "", [{"type": "section", "text": {"type": "mrkdwn", "text": words}}]
    await home.people.message_shortcut("mara", "help-desk", ts, "ask_about_message")
    view = await form(home)
    assert words in json.dumps(view.blocks)
    await fill(home, question="how many days of annual leave are there?")
    await home.people.submit_view("mara")
    await home.ending(ts, 2)
    (conversation,) = await home.knowledge.conversations()
    assert f"“tomasz wrote: {words}”" in conversation.messages[0].content


async def test_a_long_message_is_cut_in_the_form(home: House) -> None:
    ts = await home.ask("tomasz", 'a "word" \\ ' * 300)
    await home.people.message_shortcut("mara", "help-desk", ts, "ask_about_message")
    view = await form(home)
    assert len(view.blocks[0]["text"]["text"]) < 700
    await fill(home, question=LEAVE)
    await home.people.submit_view("mara")
    assert "I am answering" in await outcome(home)


async def test_records_are_offered_only_where_a_conversation_begins(home: House) -> None:
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    reply = await home.ending(ts)
    await home.people.message_shortcut("mara", "help-desk", reply.ts, "ask_about_message")
    view = await form(home)
    assert "record_ids" not in [each["block_id"] for each in view.blocks]
    await fill(home, question="and for interns?")
    await home.people.submit_view("mara")
    assert "I am answering" in await outcome(home)
    assert "20 days" in (await home.ending(ts, 3)).text
    assert len(await home.knowledge.conversations()) == 1


async def test_a_message_where_the_bot_is_not_ends_in_a_sentence(home: House) -> None:
    ts = await home.ask("mara", "who knows?", where="random")
    await home.people.message_shortcut("mara", "random", ts, "ask_about_message")
    assert "I am not in this channel" in await outcome(home)


async def test_a_model_that_went_away_meanwhile_is_told(home: House) -> None:
    await home.people.global_shortcut("mara", "ask_a_question")
    view = await form(home)
    block = next(each for each in view.blocks if each["block_id"] == "model")
    for each in block["element"]["options"]:
        each["value"] = "gone"
    await fill(home, question=LEAVE, model="gone")
    await home.people.submit_view("mara")
    assert "does not offer this choice" in await outcome(home)
    await home.settle()
    assert not await home.knowledge.conversations()


async def test_a_form_of_another_version_is_not_misread(home: House) -> None:
    await home.people.global_shortcut("mara", "ask_a_question")
    view = await form(home)
    view.payload["private_metadata"] = '{"v":99}'
    await fill(home, question=LEAVE)
    await home.people.submit_view("mara")
    assert "older message of mine" in await outcome(home)
    await home.settle()
    assert not await home.knowledge.conversations()


async def test_a_server_that_tells_nothing_is_asked_all_the_same(home: House) -> None:
    for path in ("ai-models", "knowledgeBase", "connectors"):
        home.knowledge.faults.add(Fault(Trouble.HTML, path=path, times=None))
    await home.people.global_shortcut("mara", "ask_a_question")
    view = await form(home)
    assert [each["block_id"] for each in view.blocks] == ["question", "place", "mode", "record_ids"]
    await fill(home, question=LEAVE, place=home.workspace.channel("help-desk").id)
    await home.people.submit_view("mara")
    question = await home.workspace.until(lambda: posted(home, "help-desk"))
    assert "28 days" in (await answer(home, question)).text


async def test_slacks_limits_only_delay_a_question(home: House) -> None:
    home.workspace.faults.add(SlackFault("chat.postMessage", times=1, status=429, retry_after=1))
    question = await slash(home, LEAVE)
    assert "28 days" in (await answer(home, question)).text


async def test_a_command_is_not_there_in_threads(home: House) -> None:
    ts = await home.ask("mara", "hello")
    with pytest.raises(NotPossible):
        await home.people.slash("mara", "help-desk", "/ask", LEAVE, thread_ts=ts)
