"""A message as it is sent, and the small blocks that every message is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sentences import sentence
from bot.slack.limits import BLOCKS, CONTEXT_TEXT, FALLBACK_TEXT, SECTION_TEXT
from bot.slack.render.markdown.sanitize import to_mrkdwn, without_broadcasts
from bot.slack.render.markdown.split import split_markdown

Block = dict[str, Any]

PLAIN_PART = SECTION_TEXT - 500
"""Characters of Markdown in a section, with room for what grows when it becomes Slack's markup."""

_SMALLEST_PART = 300


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message: its blocks, and the `text` that notifications and screen readers read."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def plainer(self) -> "RenderedMessage":
        """The same message in blocks that every workspace draws."""
        return RenderedMessage(
            self.text, tuple(each for block in self.blocks for each in _plainer(block))[:BLOCKS]
        )

    @property
    def text_only(self) -> "RenderedMessage":
        """The same message as text alone."""
        return RenderedMessage(self.text, ())


def escaped(text: str) -> str:
    """Return `text` so that Slack's markup shows it as it is, without mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, most: int) -> str:
    """Return `text` in at most `most` characters, cut between words, an ellipsis for the rest."""
    if len(text) <= most:
        return text
    cut = text.rfind(" ", most // 2, most)
    return text[: cut if cut > 0 else most - 1].rstrip() + "…"


def one_line(text: str, most: int) -> str:
    """Return what people wrote as one line of Slack markup, made of at most `most` of its characters."""
    return escaped(shortened(" ".join(text.split()), most))


def link_text(url: str, label: str) -> str:
    """Return a link in Slack markup to `label`, which is escaped already; a bar would end its address."""
    return f"<{url}|{label.replace('|', '¦')}>"


def date_text(
    moment: datetime | float, fallback: str = "earlier", form: str = "{date_short_pretty} at {time}"
) -> str:
    """Return a moment (seconds since 1970) so that Slack spells it for each reader.

    `fallback` is for programs that cannot; where `moment` is a datetime, it is the day.
    """
    if isinstance(moment, datetime):
        moment, fallback = moment.timestamp(), f"{moment:%d %b %Y}"
    return f"<!date^{int(moment)}^{form}|{fallback}>"


def place_text(channel: str) -> str:
    """Say where a message is: in a channel, or in the direct message with the bot."""
    key = "place.direct_message" if channel.startswith("D") else "place.channel"
    return sentence(key, channel=channel)


def fallback_text(text: str) -> str:
    """Return `text` as it goes beside blocks, without mentions."""
    return shortened(escaped(without_broadcasts(text)), FALLBACK_TEXT) or "…"


def plain_text(text: str) -> Block:
    """Return text without markup, for titles and labels."""
    return {"type": "plain_text", "text": text, "emoji": True}


def markdown_block(text: str) -> Block:
    """Return standard Markdown as a block."""
    return {"type": "markdown", "text": text}


def section_block(mrkdwn: str) -> Block:
    """Return Slack markup as a block of body text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(mrkdwn, SECTION_TEXT)}}


def warning_block(mrkdwn: str) -> Block:
    """Return why something failed, in Slack markup."""
    return section_block(f":warning: {mrkdwn}")


def context_block(*mrkdwn: str) -> Block:
    """Return Slack markup as small print."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": shortened(each, CONTEXT_TEXT)} for each in mrkdwn],
    }


def button(action_id: str, label: str, value: str, style: str | None = None) -> Block:
    """Return one button."""
    drawn: Block = {"type": "button", "action_id": action_id, "text": plain_text(label), "value": value}
    return drawn | ({"style": style} if style else {})


def button_row(block_id: str, buttons: Sequence[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def option(label: str, value: str) -> Block:
    """Return one choice of a menu."""
    return {"text": plain_text(label), "value": value}


def overflow_menu(action_id: str, options: Sequence[Block]) -> Block:
    """Return an overflow menu: two to five choices behind three dots."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def thumb_buttons(block_id: str, action_id: str, up: str, down: str) -> Block:
    """Return the two thumbs that Slack draws under answers of apps; `up` and `down` are their values."""
    return {
        "type": "context_actions",
        "block_id": block_id,
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": action_id,
                "positive_button": _thumb("👍", sentence("footer.helpful"), up),
                "negative_button": _thumb("👎", sentence("footer.not_helpful"), down),
            }
        ],
    }


def _thumb(sign: str, label: str, value: str) -> Block:
    return {"text": plain_text(sign), "accessibility_label": label, "value": value}


def section_blocks(text: str, most: int = PLAIN_PART) -> list[Block]:
    """Return Markdown in sections of Slack's markup, from smaller parts where that grows too long."""
    drawn: list[Block] = []
    for part in split_markdown(text, most):
        marked = to_mrkdwn(part) or " "
        if len(marked) > SECTION_TEXT and most > _SMALLEST_PART:
            drawn += section_blocks(part, most // 2)
        else:
            drawn.append(section_block(marked))
    return drawn


def _plainer(block: Block) -> list[Block]:
    if block["type"] == "markdown":
        return section_blocks(block["text"])
    if block["type"] == "context_actions":
        buttons = [
            # Ordinary buttons of a row may not have the same action id.
            button(f"{thumbs['action_id']}_{name}", thumb["text"]["text"], thumb["value"])
            for thumbs in block["elements"]
            for name, thumb in (("up", thumbs["positive_button"]), ("down", thumbs["negative_button"]))
        ]
        return [button_row(block["block_id"], buttons)]
    return [block]
