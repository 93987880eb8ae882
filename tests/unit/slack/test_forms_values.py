"""What a form is about is read only where this version drew it."""

from collections.abc import Callable

import pytest

from bot.slack import actions
from bot.slack.render.modals import ask

READERS: tuple[Callable[[str], object], ...] = (
    actions.read_button_value,
    actions.read_home_value,
    actions.read_transcript_value,
    actions.read_channel_value,
    ask.read_subject,
)


@pytest.mark.parametrize("about", ["", "t1", "null", "[]", '{"v":99}', '{"turn":"t1"}', "x" * 3000])
def test_a_form_that_cannot_be_read_is_about_nothing(about: str) -> None:
    for read in READERS:
        with pytest.raises(actions.UnreadableValueError):
            read(about)


def test_a_form_about_a_turn_is_about_no_channel() -> None:
    with pytest.raises(actions.UnreadableValueError):
        actions.read_channel_value(actions.button_value("t1"))
