"""A document as a web page, where a citation leads, and as text."""

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
from bot.demo.knowledge.model import NotFound
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import CONTEXT, Context, json_response

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


def _found(request: web.Request) -> tuple[Record, Path] | None:
    """Return the document that is asked for, and where it is."""
    index = request.app[CONTEXT].index
    wanted = next((each for each in index.records if each.id == request.match_info["id"]), None)
    location = index.root / wanted.path if wanted else None
    return (wanted, location) if wanted and location and location.is_file() else None


async def content(request: web.Request, _: Context, __: Caller) -> web.StreamResponse:
    """Return the text of a document."""
    found = _found(request)
    if found is None:
        raise NotFound("Record not found")
    wanted, location = found
    text = await asyncio.to_thread(text_of, location)
    return json_response({"content": f"Record: {wanted.title}\n\n{text}"})


async def record(request: web.Request) -> web.StreamResponse:
    """Show a document as a web page, each section under an anchor of its own."""
    found = _found(request)
    if found is None:
        return web.Response(text="There is no such document.", status=404)
    page = await asyncio.to_thread(page_of, *found, request.app[CONTEXT].index.records)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})
