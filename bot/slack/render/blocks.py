"""Messages and forms as they are sent, and the blocks and inputs that they are made of."""

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sentences import SENTENCES, sentence
from bot.slack import actions
from bot.slack.limits import BLOCKS, CONTEXT_TEXT, FALLBACK_TEXT, MODAL_TITLE, OPTION_TEXT, SECTION_TEXT
from bot.slack.render.markdown.sanitize import to_mrkdwn, without_broadcasts
from bot.slack.render.markdown.split import split_markdown

Block = dict[str, Any]

PLAIN_PART = SECTION_TEXT - 500  # Markdown of a section, with room for what grows as Slack's markup
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
        """The same message as text alone: that of its blocks, where they have any."""
        said = [block["text"]["text"] for block in self.plainer.blocks if block["type"] == "section"]
        return RenderedMessage(shortened("\n\n".join(said), FALLBACK_TEXT) or self.text, ())


def escaped(text: str) -> str:
    """Return `text` so that Slack's markup shows it as it is, without mentions."""
    return html.escape(text, quote=False)


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


def _mrkdwn(text: str) -> Block:
    """Return Slack markup in which Slack itself makes no links: what people wrote can be in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section_block(mrkdwn: str) -> Block:
    """Return Slack markup as a block of body text."""
    return {"type": "section", "text": _mrkdwn(shortened(mrkdwn, SECTION_TEXT))}


def section_blocks(text: str, most: int = PLAIN_PART) -> list[Block]:
    """Return Markdown in sections of Slack's markup, from smaller parts where that grows too long."""
    drawn: list[Block] = []
    for part in split_markdown(text, most, BLOCKS):
        marked = to_mrkdwn(part) or " "
        if len(marked) > SECTION_TEXT and most > _SMALLEST_PART:
            drawn += section_blocks(part, most // 2)
        else:
            drawn.append(section_block(marked))
    return drawn


def warning_block(mrkdwn: str) -> Block:
    """Return why something failed, in Slack markup."""
    return section_block(f":warning: {mrkdwn}")


def context_block(*mrkdwn: str) -> Block:
    """Return Slack markup as small print."""
    elements = [_mrkdwn(shortened(each, CONTEXT_TEXT)) for each in mrkdwn]
    return {"type": "context", "elements": elements}


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
    positive, negative = (
        {"text": plain_text(sign), "accessibility_label": sentence(key), "value": value}
        for sign, key, value in (("👍", "footer.helpful", up), ("👎", "footer.not_helpful", down))
    )
    element = {
        "type": "feedback_buttons",
        "action_id": action_id,
        "positive_button": positive,
        "negative_button": negative,
    }
    return {"type": "context_actions", "block_id": block_id, "elements": [element]}


def _plainer(block: Block) -> list[Block]:
    if block["type"] == "markdown":
        return section_blocks(block["text"])
    if block["type"] != "context_actions":
        return [block]
    buttons = [
        # Ordinary buttons of a row may not have the same action id.
        button(f"{thumbs['action_id']}_{name}", thumb["text"]["text"], thumb["value"])
        for thumbs in block["elements"]
        for name, thumb in (("up", thumbs["positive_button"]), ("down", thumbs["negative_button"]))
    ]
    return [button_row(block["block_id"], buttons)]


CONNECT = sentence("account.connect")


def sentence_blocks(text: str, address: str = "") -> tuple[Block, ...]:
    """Draw a sentence in Slack markup, above a button to `address` where an account should be connected.

    The button leads to where the person who sees it connects their account.
    """
    if not address:
        return (section_block(text),)
    connect = button(actions.CONNECT, CONNECT, "connect", style="primary") | {"url": address}
    return section_block(text), button_row("connect", [connect])


Entered = Mapping[str, str | list[str] | None]
"""What was entered in a form, by block id."""

Option = tuple[str, str]
"""What a person reads, and the value that comes back."""


def modal(title: str, blocks: Sequence[Block]) -> Block:
    """Return a modal that is there to be read."""
    return {
        "type": "modal",
        "title": plain_text(shortened(title, MODAL_TITLE)),
        "close": plain_text(sentence("form.close")),
        "blocks": list(blocks),
        "private_metadata": "",
    }


def form(title: str, submit: str, callback_id: str, about: str, blocks: Sequence[Block]) -> Block:
    """Return a modal that can be submitted; `about` comes back with what is entered."""
    return modal(title, blocks) | {
        "callback_id": callback_id,
        "submit": plain_text(submit),
        "close": plain_text(sentence("form.cancel")),
        "private_metadata": about,
    }


def loading_modal(title: str) -> Block:
    """Return a modal to show while its content is fetched."""
    return modal(title, [section_block(sentence("form.loading"))])


def sentence_modal(title: str, text: str, address: str = "") -> Block:
    """Return a modal that says one thing; `text` and `address` are as in `sentence_blocks`."""
    return modal(title, sentence_blocks(text, address))


def input_block(
    block_id: str, key: str, element: Block, *, label: str = "", hint: str = "", optional: bool = True
) -> Block:
    """Return an input whose label is the sentence of `key`.

    Its hint and its placeholder are those of `<key>.hint` and `<key>.placeholder`, where there are such.
    """
    hint = hint or SENTENCES.get(f"{key}.hint", "")
    if placeholder := SENTENCES.get(f"{key}.placeholder"):
        element = element | {"placeholder": plain_text(placeholder)}
    drawn: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label or sentence(key)),
        "optional": optional,
        "element": element,
    }
    return drawn | ({"hint": plain_text(hint)} if hint else {})


