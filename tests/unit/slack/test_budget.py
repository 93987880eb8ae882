from hypothesis import given
from hypothesis import strategies as st

from bot.slack.replies.rate_limits import MARGIN, MIN_LIMIT, UPDATES, RateLimit, RateLimitTier

GAPS = st.lists(st.floats(0.0, 5.0), min_size=1, max_size=300)


@given(GAPS)
def test_no_window_ever_holds_more_calls_than_the_tier(gaps: list[float]) -> None:
    budget, now, made = RateLimit(RateLimitTier(5, 10.0)), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if budget.try_spend(now):
            made.append(now)
    for start in made:
        assert sum(start <= each < start + 10.0 for each in made) <= 5


def test_calls_are_left_again_when_the_first_of_them_leave_the_window() -> None:
    rate_limit = RateLimit(RateLimitTier(2, 60.0))
    assert rate_limit.try_spend(0.0)
    assert rate_limit.try_spend(5.0)
    assert not rate_limit.try_spend(6.0)
    assert rate_limit.next_free(6.0) == 60.0 + MARGIN
    assert rate_limit.left(60.0 + MARGIN) == 1


def test_a_refusal_closes_for_as_long_as_slack_asks_and_lowers_the_limit() -> None:
    rate_limit = RateLimit(UPDATES)
    rate_limit.record_refusal(0.0, retry_after=7.0)
    assert rate_limit.left(6.9) == 0
    assert rate_limit.next_free(1.0) == 7.0
    assert rate_limit.limit(7.0) == 35


def test_calls_refused_together_lower_the_limit_once() -> None:
    rate_limit = RateLimit(UPDATES)
    for _ in range(10):
        rate_limit.record_refusal(0.0, retry_after=7.0)
    assert rate_limit.limit(7.0) == 35


def test_a_lowered_limit_rises_slowly_to_the_tier_and_no_further() -> None:
    rate_limit = RateLimit(UPDATES)
    rate_limit.record_refusal(0.0, retry_after=1.0)
    assert rate_limit.limit(60.0) == 40
    assert rate_limit.limit(10_000.0) == 50


def test_however_often_slack_refuses_some_calls_stay_allowed() -> None:
    rate_limit = RateLimit(UPDATES)
    for second in range(0, 200, 2):
        rate_limit.record_refusal(float(second), retry_after=1.0)
    assert rate_limit.limit(200.0) >= MIN_LIMIT
    assert rate_limit.left(260.0) >= MIN_LIMIT


def test_two_replicas_that_share_a_limit_come_to_share_it_without_talking() -> None:
    """Slack counts both; each sees its own calls and Slack's refusals only."""
    replicas, accepted, refusals = (RateLimit(UPDATES), RateLimit(UPDATES)), list[float](), list[float]()
    for step in range(60 * 60 * 10):
        now = step / 10
        for budget in replicas if step % 2 else reversed(replicas):
            if not budget.try_spend(now):
                continue
            accepted = [each for each in accepted if each > now - 60]
            if len(accepted) < UPDATES.calls:
                accepted.append(now)
            else:
                refusals.append(now)
                budget.record_refusal(now, retry_after=max(1.0, accepted[0] + 60 - now))
    assert len([each for each in refusals if each > 1800]) < 60  # of about 1,500 calls in that half hour
