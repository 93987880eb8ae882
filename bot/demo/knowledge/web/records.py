"""The page of a document, where a citation leads."""

import asyncio

from aiohttp import web

from bot.demo.knowledge.documents.page import page_of
from bot.demo.knowledge.web.context import CONTEXT


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
