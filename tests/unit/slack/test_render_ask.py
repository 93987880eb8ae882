import json

import pytest

from bot.domain.turns import (
    NO_OPTIONS,
    AvailableOptions,
    EnteredOptions,
    KnowledgeSource,
    Model,
    QuestionOptions,
    SourceKind,
)
from bot.slack.actions import UnreadableValueError
from bot.slack.render import messages
from bot.slack.render.blocks import Block
from bot.slack.render.modals import ask as ask_modal
from bot.slack.render.modals import conversation as conversation_modal

MODELS = (Model("k1", "fast", "Fast", is_default=True), Model("k2", "slow", "Slow"))
SOURCES = (
    KnowledgeSource("s1", "Drive", SourceKind.APP),
    KnowledgeSource("s2", "Handbook", SourceKind.BASE),
    KnowledgeSource("s3", "Wiki", SourceKind.APP),
)
OFFERED = AvailableOptions(MODELS, SOURCES)
SUBJECT = ask_modal.QuestionSubject("C1", "1.2", "Mara", "first line\n<!channel> & more")


def block(blocks: list[Block], block_id: str) -> Block:
    return next(each for each in blocks if each["block_id"] == block_id)


def test_what_is_chosen_already_is_chosen_in_the_inputs() -> None:
    drawn = ask_modal.option_blocks(
        OFFERED, QuestionOptions("agent", "k2", apps=("s3",), kb=("s2",), record_ids=("r1", "r2"))
    )
    assert block(drawn, ask_modal.MODEL)["element"]["initial_option"]["value"] == "k2"
    assert block(drawn, ask_modal.MODE)["element"]["initial_option"]["text"]["text"] == "Agent"
    chosen = block(drawn, ask_modal.SOURCES)["element"]["initial_options"]
    assert [each["value"] for each in chosen] == ["s3", "s2"]
    assert block(drawn, ask_modal.RECORDS)["element"]["initial_value"] == "r1 r2"


def test_every_input_may_be_left_alone() -> None:
    assert all(each["optional"] for each in ask_modal.option_blocks(OFFERED))


def test_the_servers_default_model_is_marked_and_nothing_is_chosen() -> None:
    element = block(ask_modal.option_blocks(OFFERED), ask_modal.MODEL)["element"]
    assert [each["text"]["text"] for each in element["options"]] == ["Fast (default)", "Slow"]
    assert "initial_option" not in element


def test_sources_stand_in_their_groups() -> None:
    groups = block(ask_modal.option_blocks(OFFERED), ask_modal.SOURCES)["element"]["option_groups"]
    named = {group["label"]["text"]: [each["text"]["text"] for each in group["options"]] for group in groups}
    assert named == {"Apps": ["Drive", "Wiki"], "Knowledge bases": ["Handbook"]}


def test_what_is_not_offered_is_not_drawn() -> None:
    assert [each["block_id"] for each in ask_modal.option_blocks(AvailableOptions(), records=False)] == [
        ask_modal.MODE
    ]


def test_more_than_a_menu_holds_is_cut_with_a_hint() -> None:
    many = tuple(KnowledgeSource(f"s{n}", f"Base {n}", SourceKind.BASE) for n in range(140))
    drawn = block(ask_modal.option_blocks(AvailableOptions(sources=many)), ask_modal.SOURCES)
    assert len(drawn["element"]["option_groups"][0]["options"]) == 100
    assert drawn["hint"]["text"] == "These are the first 100 of 140 knowledge bases, by name."


def test_a_long_name_fits_into_its_option() -> None:
    drawn = ask_modal.option_blocks(AvailableOptions(models=(Model("k", "n", "word " * 40),)))
    assert len(block(drawn, ask_modal.MODEL)["element"]["options"][0]["text"]["text"]) <= 75


