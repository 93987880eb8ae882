"""The frame every modal stands in, and the inputs they are made of."""

from collections.abc import Sequence

from bot.slack.render import notices
from bot.slack.render.message import Block, section, shortened

TITLE = 24  # characters, https://docs.slack.dev/reference/views/modal-views/


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str = "",
    submit: str = "",
    close: str = "Close",
    about: str = "",
) -> Block:
    """Return a modal, which can be submitted where `submit` names that button; `about` comes back with it."""
    view: Block = {
        "type": "modal",
        "title": plain(shortened(title, TITLE)),
        "close": plain(close),
        "blocks": list(blocks),
        "private_metadata": about,
    }
    if callback_id:
        view["callback_id"] = callback_id
    if submit:
        view["submit"] = plain(submit)
    return view


def waiting(title: str) -> Block:
    """Return a modal that stands while what it shows is fetched."""
    return modal(title, [section(":hourglass_flowing_sand: One moment …")])


def saying(title: str, sentence: str, address: str = "") -> Block:
    """Return a modal that says one thing; `sentence` and `address` are as in `notices.saying`."""
    return modal(title, notices.saying(sentence, address))


def plain(text: str) -> Block:
    """Return text without markup."""
    return {"type": "plain_text", "text": text, "emoji": True}


def text_input(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    optional: bool = False,
    lines: bool = False,
    most: int | None = None,
    hint: str = "",
) -> Block:
    """Return a field for text, of several lines where `lines`; `most` is in characters."""
    element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": lines}
    if initial:
        element["initial_value"] = initial
    if most:
        element["max_length"] = most
    drawn: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "optional": optional,
        "element": element,
    }
    return drawn | ({"hint": plain(hint)} if hint else {})
