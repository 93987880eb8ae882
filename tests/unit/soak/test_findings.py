"""What a run would find, were anything lost or doubled."""

import pytest

from tests.soak.findings import Findings, Said, Stored, judged
from tests.soak.plan import Ask, Plan, Talk, code, question

PLAN = Plan(1, 60, (Talk(1, "mara", direct=False, asks=tuple(Ask(0, each) for each in (1, 2, 3))),), (), ())


def reply(number: int, *labels: str, turn: str | None = None) -> Said:
    said = f"It is {code(number)}."
    return Said(f"{number}.0", said, said, labels or ("Regenerate", "Share"), turn or f"t{number}")


def stored(*numbers: int, answered: bool = True) -> Stored:
    return Stored(tuple(question(each) for each in numbers), answered)


THREE = [reply(1), reply(2), reply(3)]


def found(said: list[Said], *conversations: Stored, late: int = 0) -> Findings:
    return judged(PLAN, {1: said}, conversations, {1: late})


def test_nothing_is_wrong_where_each_question_has_its_one_answer() -> None:
    clean = found(THREE, stored(1, 2, 3))
    assert not clean
    assert clean.answered == 3


def test_an_answer_in_two_messages_is_one() -> None:
    first = Said("2.5", "The beginning", "The beginning", (), "t3")
    assert not found([reply(1), reply(2), first, reply(3)], stored(1, 2, 3))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (THREE[:2], "lost: question 3"),
        ([*THREE, reply(3, turn="t4")], "doubled: question 3"),
        ([*THREE, reply(3)], "doubled: thread 1"),
        ([*THREE, Said("4.0", "Looking…", "Looking…", ("Stop",), None)], "stray: thread 1 has 4 replies"),
        ([reply(1), reply(2), reply(3, "Stop")], "stray: thread 1: the reply at 3.0 is still being written"),
        ([reply(1), reply(2), reply(3, "Try again")], "stray: thread 1: the reply at 3.0 asks to be tried"),
        ([reply(1), reply(2), reply(3, "Other")], "stray: thread 1: the reply at 3.0 has no ending"),
        ([reply(1), reply(2), reply(3, "Stop"), reply(3)], "stray: thread 1: the reply at 3.0 has a message"),
    ],
)
def test_what_is_wrong_in_a_thread_is_found(said: list[Said], kind: str) -> None:
    assert any(each.startswith(kind) for each in found(said, stored(1, 2, 3)).lines)


@pytest.mark.parametrize(
    ("conversations", "kind"),
    [
        ([stored(1, 2, 3, 3)], "doubled: PipesHub was asked question 3 2 times"),
        ([stored(1, 2), stored(3)], "stray: thread 1 is 2 conversations"),
        ([stored(1, 3, 2)], "disordered: thread 1 goes"),
        ([stored(1, 2, 3, answered=False)], "stray: a conversation does not go"),
        (
            [stored(1, 2, 3), Stored(("Who is there?",), answered=True)],
            "stray: PipesHub was asked what nobody",
        ),
    ],
)
def test_what_is_wrong_at_pipeshub_is_found(conversations: list[Stored], kind: str) -> None:
    assert any(each.startswith(kind) for each in found(THREE, *conversations).lines)


def test_a_question_that_was_tried_again_may_come_later() -> None:
    assert not found(THREE, stored(1, 3, 2), late=1)
    assert found(THREE, stored(3, 2, 1), late=1).disordered
