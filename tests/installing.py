"""Admins who install the bot in their workspaces, in a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.demo.workspace.workspace import Workspace


class Admin:
    """An admin's browser, at the bot that is at `address`."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.bot = address
        self._session = session

    async def begins(self) -> str:
        """Open the bot's page and return where it leads."""
        async with self._session.get(f"{self.bot}/slack/install", allow_redirects=False) as response:
            assert response.status == 302
            return str(response.headers["Location"])

    async def decides(self, consent: str, place: str, decision: str = "allow") -> str:
        """Decide on Slack's page and return where it leads back."""
        form = {"team": place, "decision": decision}
        async with self._session.post(consent, data=form, allow_redirects=False) as response:
            assert response.status == 302
            return str(response.headers["Location"])

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the browser holds."""
        return {each.key: each.value for each in self._session.cookie_jar}

    async def reads(self, address: str, cookies: dict[str, str] | None = None) -> tuple[int, str]:
        """Return the status and the text of a page; `cookies` are sent beside the browser's own."""
        async with self._session.get(address, cookies=cookies) as response:
            return response.status, await response.text()

    async def installs(self, workspace: Workspace) -> None:
        """Install the bot in a workspace."""
        status, text = await self.reads(await self.decides(await self.begins(), workspace.state.team.id))
        assert (status, workspace.state.team.name in text) == (200, True)


@asynccontextmanager
async def browsing(address: str) -> AsyncIterator[Admin]:
    """Give an admin with a browser of their own."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Admin(address, session)
