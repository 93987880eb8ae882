"""A server that fails again and again is left alone, and found again."""

from bot.pipeshub.http import FAILURES, PAUSE, PROBE, WITHIN, Change, Circuit


def opened(at: float = 0.0) -> Circuit:
    circuit = Circuit()
    changes = [circuit.failed(at) for _ in range(FAILURES)]
    assert changes == [None] * (FAILURES - 1) + [Change.OPENED]
    return circuit


def test_failures_in_a_row_open_it() -> None:
    circuit = opened()
    assert not circuit.lets_through(1)
    assert circuit.again_in(1) == PAUSE - 1


def test_an_answer_in_between_begins_the_row_anew() -> None:
    circuit = Circuit()
    for number in range(10 * FAILURES):
        assert circuit.failed(number) is None
        if number % (FAILURES - 1) == 0:
            assert circuit.answered() is None
    assert circuit.lets_through(100)


def test_failures_far_apart_are_no_outage() -> None:
    circuit = Circuit()
    apart = WITHIN / (FAILURES - 1) + 1
    assert [circuit.failed(number * apart) for number in range(20)] == [None] * 20
    assert circuit.lets_through(20 * apart)


def test_after_a_pause_one_call_tries_and_the_others_wait() -> None:
    circuit = opened()
    assert circuit.lets_through(PAUSE)
    assert not circuit.lets_through(PAUSE)
    assert not circuit.lets_through(PAUSE + 1)


def test_a_try_that_fails_begins_another_pause() -> None:
    circuit = opened()
    assert circuit.lets_through(PAUSE)
    assert circuit.failed(PAUSE + 1) is None
    assert not circuit.lets_through(PAUSE + 2)
    assert circuit.lets_through(2 * PAUSE + 1)


def test_a_try_that_is_answered_closes_it() -> None:
    circuit = opened()
    assert circuit.lets_through(PAUSE)
    assert circuit.answered() is Change.CLOSED
    assert all(circuit.lets_through(PAUSE) for _ in range(10))
    assert circuit.failed(PAUSE) is None


def test_a_try_that_never_ends_keeps_nobody_out_for_ever() -> None:
    circuit = opened()
    assert circuit.lets_through(PAUSE)
    assert not circuit.lets_through(PAUSE + PROBE - 1)
    assert circuit.lets_through(PAUSE + PROBE)
