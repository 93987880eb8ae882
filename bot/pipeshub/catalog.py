"""What PipesHub offers: its generation and health, models, knowledge sources and people."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import httpx
import structlog
from pydantic import AliasChoices, Field

from bot.domain.errors import NotAllowed, NotFound, NotPipesHub, PipesHubError, RequestRefused, Unreachable
from bot.domain.people import PipesHubUser
from bot.domain.turns import KnowledgeSource, Model, SourceKind
from bot.pipeshub.errors import unexpected_json_error
from bot.pipeshub.http import RetryPolicy, Server, Transport
from bot.pipeshub.json_body import CleanText, JsonBody, ObjectsOnly, as_object, first_text
from bot.pipeshub.requests import LIST, Call, Operation

log = structlog.get_logger(__name__)

HEALTH = Operation("GET", "/health")
DESCRIPTION = Operation("GET", "/docs/json")
"""The server's own OpenAPI description."""

PROBE_ONCE = RetryPolicy(attempts=1)
PROBE_PATIENCE = 15.0
"""Seconds for one call; the description of a real server has megabytes."""


class ServerGeneration(StrEnum):
    """Which servers there are, by what they let see."""

    DOCUMENTED = "as documented, with bare bodies"
    PLAIN = "v0.2 or v0.3"
    LEGACY = "v0.4 or v0.5"
    AGUI = "v0.6 or later"
    UNKNOWN = "not told"


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """What a server says of itself; `ailing` are the parts that are not well."""

    is_healthy: bool
    unhealthy_services: tuple[str, ...] = ()


class ServerProbe:
    """Asks one server, as one person, about itself."""

    def __init__(self, server: Server, auth: httpx.Auth) -> None:
        self._transport = Transport(server, auth)

    async def health(self) -> ServerHealth | None:
        """Return how the server is, None where it does not say: GET /health.

        It answers 200 even when it is not well. Raises Unreachable.
        """
        try:
            body = as_object(await self._fetch(HEALTH))
        except Unreachable:
            raise
        except PipesHubError:
            return None
        services = as_object(body.get("services"))
        ailing = tuple(sorted(str(name) for name, state in services.items() if state == "unhealthy"))
        return ServerHealth(first_text(body, "status") != "unhealthy" and not ailing, ailing)

    async def generation(self) -> ServerGeneration:
        """Return which generation the server is of: GET /conversations and GET /docs/json.

        Streams say it themselves with their first event; this asks no question. Raises PipesHubError for
        the list, which needs the token.
        """
        listed = await self._fetch(LIST, limit=1)
        if isinstance(listed, list):
            return ServerGeneration.DOCUMENTED
        if "sharedWithMeConversations" in as_object(listed):
            return ServerGeneration.PLAIN
        try:
            described = as_object(await self._fetch(DESCRIPTION))
        except PipesHubError:
            return ServerGeneration.UNKNOWN
        schemas = as_object(as_object(described.get("components")).get("schemas"))
        if "ConversationStreamRequest" in schemas:
            return ServerGeneration.AGUI
        return ServerGeneration.LEGACY if "paths" in described else ServerGeneration.UNKNOWN

    async def _fetch(self, operation: Operation, **params: int) -> object:
        return await self._transport.fetch(Call(operation, params=params), PROBE_ONCE, within=PROBE_PATIENCE)


MODELS = Operation("GET", "/configurationManager/ai-models/available/llm")
NODES = Operation("GET", "/knowledgeBase/knowledge-hub/nodes")
CONNECTORS = Operation("GET", "/connectors/active")
BASES = Operation("GET", "/knowledgeBase")

CACHE_SECONDS = 300.0
"""Seconds an answer is remembered: models and sources change by the day, and people wait for a form."""

PROBE_TIMEOUT = 5.0
"""Seconds for one list: a form without it is better than a form that does not come."""

NO_RETRIES = RetryPolicy(attempts=1)
CATALOG_PAGE_SIZE = 200  # rows of one page, the server's own limit; a form shows no more than 100 of a kind

