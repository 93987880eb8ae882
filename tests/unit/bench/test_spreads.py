import pytest

from tests.bench.figures import percentile, spread, staleness


def test_percentiles_are_values_that_occurred() -> None:
    ordered = [float(each) for each in range(1, 101)]
    assert [percentile(ordered, each) for each in (0, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0


def test_what_is_missing_is_left_out() -> None:
    found = spread([3.0, None, 1.0])
    assert found is not None
    assert (found.count, found.p50, found.most) == (2, 1.0, 3.0)
    assert spread([None]) is None


def test_staleness_is_weighed_by_time() -> None:
    found = staleness([(0.0, 1.0), (0.0, 3.0)])
    assert found is not None
    assert found.mean == pytest.approx((0.5 + 4.5) / 4)


def test_the_percentile_of_staleness_is_over_time() -> None:
    found = staleness([(0.0, 10.0)])
    assert found is not None
    assert found.p95 == pytest.approx(9.5, abs=1e-3)
    late = staleness([(2.0, 3.0)])
    assert late is not None
    assert late.p95 == pytest.approx(2.95, abs=1e-3)


def test_without_time_there_is_no_staleness() -> None:
    assert staleness([]) is None
    assert staleness([(1.0, 1.0)]) is None
