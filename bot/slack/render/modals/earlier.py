"""The version of an answer before the present one."""

from collections.abc import Sequence

from slackify_markdown import slackify_markdown

from bot.domain.citations import Citation
from bot.slack.limits import SECTION_TEXT
from bot.slack.render import citations as sources
from bot.slack.render.markdown import safe
from bot.slack.render.message import Block, context, section
from bot.slack.render.modals.frame import modal
from bot.slack.render.split import parts

TITLE = "Earlier version"
SHOWN = SECTION_TEXT - 400
"""Characters of Markdown in a section, with room for what becomes longer as Slack's markup."""


def earlier(text: str, citations: Sequence[Citation], replaced_at: float, frontend: str) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    until = f"<!date^{int(replaced_at)}^{{date_short_pretty}} at {{time}}|earlier>"
    body = [section(slackify_markdown(part) or " ") for part in parts(safe(text, frontend), SHOWN)]
    return modal(TITLE, [context(f"Until {until}"), *body, *sources.blocks(tuple(citations), frontend)])
