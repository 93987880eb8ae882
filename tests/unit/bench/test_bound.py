import pytest

from bot.demo.workspace.options import TIERS
from tests.bench.figures import bound


def test_edits_alone_give_twenty_of_thirty_answers_one_edit_in_the_middle() -> None:
    assert bound(30, 20.0, TIERS, streaming=False) == pytest.approx((20 * 5 + 10 * 10) / 30)


def test_both_allowances_share_appends_and_edits() -> None:
    expected = (20 * (20 / 6 / 2) + 10 * (20 / 5 / 2)) / 30
    assert bound(30, 20.0, TIERS, streaming=True) == pytest.approx(expected)


def test_where_every_edit_is_reserved_nothing_is_shown_before_the_end() -> None:
    assert bound(100, 30.0, TIERS, streaming=False) == 15.0


def test_a_lone_answer_has_the_whole_allowance() -> None:
    assert bound(1, 10.0, TIERS, streaming=False) == pytest.approx(10 / 2 / 50)
