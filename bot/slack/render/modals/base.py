"""The frame of every modal and the inputs they are made of."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.domain.conversations import Citation
from bot.sentences import SENTENCES, sentence
from bot.slack.limits import OPTION_TEXT
from bot.slack.render.answer import citation_urls
from bot.slack.render.blocks import (
    PLAIN_PART,
    Block,
    option,
    plain_text,
    section_block,
    section_blocks,
    shortened,
    warning_block,
)
from bot.slack.render.markdown.sanitize import link_citations, sanitize
from bot.slack.render.markdown.split import split_markdown
from bot.slack.render.messages import sentence_blocks

MODAL_TITLE_LENGTH = 24  # characters, https://docs.slack.dev/reference/views/modal-views/


Entered = Mapping[str, str | list[str] | None]
"""What was entered in a form, by block id."""


def modal(
    title: str, blocks: Sequence[Block], *, callback_id: str = "", submit: str = "", about: str = ""
) -> Block:
    """Return a modal, which can be submitted where `submit` names that button; `about` comes back with it."""
    view: Block = {
        "type": "modal",
        "title": plain_text(shortened(title, MODAL_TITLE_LENGTH)),
        "close": plain_text(sentence("form.cancel" if submit else "form.close")),
        "blocks": list(blocks),
        "private_metadata": about,
    }
    return view | ({"callback_id": callback_id, "submit": plain_text(submit)} if submit else {})


def loading_modal(title: str) -> Block:
    """Return a modal to show while its content is fetched."""
    return modal(title, [section_block(sentence("form.loading"))])


def sentence_modal(title: str, text: str, address: str = "") -> Block:
    """Return a modal that says one thing; `text` and `address` are as in `sentence_blocks`."""
    return modal(title, sentence_blocks(text, address))


Option = tuple[str, str]
"""What a person reads, and the value that comes back."""


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
_INITIAL = frozenset({"initial_value", "initial_option", "initial_options"})


def refilled_blocks(blocks: Sequence[Mapping[str, Any]], entered: Entered, trouble: str) -> list[Block]:
    """Return the blocks of a form with what was entered in them, under a sentence in Slack markup."""
    said = warning_block(trouble) | {"block_id": _TROUBLE}
    form = [block for block in blocks if block.get("block_id") != _TROUBLE]
    return [said, *(_with(block, entered.get(str(block.get("block_id")))) for block in form)]


def _with(block: Mapping[str, Any], value: str | list[str] | None) -> Block:
    if block.get("type") != "input":
        return dict(block)
    element = {key: held for key, held in block["element"].items() if key not in _INITIAL}
    return {**block, "element": element | _starting(element, value)}


def _starting(element: Block, value: str | list[str] | None) -> Block:
    """Return what an element starts with so that it holds `value`."""
    if not value:
        return {}
    if "options" not in element:
        return {"initial_value": value}
    several = isinstance(value, list)
    chosen = [each for each in element["options"] if each["value"] in (value if several else [value])]
    if not chosen:
        return {}
    return {"initial_options": chosen} if several else {"initial_option": chosen[0]}


PART = PLAIN_PART - 500
"""Characters of Markdown in one section, with room for the links that markers become."""


def answer_sections(markdown: str, sources: Sequence[Citation], frontend: str) -> list[Block]:
    """Return Markdown as sections, its markers as links to their sources while there is room for them."""
    url_of = citation_urls(sources, frontend).get
    return [
        block
        for part in split_markdown(markdown, PART)
        for block in section_blocks(link_citations(sanitize(part, frontend), url_of, PLAIN_PART))
    ]
