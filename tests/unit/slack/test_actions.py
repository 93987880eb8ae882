import pytest

from bot.slack import actions


def test_a_value_is_read_as_it_was_drawn() -> None:
    assert actions.read_button_value(actions.button_value("t1")) == actions.ButtonValue("t1")


@pytest.mark.parametrize(
    "forged",
    [
        None,
        7,
        "",
        "{}",
        "[]",
        "null",
        '{"v":0,"turn":"t1"}',
        '{"v":1}',
        '{"v":1,"turn":7}',
        "x" * 3000,
        '{"v":1,',
    ],
)
def test_any_other_value_is_refused(forged: object) -> None:
    with pytest.raises(actions.UnreadableValueError):
        actions.read_button_value(forged)
