"""What a server tells about itself, without anything being asked of its documents."""

from dataclasses import dataclass
from enum import StrEnum

import httpx

from bot.domain.errors import PipesHubError, Unreachable
from bot.pipeshub.frames import objects, text
from bot.pipeshub.operations import LIST, Call, Operation
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server
from bot.pipeshub.transport import Transport

HEALTH = Operation("GET", "/health")
DESCRIPTION = Operation("GET", "/docs/json")
"""The server's own OpenAPI description."""

ONCE = Retries(attempts=1)
PATIENCE = 15.0
"""Seconds for one call; the description of a real server has megabytes."""


class Generation(StrEnum):
    """Which servers there are, by what they let see."""

    DOCUMENTED = "as documented, with bare bodies"
    PLAIN = "v0.2 or v0.3"
    LEGACY = "v0.4 or v0.5"
    AGUI = "v0.6 or later"
    UNKNOWN = "not told"


@dataclass(frozen=True, slots=True)
class Health:
    """What a server says of itself; `ailing` are the parts that are not well."""

    well: bool
    ailing: tuple[str, ...] = ()


class About:
    """Asks one server, as one person, about itself."""

    def __init__(self, server: Server, auth: httpx.Auth) -> None:
        self._transport = Transport(server, auth)

    async def health(self) -> Health | None:
        """Return how the server is, None where it does not say: GET /health.

        It answers 200 even when it is not well. Raises Unreachable.
        """
        try:
            body = objects(await self._fetch(HEALTH))
        except Unreachable:
            raise
        except PipesHubError:
            return None
        services = objects(body.get("services"))
        ailing = tuple(sorted(str(name) for name, state in services.items() if state == "unhealthy"))
        return Health(text(body, "status") != "unhealthy" and not ailing, ailing)

    async def generation(self) -> Generation:
        """Return which generation the server is of: GET /conversations and GET /docs/json.

        Streams say it themselves with their first event; this asks no question. Raises PipesHubError for
        the list, which needs the token.
        """
        listed = await self._fetch(LIST, limit=1)
        if isinstance(listed, list):
            return Generation.DOCUMENTED
        if "sharedWithMeConversations" in objects(listed):
            return Generation.PLAIN
        try:
            described = objects(await self._fetch(DESCRIPTION))
        except PipesHubError:
            return Generation.UNKNOWN
        schemas = objects(objects(described.get("components")).get("schemas"))
        if "ConversationStreamRequest" in schemas:
            return Generation.AGUI
        return Generation.LEGACY if "paths" in described else Generation.UNKNOWN

    async def _fetch(self, operation: Operation, **params: int) -> object:
        return await self._transport.fetch(Call(operation, params=params), ONCE, within=PATIENCE)