# The server has no such list, or not for this token: what it would offer is not offered.
LIST_REFUSED_ERRORS = (NotAllowed, NotFound, NotPipesHub, RequestRefused)

# The one form of id that filters take.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ROOTS = frozenset({"app", "recordGroup"})
_T = TypeVar("_T")


class Catalog:
    """The lists of one server as one person sees them.

    Nothing here raises: a list the server does not give is empty. What it withholds is remembered like
    what it gives; a failure is not, so that the next form may have the list.
    """

    def __init__(self, server: Server, auth: httpx.Auth, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask `server` as `auth`; `clock` gives seconds."""
        self._transport = Transport(server, auth)
        self._clock = clock
        self._cache: dict[str, tuple[float, tuple[Any, ...]]] = {}

    async def models(self) -> tuple[Model, ...]:
        """Return the language models: GET /configurationManager/ai-models/available/llm."""
        return await self._cached("models", self._models)

    async def sources(self) -> tuple[KnowledgeSource, ...]:
        """Return the knowledge sources by name: GET /knowledgeBase/knowledge-hub/nodes.

        A server without that list is asked for GET /connectors/active and GET /knowledgeBase.
        """
        return await self._cached("sources", self._sources)

    async def _cached(self, name: str, ask: Callable[[], Awaitable[tuple[_T, ...]]]) -> tuple[_T, ...]:
        until, known = self._cache.get(name, (0.0, ()))
        if self._clock() < until:
            return known
        try:
            found = await ask()
        except LIST_REFUSED_ERRORS as error:
            log.info("pipeshub.list_refused", list=name, reason=error.detail)
            found = ()
        except PipesHubError as error:
            log.warning("pipeshub.list_failed", list=name, reason=error.detail)
            return ()
        self._cache[name] = (self._clock() + CACHE_SECONDS, found)
        return found

    async def _models(self) -> tuple[Model, ...]:
        rows = _rows(await self._fetch(Call(MODELS)), "models")
        read = [
            Model(
                key=first_text(row, "modelKey"),
                name=first_text(row, "modelName"),
                label=first_text(row, "modelFriendlyName", "modelName"),
                is_default=row.get("isDefault") is True,
            )
            for row in rows
        ]
        return _each_once((each.key, each) for each in read if each.key and each.label)

    async def _sources(self) -> tuple[KnowledgeSource, ...]:
        try:
            found = [
                *map(
                    _node, _rows(await self._fetch(Call(NODES, params={"limit": CATALOG_PAGE_SIZE})), "items")
                )
            ]
        except LIST_REFUSED_ERRORS:
            found = [*await self._connectors(), *await self._bases()]
        usable = [each for each in found if each is not None and _UUID.fullmatch(each.id) and each.name]
        usable.sort(key=lambda each: each.name.casefold())
        return _each_once((each.id, each) for each in usable)

    async def _connectors(self) -> list[KnowledgeSource]:
        rows = await self._listed(Call(CONNECTORS), "connectors")
        # The description says `connectorId`, servers say `_key`.
        return [
            KnowledgeSource(first_text(row, "_key", "connectorId"), first_text(row, "name"), SourceKind.APP)
            for row in rows
        ]

    async def _bases(self) -> list[KnowledgeSource]:
        rows = await self._listed(Call(BASES, params={"limit": CATALOG_PAGE_SIZE // 2}), "knowledgeBases")
        return [
            KnowledgeSource(first_text(row, "id"), first_text(row, "name"), SourceKind.BASE) for row in rows
        ]

    async def _listed(self, call: Call, name: str) -> list[Mapping[str, Any]]:
        try:
            return _rows(await self._fetch(call), name)
        except LIST_REFUSED_ERRORS as error:
            log.info("pipeshub.list_refused", list=name, reason=error.detail)
            return []

    async def _fetch(self, call: Call) -> object:
        return await self._transport.fetch(call, NO_RETRIES, within=PROBE_TIMEOUT)


def _rows(body: object, name: str) -> list[Mapping[str, Any]]:
    rows = as_object(body).get(name)
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _node(row: Mapping[str, Any]) -> KnowledgeSource | None:
    """Read one node of the hub, as far as it stands at the top of it."""
    kind, origin = first_text(row, "nodeType"), first_text(row, "origin")
    if origin == "COLLECTION" and kind in _ROOTS:
        return KnowledgeSource(first_text(row, "id"), first_text(row, "name"), SourceKind.BASE)
    if origin == "CONNECTOR" and kind == "app":
        return KnowledgeSource(first_text(row, "id"), first_text(row, "name"), SourceKind.APP)
    return None


def _each_once(named: Iterable[tuple[str, _T]]) -> tuple[_T, ...]:
    return tuple(dict(named).values())


USERS = Operation("GET", "/users")
USER = Operation("GET", "/users/{user_id}")

USERS_PAGE_SIZE = 100
"""Users on one page; the server gives no more."""

MAX_CONCURRENT_CALLS = 8
"""Calls on their way at the same time: the server counts everything the bot sends as one caller's."""


class _User(JsonBody):
    # Conversations are shared by `userId`; beside it, `id` can be the key of another database.
    id: str = Field("", validation_alias=AliasChoices("userId", "_id", "id"))
    email: str = ""
    name: CleanText = Field("", validation_alias=AliasChoices("fullName", "name"))
    is_deleted: bool = False


class _Users(JsonBody):
    users: Annotated[tuple[_User, ...], ObjectsOnly] = ()


class UserDirectory:
    """The users of one server, as one of them sees them; a token needs the scope `user:read`."""

    def __init__(self, server: Server, auth: httpx.Auth, retries: RetryPolicy | None = None) -> None:
        self._transport = Transport(server, auth)
        self._retries = retries or RetryPolicy()
        self._concurrency = asyncio.Semaphore(MAX_CONCURRENT_CALLS)

    async def find_by_emails(self, emails: Collection[str]) -> dict[str, PipesHubUser]:
        """Return the accounts with these addresses, by address in lower case: GET /users?search=….

        Up to v0.3 servers know no search and answer with everybody in a bare array; later ones take the
        search as a pattern and find more than was meant. Either way only equal addresses count. Raises
        PipesHubError.
        """
        wanted = {email.lower() for email in emails}
        if not wanted:
            return {}
        first, *others = sorted(wanted)
        users, everybody = await self._search(first)
        if not everybody:
            for more, _ in await asyncio.gather(*(self._search(each) for each in others)):
                users += more
        return {each.email: PipesHubUser(each.id, each.name) for each in users if each.email in wanted}

    async def find_names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the names behind ids, without those the server does not tell: GET /users/{id}."""
        wanted = list(dict.fromkeys(ids))
        names = await asyncio.gather(*(self._name(each) for each in wanted))
        return {id_: name for id_, name in zip(wanted, names, strict=True) if name}

    async def _search(self, email: str) -> tuple[list[_User], bool]:
        """Return the users found, with addresses in lower case, and whether they are all there are."""
        call = Call(USERS, params={"search": re.escape(email), "page": 1, "limit": USERS_PAGE_SIZE})
        async with self._concurrency:
            body = await self._transport.fetch(call, self._retries)
        everybody = isinstance(body, list)
        listed = body if everybody else as_object(body).get("users")
        if not isinstance(listed, list):
            raise unexpected_json_error(call)
        users = _Users.model_validate({"users": listed}).users
        known = [each for each in users if each.id and each.email and not each.is_deleted]
        return [each.model_copy(update={"email": each.email.lower()}) for each in known], everybody

    async def _name(self, user_id: str) -> str:
        call = Call(USER, {"user_id": user_id})
        try:
            async with self._concurrency:
                body = as_object(await self._transport.fetch(call, self._retries))
        except PipesHubError as error:
            log.info("pipeshub.user_name_unavailable", error=error.reason, reason=error.detail)
            return ""
        user = _User.model_validate(as_object(body.get("user")) or body)
        return user.name or user.email
