"""The pages on the way into a workspace: out to Slack, and back."""

import secrets

from aiohttp import web

from bot.domain.errors import InstallExpired
from bot.flows.accounts.installation import INSTALL, REDIRECT, Installing
from bot.flows.accounts.installation import STATE as INSTALL_STATE
from bot.slack.pages import page, redirect
from bot.slack.visits import explained, parameter, remembered, visitor

COOKIE = "slack_installing"

NOT_INSTALLED = "I am not installed"
INSTALLED = "I am in your workspace"
BEGIN = (
    "I am installed in {where}. You can close this window: invite me to a channel in Slack, "
    "mention me with a question, and I answer in the thread."
)


def routes(installing: Installing, public_url: str) -> list[web.AbstractRouteDef]:
    """Return the paths; `public_url` is where browsers find them."""

    async def install(request: web.Request) -> web.Response:
        browser = visitor(request, COOKIE) or secrets.token_urlsafe(32)
        response = redirect(await installing.depart(browser))
        return remembered(response, COOKIE, browser, f"{public_url}/slack/", INSTALL_STATE)

    async def back(request: web.Request) -> web.Response:
        granted = await installing.finish(
            parameter(request, "code", InstallExpired),
            parameter(request, "state", InstallExpired),
            visitor(request, COOKIE),
            parameter(request, "error", InstallExpired),
        )
        return page(INSTALLED, BEGIN.format(where=granted.name or "your workspace"))

    return [
        web.get(INSTALL, explained(NOT_INSTALLED, install), allow_head=False),
        web.get(REDIRECT, explained(NOT_INSTALLED, back), allow_head=False),
    ]
