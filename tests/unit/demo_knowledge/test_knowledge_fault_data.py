import pytest

from bot.demo.knowledge.faults import Fault, Faults, Trouble


def test_a_fault_meets_so_many_requests_and_is_gone() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.STATUS, path="/stream", times=2))
    assert faults.take("GET", "/conversations") == ()
    assert [len(faults.take("POST", "/conversations/stream")) for _ in range(3)] == [1, 1, 0]


def test_a_fault_without_number_stays_until_all_are_cleared() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.HTML, times=None))
    assert all(faults.take("GET", "/") for _ in range(5))
    faults.clear()
    assert faults.take("GET", "/") == ()


def test_method_and_question_choose_the_request() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.ERROR, method="POST", query="leave", times=None))
    assert faults.take("GET", "/", "leave") == ()
    assert faults.take("POST", "/", "holidays") == ()
    assert faults.take("POST", "/", "my leave") != ()


def test_chance_is_repeatable() -> None:
    def met(seed: int) -> list[int]:
        faults = Faults(seed)
        faults.add(Fault(Trouble.STATUS, times=None, probability=0.5))
        return [len(faults.take("GET", "/")) for _ in range(40)]

    assert met(7) == met(7) != met(8)
    assert 5 < sum(met(7)) < 35


def test_a_fault_can_be_told_as_json_and_back() -> None:
    fault = Fault(Trouble.STATUS, status=429, retry_after=3, times=None)
    assert Fault.read(fault.described()) == fault


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "'trouble' must be one of"),
        ({"trouble": "rain"}, "'trouble' must be one of"),
        ({"trouble": "status", "colour": "red"}, "unknown field 'colour'"),
        ({"trouble": "status", "status": "five"}, "'status' cannot be 'five'"),
        ({"trouble": "silence", "seconds": -1}, "'seconds' cannot be -1"),
    ],
)
def test_a_fault_that_makes_no_sense_is_explained(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fault.read(values)
