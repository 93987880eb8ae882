"""The text of an answer in a modal, which takes no `markdown` block."""

from collections.abc import Sequence

from bot.domain.conversations import Citation
from bot.slack.render import citations
from bot.slack.render.markdown import safe, with_links
from bot.slack.render.message import PLAIN_PART, Block, sections
from bot.slack.render.split import parts

PART = PLAIN_PART - 500
"""Characters of Markdown in one section, with room for the links that markers become."""


def in_sections(markdown: str, sources: Sequence[Citation], frontend: str) -> list[Block]:
    """Return Markdown as sections, its markers as links to their sources while there is room for them."""
    addresses = {each.number: citations.address(each, frontend) for each in reversed(sources)}
    linked = (with_links(safe(part, frontend), addresses.get, PLAIN_PART) for part in parts(markdown, PART))
    return [block for part in linked for block in sections(part)]
