"""As whom PipesHub is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

import httpx

from bot.domain.turns import SERVICE
from bot.pipeshub.catalog import Catalog, People
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server

KEPT = 1_000
"""Identities whose clients, with what they know of the server's models and sources, are kept at once."""


@dataclass(frozen=True, slots=True)
class _Clients:
    conversations: Conversations
    catalog: Catalog
    people: People


class Identities:
    """The identities of one workspace: `SERVICE` for everybody, or each Slack user's own PipesHub account."""

    def __init__(
        self,
        server: Server,
        auth: Callable[[str], httpx.Auth],
        linked: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        """Ask `server`; `auth` signs as an identity.

        With linked accounts an identity is a Slack user's id, and `linked` raises NotLinked where that user
        has no account.
        """
        self._server = server
        self._auth = auth
        self._linked = linked
        self.linked = linked is not None
        self._clients = lru_cache(KEPT)(self._made)

    def of(self, person: str) -> str:
        """Return the identity under which a Slack user asks."""
        return person if self.linked else SERVICE

    async def ready(self, person: str) -> None:
        """Make sure that PipesHub can be asked for a Slack user. Raises NotLinked."""
        if self._linked is not None:
            await self._linked(person)

    def conversations(self, identity: str) -> Conversations:
        """Return the conversations as an identity sees them."""
        return self._clients(identity).conversations

    def catalog(self, identity: str) -> Catalog:
        """Return the models and sources that an identity may choose from."""
        return self._clients(identity).catalog

    def people(self, identity: str) -> People:
        """Return the people of the server as an identity sees them."""
        return self._clients(identity).people

    def _made(self, identity: str) -> _Clients:
        auth = self._auth(identity)
        return _Clients(
            Conversations(self._server, auth), Catalog(self._server, auth), People(self._server, auth)
        )
