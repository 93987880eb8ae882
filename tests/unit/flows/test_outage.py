"""What passes by itself, how long is waited for it, and what a turn ends with."""

import pytest

from bot.domain.errors import (
    AnswerFailed,
    Interrupted,
    NotAllowed,
    NotAnswering,
    PipesHubError,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooLarge,
    TooManyRequests,
    Unreachable,
    WentQuiet,
)
from bot.flows.answers.outage import CIRCUIT_POLL, LONGEST_PAUSE, Outage
from bot.metrics import Meters


def outage(patience: float = 600) -> Outage:
    return Outage(patience, Meters())


@pytest.mark.parametrize(
    "error",
    [
        Interrupted(),
        WentQuiet(),
        Unreachable(),
        Unreachable(may_have_arrived=True),
        NotAnswering(retry_in=9),
        TooManyRequests(),
        TooLarge(),
        *(ServerFailed(status=status) for status in (500, 502, 503, 504)),
    ],
)
def test_what_passes_is_waited_for(error: PipesHubError) -> None:
    assert outage().pause_after(error) is not None


@pytest.mark.parametrize("error", [AnswerFailed(), NotAllowed(), SignInRefused(), RequestRefused()])
def test_what_does_not_pass_is_the_last_word(error: PipesHubError) -> None:
    assert outage().pause_after(error) is None
    assert outage().last_word(error) is error


def test_pauses_grow_up_to_a_bound() -> None:
    known = outage()
    pauses = [known.pause_after(ServerFailed(status=502)) for _ in range(8)]
    assert pauses[0] == 1
    assert pauses == sorted(pauses, key=lambda each: each or 0)
    assert pauses[-1] == LONGEST_PAUSE


def test_an_open_circuit_is_looked_at_often_and_costs_no_longer_pauses() -> None:
    known = outage()
    assert [known.pause_after(NotAnswering(retry_in=14)) for _ in range(5)] == [CIRCUIT_POLL] * 5
    assert known.pause_after(Unreachable()) == 1


@pytest.mark.parametrize("asked", [20.0, 90.0])
def test_the_wait_that_a_server_asks_for_is_kept(asked: float) -> None:
    assert outage().pause_after(TooManyRequests(retry_after=asked)) == asked
    assert outage(patience=10).pause_after(TooManyRequests(retry_after=asked)) is None


def test_a_turn_ends_with_the_failure_after_which_it_may_have_arrived() -> None:
    known = outage(patience=0)
    first = ServerFailed(status=504)
    assert known.pause_after(first) is None
    assert known.last_word(Unreachable()) is first


def test_nothing_is_asked_after_a_look_up_that_was_refused() -> None:
    known = outage()
    first = Interrupted()
    assert known.pause_after(first) is not None
    seen = known.seen(NotAllowed())
    assert seen is first
    assert known.pause_after(seen) is None
    assert known.last_word(seen) is first


def test_too_much_is_looked_up_once() -> None:
    known = outage()
    first, second = TooLarge(), TooLarge()
    assert known.pause_after(first) is not None
    assert known.pause_after(known.seen(second)) is None


def test_what_is_read_does_not_get_shorter() -> None:
    known = outage()
    assert not known.shortens("A whole text")
    assert not known.shortens("A")
    assert not known.shortens("A text")
    known.pause_after(Interrupted())
    assert known.shortens("A")
    assert not known.shortens("A text that goes on")
