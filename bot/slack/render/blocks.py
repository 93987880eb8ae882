"""A message as it is sent, and the small blocks that every message is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.limits import BLOCKS, CONTEXT_TEXT, FALLBACK_TEXT, SECTION_TEXT
from bot.slack.render.markdown.sanitize import mrkdwn, unaddressed
from bot.slack.render.markdown.split import parts

Block = dict[str, Any]

PLAIN_PART = SECTION_TEXT - 500
"""Characters of Markdown in a section, with room for what grows when it becomes Slack's markup."""

_SMALLEST_PART = 300


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message: its blocks, and the `text` that notifications and screen readers read."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def plainer(self) -> "Drawn":
        """The same message in blocks that every workspace draws."""
        return Drawn(self.text, tuple(each for block in self.blocks for each in _plainer(block))[:BLOCKS])

    @property
    def bare(self) -> "Drawn":
        """The same message as text alone."""
        return Drawn(self.text, ())


def escaped(text: str) -> str:
    """Return `text` so that Slack's markup shows it as it is and notifies nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, most: int) -> str:
    """Return `text` in at most `most` characters, cut between words, an ellipsis for the rest."""
    if len(text) <= most:
        return text
    cut = text.rfind(" ", most // 2, most)
    return text[: cut if cut > 0 else most - 1].rstrip() + "…"


def fallback(text: str) -> str:
    """Return `text` fit to stand beside blocks; it notifies nobody."""
    return shortened(escaped(unaddressed(text)), FALLBACK_TEXT) or "…"


def markdown(text: str) -> Block:
    """Return standard Markdown as a block."""
    return {"type": "markdown", "text": text}


def section(mrkdwn: str) -> Block:
    """Return Slack markup as a block of body text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(mrkdwn, SECTION_TEXT)}}


def context(*mrkdwn: str) -> Block:
    """Return Slack markup as small print."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": shortened(each, CONTEXT_TEXT)} for each in mrkdwn],
    }


def button(action_id: str, label: str, value: str, style: str | None = None) -> Block:
    """Return one button."""
    drawn: Block = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "value": value,
    }
    return drawn | ({"style": style} if style else {})


def actions(block_id: str, buttons: Sequence[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def option(label: str, value: str) -> Block:
    """Return one choice of a menu."""
    return {"text": {"type": "plain_text", "text": label, "emoji": True}, "value": value}


def menu(action_id: str, options: Sequence[Block]) -> Block:
    """Return an overflow menu: two to five choices behind three dots."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def thumbs(block_id: str, action_id: str, up: str, down: str) -> Block:
    """Return the two thumbs that Slack draws under answers of apps; `up` and `down` are their values."""
    return {
        "type": "context_actions",
        "block_id": block_id,
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": action_id,
                "positive_button": _thumb("👍", "This answer helped (positive)", up),
                "negative_button": _thumb("👎", "This answer did not help (negative)", down),
            }
        ],
    }


def _thumb(sign: str, label: str, value: str) -> Block:
    return {
        "text": {"type": "plain_text", "text": sign, "emoji": True},
        "accessibility_label": label,
        "value": value,
    }


def _plainer(block: Block) -> list[Block]:
    if block["type"] == "markdown":
        return sections(block["text"])
    if block["type"] == "context_actions":
        buttons = [button for each in block["elements"] for button in _plain_thumbs(each)]
        return [actions(block["block_id"], buttons)]
    return [block]


def sections(text: str, most: int = PLAIN_PART) -> list[Block]:
    """Return Markdown in sections of Slack's markup, from smaller parts where that grows too long."""
    drawn: list[Block] = []
    for part in parts(text, most):
        marked = mrkdwn(part) or " "
        if len(marked) > SECTION_TEXT and most > _SMALLEST_PART:
            drawn += sections(part, most // 2)
        else:
            drawn.append(section(marked))
    return drawn


def _plain_thumbs(thumbs: Block) -> list[Block]:
    """Return thumbs as ordinary buttons, whose action ids may not be the same."""
    return [
        button(f"{thumbs['action_id']}_{name}", found["text"]["text"], found["value"])
        for name, found in (("up", thumbs["positive_button"]), ("down", thumbs["negative_button"]))
    ]
