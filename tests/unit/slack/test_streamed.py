import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversations import DEFAULT_FOOTER, Answer, AnswerState, Citation
from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render.answer import render_answer
from bot.slack.render.streamed import StreamContent, offset_after, stream_ending, stream_growth, stream_start

FRONTEND = "https://pipeshub.example.com"
TEXT = (
    "## Leave\n\nYou have **28 days** [1]. See [the *handbook*](/record/r2) and `code`:\n\n"
    "```py\nprint(1)\n```\n"
    "\n| Who | Days |\n|---|---|\n| interns | 20 |\n\n- one [2]\n- two <@U1> & more\n"
)
CITED = (Citation(1, "Leave", url="/record/r1"), Citation(2, "More", url="/record/r2"))


LONG = "What follows is in the handbook, in the chapter about leave and absence.\n\n"


def writing(text: str = "", doing: str = "", citations: tuple[Citation, ...] = ()) -> Answer:
    return Answer(text=text, progress=doing, citations=citations)


def sent(chunks: list[dict[str, object]]) -> str:
    return "".join(str(each["text"]) for each in chunks if each["type"] == "markdown_text")


def tasks(chunks: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    return [(each["id"], each["title"], each["status"]) for each in chunks if each["type"] == "task_update"]


@settings(deadline=None)
@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_the_pieces_of_an_answer_make_what_an_edit_would_show(cuts: list[int]) -> None:
    state, pieces = stream_start()[0], ""
    for cut in sorted(cuts):
        growth = stream_growth(state, writing(TEXT[:cut], citations=CITED), FRONTEND)
        assert growth is not None
        state, chunks = growth
        pieces += sent(chunks)
    answer = Answer(AnswerState.DONE, text=TEXT, citations=CITED)
    drawn = render_answer(answer, "turn", DEFAULT_FOOTER, FRONTEND)
    ending = stream_ending(state, answer, drawn, FRONTEND)
    assert ending is not None
    assert ending.is_complete
    assert (pieces + sent(list(ending.chunks))).strip() == drawn[0].blocks[0]["text"].strip()
    assert ending.blocks == drawn[0].blocks[1:]


def test_each_new_step_completes_the_one_before_and_text_the_last() -> None:
    state, first = stream_start()
    assert tasks(first) == [("step-1", "Looking for an answer", "in_progress")]
    seen = []
    for answer in (
        writing(doing="Searching"),
        writing(doing="Search: leave"),
        writing(doing="Search: 3 results"),
        writing(LONG + "You have **28 days**.\n\nAnd", doing="Writing"),
    ):
        growth = stream_growth(state, answer, FRONTEND)
        assert growth is not None
        state, chunks = growth
        seen.append(tasks(chunks))
    assert seen == [
        [("step-1", "Searching", "in_progress")],
        [("step-1", "Searching", "complete"), ("step-2", "Search: leave", "in_progress")],
        [("step-2", "Search: 3 results", "in_progress")],
        [("step-2", "Search: 3 results", "complete")],
    ]


def test_nothing_new_makes_no_chunks() -> None:
    state, _ = stream_start()
    growth = stream_growth(state, writing(LONG + "One line.\n\nAnother"), FRONTEND)
    assert growth is not None
    assert stream_growth(growth[0], writing(LONG + "One line.\n\nAnother"), FRONTEND) == (growth[0], [])


@pytest.mark.parametrize("text", ["", "Something else entirely.\n\n", LONG + "You have 27 days.\n\n"])
def test_text_that_was_taken_back_cannot_be_streamed(text: str) -> None:
    growth = stream_growth(stream_start()[0], writing(LONG + "You have 28 days.\n\n"), FRONTEND)
    assert growth is not None
    assert stream_growth(growth[0], writing(text), FRONTEND) is None


def test_numbers_that_come_after_their_sentence_are_no_other_text() -> None:
    growth = stream_growth(stream_start()[0], writing(LONG + "You have 28 days.\n\nNo more"), FRONTEND)
    assert growth is not None
    further = stream_growth(
        growth[0], writing(LONG + "You have 28 days [1].\n\nNo more [2].\n\n", citations=CITED), FRONTEND
    )
    assert further is not None
    assert (
        sent(growth[1] + further[1]) == f"{LONG}You have 28 days.\n\nNo more [[2]]({FRONTEND}/record/r2).\n\n"
    )
    answer = Answer(AnswerState.DONE, text=LONG + "You have 28 days [1].\n\nNo more [2].", citations=CITED)
    ending = stream_ending(further[0], answer, render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND), FRONTEND)
    assert ending is not None
    assert not ending.is_complete


