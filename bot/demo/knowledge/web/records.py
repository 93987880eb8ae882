"""The web page of a document, where a citation leads."""

import asyncio
import posixpath
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from bot.demo.knowledge.documents.files import Section, document, text_of
from bot.demo.knowledge.documents.index import Record
from bot.demo.knowledge.web.requests import CONTEXT

TEMPLATES = Environment(loader=PackageLoader("bot.demo.knowledge"), autoescape=True)
MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def page_of(record: Record, location: Path, records: Sequence[Record]) -> str:
    """Return the HTML page of a document; links to other documents of the folder lead to their pages."""
    read = document(record.path, text_of(location))
    by_path = {each.path: each.id for each in records}
    sections = [(each, Markup(_html(each, record, by_path))) for each in read.sections]  # noqa: S704 (made without HTML of the file)
    return TEMPLATES.get_template("record.html").render(title=read.title, path=record.path, sections=sections)


def _html(section: Section, record: Record, by_path: dict[str, str]) -> str:
    tokens = MARKDOWN.parse(section.text)
    for token in tokens:
        for child in token.children or ():
            _relink(child, record, by_path)
    return str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))


def _relink(token: Token, record: Record, by_path: dict[str, str]) -> None:
    """Point a link to the page of the document it means."""
    if token.type != "link_open":
        return
    target = urlsplit(str(token.attrGet("href") or ""))
    if target.scheme or target.netloc or not target.path:
        return
    path = posixpath.normpath(posixpath.join(posixpath.dirname(record.path), unquote(target.path)))
    if path in by_path:
        token.attrSet("href", f"/record/{by_path[path]}" + (f"#{target.fragment}" if target.fragment else ""))


async def record(request: web.Request) -> web.StreamResponse:
    """Show a document as a web page, each section under an anchor of its own."""
    index = request.app[CONTEXT].index
    records = index.records
    wanted = next((each for each in records if each.id == request.match_info["id"]), None)
    location = index.root / wanted.path if wanted else None
    if wanted is None or location is None or not location.is_file():
        return web.Response(text="There is no such document.", status=404)
    page = await asyncio.to_thread(page_of, wanted, location, records)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})
