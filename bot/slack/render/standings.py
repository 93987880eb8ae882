"""What can be done with a finished answer: the rows of buttons under it."""

from bot.domain.conversations import Archived, Aside, Standing, Unprompted
from bot.slack import actions
from bot.slack.render.message import Block, button, context, menu, option, thumbs
from bot.slack.render.message import actions as row

RENAME = "rename"
DELETE = "delete"
REGENERATE_WITH = "regenerate_with"
EARLIER = "earlier"
TELL_MORE = "tell_more"

EARLIER_LABEL = "Earlier version"

LOST = (
    "This is the earlier answer, as I kept it: PipesHub has it no more. "
    "To go on from here, ask again in the thread."
)

SHARED = ":speech_balloon: Shared in the thread it was asked in."
SILENCED = ":no_bell: I stay out of this thread until somebody mentions me."


def blocks(turn: str, standing: Standing) -> list[Block]:
    """Return the end of a finished answer: what is to be said of it, and its buttons while it has any."""
    said = [context(standing.note)] if standing.note else []
    if standing.deleted:
        return [*said, context("This conversation was deleted. The next question here begins a new one.")]
    if standing.archived is not None:
        said.append(context(_archived(standing.archived)))
    if standing.aside is Aside.SHARED:
        said.append(context(SHARED))
    if standing.unprompted is Unprompted.SILENCED:
        said.append(context(SILENCED))
    if standing.lost:
        return [*said, context(LOST), row("answer", _row(turn, standing))]
    up, down = actions.value(turn, actions.UP), actions.value(turn, actions.DOWN)
    return [*said, thumbs("thumbs", actions.RATE, up, down), row("answer", _row(turn, standing))]


def _row(turn: str, standing: Standing) -> list[Block]:
    value = actions.value(turn)
    shareable = standing.aside is Aside.PRIVATE and not standing.lost
    talking = standing.unprompted is Unprompted.TALKING
    archive = (
        button(actions.UNARCHIVE, "Unarchive", value)
        if standing.archived
        else button(actions.ARCHIVE, "Archive", value)
    )
    return [
        *([button(actions.REGENERATE, "Regenerate", value)] if standing.rewritable else []),
        *([button(actions.SHARE_IN_THREAD, "Share in thread", value)] if shareable else []),
        button(actions.SHARE, "Share", value),
        archive,
        *([button(actions.NOT_NOW, "Not now", value)] if talking else []),
        menu(actions.MORE, _more(turn, standing)),
    ]


def earlier(turn: str, standing: Standing) -> list[Block]:
    """Return the button under an answer that was stopped while it was written anew; nothing under others."""
    if not standing.earlier:
        return []
    return [button(actions.EARLIER_VERSION, EARLIER_LABEL, actions.value(turn, EARLIER))]


def _more(turn: str, standing: Standing) -> list[Block]:
    return [
        *([] if standing.lost else [option("Tell us more", actions.value(turn, TELL_MORE))]),
        option("Rename", actions.value(turn, RENAME)),
        *([option("Regenerate with …", actions.value(turn, REGENERATE_WITH))] if standing.rewritable else []),
        *([option(EARLIER_LABEL, actions.value(turn, EARLIER))] if standing.earlier else []),
        option("Delete", actions.value(turn, DELETE)),
    ]


def _archived(archived: Archived) -> str:
    if archived.by is None:
        days = f"{archived.after_days} day{'' if archived.after_days == 1 else 's'}"
        return (
            f":file_cabinet: Archived after {days} without a question. The next question takes it out again."
        )
    when = f"<!date^{int(archived.at)}^{{date_short_pretty}} at {{time}}|earlier>"
    return f":file_cabinet: Archived by <@{archived.by}> {when}."
