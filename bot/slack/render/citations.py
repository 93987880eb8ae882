"""Sources as link blocks, numbered like the markers in the text."""

import re
from urllib.parse import quote, urljoin

from bot.domain.citations import Citation, Source, by_document
from bot.slack.render.markdown import web_address
from bot.slack.render.message import Block, context, escaped, shortened

TITLE = 150
EXCERPT = 160
"""Characters of a passage that show what it is about without taking over the message."""

MOST = 10
"""Documents shown under an answer: more would push the buttons out of sight."""

_MARKUP = re.compile(r"[*_~`#|>]+|!?\[([^\]]*)\]\([^)]*\)")


def address(citation: Citation, frontend: str) -> str | None:
    """Return where a citation leads, relative ones completed with `frontend`, None for nowhere safe."""
    url = citation.url
    if not url and citation.record_id:
        url = f"/record/{quote(citation.record_id)}"
    if url and url.startswith("/"):
        url = urljoin(frontend, url)
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~") if url and web_address(url) else None


def blocks(citations: tuple[Citation, ...], frontend: str) -> list[Block]:
    """Return one block a document, under a line that introduces them."""
    sources = by_document(citations)
    if not sources:
        return []
    drawn = [context("*Sources*"), *(_source(source, frontend) for source in sources[:MOST])]
    if len(sources) > MOST:
        drawn.append(context(f"and {len(sources) - MOST} more"))
    return drawn


def _source(source: Source, frontend: str) -> Block:
    first = source.citations[0]
    numbers = " ".join(f"[{number}]" for number in source.numbers)
    title = escaped(shortened(source.title, TITLE))
    url = address(first, frontend)
    link = f"<{url.replace('|', '%7C')}|{title.replace('|', '¦')}>" if url else title
    where = [_readable(first.connector)] if first.connector else []
    pages = sorted({citation.page for citation in source.citations if citation.page})
    if pages:
        where.append("p. " + ", ".join(map(str, pages)))
    line = "  ·  ".join([f"*{numbers}*  {link}", *map(escaped, where)])
    excerpt = shortened(_flat(first.excerpt), EXCERPT)
    return context(f"{line}\n{escaped(excerpt)}" if excerpt else line)


def _readable(connector: str) -> str:
    """Return `GOOGLE_DRIVE` as people write it; names already written for people stay."""
    return connector.replace("_", " ").title() if connector.isupper() else connector


def _flat(markdown: str) -> str:
    return " ".join(_MARKUP.sub(lambda found: found.group(1) or "", markdown).split())
