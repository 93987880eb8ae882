"""A person's browser on the way to a PipesHub account, without the drawing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.demo.accounts import accounts
from bot.demo.workspace.inputs import elements
from bot.demo.workspace.model import Message
from bot.slack.render.blocks import CONNECT
from tests.house import House

CLIENT = "bot-client"


@dataclass(frozen=True)
class Page:
    """A page as it came: its status, headers and text."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def said(self) -> str:
        """The one sentence of a page of the bot's."""
        found = re.search(r"<p>(.*?)</p>", self.text, re.DOTALL)
        return found.group(1) if found else ""


class Browser:
    """Follows links and answers the consent page."""

    def __init__(self, session: aiohttp.ClientSession, home: House) -> None:
        self.session = session
        self._home = home

    async def get(self, url: str, *, follow: bool = False) -> Page:
        async with self.session.get(url, allow_redirects=follow) as response:
            return Page(response.status, dict(response.headers), await response.text())

    async def asked(self, address: str) -> str:
        """Follow the bot's link and return the name of the request that PipesHub's page is about."""
        found = await self.get(address, follow=True)
        name = re.search(r'name="request" value="([^"]+)"', found.text)
        assert name is not None, found.text
        return name.group(1)

    async def decided(self, request: str, who: str, decision: str = "allow") -> str:
        """Decide as somebody and return the address that leads back to the bot."""
        form = {"request": request, "user": email(who), "decision": decision}
        async with self.session.post(
            f"{self._home.knowledge.url}/oauth/authorize", data=form, allow_redirects=False
        ) as response:
            assert response.status == 302
            return str(response.headers["Location"])

    async def connected(self, address: str, who: str, decision: str = "allow") -> Page:
        """Go all the way and return the page it ends at."""
        return await self.get(await self.decided(await self.asked(address), who, decision))


@asynccontextmanager
async def browser(home: House) -> AsyncIterator[Browser]:
    """Open a browser without any cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Browser(session, home)


def email(who: str) -> str:
    """Return the address of a colleague by their handle; anything else is one already."""
    return next((each.email for each in accounts() if each.email.startswith(f"{who}@")), who)


async def invited(home: House, who: str, number: int = 1) -> tuple[Message, str]:
    """Wait for a person's numbered invitation; return it with its address."""

    def found() -> tuple[Message, str] | None:
        invitations = [
            (message, str(each["url"]))
            for message in home.workspace.ephemerals(who)
            for _, each in elements(message.blocks)
            if each.get("url") and each["text"]["text"] == CONNECT
        ]
        return invitations[number - 1] if len(invitations) >= number else None

    return await home.workspace.until(found)


async def connect(home: House, who: str) -> Page:
    """Have somebody ask, follow their invitation and allow it; the answer comes by itself."""
    _, address = await invited(home, who)
    async with browser(home) as theirs:
        return await theirs.connected(address, who)
