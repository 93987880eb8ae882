from typing import Any

import pytest

from bot.domain.conversations import (
    DEFAULT_FOOTER,
    Answer,
    AnswerState,
    ArchiveRecord,
    Citation,
    Failed,
    FooterState,
)
from bot.domain.errors import Unreachable
from bot.slack import actions
from bot.slack.limits import CONTEXT_TEXT
from bot.slack.render.answer import render_answer, render_partial_answer
from bot.slack.render.blocks import RenderedMessage

FRONTEND = "https://pipeshub.example.com"
LEAVE = Citation(
    1, "Leave", "You have **28 days**.", "/record/r1#days", record_id="r1", connector="GOOGLE_DRIVE", page=4
)
AGAIN = Citation(3, "Leave", "More on leave.", "/record/r1#more", record_id="r1")
TRAVEL = Citation(2, "Travel <fast>", "Book early.", "https://example.com/travel|x", record_id="r2")


def done(**fields: Any) -> Answer:
    return Answer(state=AnswerState.DONE, **fields)


def drawn_of(answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> list[RenderedMessage]:
    return render_answer(answer, "t1", footer, FRONTEND)


def of_type(drawn: RenderedMessage, kind: str) -> list[dict[str, Any]]:
    return [block for block in drawn.blocks if block["type"] == kind]


def labels(drawn: RenderedMessage) -> list[str]:
    return [
        button["text"]["text"]
        for row in of_type(drawn, "actions")
        for button in row["elements"]
        if button["type"] == "button"
    ]


def test_a_placeholder_says_that_an_answer_is_looked_for_and_can_be_stopped() -> None:
    (drawn,) = render_partial_answer(Answer(), "t1", FRONTEND)
    assert drawn.text == "Looking for an answer…"
    assert labels(drawn) == ["Stop"]


def test_text_on_its_way_is_shown_whole_with_what_is_being_done() -> None:
    (drawn,) = render_partial_answer(
        Answer(text="some **bold", progress="Searching the handbook"), "t1", FRONTEND
    )
    assert of_type(drawn, "markdown")[0]["text"] == "some **bold**"
    assert "Searching the handbook" in of_type(drawn, "context")[0]["elements"][0]["text"]
    assert drawn.text == "some bold"


def test_markers_lead_to_their_sources_while_the_text_is_on_its_way() -> None:
    (drawn,) = render_partial_answer(Answer(text="28 [1] days and", citations=(LEAVE,)), "t1", FRONTEND)
    assert of_type(drawn, "markdown")[0]["text"] == f"28 [[1]]({FRONTEND}/record/r1#days) days and"


def test_sources_are_links_grouped_by_document_and_numbered_as_in_the_text() -> None:
    (drawn,) = drawn_of(done(text="28 [1][3] days [2].", citations=(LEAVE, TRAVEL, AGAIN)))
    _, first, second = (block["elements"][0]["text"] for block in of_type(drawn, "context"))
    line, _, excerpt = first.partition("\n")
    assert line == "*[1] [3]*  <https://pipeshub.example.com/record/r1#days|Leave>  ·  Google Drive  ·  p. 4"
    assert excerpt == "You have 28 days."
    assert second.startswith("*[2]*  <https://example.com/travel%7Cx|Travel &lt;fast&gt;>")
    text = of_type(drawn, "markdown")[0]["text"]
    assert text.startswith("28 [[1]](https://pipeshub.example.com/record/r1#days)")


def test_an_excerpt_is_plain_words_whatever_it_was_taken_from() -> None:
    passage = "1. First **this**\n2. Then\n\n| City | Limit |\n|---|---|\n| Paris | 220 |"
    (drawn,) = drawn_of(done(text="x", citations=(Citation(1, "Travel", passage),)))
    assert of_type(drawn, "context")[1]["elements"][0]["text"].endswith(
        "First this Then City Limit Paris 220"
    )


def test_an_excerpt_keeps_signs_that_are_no_markup() -> None:
    passage = "> Open **Time off > New request** in C#, `API_KEY` in hand, ~20 minutes (5 * 3 > 2) _before_."
    (drawn,) = drawn_of(done(text="x", citations=(Citation(1, "Travel", passage),)))
    assert of_type(drawn, "context")[1]["elements"][0]["text"].endswith(
        "\nOpen Time off &gt; New request in C#, API_KEY in hand, ~20 minutes (5 * 3 &gt; 2) before."
    )


def test_a_source_that_leads_nowhere_safe_is_text() -> None:
    (drawn,) = drawn_of(done(text="x", citations=(Citation(1, "Odd", url="javascript:alert(1)"),)))
    assert of_type(drawn, "context")[1]["elements"][0]["text"] == "*[1]*  Odd"


def test_a_long_answer_goes_on_in_further_messages_and_its_sources_end_the_last() -> None:
    text = "\n\n".join(["A paragraph of some length. " * 20] * 60)
    drawn = drawn_of(done(text=text, citations=(LEAVE,)))
    assert len(drawn) > 2
    assert [bool(of_type(each, "context")) for each in drawn] == [False] * (len(drawn) - 1) + [True]


def test_notifications_read_the_answer_and_nobody_is_notified_by_it() -> None:
    (drawn,) = drawn_of(done(text="hello <!channel>"))
    assert drawn.text == "hello &lt;!channel&gt;"


def test_a_failed_answer_keeps_its_text_says_why_and_can_be_tried_again() -> None:
    (drawn,) = drawn_of(Answer(text="half an").with_event(Failed(Unreachable())))
    assert of_type(drawn, "markdown")[0]["text"] == "half an"
    assert "can't reach PipesHub" in of_type(drawn, "section")[0]["text"]["text"]
    assert labels(drawn) == ["Try again"]
    assert actions.read_button_value(
        of_type(drawn, "actions")[0]["elements"][0]["value"]
    ) == actions.ButtonValue("t1")


def test_a_stopped_answer_keeps_its_text_and_says_who_stopped_it() -> None:
    (drawn,) = drawn_of(Answer(text="half an").stopped("U1"))
    assert of_type(drawn, "markdown")[0]["text"] == "half an"
    assert "Stopped by <@U1>" in of_type(drawn, "context")[0]["elements"][0]["text"]
    assert labels(drawn) == ["Show the full answer"]


def test_a_question_stopped_before_it_was_asked_has_no_full_answer() -> None:
    assert labels(drawn_of(Answer().stopped("U1"))[0]) == []


def test_a_plainer_form_has_blocks_that_every_workspace_draws() -> None:
    (drawn,) = drawn_of(done(text="**bold** [1]", citations=(LEAVE,)))
    assert [block["type"] for block in drawn.plainer.blocks] == [
        "section",
        "context",
        "context",
        "actions",
        "actions",
    ]
    assert drawn.plainer.blocks[0]["text"]["text"].startswith("*bold*")


def test_a_finished_answer_offers_what_can_be_done_with_it() -> None:
    (drawn,) = drawn_of(done(text="x"))
    assert labels(drawn) == ["Regenerate", "Share", "Archive"]
    (thumbs,) = (block["elements"][0] for block in of_type(drawn, "context_actions"))
    assert actions.read_button_value(thumbs["positive_button"]["value"]) == actions.ButtonValue(
        "t1", actions.UP
    )
    assert "positive" in thumbs["positive_button"]["accessibility_label"]


def test_only_the_newest_answer_can_be_written_anew() -> None:
    (drawn,) = drawn_of(done(text="x"), FooterState(is_newest=False))
    assert labels(drawn) == ["Share", "Archive"]


def test_an_archived_conversation_says_who_archived_it_and_can_be_taken_out() -> None:
    (drawn,) = drawn_of(done(text="x"), FooterState(archived=ArchiveRecord("U1", 1_700_000_000)))
    assert labels(drawn) == ["Regenerate", "Share", "Unarchive"]
    assert "Archived by <@U1> <!date^1700000000^" in str(drawn.blocks)


def test_a_deleted_conversation_leaves_no_buttons() -> None:
    (drawn,) = drawn_of(done(text="x"), FooterState(is_deleted=True))
    assert not of_type(drawn, "actions")
    assert not of_type(drawn, "context_actions")


def test_thumbs_are_ordinary_buttons_where_a_workspace_knows_no_others() -> None:
    (drawn,) = drawn_of(done(text="x"))
    assert labels(drawn.plainer) == ["👍", "👎", "Regenerate", "Share", "Archive"]
    ids = [button["action_id"] for row in of_type(drawn.plainer, "actions") for button in row["elements"]]
    assert len(ids) == len(set(ids))


def test_a_full_menu_leaves_a_button_to_keep_the_bot_from_replying() -> None:
    (drawn,) = drawn_of(done(text="x"), FooterState(earlier_versions=1, can_stop_replying=True))
    row = of_type(drawn, "actions")[0]["elements"]
    assert len(row[-1]["options"]) == 5
    stop = row[-2]
    assert (stop["text"]["text"], stop["action_id"]) == ("Stop replying here", actions.STOP_REPLYING)


def line_of(citation: Citation) -> str:
    (drawn,) = drawn_of(done(text="x", citations=(citation,)))
    return str(of_type(drawn, "context")[1]["elements"][0]["text"])


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Leave\n policy\r\n2026", "Leave policy 2026"),
        ("  ", "Source 1"),
        ("\u200b\u2060", "Source 1"),
        ("Q4 *report* `x` _y_", "Q4 *\u200areport* \u02cbx\u02cb _\u200ay_"),
        ("API_KEY * 2", "API_KEY * 2"),
        ("a <!here> & b", "a &lt;!here&gt; &amp; b"),
    ],
)
def test_a_title_is_one_line_of_plain_words(title: str, line: str) -> None:
    assert line_of(Citation(1, title)) == f"*[1]*  {line}"


def test_an_address_that_is_too_long_is_no_link_and_none_is_cut() -> None:
    for length in (1_700, 1_880, 1_990, 3_000):
        drawn = line_of(Citation(1, "Leave " * 30, "word " * 50, url="https://e.com/" + "a" * length))
        assert len(drawn) <= CONTEXT_TEXT
        assert ("https://e.com" in drawn) == (length < 1_880)
        assert drawn.count("<") == drawn.count(">")
        assert "Leave" in drawn
