import pytest

from tests.bench.figures import Reading, staleness
from tests.bench.pipeshub import Course
from tests.bench.watching import Picture

WORDS = 11
COURSE = Course("question number 0", 0.0, words=[1.0 + n for n in range(WORDS)], completed=12.0)
"""A word a second from 1.0 to 11.0."""


def reading(*pictures: Picture, course: Course | None = COURSE, until: float = 200.0) -> Reading:
    return Reading(0.5, course, pictures, WORDS, until)


def test_an_answer_that_is_never_shown_is_as_stale_as_it_is_old() -> None:
    assert reading().teeth == [(0.0, 11.0)]


def test_a_picture_makes_the_reader_as_young_as_its_newest_word() -> None:
    shown = reading(Picture(0.6, "r"), Picture(6.2, "r", newest=4))
    before, after = shown.teeth
    assert before == pytest.approx((0.0, 5.2))
    assert after == pytest.approx((1.2, 7.0))


def test_one_edit_in_the_middle_halves_the_staleness() -> None:
    found = staleness(reading(Picture(6.5, "r", newest=5)).teeth)
    assert found is not None
    assert found.mean == pytest.approx((11.0 / 2) / 2, abs=0.3)


def test_a_picture_without_new_words_freshens_nothing() -> None:
    once = reading(Picture(3.0, "r", newest=1))
    again = reading(Picture(3.0, "r", newest=1), Picture(8.0, "r", newest=1), Picture(9.0, "r"))
    assert again.teeth == once.teeth


def test_pictures_after_the_completion_do_not_count_for_staleness() -> None:
    assert reading(Picture(12.5, "r", newest=10)).teeth == reading().teeth


def test_the_first_sign_and_the_first_text_are_counted_from_their_causes() -> None:
    shown = reading(Picture(0.6, "r"), Picture(1.3, "r", newest=0))
    assert shown.placeholder == pytest.approx(0.1)
    assert shown.first_text == pytest.approx(0.3)


def test_an_ending_is_the_whole_text_with_its_buttons() -> None:
    buttons_alone = Picture(12.1, "r", newest=8, finished=True)
    whole = Picture(12.4, "r", newest=10, finished=True)
    assert reading(buttons_alone).ending is None
    assert reading(buttons_alone, whole).ending == pytest.approx(0.4)


def test_an_ending_may_be_spread_over_messages() -> None:
    shown = reading(Picture(12.1, "a", newest=10), Picture(12.3, "b", finished=True))
    assert shown.ending == pytest.approx(0.3)
    assert shown.finished_messages == 1


def test_an_ending_posted_anew_leaves_one_message_when_the_other_is_taken_away() -> None:
    writing = Picture(2.0, "a", newest=0, unfinished=True)
    ending = Picture(12.1, "b", newest=10, finished=True)
    assert not reading(writing, ending).settled
    assert reading(writing, ending).leftovers == 1
    gone = reading(writing, ending, Picture(50.0, "a", gone=True))
    assert gone.settled
    assert (gone.finished_messages, gone.leftovers) == (1, 0)


def test_what_stands_unfinished_for_too_long_is_left_over_even_if_it_goes_later() -> None:
    writing = Picture(2.0, "a", newest=0, unfinished=True)
    late = reading(writing, Picture(12.0 + 90.5, "a", gone=True))
    assert late.leftovers == 1


def test_two_finished_messages_are_counted() -> None:
    both = reading(*(Picture(12.1, ts, newest=10, finished=True) for ts in "ab"))
    assert both.finished_messages == 2


def test_a_failure_settles_a_thread_without_being_an_ending() -> None:
    failed = reading(Picture(5.0, "r", newest=3, failed=True))
    assert failed.settled
    assert failed.failed
    assert failed.ending is None


def test_a_question_that_never_came_through_has_no_figures() -> None:
    lost = Reading(None, None, (), WORDS, 10.0)
    assert (lost.placeholder, lost.first_text, lost.ending, lost.teeth) == (None, None, None, [])
