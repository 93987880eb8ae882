import pytest

from bot.slack import actions
from bot.slack.render.answer import MAX_FOLLOW_UP_LENGTH


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


def test_the_longest_suggestion_fits_in_any_alphabet() -> None:
    value = actions.button_value("t" * 36, "\u8cea" * MAX_FOLLOW_UP_LENGTH)
    assert actions.read_button_value(value).choice == "\u8cea" * MAX_FOLLOW_UP_LENGTH
