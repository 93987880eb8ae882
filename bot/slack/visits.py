"""What people's browsers bring to the bot's pages, and what they are told where that leads nowhere."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from aiohttp import web

from bot.domain.errors import BotError, Refusal, Unforeseen
from bot.slack.pages import page

LONGEST = 4_096
"""Characters of a parameter: codes of real servers have a few hundred at most."""

_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")

log = structlog.get_logger(__name__)


def explained(
    title: str, handler: Callable[[web.Request], Awaitable[web.Response]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that says, under `title`, what went wrong and what to do next."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            log.info("a visit ends", title=title, refusal=type(error).__name__, reason=error.detail)
            return page(title, error.sentence, 400)
        except BotError as error:
            log.warning("a visit ends", title=title, error=type(error).__name__, reason=error.detail)
            return page(title, error.sentence, 502)
        except Exception:
            code = uuid4().hex[:8]
            log.exception("a visit ends", title=title, incident=code)
            return page(title, Unforeseen(code).sentence, 500)

    return handle


def visitor(request: web.Request, cookie: str) -> str:
    """Return the cookie of an earlier step, empty where it is none of ours."""
    found = request.cookies.get(cookie, "")
    return found if _COOKIE_VALUE.fullmatch(found) else ""


def remembered(response: web.Response, cookie: str, value: str, below: str, seconds: float) -> web.Response:
    """Return a response that leaves a cookie for the addresses `below`, for so many seconds."""
    address = urlsplit(below)
    response.set_cookie(
        cookie,
        value,
        max_age=round(seconds),
        path=address.path,
        httponly=True,
        secure=address.scheme == "https",
        samesite="Lax",
    )
    return response


def parameter(request: web.Request, name: str, otherwise: type[Refusal]) -> str:
    """Return a parameter, empty where it is missing. Raises `otherwise` where there are several."""
    found = request.query.getall(name, [""])
    if len(found) > 1 or len(found[0]) > LONGEST:
        raise otherwise
    return found[0]
