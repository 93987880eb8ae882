"""The Home tab, the conversation to read and all sources, as drawn."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.workspace.block_kit.blocks import check_view
from bot.domain.conversations import (
    MAX_SEARCH_LENGTH,
    Citation,
    Conversation,
    ConversationList,
    ConversationListPage,
    ConversationStatus,
    ListedConversation,
    ListPosition,
    Message,
    MessageAuthor,
    TranscriptPage,
)
from bot.domain.turns import Thread
from bot.slack import actions
from bot.slack.render import home
from bot.slack.render.answer import source_blocks
from bot.slack.render.blocks import Block
from bot.slack.render.modals.conversation import earlier_version_modal, sources_modal, transcript_modal

FRONTEND = "https://pipeshub.example.com"
WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
THREAD = Thread("T1", "C1", "1.0")


def row(number: int = 1, **fields: Any) -> ListedConversation:
    conversation = Conversation(
        f"c{number}", f"Title <{number}>", ConversationStatus.COMPLETE, last_activity_at=WHEN
    )
    given: dict[str, Any] = {"thread": THREAD, "link": "https://x.slack.com/p1", "turn_id": "t1"} | fields
    return ListedConversation(conversation, **given)


def checked(view: Block) -> list[Block]:
    """Return the blocks of a view that Slack takes."""
    blocks: list[Block] = check_view(view, view["type"])["blocks"]
    return blocks


def labels(blocks: list[Block]) -> list[str]:
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [each["text"]["text"] for row in rows for each in row if each["type"] == "button"]


def citation(number: int, document: int, **fields: Any) -> Citation:
    return Citation(
        number,
        f"Document {document}",
        "A **passage**.",
        f"/record/r{document}",
        record_id=f"r{document}",
        **fields,
    )


def answer(text: str = "28 days [1].", **fields: Any) -> Message:
    return Message("m2", MessageAuthor.BOT, text, created_at=WHEN, **fields)


def conversation(*messages: Message, **fields: Any) -> Conversation:
    return Conversation("c1", "Leave", messages=messages, **fields)


def test_a_row_has_its_title_its_time_its_place_and_opens_the_thread() -> None:
    blocks = checked(home.render_home(ConversationListPage(ListPosition(), (row(),), total=1)))
    title, buttons = blocks[-4]["text"]["text"], blocks[-3]["elements"]
    assert title == (
        f"*Title &lt;1&gt;*\n<!date^{int(WHEN.timestamp())}^{{date_short_pretty}} at {{time}}|23 Nov 2026>"
        "  ·  in <#C1>"
    )
    assert buttons[0]["url"] == "https://x.slack.com/p1"
    assert [each["text"]["text"] for each in buttons[1]["options"]] == [
        "Read here",
        "Rename",
        "Archive",
        "Delete",
    ]


def test_a_row_without_a_thread_opens_here_and_has_no_menu() -> None:
    blocks = checked(
        home.render_home(
            ConversationListPage(ListPosition(), (row(thread=None, link=None, turn_id=None),), total=1)
        )
    )
    (button,) = blocks[-3]["elements"]
    assert "url" not in button
    assert actions.read_transcript_value(button["value"]) == ("c1", 1)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (ConversationStatus.IN_PROGRESS, "being written"),
        (ConversationStatus.FAILED, "failed"),
        (ConversationStatus.STOPPED, "stopped"),
    ],
)
def test_a_row_says_how_its_conversation_stands(status: ConversationStatus, word: str) -> None:
    found = ListedConversation(Conversation("c1", "x", status))
    assert word in str(checked(home.render_home(ConversationListPage(ListPosition(), (found,), total=1))))


def test_a_direct_message_is_not_named() -> None:
    found = row(thread=Thread("T1", "D1", "1.0"))
    text = str(home.render_home(ConversationListPage(ListPosition(), (found,), total=1)))
    assert "in a direct message" in text
    assert "<#D1>" not in text


def test_a_page_in_the_middle_leads_both_ways() -> None:
    position = ListPosition(ConversationList.ARCHIVED, 2, "leave")
    view = home.render_home(ConversationListPage(position, tuple(map(row, range(10))), total=43))
    blocks = checked(view)
    assert "11\N{EN DASH}20 of 43" in str(blocks)
    assert labels(blocks)[-2:] == ["Previous", "Next"]
    leads = [actions.read_home_value(each["value"]).position for each in blocks[-1]["elements"]]
    assert leads == [
        ListPosition(ConversationList.ARCHIVED, 1, "leave"),
        ListPosition(ConversationList.ARCHIVED, 3, "leave"),
    ]
    assert actions.read_home_value(view["private_metadata"]).position == position


def test_archived_conversations_can_be_taken_out() -> None:
    assert "Unarchive" in str(
        home.render_home(ConversationListPage(ListPosition(ConversationList.ARCHIVED), (row(),), total=1))
    )


def test_another_search_is_another_field() -> None:
    first, second = (
        next(
            each
            for each in checked(home.render_home(ConversationListPage(ListPosition(search=words))))
            if each["type"] == "input"
        )
        for words in ("leave", "")
    )
    assert first["block_id"] != second["block_id"]
    assert first["element"]["initial_value"] == "leave"
    assert "initial_value" not in second["element"]


@pytest.mark.parametrize("letter", ["a", "é", "😀", "<", '"'])
def test_the_longest_search_fits_wherever_it_travels(letter: str) -> None:
    position = ListPosition(ConversationList.SHARED, 1000, letter * MAX_SEARCH_LENGTH)
    blocks = checked(home.render_home(ConversationListPage(position)))
    assert "Clear search" in labels(blocks)
    assert actions.read_home_value(actions.home_value(position, "t" * 32)) == actions.HomeValue(
        position, "t" * 32
    )


def test_a_list_that_was_not_read_to_its_end_says_so() -> None:
    assert "newest conversations only" in str(
        home.render_home(ConversationListPage(ListPosition(), (row(),), total=1, complete=False))
    )


def test_a_list_that_cannot_be_shown_says_why_and_can_be_tried_again() -> None:
    blocks = checked(home.render_home_error(ListPosition(ConversationList.ARCHIVED, 2), "No."))
    assert labels(blocks)[-1] == "Try again"
    assert actions.read_home_value(blocks[-1]["elements"][0]["value"]).position == ListPosition(
        ConversationList.ARCHIVED, 2
    )


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "",
        "[]",
        actions.button_value("t1"),
        '{"v":1,"shelf":["mine"],"page":1,"search":""}',
        '{"v":1,"shelf":"mine","page":0,"search":""}',
        '{"v":1,"shelf":"mine","page":true,"search":""}',
        '{"v":1,"shelf":"mine","page":1,"search":7}',
        '{"v":1,"shelf":"mine","page":1,"search":"' + "x" * 300 + '"}',
        '{"v":2,"shelf":"mine","page":1,"search":""}',
    ],
)
def test_no_other_value_is_a_place(forged: object) -> None:
    with pytest.raises(actions.UnreadableValueError):
        actions.read_home_value(forged)


@pytest.mark.parametrize(
    "forged",
    ['{"v":1,"conversation":"","page":1}', '{"v":1,"conversation":"c","page":-1}', actions.button_value("t")],
)
def test_no_other_value_opens_a_conversation(forged: str) -> None:
    with pytest.raises(actions.UnreadableValueError):
        actions.read_transcript_value(forged)


def test_a_conversation_is_read_with_who_said_what_and_its_sources() -> None:
    question = Message("m1", MessageAuthor.USER, "How <many>?", created_at=WHEN)
    reply = answer(citations=(citation(1, 1), citation(2, 2)))
    found = TranscriptPage(
        conversation(question, reply),
        (question, reply),
        {"m1": "U1"},
        link="https://s",
    )
    texts = [
        str(block.get("text") or block["elements"][0]) for block in checked(transcript_modal(found, FRONTEND))
    ]
    assert "<@U1> asked" in texts[1]
    assert "*How &lt;many&gt;?*" in texts[2]
    assert "*PipesHub* answered" in texts[3]
    assert f"28 days <{FRONTEND}/record/r1|[1]>." in texts[4]
    assert f"Sources:  [1] <{FRONTEND}/record/r1|Document 1>  ·  [2] <{FRONTEND}/record/r2" in texts[5]
    assert "<https://s|Open its thread in Slack>" in texts[6]


def test_a_table_is_read_in_columns() -> None:
    reply = answer("| City | Limit |\n|---|---|\n| Paris | 220 |")
    blocks = checked(transcript_modal(TranscriptPage(conversation(), (reply,)), FRONTEND))
    assert "```\nCity   Limit\n-----  -----\nParis  220\n```" in [
        block["text"]["text"] for block in blocks if block["type"] == "section"
    ]


@pytest.mark.parametrize("marker", ["[1]", f"[1]({FRONTEND}/record/r1)"])
def test_an_earlier_version_has_its_markers_in_brackets_as_an_answer_has(marker: str) -> None:
    view = earlier_version_modal(f"28 days {marker}.", (citation(1, 1),), 1_700_000_000, FRONTEND)
    assert view["blocks"][1]["text"]["text"] == f"28 days <{FRONTEND}/record/r1|[1]>."


def test_a_conversation_in_pages_leads_to_those_before_and_after() -> None:
    found = TranscriptPage(conversation(), (answer(),), page=2, has_earlier=True)
    blocks = checked(transcript_modal(found, FRONTEND))
    assert labels(blocks) == ["Show earlier", "Show later"]
    values = [block["elements"][0]["value"] for block in blocks if block["type"] == "actions"]
    assert [actions.read_transcript_value(each)[1] for each in values] == [3, 1]


def test_a_long_answer_is_shortened_with_a_note_and_every_block_fits() -> None:
    text = "\n\n".join(
        f"A paragraph with many markers [1][2] and **words** {number}." for number in range(400)
    )
    reply = answer(
        text, citations=(citation(1, 1, page=1), Citation(2, "x", url="https://e.com/" + "y" * 900))
    )
    blocks = checked(transcript_modal(TranscriptPage(conversation(), (reply,) * 10), FRONTEND))
    assert "Shortened here" in str(blocks)
    assert len(blocks) <= 100


def test_an_answer_without_a_text_says_so() -> None:
    reply = answer(" ")
    blocks = checked(transcript_modal(TranscriptPage(conversation(), (reply,)), FRONTEND))
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert sections == ["_An answer without a text._"]


def test_an_archived_conversation_says_that_its_sources_are_not_shown() -> None:
    found = TranscriptPage(conversation(is_archived=True), (answer(),))
    assert "sources of archived answers" in str(checked(transcript_modal(found, FRONTEND)))


def test_a_failure_in_a_conversation_is_told() -> None:
    found = TranscriptPage(conversation(), (Message("m", MessageAuthor.ERROR, "No <model>"),))
    assert "No &lt;model&gt;" in str(checked(transcript_modal(found, FRONTEND)))


def test_five_documents_stand_under_an_answer_and_the_rest_behind_a_button() -> None:
    found = tuple(citation(number, number) for number in range(1, 9))
    blocks = source_blocks(found, FRONTEND, "t1")
    assert len([each for each in blocks if each["type"] == "context"]) == 6
    assert labels(blocks) == ["All 8 sources"]
    assert actions.read_button_value(blocks[-1]["elements"][0]["value"]) == actions.ButtonValue("t1")
    assert labels(source_blocks(found[:5], FRONTEND, "t1")) == []


def test_where_no_answer_can_be_named_the_rest_is_counted() -> None:
    blocks = source_blocks(tuple(citation(number, number) for number in range(1, 9)), FRONTEND)
    assert blocks[-1]["elements"][0]["text"] == "and 3 more"


def test_all_sources_tell_passages_pages_connectors_and_relevance() -> None:
    found = (
        citation(1, 1, connector="GOOGLE_DRIVE", page=4, relevance=0.873),
        citation(2, 2),
        citation(3, 1),
    )
    texts = [
        str(block.get("text") or block["elements"][0]) for block in checked(sources_modal(found, FRONTEND))
    ]
    assert "2 documents, 3 passages" in texts[0]
    assert f"*[1] [3]*  *<{FRONTEND}/record/r1|Document 1>*  ·  Google Drive" in texts[1]
    assert "*[1]*  ·  page 4  ·  87 % relevant\\nA passage." in texts[2]
    assert "*[3]*\\nA passage." in texts[3]


def test_a_source_that_leads_nowhere_safe_is_text_in_the_modal_too() -> None:
    text = str(sources_modal((Citation(1, "Odd", url="javascript:alert(1)"),), FRONTEND))
    assert "*[1]*  *Odd*" in text
    assert "javascript" not in text


@pytest.mark.parametrize("documents", [1, 30, 300])
def test_more_passages_than_a_view_holds_are_counted(documents: int) -> None:
    found = tuple(citation(number, number % documents) for number in range(300))
    blocks = checked(sources_modal(found, FRONTEND))
    assert len(blocks) <= 100
    assert "more, too many to show here" in str(blocks[-1])
