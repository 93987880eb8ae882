import pytest

from bot.domain.conversations import Answer, AnswerState, Citation
from bot.domain.report import WeakAnswer, Weakness, count_weak_answers, weakness_of
from bot.domain.turns import Question, Thread, Turn, TurnState

SOURCE = (Citation(1, "Handbook"),)


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (Answer(AnswerState.DONE, "x", citations=SOURCE), None),
        (Answer(AnswerState.DONE, "x", citations=SOURCE, confidence="Very High"), None),
        (Answer(AnswerState.DONE, "x", citations=SOURCE, confidence="Unknown"), None),
        (Answer(AnswerState.DONE, "x", citations=SOURCE, confidence="Low"), Weakness.LOW_CONFIDENCE),
        (Answer(AnswerState.DONE, "x", confidence="High"), Weakness.NO_SOURCE),
        (Answer(AnswerState.FAILED, "half of it", citations=SOURCE), Weakness.NO_ANSWER),
        (Answer(AnswerState.STOPPED, "half of it"), None),
    ],
)
def test_an_answer_lacks_what_its_reader_misses(answer: Answer, missing: Weakness | None) -> None:
    assert weakness_of(answer) == missing


def test_a_question_of_both_kinds_is_one_gap() -> None:
    turn = Turn("t", Question(Thread("T", "C", "1"), "1", "U", ""), "service", TurnState.DONE)
    counts = count_weak_answers(
        [
            WeakAnswer(turn, Weakness.NO_SOURCE, 2),
            WeakAnswer(turn, None, 1),
            WeakAnswer(turn, Weakness.NO_ANSWER),
        ]
    )
    assert (counts.total, counts.unanswered, counts.voted_down) == (3, 2, 2)
