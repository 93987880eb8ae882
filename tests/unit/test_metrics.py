"""What is counted, apart from what is counted."""

from time import time

import pytest

from bot.domain.errors import PipesHubError, ServerFailed
from bot.metrics import Meters


def scraped(meters: Meters) -> dict[str, float]:
    lines = meters.text({}, {}).decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def test_two_bots_in_one_process_count_apart() -> None:
    one, other = Meters(), Meters()
    one.recoveries.inc()
    assert scraped(one)["pipeshub_bot_recoveries_total"] == 1
    assert scraped(other)["pipeshub_bot_recoveries_total"] == 0


def test_outcomes_that_did_not_happen_yet_are_there_with_zero() -> None:
    figures = scraped(Meters())
    for outcome in ("done", "recovered", "stopped", "failed", "broken"):
        assert figures[f'pipeshub_bot_answers_total{{outcome="{outcome}"}}'] == 0


def test_a_time_runs_from_the_moment_of_the_question() -> None:
    meters = Meters()
    meters.since(time() - 7, meters.answer)
    meters.since(time() - 7, meters.answer, until=time() - 5)
    figures = scraped(meters)
    assert figures["pipeshub_bot_answer_seconds_count"] == 2
    assert figures["pipeshub_bot_answer_seconds_sum"] == pytest.approx(9, abs=0.5)
    assert figures['pipeshub_bot_answer_seconds_bucket{le="3.0"}'] == 1


def test_a_question_asked_again_is_left_out_of_the_times() -> None:
    meters = Meters()
    meters.since(None, meters.answer)
    assert scraped(meters)["pipeshub_bot_answer_seconds_count"] == 0


def test_a_call_is_counted_by_how_it_ended() -> None:
    meters = Meters()
    with meters.pipeshub_call("GET /conversations", PipesHubError):
        pass
    with pytest.raises(ServerFailed), meters.pipeshub_call("GET /conversations", PipesHubError):
        raise ServerFailed("secret words")
    figures = scraped(meters)
    series = 'pipeshub_bot_pipeshub_calls_total{{operation="GET /conversations",outcome="{}"}}'
    assert figures[series.format("ok")] == figures[series.format("ServerFailed")] == 1
    assert figures['pipeshub_bot_pipeshub_call_seconds_count{operation="GET /conversations"}'] == 2
    assert "secret" not in meters.text({}, {}).decode()


def test_what_is_true_of_the_moment_replaces_what_was() -> None:
    meters = Meters()
    meters.text({"running": 2}, {"chat.update": 50, "chat.postMessage": 0})
    text = meters.text({"waiting": 1}, {"chat.update": 49}).decode()
    assert 'pipeshub_bot_turns{state="waiting"} 1.0' in text
    assert 'pipeshub_bot_slack_calls_left{method="chat.update"} 49.0' in text
    assert "running" not in text
    assert "chat.postMessage" not in text
