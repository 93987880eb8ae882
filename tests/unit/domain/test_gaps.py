import pytest

from bot.domain.conversations import Answer, Citation, State
from bot.domain.report import Gap, Lack, counted, lack
from bot.domain.turns import Question, Thread, Turn, TurnState

SOURCE = (Citation(1, "Handbook"),)


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (Answer(State.DONE, "x", citations=SOURCE), None),
        (Answer(State.DONE, "x", citations=SOURCE, confidence="Very High"), None),
        (Answer(State.DONE, "x", citations=SOURCE, confidence="Unknown"), None),
        (Answer(State.DONE, "x", citations=SOURCE, confidence="Low"), Lack.LOW_CONFIDENCE),
        (Answer(State.DONE, "x", confidence="High"), Lack.NO_SOURCE),
        (Answer(State.FAILED, "half of it", citations=SOURCE), Lack.NO_ANSWER),
        (Answer(State.STOPPED, "half of it"), None),
    ],
)
def test_an_answer_lacks_what_its_reader_misses(answer: Answer, missing: Lack | None) -> None:
    assert lack(answer) == missing


def test_a_question_of_both_kinds_is_one_gap() -> None:
    turn = Turn("t", Question(Thread("T", "C", "1"), "1", "U", ""), "service", TurnState.DONE)
    counts = counted([Gap(turn, Lack.NO_SOURCE, 2), Gap(turn, None, 1), Gap(turn, Lack.NO_ANSWER)])
    assert (counts.gaps, counts.unanswered, counts.voted_down) == (3, 2, 2)
