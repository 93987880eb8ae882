from hypothesis import given
from hypothesis import strategies as st

from bot.slack.replies.rate_limits import LEAST, MARGIN, UPDATES, Budget, Tier

GAPS = st.lists(st.floats(0.0, 5.0), min_size=1, max_size=300)


@given(GAPS)
def test_no_window_ever_holds_more_calls_than_the_tier(gaps: list[float]) -> None:
    budget, now, made = Budget(Tier(5, 10.0)), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if budget.take(now):
            made.append(now)
    for start in made:
        assert sum(start <= each < start + 10.0 for each in made) <= 5


def test_calls_are_left_again_when_the_first_of_them_leave_the_window() -> None:
    budget = Budget(Tier(2, 60.0))
    assert budget.take(0.0)
    assert budget.take(5.0)
    assert not budget.take(6.0)
    assert budget.frees(6.0) == 60.0 + MARGIN
    assert budget.left(60.0 + MARGIN) == 1


def test_a_refusal_closes_for_as_long_as_slack_asks_and_lowers_the_limit() -> None:
    budget = Budget(UPDATES)
    budget.refused(0.0, retry_after=7.0)
    assert budget.left(6.9) == 0
    assert budget.frees(1.0) == 7.0
    assert budget.limit(7.0) == 35


def test_calls_refused_together_lower_the_limit_once() -> None:
    budget = Budget(UPDATES)
    for _ in range(10):
        budget.refused(0.0, retry_after=7.0)
    assert budget.limit(7.0) == 35


def test_a_lowered_limit_rises_slowly_to_the_tier_and_no_further() -> None:
    budget = Budget(UPDATES)
    budget.refused(0.0, retry_after=1.0)
    assert budget.limit(60.0) == 40
    assert budget.limit(10_000.0) == 50


def test_however_often_slack_refuses_some_calls_stay_allowed() -> None:
    budget = Budget(UPDATES)
    for second in range(0, 200, 2):
        budget.refused(float(second), retry_after=1.0)
    assert budget.limit(200.0) >= LEAST
    assert budget.left(260.0) >= LEAST


def test_two_replicas_that_share_a_limit_come_to_share_it_without_talking() -> None:
    """Slack counts both; each sees its own calls and Slack's refusals only."""
    replicas, accepted, refusals = (Budget(UPDATES), Budget(UPDATES)), list[float](), list[float]()
    for step in range(60 * 60 * 10):
        now = step / 10
        for budget in replicas if step % 2 else reversed(replicas):
            if not budget.take(now):
                continue
            accepted = [each for each in accepted if each > now - 60]
            if len(accepted) < UPDATES.calls:
                accepted.append(now)
            else:
                refusals.append(now)
                budget.refused(now, retry_after=max(1.0, accepted[0] + 60 - now))
    assert len([each for each in refusals if each > 1800]) < 60  # of about 1,500 calls in that half hour
