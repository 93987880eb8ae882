"""The two lists of conversations, in each generation's form."""

from dataclasses import replace

from aiohttp import web

from bot.demo.knowledge.ids import iso
from bot.demo.knowledge.shapes import documented, enveloped
from bot.demo.knowledge.store.listing import COLUMNS, Listing, Page
from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.tokens import Caller
from bot.demo.knowledge.web.checks import Checked, without_markup
from bot.demo.knowledge.web.context import Context, json_response, meta
from bot.demo.knowledge.web.paging import pages

LONGEST_SEARCH = 1000
FLAGS = {"true": True, "1": True, "false": False, "0": False}


async def active(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the conversations that are not archived."""
    if context.dialect == "documented":
        everything = Listing(caller.user.id, source="either", limit=-1, with_messages=True)
        found = await context.conversations.listed(everything)
        return json_response([documented.conversation(each) for each in found.conversations])
    if context.dialect == "legacy":
        return json_response(await _legacy(request, context, caller))
    listing = _listing(request, caller, default_limit=10)
    found = await context.conversations.listed(listing)
    body = _envelope(request, listing, found) | {"source": listing.source}
    if listing.source == "shared":
        for row in body["conversations"]:
            del row["sharedWith"]
    return json_response(body)


async def archived(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """List the archived conversations; their rows hold the messages, too."""
    if context.dialect == "documented":
        everything = Listing(caller.user.id, archived=True, limit=-1, with_messages=True)
        found = await context.conversations.listed(everything)
        return json_response([documented.conversation(each) for each in found.conversations])
    listing = _listing(request, caller, default_limit=20)
    listing = replace(listing, archived=True, with_messages=True, source="owned")
    found = await context.conversations.listed(listing)
    body = _envelope(request, listing, found)
    for row, kept in zip(body["conversations"], found.conversations, strict=True):
        row["archivedAt"] = iso(kept.updated_at)
    instants = [kept.updated_at for kept in found.conversations]
    body["summary"] = {
        "totalArchived": found.total,
        "oldestArchive": iso(min(instants)) if instants else None,
        "newestArchive": iso(max(instants)) if instants else None,
    }
    return json_response(body)


async def _legacy(request: web.Request, context: Context, caller: Caller) -> Json:
    """List as 0.2 and 0.3 do: nothing is checked, and what others share comes beside."""
    listing = Listing(
        caller.user.id,
        search=request.query.get("search"),
        page=_lenient(request.query.get("page"), 1),
        limit=min(_lenient(request.query.get("limit"), 20), 100),
    )
    own = await context.conversations.listed(listing)
    shared = await context.conversations.listed(replace(listing, source="shared"))
    body = _envelope(request, listing, own)
    rows = [enveloped.row(each, caller.user.id) for each in shared.conversations]
    return body | {"sharedWithMeConversations": rows}


def _listing(request: web.Request, caller: Caller, default_limit: int) -> Listing:
    """Read and check the query string; raises `Invalid`."""
    checked = Checked(request.query)
    source = checked.choice("source", ("owned", "shared"), "Invalid source", "owned")
    page = checked.whole("page", 1, most=1_000_000)
    limit = checked.whole("limit", default_limit, most=100)
    sort_by = checked.choice("sortBy", COLUMNS, "Invalid sort field", "lastActivityAt")
    order = checked.choice("sortOrder", ("asc", "desc"), "Invalid sort order", "desc")
    search = checked.text("search", "Search", least=0, most=LONGEST_SEARCH)
    shared = checked.choice("shared", FLAGS, "shared must be true or false", "")
    start, end = checked.instant("startDate"), checked.instant("endDate")
    checked.done()
    return Listing(
        reader=caller.user.id,
        source=source,
        search=without_markup(search) if search else None,
        conversation_id=request.query.get("conversationId"),
        shared=FLAGS.get(shared),
        start=start,
        end=end,
        sort_by=sort_by,
        descending=order == "desc",
        page=page,
        limit=limit,
    )


def _envelope(request: web.Request, listing: Listing, found: Page) -> Json:
    applied = sorted(set(request.query) - {"page", "limit"})
    return {
        "conversations": [
            enveloped.row(each, listing.reader, messages=listing.with_messages)
            for each in found.conversations
        ],
        "pagination": pages(listing.page, listing.limit, found.total),
        "filters": {"applied": {"filters": applied}, "available": {"shared": ["true", "false"]}},
        "meta": meta(request),
    }


def _lenient(value: str | None, default: int) -> int:
    return int(value) if value and value.isdecimal() and 0 < int(value) < 1_000_000 else default  # noqa: PLR2004