def test_numbered_text_that_lags_behind_adds_nothing_and_takes_nothing_back() -> None:
    growth = stream_growth(
        stream_start()[0], writing(LONG + "You have 28 days.\n\nNo more than that. "), FRONTEND
    )
    assert growth is not None
    assert stream_growth(growth[0], writing(LONG + "You have 28 days [1].\n\n"), FRONTEND) == (growth[0], [])


@pytest.mark.parametrize(
    ("before", "text", "at"),
    [
        ("", "a", 0),
        ("ab", "abc", 2),
        ("a. b", "a [1]. b [2]", 8),
        ("a and", "a [1] and", 9),
        ("a [1] b", "a [1] b", 7),
        ("a [1] b", "a [2] b", None),
        ("a [1]", "a b", None),
        ("abc", "ab", None),
        ("a[b]", "a [1](https://x.example)[b]", 27),
    ],
)
def test_a_text_goes_on_from_another_but_for_markers(before: str, text: str, at: int | None) -> None:
    assert offset_after(before, text) == at


def test_a_few_words_that_may_be_taken_back_are_not_sent() -> None:
    state, _ = stream_start()
    assert stream_growth(state, writing("Let me look that up in the documents. "), FRONTEND) == (state, [])
    growth = stream_growth(state, writing(doing="Search the documents"), FRONTEND)
    assert growth is not None
    assert tasks(growth[1]) == [("step-1", "Search the documents", "in_progress")]


def test_what_one_message_does_not_hold_is_not_streamed() -> None:
    text = "word " * 1_900
    assert stream_growth(stream_start()[0], writing(text), FRONTEND) is not None
    assert stream_growth(stream_start()[0], writing(text * 2), FRONTEND) is None
    full = StreamContent(text="a.\n\n", markdown="x" * MARKDOWN_TEXT)
    assert stream_growth(full, writing("a.\n\nb.\n\n"), FRONTEND) is None
    answer = Answer(AnswerState.DONE, text=text * 2)
    assert (
        stream_ending(
            stream_start()[0], answer, render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND), FRONTEND
        )
        is None
    )


@pytest.mark.parametrize("state", [AnswerState.STOPPED, AnswerState.FAILED])
def test_an_answer_that_ends_early_is_closed_with_its_reason(state: AnswerState) -> None:
    growth = stream_growth(stream_start()[0], writing(LONG + "You have **28"), FRONTEND)
    assert growth is not None
    answer = Answer(state, text=LONG + "You have **28", stopped_by="U1")
    drawn = render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND)
    ending = stream_ending(growth[0], answer, drawn, FRONTEND)
    assert ending is not None
    assert sent(growth[1] + list(ending.chunks)) == LONG + "You have **28**"
    assert ending.blocks == drawn[0].blocks[1:]


def test_an_answer_without_text_ends_with_its_reason_alone() -> None:
    answer = Answer(AnswerState.FAILED)
    drawn = render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND)
    ending = stream_ending(stream_start()[0], answer, drawn, FRONTEND)
    assert ending is not None
    assert tasks(list(ending.chunks)) == [("step-1", "Looking for an answer", "error")]
    assert ending.blocks == drawn[0].blocks


def test_an_alien_text_is_never_taken_for_a_continuation() -> None:
    words = random.Random(5)
    for _ in range(300):
        one, other = ("".join(words.choices("ab [1].", k=12)) for _ in range(2))
        at = offset_after(one, other)
        if at is not None:
            assert re.sub(r" |\[1+\]", "", other[:at]) == re.sub(r" |\[1+\]", "", one)
