"""What sharing looks like."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from bot.domain.conversations import Answer, AnswerState, Citation
from bot.domain.people import (
    AccessGrant,
    AnswerCopy,
    MatchedPerson,
    MatchFailure,
    PeopleMatch,
    PipesHubUser,
    SlackUser,
)
from bot.domain.turns import Thread
from bot.slack import actions
from bot.slack.render.answer import render_answer_copy, render_share_invitation
from bot.slack.render.modals.share import (
    CHANNEL,
    LEVEL,
    NOTE,
    PEOPLE,
    REMOVE,
    ShareForm,
    people_errors,
    read_share_form,
    share_modal,
    shared_text,
    unshared_text,
)

ANNA = MatchedPerson(SlackUser("U1", "Anna <b>", "anna@example.com"), PipesHubUser("a1", "Anna"))
BEN = MatchedPerson(SlackUser("U2", "Ben", "ben@example.com"), PipesHubUser("a2", "Ben"))
CLEO = SlackUser("U3", "Cleo")
FRONTEND = "https://hub.example.com"


def fields(readers: Mapping[PipesHubUser, str] = MappingProxyType({})) -> list[str]:
    view = share_modal("t1", "A <title>", readers)
    return [each["block_id"] for each in view["blocks"] if each["type"] == "input"]


def test_nobody_can_be_removed_while_nobody_has_access() -> None:
    assert REMOVE not in fields()
    assert REMOVE in fields({PipesHubUser("a1", "Anna"): "read"})


def test_the_modal_names_who_has_access_and_escapes_it() -> None:
    readers = {PipesHubUser("a1", "Anna <b>"): "write", PipesHubUser("abcdef"): "read"}
    view = share_modal("t1", "A <title>", readers)
    text = view["blocks"][0]["text"]["text"]
    assert "*A &lt;title&gt;*" in text
    assert "Anna &lt;b&gt; (can write) and somebody whose name PipesHub does not tell (…cdef)" in text
    assert actions.read_button_value(view["private_metadata"]).turn_id == "t1"


def test_a_select_offers_no_more_than_slack_allows() -> None:
    readers = {PipesHubUser(f"a{number}", "N" * 90): "read" for number in range(150)}
    view = share_modal("t1", "Title", readers)
    (remove,) = (each["element"] for each in view["blocks"] if each.get("block_id") == REMOVE)
    assert len(remove["options"]) == 100
    assert max(len(each["text"]["text"]) for each in remove["options"]) <= 75
    assert len(view["blocks"][0]["text"]["text"]) <= 3000


def test_what_was_filled_in_is_read_back() -> None:
    entered: dict[str, str | list[str] | None] = {
        PEOPLE: ["U1", "U2", "U1"],
        LEVEL: "write",
        REMOVE: ["a3"],
        CHANNEL: "C1",
        NOTE: "  look  ",
    }
    assert read_share_form(entered) == ShareForm(("U1", "U2"), "write", ("a3",), "C1", "look")
    assert read_share_form({LEVEL: "owner", PEOPLE: "U1"}) == ShareForm()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ShareForm(), PEOPLE),
        (ShareForm(note="look"), NOTE),
        (ShareForm(people=("U1",), note="look"), NOTE),
        (ShareForm(channel="C1", note="look"), None),
        (ShareForm(removed=("a1",)), None),
    ],
)
def test_mistakes_stand_beside_the_field_they_are_made_in(wanted: ShareForm, field: str | None) -> None:
    assert list(wanted.errors) == ([field] if field else [])


def test_each_reason_has_a_sentence_that_names_the_people() -> None:
    for why in MatchFailure:
        found = PeopleMatch(unmatched={CLEO: why})
        assert "Cleo" in people_errors(found, ())[PEOPLE]


def test_nobody_is_given_access_and_removed_at_once() -> None:
    found = PeopleMatch((ANNA, BEN))
    assert people_errors(found, ["a3"]) == {}
    assert "Ben in one of the two fields" in people_errors(found, ["a2"])[REMOVE]


def test_what_was_granted_is_told_by_level() -> None:
    grants = [AccessGrant(ANNA, "write", is_changed=True), AccessGrant(BEN, "read", is_changed=True)]
    assert shared_text(grants, "write") == [
        "Anna &lt;b&gt; can read and write.",
        "Ben can read.",
        "PipesHub does not grant writing here.",
    ]
    assert shared_text([AccessGrant(BEN, "read", is_changed=True)], "read") == ["Ben can read."]
    assert "did not give Ben access" in shared_text([AccessGrant(BEN, None, is_changed=False)], "read")[0]


def test_who_lost_access_is_told_and_who_did_not() -> None:
    gone, left = unshared_text({PipesHubUser("a1", "Anna"): True, PipesHubUser("a2", "Ben"): False})
    assert gone == "Access taken back from Anna."
    assert "still lists Ben" in left
    assert "had no access any more" in unshared_text({})[0]


def test_an_invitation_says_who_what_and_where() -> None:
    drawn = render_share_invitation("A <title>", "U9", "read", "https://x.slack.com/archives/C1/p1", FRONTEND)
    assert "<@U9> shared the conversation *A &lt;title&gt;* with you. You can read it." in drawn.text
    assert "<https://x.slack.com/archives/C1/p1|See the thread in Slack>" in str(drawn.blocks)
    assert FRONTEND in str(drawn.blocks)
    assert "archives" not in str(render_share_invitation("T", "U9", "write", None, FRONTEND).blocks)


def copy_of(answer: Answer) -> AnswerCopy:
    return AnswerCopy("t1", "How much\nleave <!channel>?", "U1", Thread("T1", "C1", "1.1"), answer)


ANSWER = Answer(
    state=AnswerState.DONE,
    text="28 days [1].",
    citations=(Citation(1, "Leave", "Everybody gets 28 days.", "/record/r1", record_id="r1"),),
)


def test_a_copy_has_question_text_sources_and_no_buttons() -> None:
    (drawn,) = render_answer_copy(copy_of(ANSWER), "U2", "see below", "https://x/thread", FRONTEND)
    text = str(drawn.blocks)
    assert "<@U1> asked:\\n>How much leave &lt;!channel&gt;?" in text
    assert "<@U2>: see below" in text
    assert f"<{FRONTEND}/record/r1|Leave>" in text
    assert "<https://x/thread|The thread it comes from>" in text
    assert {each["type"] for each in drawn.blocks} == {"section", "markdown", "context"}


def test_a_copy_offers_all_sources_as_the_answer_does() -> None:
    many = tuple(Citation(number, f"Document {number}", record_id=f"r{number}") for number in range(1, 9))
    (drawn,) = render_answer_copy(copy_of(replace(ANSWER, citations=many)), "U2", "", None, FRONTEND)
    (every,) = next(each["elements"] for each in drawn.blocks if each["type"] == "actions")
    assert every["action_id"] == actions.ALL_SOURCES
    assert actions.read_button_value(every["value"]).turn_id == "t1"


def test_a_copy_names_who_posted_it_once() -> None:
    for note in ("", "see below"):
        (drawn,) = render_answer_copy(copy_of(ANSWER), "U2", note, None, FRONTEND)
        assert str(drawn.blocks).count("<@U2>") == 1


def test_a_long_copy_begins_with_the_question_and_ends_with_the_sources() -> None:
    long = replace(
        ANSWER, text="\n\n".join(f"Paragraph {number} [1]. " + "word " * 80 for number in range(60))
    )
    first, *_, last = render_answer_copy(copy_of(long), "U2", "", None, FRONTEND)
    assert "asked:" in str(first.blocks)
    assert "*Sources*" not in str(first.blocks)
    assert "*Sources*" in str(last.blocks)
    assert "asked:" not in str(last.blocks)
