"""What PipesHub has beside conversations: its generation and health, models, knowledge sources and users."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from enum import StrEnum
from typing import Any

import httpx
import structlog
from cachetools import TTLCache
from pydantic import AliasChoices, Field

from bot.domain.errors import NotAllowed, NotFound, NotPipesHub, PipesHubError, RequestRefused, Unreachable
from bot.domain.people import PipesHubUser
from bot.domain.text import single_line
from bot.domain.turns import KnowledgeSource, Model, SourceKind
from bot.pipeshub.errors import unexpected_json_error
from bot.pipeshub.http import NO_RETRIES, RetryPolicy, Server, Transport
from bot.pipeshub.json_body import JsonObject, LenientModel, SingleLine, as_object, first_text, objects_in
from bot.pipeshub.requests import LIST, UUID, Call, Operation

log = structlog.get_logger(__name__)

HEALTH = Operation("GET", "/health")
DESCRIPTION = Operation("GET", "/docs/json")  # the server's own OpenAPI description
PROBE_TIMEOUT = 15.0  # seconds for one call; the description of a real server has megabytes


class ServerGeneration(StrEnum):
    """The generations of servers, as far as they can be told apart."""

    DOCUMENTED = "as documented, with bare bodies"
    PLAIN = "v0.2 or v0.3"
    LEGACY = "v0.4 or v0.5"
    AGUI = "v0.6 or later"
    UNKNOWN = "not told"


MODELS = Operation("GET", "/configurationManager/ai-models/available/llm")
NODES = Operation("GET", "/knowledgeBase/knowledge-hub/nodes")
CONNECTORS = Operation("GET", "/connectors/active")
BASES = Operation("GET", "/knowledgeBase")

CACHE_SECONDS = 300.0
"""Seconds a list is remembered: models and sources change by the day, and people wait for a form."""

LIST_TIMEOUT = 5.0  # seconds for one list: a form without it is better than a form that does not come
NODES_PAGE_SIZE = 200  # rows of one page, the server's own limit; a form shows at most 100 of a kind
OLDER_SOURCE_LISTS: tuple[tuple[Operation, dict[str, int], str, SourceKind, tuple[str, ...]], ...] = (
    # The OpenAPI description says `connectorId`, servers say `_key`.
    (CONNECTORS, {}, "connectors", SourceKind.APP, ("_key", "connectorId")),
    (BASES, {"limit": 100}, "knowledgeBases", SourceKind.BASE, ("id",)),
)
"""The lists of a server without the hub's: operation, parameters, and the names of its rows and their ids."""

# The server has no such list, or not for this token: nothing of it is offered.
LIST_REFUSED_ERRORS = (NotAllowed, NotFound, NotPipesHub, RequestRefused)


