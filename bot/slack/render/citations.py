"""Sources as link blocks, numbered like the markers in the text."""

import re
from urllib.parse import quote

from bot.domain.conversations import Citation, Source, by_document
from bot.slack import actions
from bot.slack.render.addresses import completed, web_address
from bot.slack.render.message import Block, button, context, escaped, shortened
from bot.slack.render.message import actions as row

TITLE = 150
EXCERPT = 160
"""Characters of a passage that show what it is about without taking over the message."""

MOST = 5
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


def blocks(citations: tuple[Citation, ...], frontend: str, turn: str = "") -> list[Block]:
    """Return one block a document, under a line that introduces them.

    What is more than `MOST` folds into a button, where `turn` says which answer it is about.
    """
    sources = by_document(citations)
    if not sources:
        return []
    drawn = [context("*Sources*"), *(_source(source, frontend) for source in sources[:MOST])]
    if len(sources) > MOST and turn:
        every = button(actions.ALL_SOURCES, f"All {len(sources)} sources", actions.value(turn))
        drawn.append(row("sources", [every]))
    elif len(sources) > MOST:
        drawn.append(context(f"and {len(sources) - MOST} more"))
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
