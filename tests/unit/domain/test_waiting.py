import pytest

from bot.domain.conversations import Answer, queued_answer


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (1, "2nd"),
        (2, "3rd"),
        (3, "4th"),
        (10, "11th"),
        (11, "12th"),
        (12, "13th"),
        (20, "21st"),
        (110, "111th"),
    ],
)
def test_a_question_that_waits_says_which_in_line_it_is(ahead: int, said: str) -> None:
    assert queued_answer(ahead).progress == f"{said} in line"


def test_a_question_that_does_not_wait_says_nothing() -> None:
    assert queued_answer(0) == Answer()
