"""A server that fails again and again is left alone, and found again."""

from bot.pipeshub.http import (
    FAILURE_THRESHOLD,
    FAILURE_WINDOW,
    OPEN_SECONDS,
    PROBE_SECONDS,
    CircuitBreaker,
)


def opened(at: float = 0.0) -> CircuitBreaker:
    circuit = CircuitBreaker()
    changes = [circuit.record_failure(at) for _ in range(FAILURE_THRESHOLD)]
    assert changes == [False] * (FAILURE_THRESHOLD - 1) + [True]
    return circuit


def test_failures_in_a_row_open_it() -> None:
    circuit = opened()
    assert not circuit.allows(1)
    assert circuit.retry_in(1) == OPEN_SECONDS - 1


def test_an_answer_in_between_begins_the_row_anew() -> None:
    circuit = CircuitBreaker()
    for number in range(10 * FAILURE_THRESHOLD):
        assert not circuit.record_failure(number)
        if number % (FAILURE_THRESHOLD - 1) == 0:
            assert not circuit.record_success()
    assert circuit.allows(100)


def test_failures_far_apart_are_no_outage() -> None:
    circuit = CircuitBreaker()
    apart = FAILURE_WINDOW / (FAILURE_THRESHOLD - 1) + 1
    assert [circuit.record_failure(number * apart) for number in range(20)] == [False] * 20
    assert circuit.allows(20 * apart)


def test_after_a_pause_one_call_tries_and_the_others_wait() -> None:
    circuit = opened()
    assert circuit.allows(OPEN_SECONDS)
    assert not circuit.allows(OPEN_SECONDS)
    assert not circuit.allows(OPEN_SECONDS + 1)


def test_a_try_that_fails_begins_another_pause() -> None:
    circuit = opened()
    assert circuit.allows(OPEN_SECONDS)
    assert not circuit.record_failure(OPEN_SECONDS + 1)
    assert not circuit.allows(OPEN_SECONDS + 2)
    assert circuit.allows(2 * OPEN_SECONDS + 1)


def test_a_try_that_is_answered_closes_it() -> None:
    circuit = opened()
    assert circuit.allows(OPEN_SECONDS)
    assert circuit.record_success()
    assert all(circuit.allows(OPEN_SECONDS) for _ in range(10))
    assert not circuit.record_failure(OPEN_SECONDS)


def test_a_try_that_never_ends_keeps_nobody_out_for_ever() -> None:
    circuit = opened()
    assert circuit.allows(OPEN_SECONDS)
    assert not circuit.allows(OPEN_SECONDS + PROBE_SECONDS - 1)
    assert circuit.allows(OPEN_SECONDS + PROBE_SECONDS)