def text_input(
    block_id: str, key: str, *, initial: str = "", optional: bool = False, lines: bool = False, most: int = 0
) -> Block:
    """Return a field for text, of several lines where `lines`, of at most `most` characters."""
    element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": lines}
    element |= {"initial_value": initial} if initial else {}
    element |= {"max_length": most} if most else {}
    return input_block(block_id, key, element, optional=optional)


def radio_input(block_id: str, key: str, choices: Sequence[Option], *, chosen: str = "") -> Block:
    """Return a few choices of which one is taken; a person can take another then, but not none."""
    return input_block(block_id, key, _choices("radio_buttons", choices, chosen))


def select_input(
    block_id: str,
    key: str,
    choices: Sequence[Option],
    *,
    chosen: str = "",
    empty: str = "",
    label: str = "",
    hint: str = "",
) -> Block:
    """Return a menu of which one entry is taken; `empty` is its placeholder."""
    element = _choices("static_select", choices, chosen)
    element |= {"placeholder": plain_text(empty)} if empty else {}
    return input_block(block_id, key, element, label=label, hint=hint)


def multi_select_input(
    block_id: str,
    key: str,
    groups: Mapping[str, Sequence[Option]],
    *,
    chosen: Collection[str] = (),
    hint: str = "",
) -> Block:
    """Return a menu of which any number of entries is taken; each group has a name, and an entry at least."""
    options = {name: _options(choices) for name, choices in groups.items()}
    element: Block = {
        "type": "multi_static_select",
        "action_id": "choice",
        "option_groups": [{"label": plain_text(name), "options": found} for name, found in options.items()],
    }
    initial = [each for found in options.values() for each in found if each["value"] in chosen]
    return input_block(block_id, key, element | ({"initial_options": initial} if initial else {}), hint=hint)


def checkbox_input(block_id: str, key: str, choices: Sequence[Option]) -> Block:
    """Return up to ten choices of which any number is taken."""
    return input_block(block_id, key, _choices("checkboxes", choices))


def _choices(kind: str, choices: Sequence[Option], chosen: str = "") -> Block:
    options = _options(choices)
    initial = next((each for each in options if each["value"] == chosen), None)
    element: Block = {"type": kind, "action_id": "choice", "options": options}
    return element | ({"initial_option": initial} if initial else {})


def _options(choices: Sequence[Option]) -> list[Block]:
    return [option(shortened(label, OPTION_TEXT), value) for label, value in choices]


_TROUBLE = "trouble"


def refilled_blocks(blocks: Sequence[Mapping[str, Any]], entered: Entered, trouble: str) -> list[Block]:
    """Return the blocks of a form with what was entered in them, under a sentence in Slack markup."""
    drawn: list[Block] = [warning_block(trouble) | {"block_id": _TROUBLE}]
    for block in blocks:
        if block.get("type") == "input":
            element = _refilled(block["element"], entered.get(str(block.get("block_id"))))
            drawn.append({**block, "element": element})
        elif block.get("block_id") != _TROUBLE:
            drawn.append(dict(block))
    return drawn


def _refilled(element: Block, value: str | list[str] | None) -> Block:
    """Return an element that holds `value` and nothing of what it held before."""
    bare = {key: held for key, held in element.items() if not key.startswith("initial_")}
    if not value:
        return bare
    if "options" not in bare:
        return bare | {"initial_value": value}
    several = isinstance(value, list)
    chosen = [each for each in bare["options"] if each["value"] in (value if several else [value])]
    if not chosen:
        return bare
    return bare | ({"initial_options": chosen} if several else {"initial_option": chosen[0]})
