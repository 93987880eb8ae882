"""The benchmark measures what it says: readings, staleness over time, and a script the bot reads."""

import pytest

from bot.demo.workspace.options import TIERS
from bot.domain.conversations import Answer, AnswerState
from bot.pipeshub.stream import StreamDecoder
from tests.bench.figures import Reading, bound, percentile, staleness
from tests.bench.pipeshub import Course, Script, newest_word
from tests.bench.watching import Picture

WORDS = 11
COURSE = Course("question number 0", 0.0, words=[1.0 + n for n in range(WORDS)], completed=12.0)
"""A word a second from 1.0 to 11.0."""


def reading(*pictures: Picture, course: Course | None = COURSE, until: float = 200.0) -> Reading:
    return Reading(0.5, course, pictures, WORDS, until)


def test_a_picture_makes_the_reader_as_young_as_its_newest_word() -> None:
    shown = reading(Picture(0.6, "r"), Picture(6.2, "r", newest=4))
    before, after = shown.teeth
    assert before == pytest.approx((0.0, 5.2))
    assert after == pytest.approx((1.2, 7.0))


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


def test_a_failure_settles_a_thread_without_being_an_ending() -> None:
    failed = reading(Picture(5.0, "r", newest=3, failed=True))
    assert failed.settled
    assert failed.failed
    assert failed.ending is None


def test_a_question_that_never_came_through_has_no_figures() -> None:
    lost = Reading(None, None, (), WORDS, 10.0)
    assert (lost.placeholder, lost.first_text, lost.ending, lost.teeth) == (None, None, None, [])


def test_percentiles_are_values_that_occurred() -> None:
    ordered = [float(each) for each in range(1, 101)]
    assert [percentile(ordered, each) for each in (0, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0


def test_staleness_is_weighed_by_time() -> None:
    found = staleness([(0.0, 1.0), (0.0, 3.0)])
    assert found is not None
    assert found.mean == pytest.approx((0.5 + 4.5) / 4)


def test_the_percentile_of_staleness_is_over_time() -> None:
    found = staleness([(0.0, 10.0)])
    assert found is not None
    assert found.p95 == pytest.approx(9.5, abs=1e-3)
    late = staleness([(2.0, 3.0)])
    assert late is not None
    assert late.p95 == pytest.approx(2.95, abs=1e-3)


def test_edits_alone_give_twenty_of_thirty_answers_one_edit_in_the_middle() -> None:
    assert bound(30, 20.0, TIERS, streaming=False) == pytest.approx((20 * 5 + 10 * 10) / 30)


def test_where_every_edit_is_reserved_nothing_is_shown_before_the_end() -> None:
    assert bound(100, 30.0, TIERS, streaming=False) == 15.0


SECONDS = 5.0


def read(data: bytes, decoder: StreamDecoder, answer: Answer) -> Answer:
    for frame in data.decode().split("\n\n")[:-1]:
        event, body = (line.partition(": ")[2] for line in frame.split("\n"))
        for each in decoder.read(event, body):
            answer = answer.with_event(each)
    return answer


def test_the_bot_understands_every_word_of_it() -> None:
    script = Script.of(SECONDS)
    decoder, answer = StreamDecoder(), Answer()
    answer = read(script.opening("c1"), decoder, answer)
    for moment in script.moments:
        answer = read(moment.data, decoder, answer)
        if moment.newest >= 0:
            assert newest_word(answer.text) >= moment.newest - 4
    answer = read(script.ending("c1", "question number 0"), decoder, answer)
    assert answer.state is AnswerState.DONE
    assert newest_word(answer.text) == script.words - 1
    assert len(answer.citations) == 3
