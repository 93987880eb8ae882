"""The version of an answer before the present one."""

from collections.abc import Sequence

from bot.domain.conversations import Citation
from bot.slack.render import citations as footer
from bot.slack.render.message import Block, context
from bot.slack.render.modals.frame import modal
from bot.slack.render.modals.text import in_sections

TITLE = "Earlier version"


def earlier(text: str, citations: Sequence[Citation], replaced_at: float, frontend: str) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    until = f"<!date^{int(replaced_at)}^{{date_short_pretty}} at {{time}}|earlier>"
    body = in_sections(text, citations, frontend)
    return modal(TITLE, [context(f"Until {until}"), *body, *footer.blocks(tuple(citations), frontend)])