def test_what_was_entered_is_read_and_what_was_not_is_absent() -> None:
    assert ask_modal.read_options(
        {"model": "k1", "mode": "agent", "sources": ["s1", "s2"], "record_ids": "abc", "question": "q"}
    ) == EnteredOptions("k1", "agent", ("s1", "s2"), "abc")
    assert ask_modal.read_options({"model": None, "sources": []}) == EnteredOptions()
    assert ask_modal.read_options({}) == EnteredOptions()


def test_what_was_chosen_is_said_in_words() -> None:
    chosen = QuestionOptions("web_search", "k2", apps=("s1",), kb=("s2",), record_ids=("r",))
    assert ask_modal.option_words(chosen, OFFERED) == [
        "Web search",
        "Slow",
        "only in Drive, Handbook",
        "only in 1 record",
    ]
    assert ask_modal.option_words(NO_OPTIONS, OFFERED) == []


def test_a_question_about_a_message_shows_it_as_quotation_that_notifies_nobody() -> None:
    view = ask_modal.ask_about_modal(SUBJECT, OFFERED, NO_OPTIONS, begins=True)
    assert view["blocks"][0]["text"]["text"] == "*Mara* wrote:\n> first line\n> &lt;!channel&gt; &amp; more"


def test_a_form_carries_its_message_there_and_back() -> None:
    assert (
        ask_modal.read_subject(
            ask_modal.ask_about_modal(SUBJECT, OFFERED, NO_OPTIONS, begins=True)["private_metadata"]
        )
        == SUBJECT
    )
    assert ask_modal.read_subject(ask_modal.ask_modal(OFFERED, NO_OPTIONS)["private_metadata"]) is None


def test_the_longest_message_fits_into_a_form() -> None:
    subject = ask_modal.QuestionSubject("C1", "1.2", "Mara", '"\\\n' * 2000)
    view = ask_modal.ask_about_modal(subject, OFFERED, NO_OPTIONS, begins=True)
    assert len(view["private_metadata"]) <= ask_modal.PRIVATE_METADATA
    assert len(view["blocks"][0]["text"]["text"]) <= 3_000


@pytest.mark.parametrize(
    "about",
    [
        "",
        "nonsense",
        "[]",
        '{"v":0}',
        '{"v":1,"text":"t"}',
        '{"v":1,"text":"t","channel":5,"thread":"1"}',
        "x" * 4000,
    ],
)
def test_what_no_form_of_this_version_carries_is_refused(about: str) -> None:
    with pytest.raises(UnreadableValueError):
        ask_modal.read_subject(about)


def test_a_posed_question_is_shown_as_it_is() -> None:
    drawn = messages.render_posted_question("U1", "mara", "<!here> a & b", ["Agent", "only in <x>"])
    assert drawn.text == "mara asks: &lt;!here&gt; a &amp; b"
    assert drawn.blocks[0]["text"]["text"] == "<@U1> asks: &lt;!here&gt; a &amp; b"
    assert drawn.blocks[1]["elements"][0]["text"] == "Agent · only in &lt;x&gt;"


def test_a_list_links_titles_to_threads() -> None:
    rows = [
        messages.RecentConversationRow("A <b> | c", "C1", "https://s.example/p1", 1_700_000_000.0),
        messages.RecentConversationRow("", "D1", None, None),
    ]
    text = json.dumps(messages.render_recent_conversations(rows).blocks)
    assert "<https://s.example/p1|A &lt;b&gt; \\u00a6 c> in <#C1>, <!date^1700000000" in text
    assert "Conversation without a title in our direct message" in text


def test_a_mention_and_a_command_without_a_question_are_told_what_to_do_each_in_its_way() -> None:
    mention, command = messages.render_mention_how_to(), messages.render_command_how_to()
    assert "Hello! Ask me something" in mention.blocks[0]["text"]["text"]
    assert "`/ask help` shows this" in command.blocks[0]["text"]["text"]


def test_a_modal_that_renames_says_so_above_the_field_for_the_title() -> None:
    view = conversation_modal.rename_modal("t1", "Leave")
    assert view["title"]["text"] == "Rename"
    assert block(view["blocks"], "title")["element"]["initial_value"] == "Leave"