class Catalog:
    """One server as one person sees it: what it says of itself, and its lists.

    A list that the server does not give is empty. A refusal is remembered like a list; a failure is not, so
    that the next form may have the list.
    """

    def __init__(self, server: Server, auth: httpx.Auth, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask `server` as `auth`; `clock` gives seconds."""
        self._transport = Transport(server, auth, NO_RETRIES)
        self._lists: TTLCache[str, tuple[Any, ...]] = TTLCache(2, CACHE_SECONDS, clock)

    async def unhealthy_services(self) -> tuple[str, ...] | None:
        """Return what is not well by the server's own word, None where it does not say: GET /health.

        It answers 200 even when it is not well. Raises Unreachable.
        """
        try:
            body = as_object(await self._transport.fetch(Call(HEALTH), within=PROBE_TIMEOUT))
        except Unreachable:
            raise
        except PipesHubError:
            return None
        services = as_object(body.get("services"))
        unhealthy = tuple(sorted(str(name) for name, state in services.items() if state == "unhealthy"))
        is_unhealthy = first_text(body, "status") == "unhealthy"
        return unhealthy or (("the server does not say what",) if is_unhealthy else ())

    async def generation(self) -> ServerGeneration:
        """Return the generation, asking no question: GET /conversations, /docs/json. Raises PipesHubError."""
        listed = await self._transport.fetch(Call(LIST, params={"limit": 1}), within=PROBE_TIMEOUT)
        if isinstance(listed, list):
            return ServerGeneration.DOCUMENTED
        if "sharedWithMeConversations" in as_object(listed):
            return ServerGeneration.PLAIN
        try:
            described = as_object(await self._transport.fetch(Call(DESCRIPTION), within=PROBE_TIMEOUT))
        except PipesHubError:
            return ServerGeneration.UNKNOWN
        schemas = as_object(as_object(described.get("components")).get("schemas"))
        if "ConversationStreamRequest" in schemas:
            return ServerGeneration.AGUI
        return ServerGeneration.LEGACY if "paths" in described else ServerGeneration.UNKNOWN

    async def models(self) -> tuple[Model, ...]:
        """Return the language models: GET /configurationManager/ai-models/available/llm."""
        return await self._cached("models", self._fetch_models)

    async def sources(self) -> tuple[KnowledgeSource, ...]:
        """Return the knowledge sources by name: GET /knowledgeBase/knowledge-hub/nodes.

        A server without that list is asked for GET /connectors/active and GET /knowledgeBase.
        """
        return await self._cached("sources", self._fetch_sources)

    async def _cached(self, name: str, fetch: Callable[[], Awaitable[tuple[Any, ...]]]) -> tuple[Any, ...]:
        known = self._lists.get(name)
        if known is not None:
            return known
        try:
            self._lists[name] = found = await fetch()
        except LIST_REFUSED_ERRORS as error:
            log.info("pipeshub.list_refused", list=name, reason=error.detail)
            self._lists[name] = found = ()
        except PipesHubError as error:
            log.warning("pipeshub.list_failed", list=name, reason=error.detail)
            found = ()
        return found

    async def _fetch_models(self) -> tuple[Model, ...]:
        read = [
            Model(
                key=first_text(row, "modelKey"),
                name=first_text(row, "modelName"),
                label=single_line(first_text(row, "modelFriendlyName", "modelName")),
                is_default=row.get("isDefault") is True,
            )
            for row in await self._fetch_rows(Call(MODELS), "models")
        ]
        return tuple({each.key: each for each in read if each.key and each.label}.values())

    async def _fetch_sources(self) -> tuple[KnowledgeSource, ...]:
        try:
            rows = await self._fetch_rows(Call(NODES, params={"limit": NODES_PAGE_SIZE}), "items")
            found = [source for source in map(_source_from_node, rows) if source]
        except LIST_REFUSED_ERRORS:
            found = []
            for operation, params, name, kind, id_names in OLDER_SOURCE_LISTS:
                try:
                    rows = await self._fetch_rows(Call(operation, params=params), name)
                except LIST_REFUSED_ERRORS as error:
                    log.info("pipeshub.list_refused", list=name, reason=error.detail)
                else:
                    found += [_source(row, kind, *id_names) for row in rows]
        usable = sorted(
            (each for each in found if UUID.fullmatch(each.id) and each.name),
            key=lambda each: each.name.casefold(),
        )
        return tuple({each.id: each for each in usable}.values())

    async def _fetch_rows(self, call: Call, name: str) -> list[JsonObject]:
        return objects_in(as_object(await self._transport.fetch(call, within=LIST_TIMEOUT)).get(name))


def _source_from_node(row: JsonObject) -> KnowledgeSource | None:
    """Read one node of the hub, None unless it stands at the top of it."""
    match first_text(row, "origin"), first_text(row, "nodeType"):
        case "COLLECTION", "app" | "recordGroup":
            return _source(row, SourceKind.BASE, "id")
        case "CONNECTOR", "app":
            return _source(row, SourceKind.APP, "id")
    return None


def _source(row: JsonObject, kind: SourceKind, *id_names: str) -> KnowledgeSource:
    return KnowledgeSource(first_text(row, *id_names), single_line(first_text(row, "name")), kind)


USERS = Operation("GET", "/users")
USER = Operation("GET", "/users/{user_id}")

USERS_PAGE_SIZE = 100  # users on one page; the server gives at most that many
MAX_CONCURRENT_CALLS = 8
"""Calls under way at the same time: the server counts everything the bot sends as one caller's."""


class _User(LenientModel):
    # Conversations are shared by `userId`; beside it, `id` can be the key of another database.
    id: str = Field("", validation_alias=AliasChoices("userId", "_id", "id"))
    email: SingleLine = ""
    name: SingleLine = Field("", validation_alias=AliasChoices("fullName", "name"))
    is_deleted: bool = False


class UserDirectory:
    """The users of one server, as one of them sees them; a token needs the scope `user:read`."""

    def __init__(self, server: Server, auth: httpx.Auth, retries: RetryPolicy | None = None) -> None:
        self._transport = Transport(server, auth, retries or RetryPolicy())
        self._concurrency = asyncio.Semaphore(MAX_CONCURRENT_CALLS)

    async def find_by_emails(self, emails: Collection[str]) -> dict[str, PipesHubUser]:
        """Return the accounts with these addresses, by address in lower case: GET /users?search=….

        Up to v0.3 servers know no search and answer with all users in a bare array; later ones take the
        search as a pattern and may find more than meant. Only equal addresses count. Raises PipesHubError.
        """
        wanted = {email.lower() for email in emails}
        if not wanted:
            return {}
        first, *others = sorted(wanted)
        users, are_all = await self._search(first)
        if not are_all:
            for more, _ in await asyncio.gather(*(self._search(each) for each in others)):
                users += more
        by_email = {each.email.lower(): PipesHubUser(each.id, each.name) for each in users}
        return {email: user for email, user in by_email.items() if email in wanted}

    async def find_names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the names behind ids, without those the server does not tell: GET /users/{id}."""
        wanted = list(dict.fromkeys(ids))
        names = await asyncio.gather(*(self._name(each) for each in wanted))
        return {id_: name for id_, name in zip(wanted, names, strict=True) if name}

    async def _search(self, email: str) -> tuple[list[_User], bool]:
        """Return the users found, and whether they are all the server has."""
        call = Call(USERS, params={"search": re.escape(email), "page": 1, "limit": USERS_PAGE_SIZE})
        async with self._concurrency:
            body = await self._transport.fetch(call)
        are_all = isinstance(body, list)
        listed = body if are_all else as_object(body).get("users")
        if not isinstance(listed, list):
            raise unexpected_json_error(call)
        users = map(_User.model_validate, objects_in(listed))
        return [each for each in users if each.id and each.email and not each.is_deleted], are_all

    async def _name(self, user_id: str) -> str:
        try:
            async with self._concurrency:
                body = as_object(await self._transport.fetch(Call(USER, {"user_id": user_id})))
        except PipesHubError as error:
            log.info("pipeshub.user_name_unavailable", error=error.reason, reason=error.detail)
            return ""
        user = _User.model_validate(as_object(body.get("user")) or body)
        return user.name or user.email
