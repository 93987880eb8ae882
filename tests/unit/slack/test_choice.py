from bot.slack.replies.delivery import stream_when_more_calls_left, stream_when_possible
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from tests.unit.slack.clock import Clock


def chosen(rate_limits: WorkspaceRateLimits, answers: int) -> int:
    """Place answers that all begin together; return how many are streamed."""
    streams = 0
    for _ in range(answers):
        if stream_when_more_calls_left(rate_limits):
            rate_limits.starts.spend()
            rate_limits.streams.add_slot()
            streams += 1
        else:
            rate_limits.edits.add_slot()
    return streams


def test_thirty_answers_together_are_twenty_streams_and_ten_edits() -> None:
    assert chosen(WorkspaceRateLimits(Clock()), 30) == 20


def test_a_few_answers_use_both_allowances_about_as_large_as_they_are() -> None:
    assert chosen(WorkspaceRateLimits(Clock()), 1) == 1
    assert chosen(WorkspaceRateLimits(Clock()), 3) == 2
    assert 6 <= chosen(WorkspaceRateLimits(Clock()), 9) <= 8


def test_no_stream_is_wished_for_that_could_not_be_started_or_stopped() -> None:
    clock = Clock()
    rate_limits = WorkspaceRateLimits(clock)
    for _ in range(20):
        rate_limits.starts.spend()
    assert not stream_when_possible(rate_limits)
    clock.now += 70
    assert stream_when_possible(rate_limits)
    for _ in range(15):
        rate_limits.stops.spend()
    for _ in range(5):
        rate_limits.streams.add_slot()
    assert not stream_when_possible(rate_limits)


def test_what_slack_refused_lately_is_left_to_the_other_way() -> None:
    clock = Clock()
    rate_limits = WorkspaceRateLimits(clock)
    rate_limits.appends.record_refusal(30)
    assert not stream_when_more_calls_left(rate_limits)
    clock.now += 31
    rate_limits.updates.record_refusal(30)
    assert stream_when_more_calls_left(rate_limits)
