from typing import Any

import pytest

from bot.demo.workspace.block_kit.blocks import check_message_blocks, check_view
from bot.domain.conversations import Citation
from bot.domain.feedback import Aspect, Category, Comment, Feedback, FeedbackSubject
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.render.blocks import refilled_blocks
from bot.slack.render.modals.feedback import (
    feedback_modal,
    feedback_modal_again,
    read_feedback,
    render_feedback_thanks,
)

LEAVE = Citation(1, "Leave", "You have\n**28 days**.", id="c1", page=4)
TRAVEL = Citation(2, "Travel", id="c2")


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def test_a_thumb_is_thanked_for_with_a_way_to_say_more() -> None:
    drawn = render_feedback_thanks("t1", helpful=True, changed=True)
    assert drawn.text == "Thanks, noted 👍."
    (button,) = drawn.blocks[1]["elements"]
    assert (button["action_id"], button["text"]["text"]) == (actions.FEEDBACK_DETAILS, "Tell us more")
    assert actions.read_button_value(button["value"]).turn_id == "t1"
    check_message_blocks(list(drawn.blocks))


def test_the_same_thumb_again_is_noted_already() -> None:
    assert render_feedback_thanks("t1", helpful=False, changed=False).text == "Your 👎 is noted already."


def test_the_modal_has_every_field_of_the_documentation_and_demands_none() -> None:
    found = inputs(feedback_modal("t1", FeedbackSubject(None, (TRAVEL, LEAVE), has_follow_ups=True)))
    assert list(found) == [
        "helpful",
        *(f"rating:{aspect}" for aspect in Aspect),
        "categories",
        *(f"comment:{kind}" for kind in Comment),
        "citation:c1",
        "citation:c2",
        "follow_ups",
    ]
    assert all(block["optional"] for block in found.values())
    assert len(found["categories"]["element"]["options"]) == 8


@pytest.mark.parametrize(("given", "chosen"), [(None, None), (True, "yes"), (False, "no")])
def test_the_vote_given_before_is_chosen(given: bool | None, chosen: str | None) -> None:
    element = inputs(feedback_modal("t1", FeedbackSubject(given)))["helpful"]["element"]
    assert element.get("initial_option", {}).get("value") == chosen


def test_a_citation_is_named_by_its_document_and_told_by_its_passage() -> None:
    drawn = inputs(feedback_modal("t1", FeedbackSubject(None, (LEAVE,))))["citation:c1"]
    assert drawn["label"]["text"] == "[1]  Leave  ·  p. 4"
    assert drawn["hint"]["text"] == "You have 28 days."


def test_citations_without_an_id_and_follow_ups_that_were_none_are_not_asked_about() -> None:
    found = inputs(feedback_modal("t1", FeedbackSubject(None, (Citation(1, "Leave"),))))
    assert not [key for key in found if key.startswith(("citation:", "follow_ups"))]


def test_a_great_many_citations_fit_into_a_modal() -> None:
    citations = tuple(Citation(number, "x" * 400, id=f"c{number}") for number in range(1, 90))
    view = feedback_modal("t1", FeedbackSubject(None, citations, has_follow_ups=True))
    assert len(view["blocks"]) <= 100
    assert "and 39 more" in str(view)
    check_view(view, "modal")


def test_what_was_entered_is_read_and_what_was_not_is_left_out() -> None:
    opinion = read_feedback(
        {
            "helpful": "no",
            "rating:accuracy": "2",
            "rating:clarity": "unsaid",
            "rating:relevance": None,
            "categories": ["too_brief"],
            "comment:positive": "  ",
            "comment:negative": " too short ",
            "citation:c1": "yes",
            "citation:c2": "no",
            "citation:c3": "unsaid",
            "follow_ups": "yes",
        }
    )
    assert opinion == Feedback(
        is_helpful=False,
        ratings={Aspect.ACCURACY: 2},
        categories=(Category.TOO_BRIEF,),
        comments={Comment.NEGATIVE: "too short"},
        citation_relevance={"c1": True, "c2": False},
        follow_ups_helpful=True,
    )


def test_nothing_entered_is_an_opinion_about_nothing() -> None:
    opinion = read_feedback({"helpful": None, "categories": [], "comment:positive": None})
    assert opinion == Feedback()
    assert not opinion.has_details


@pytest.mark.parametrize(
    "entered",
    [
        {"helpful": "maybe"},
        {"rating:accuracy": "6"},
        {"rating:accuracy": "²"},
        {"rating:beauty": "3"},
        {"categories": ["boring"]},
        {"comment:spam": "x"},
        {"citation:c1": ["yes"]},
    ],
)
def test_what_was_never_offered_is_refused(entered: dict[str, str | list[str] | None]) -> None:
    with pytest.raises(UnreadableValueError):
        read_feedback(entered)


def test_a_form_that_could_not_be_sent_holds_what_was_entered_under_the_newest_sentence() -> None:
    entered: dict[str, str | list[str] | None] = {
        "helpful": "no",
        "rating:accuracy": "2",
        "categories": ["too_brief", "too_verbose"],
        "comment:positive": "short",
    }
    form = feedback_modal("t1", FeedbackSubject(True, (LEAVE,)))["blocks"]
    once = refilled_blocks(form, entered, "It failed.")
    view = feedback_modal_again(once, entered, "t1", "It failed again.")
    assert view["blocks"][0]["text"]["text"] == ":warning: It failed again."
    assert "It failed." not in str(view)
    found = inputs(view)
    assert found["helpful"]["element"]["initial_option"]["value"] == "no"
    assert found["rating:accuracy"]["element"]["initial_option"]["value"] == "2"
    chosen = [each["value"] for each in found["categories"]["element"]["initial_options"]]
    assert sorted(chosen) == ["too_brief", "too_verbose"]
    assert found["comment:positive"]["element"]["initial_value"] == "short"
    assert "initial_value" not in found["comment:negative"]["element"]
    check_view(view, "modal")
