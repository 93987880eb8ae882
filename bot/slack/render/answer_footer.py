"""What stands under a finished answer: sources, suggested questions, and buttons."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from bot.domain.conversations import Archived, Aside, Citation, Source, Standing, Unprompted, by_document
from bot.slack import actions
from bot.slack.limits import BUTTON_LABEL
from bot.slack.render.blocks import Block, button, context, escaped, menu, option, shortened, thumbs
from bot.slack.render.blocks import actions as row
from bot.slack.render.markdown.sanitize import completed, web_address

TITLE = 150
EXCERPT = 160
"""Characters of a passage that show what it is about without taking over the message."""

MOST_SOURCES = 5
"""Documents shown under an answer: more would push the buttons out of sight."""

# Only where it is markup: "Time off > New request", "C#", "~20 minutes" and "API_KEY" are what was written.
_BEGINNING = re.compile(r"^[ \t>]*(?:(?:\d{1,3}[.)]|[-*+]|#{1,6})\s+)?", re.MULTILINE)
_MARKUP = re.compile(
    r"\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)|~~|`+|\||:?-{3,}:?|!?\[([^\]]*)\]\([^)]*\)"
)


def address(citation: Citation, frontend: str) -> str | None:
    """Return where a citation leads, relative ones completed with `frontend`, None for nowhere safe."""
    url = citation.url
    if not url and citation.record_id:
        url = f"/record/{quote(citation.record_id)}"
    if url:
        url = completed(url, frontend)
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~") if url and web_address(url) else None


def source_blocks(citations: tuple[Citation, ...], frontend: str, turn: str = "") -> list[Block]:
    """Return one block a document, under a line that introduces them.

    What is more than `MOST` folds into a button, where `turn` says which answer it is about.
    """
    sources = by_document(citations)
    if not sources:
        return []
    drawn = [context("*Sources*"), *(_source(source, frontend) for source in sources[:MOST_SOURCES])]
    if len(sources) > MOST_SOURCES and turn:
        every = button(actions.ALL_SOURCES, f"All {len(sources)} sources", actions.value(turn))
        drawn.append(row("sources", [every]))
    elif len(sources) > MOST_SOURCES:
        drawn.append(context(f"and {len(sources) - MOST_SOURCES} more"))
    return drawn


def link(source: Source, frontend: str) -> str:
    """Return a document's name as a link, or as text where it leads nowhere safe."""
    title = escaped(shortened(source.title, TITLE))
    url = address(source.citations[0], frontend)
    return f"<{url.replace('|', '%7C')}|{title.replace('|', '¦')}>" if url else title


def numbers(source: Source) -> str:
    """Return the markers that lead to a document, as they stand in the text."""
    return " ".join(f"[{number}]" for number in source.numbers)


def readable(connector: str) -> str:
    """Return `GOOGLE_DRIVE` as people write it; names already written for people stay."""
    return connector.replace("_", " ").title() if connector.isupper() else connector


def flat(markdown: str) -> str:
    """Return a passage as one line without markup."""
    return " ".join(_MARKUP.sub(lambda found: found.group(1) or "", _BEGINNING.sub("", markdown)).split())


def _source(source: Source, frontend: str) -> Block:
    first = source.citations[0]
    where = [readable(first.connector)] if first.connector else []
    pages = sorted({citation.page for citation in source.citations if citation.page})
    if pages:
        where.append("p. " + ", ".join(map(str, pages)))
    line = "  ·  ".join([f"*{numbers(source)}*  {link(source, frontend)}", *map(escaped, where)])
    excerpt = shortened(flat(first.excerpt), EXCERPT)
    return context(f"{line}\n{escaped(excerpt)}" if excerpt else line)


MOST_FOLLOW_UPS = 3
"""Suggestions under one answer: more than that is read by nobody."""

LONGEST = 500
"""Characters of a suggestion that can be asked by a press; it travels in the button's value."""


def follow_up_blocks(turn: str, questions: Sequence[str]) -> list[Block]:
    """Return a row of suggestions, nothing where there are none."""
    fitting = [each for each in dict.fromkeys(questions) if each.strip() and len(each) <= LONGEST][
        :MOST_FOLLOW_UPS
    ]
    buttons = [
        button(f"{actions.FOLLOW_UP}_{number}", shortened(text, BUTTON_LABEL), actions.value(turn, text))
        for number, text in enumerate(fitting)
    ]
    return [row("follow_ups", buttons)] if buttons else []


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


def footer_blocks(turn: str, standing: Standing) -> list[Block]:
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
