"""The pages on the way to an account: out to PipesHub, and back."""

import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from aiohttp import web

from bot.domain.errors import BotError, LinkExpired, Refusal, Unforeseen
from bot.domain.linking import Linked
from bot.flows.linking import CALLBACK, CONNECT, STATE, Linking
from bot.slack.pages import page, redirect

COOKIE = "pipeshub_connecting"

LONGEST = 4_096
"""Characters of a parameter: codes of real servers have a few hundred at most."""

NOT_CONNECTED = "Your account is not connected"
CONNECTED = "Your PipesHub account is connected"
GO_BACK = (
    "You are signed in to PipesHub as {who}. You can close this window and go back to Slack: "
    "what you asked there is being answered."
)

_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")

log = structlog.get_logger(__name__)


def routes(linking: Linking, linked: Callable[[Linked], None], public_url: str) -> list[web.AbstractRouteDef]:
    """Return the paths; `linked` is told of every new account, `public_url` is where browsers find them."""
    address = urlsplit(public_url)

    async def connect(request: web.Request) -> web.Response:
        browser = _browser(request) or secrets.token_urlsafe(32)
        response = redirect(await linking.depart(_parameter(request, "ticket"), browser))
        response.set_cookie(
            COOKIE,
            browser,
            max_age=round(STATE),
            path=f"{address.path.rstrip('/')}/pipeshub/",
            httponly=True,
            secure=address.scheme == "https",
            samesite="Lax",
        )
        return response

    async def callback(request: web.Request) -> web.Response:
        account = await linking.finish(
            _parameter(request, "code"),
            _parameter(request, "state"),
            _browser(request),
            _parameter(request, "error"),
        )
        linked(account)
        return page(
            CONNECTED, GO_BACK.format(who=account.owner.email or "somebody without an e-mail address")
        )

    # A HEAD request must not use a ticket up.
    return [
        web.get(CONNECT, _explained(connect), allow_head=False),
        web.get(CALLBACK, _explained(callback), allow_head=False),
    ]


def _explained(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that says what went wrong and what to do next."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as error:
            log.info("an account is not connected", refusal=type(error).__name__)
            return page(NOT_CONNECTED, error.sentence, 400)
        except BotError as error:
            log.warning("an account is not connected", error=type(error).__name__, reason=error.detail)
            return page(NOT_CONNECTED, error.sentence, 502)
        except Exception:
            code = uuid4().hex[:8]
            log.exception("an account is not connected", incident=code)
            return page(NOT_CONNECTED, Unforeseen(code).sentence, 500)

    return handle


def _browser(request: web.Request) -> str:
    """Return the cookie of an earlier step, empty where it is none of ours."""
    found = request.cookies.get(COOKIE, "")
    return found if _COOKIE_VALUE.fullmatch(found) else ""


def _parameter(request: web.Request, name: str) -> str:
    """Return a parameter, empty where it is missing. Raises LinkExpired where there are several."""
    found = request.query.getall(name, [""])
    if len(found) > 1 or len(found[0]) > LONGEST:
        raise LinkExpired
    return found[0]
