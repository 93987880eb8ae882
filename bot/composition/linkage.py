"""What a process has where everybody asks with a PipesHub account of their own."""

from collections.abc import Awaitable, Callable

from bot.composition.process import Process, secret
from bot.domain.people import Member
from bot.flows.accounts.identity import Identities, Signing
from bot.flows.accounts.link import CALLBACK, Linking
from bot.pipeshub.oauth import OAuth
from bot.store.accounts import LinkedAccounts, Links

Workspace = Callable[[], Awaitable[str]]
"""Tells the id of the workspace that an installation is in."""


class Linkage:
    """Connects accounts, and asks as them."""

    def __init__(self, process: Process, member: Callable[[str, str], Awaitable[Member]]) -> None:
        """Build the parts; `member` tells who a Slack user of a workspace is."""
        settings = process.settings
        public_url = settings.public_url or ""
        accounts = LinkedAccounts(process.database, process.vault)
        oauth = OAuth(
            process.server,
            settings.pipeshub_client_id or "",
            secret(settings.pipeshub_client_secret),
            f"{public_url}{CALLBACK}",
        )
        self.linking = Linking(
            accounts,
            Links(process.database, process.vault),
            oauth,
            public_url,
            member,
            any_email=settings.allow_email_mismatch,
        )
        self._server = process.server
        self._signing = Signing(accounts, oauth, self.linking)

    def identities(self, workspace: Workspace) -> Identities:
        """Return the people of a workspace, each as themselves."""

        async def linked(person: str) -> None:
            await self.linking.account(await workspace(), person)

        return Identities(self._server, lambda person: self._signing.auth(workspace, person), linked)


def known(workspace: Workspace) -> Workspace:
    """Return what asks for a workspace's id once, and remembers it."""
    found: list[str] = []

    async def tell() -> str:
        if not found:
            found.append(await workspace())
        return found[0]

    return tell
