"""The pages on the way to an account: out to PipesHub, and back."""

import secrets
from collections.abc import Callable

from aiohttp import web

from bot.domain.errors import LinkExpired
from bot.domain.people import Linked
from bot.flows.accounts.link import CALLBACK, CONNECT, Linking
from bot.flows.accounts.link import STATE as LINK_STATE
from bot.slack.pages import page, redirect
from bot.slack.visits import explained, parameter, remembered, visitor

COOKIE = "pipeshub_connecting"

NOT_CONNECTED = "Your account is not connected"
CONNECTED = "Your PipesHub account is connected"
GO_BACK = (
    "You are signed in to PipesHub as {who}. You can close this window and go back to Slack: "
    "what you asked there is being answered."
)


def routes(linking: Linking, linked: Callable[[Linked], None], public_url: str) -> list[web.AbstractRouteDef]:
    """Return the paths; `linked` is told of every new account, `public_url` is where browsers find them."""

    async def connect(request: web.Request) -> web.Response:
        browser = visitor(request, COOKIE) or secrets.token_urlsafe(32)
        response = redirect(await linking.depart(parameter(request, "ticket", LinkExpired), browser))
        return remembered(response, COOKIE, browser, f"{public_url}/pipeshub/", LINK_STATE)

    async def callback(request: web.Request) -> web.Response:
        account = await linking.finish(
            parameter(request, "code", LinkExpired),
            parameter(request, "state", LinkExpired),
            visitor(request, COOKIE),
            parameter(request, "error", LinkExpired),
        )
        linked(account)
        return page(
            CONNECTED, GO_BACK.format(who=account.owner.email or "somebody without an e-mail address")
        )

    # A HEAD request must not use a ticket up.
    return [
        web.get(CONNECT, explained(NOT_CONNECTED, connect), allow_head=False),
        web.get(CALLBACK, explained(NOT_CONNECTED, callback), allow_head=False),
    ]
