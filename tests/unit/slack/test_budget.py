from hypothesis import given
from hypothesis import strategies as st

from bot.slack.replies.rate_limits import MARGIN, MIN_LIMIT, UPDATES, RateLimit, RateLimitTier
from tests.unit.slack.clock import Clock

GAPS = st.lists(st.floats(0.0, 5.0), min_size=1, max_size=300)


@given(GAPS)
def test_no_window_ever_holds_more_calls_than_the_tier(gaps: list[float]) -> None:
    clock, made = Clock(), list[float]()
    budget = RateLimit(RateLimitTier(5, 10.0), clock)
    for gap in gaps:
        clock.now += gap
        if budget.try_spend():
            made.append(clock.now)
    for start in made:
        assert sum(start <= each < start + 10.0 for each in made) <= 5


def test_calls_are_left_again_when_the_first_of_them_leave_the_window() -> None:
    clock = Clock()
    rate_limit = RateLimit(RateLimitTier(2, 60.0), clock)
    assert rate_limit.try_spend()
    clock.now = 5.0
    assert rate_limit.try_spend()
    clock.now = 6.0
    assert not rate_limit.try_spend()
    assert rate_limit.next_free() == 60.0 + MARGIN
    clock.now = 60.0 + MARGIN
    assert rate_limit.left() == 1


def test_a_refusal_closes_for_as_long_as_slack_asks_and_lowers_the_limit() -> None:
    clock = Clock()
    rate_limit = RateLimit(UPDATES, clock)
    rate_limit.record_refusal(retry_after=7.0)
    clock.now = 1.0
    assert rate_limit.next_free() == 7.0
    clock.now = 6.9
    assert rate_limit.left() == 0
    clock.now = 7.0
    assert rate_limit.limit() == 35


def test_calls_refused_together_lower_the_limit_once() -> None:
    clock = Clock()
    rate_limit = RateLimit(UPDATES, clock)
    for _ in range(10):
        rate_limit.record_refusal(retry_after=7.0)
    clock.now = 7.0
    assert rate_limit.limit() == 35


def test_a_lowered_limit_rises_slowly_to_the_tier_and_no_further() -> None:
    clock = Clock()
    rate_limit = RateLimit(UPDATES, clock)
    rate_limit.record_refusal(retry_after=1.0)
    clock.now = 60.0
    assert rate_limit.limit() == 40
    clock.now = 10_000.0
    assert rate_limit.limit() == 50


def test_however_often_slack_refuses_some_calls_stay_allowed() -> None:
    clock = Clock()
    rate_limit = RateLimit(UPDATES, clock)
    for second in range(0, 200, 2):
        clock.now = float(second)
        rate_limit.record_refusal(retry_after=1.0)
    clock.now = 200.0
    assert rate_limit.limit() >= MIN_LIMIT
    clock.now = 260.0
    assert rate_limit.left() >= MIN_LIMIT


def test_two_replicas_that_share_a_limit_come_to_share_it_without_talking() -> None:
    """Slack counts both; each sees its own calls and Slack's refusals only."""
    clock, accepted, refusals = Clock(), list[float](), list[float]()
    replicas = (RateLimit(UPDATES, clock), RateLimit(UPDATES, clock))
    for step in range(60 * 60 * 10):
        now = clock.now = step / 10
        for budget in replicas if step % 2 else reversed(replicas):
            if not budget.try_spend():
                continue
            accepted = [each for each in accepted if each > now - 60]
            if len(accepted) < UPDATES.calls:
                accepted.append(now)
            else:
                refusals.append(now)
                budget.record_refusal(retry_after=max(1.0, accepted[0] + 60 - now))
    assert len([each for each in refusals if each > 1800]) < 60  # of about 1,500 calls in that half hour
