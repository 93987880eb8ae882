from bot.slack.replies.delivery import whenever_possible, where_more_is_left
from bot.slack.replies.rate_limits import Pacing


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def chosen(pacing: Pacing, answers: int) -> int:
    """Place answers that all begin together; return how many are streamed."""
    streams = 0
    for _ in range(answers):
        if where_more_is_left(pacing):
            pacing.starts.spend(pacing.now())
            pacing.streams.enter()
            streams += 1
        else:
            pacing.edits.enter()
    return streams


def test_thirty_answers_together_are_twenty_streams_and_ten_edits() -> None:
    assert chosen(Pacing(Clock()), 30) == 20


def test_a_few_answers_use_both_allowances_about_as_large_as_they_are() -> None:
    assert chosen(Pacing(Clock()), 1) == 1
    assert chosen(Pacing(Clock()), 3) == 2
    assert 6 <= chosen(Pacing(Clock()), 9) <= 8


def test_no_stream_is_wished_for_that_could_not_be_started_or_stopped() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    for _ in range(20):
        pacing.starts.spend(clock.now)
    assert not whenever_possible(pacing)
    clock.now += 70
    assert whenever_possible(pacing)
    for _ in range(15):
        pacing.stops.spend(clock.now)
    for _ in range(5):
        pacing.streams.enter()
    assert not whenever_possible(pacing)


def test_what_slack_refused_lately_is_left_to_the_other_way() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    pacing.appends.refused(clock.now, 30)
    assert not where_more_is_left(pacing)
    clock.now += 31
    pacing.updates.refused(clock.now, 30)
    assert where_more_is_left(pacing)
