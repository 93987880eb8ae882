"""What a question can be narrowed to: the server's models and knowledge sources, by name."""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import httpx
import structlog

from bot.domain.errors import NotAllowed, NotFound, NotPipesHub, PipesHubError, RequestRefused
from bot.domain.turns import Kind, KnowledgeSource, Model
from bot.pipeshub.frames import objects, text
from bot.pipeshub.operations import Call, Operation
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server
from bot.pipeshub.transport import Transport

log = structlog.get_logger(__name__)

MODELS = Operation("GET", "/configurationManager/ai-models/available/llm")
NODES = Operation("GET", "/knowledgeBase/knowledge-hub/nodes")
CONNECTORS = Operation("GET", "/connectors/active")
BASES = Operation("GET", "/knowledgeBase")

KEPT = 300.0
"""Seconds an answer is remembered: models and sources change by the day, and people wait for a form."""

PATIENCE = 5.0
"""Seconds for one list: a form without it is better than a form that does not come."""

ONCE = Retries(attempts=1)
AT_MOST = 200  # rows of one page, the server's own limit; a form shows no more than 100 of a kind

# The server has no such list, or not for this token: what it would offer is not offered.
WITHHELD = (NotAllowed, NotFound, NotPipesHub, RequestRefused)

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
        self._kept: dict[str, tuple[float, tuple[Any, ...]]] = {}

    async def models(self) -> tuple[Model, ...]:
        """Return the language models: GET /configurationManager/ai-models/available/llm."""
        return await self._remembered("models", self._models)

    async def sources(self) -> tuple[KnowledgeSource, ...]:
        """Return the knowledge sources by name: GET /knowledgeBase/knowledge-hub/nodes.

        A server without that list is asked for GET /connectors/active and GET /knowledgeBase.
        """
        return await self._remembered("sources", self._sources)

    async def _remembered(self, name: str, ask: Callable[[], Awaitable[tuple[_T, ...]]]) -> tuple[_T, ...]:
        until, known = self._kept.get(name, (0.0, ()))
        if self._clock() < until:
            return known
        try:
            found = await ask()
        except WITHHELD as error:
            log.info("pipeshub.list_withheld", list=name, reason=error.detail)
            found = ()
        except PipesHubError as error:
            log.warning("pipeshub.list_failed", list=name, reason=error.detail)
            return ()
        self._kept[name] = (self._clock() + KEPT, found)
        return found

    async def _models(self) -> tuple[Model, ...]:
        rows = _rows(await self._fetch(Call(MODELS)), "models")
        read = [
            Model(
                key=text(row, "modelKey"),
                name=text(row, "modelName"),
                label=text(row, "modelFriendlyName", "modelName"),
                is_default=row.get("isDefault") is True,
            )
            for row in rows
        ]
        return _each_once((each.key, each) for each in read if each.key and each.label)

    async def _sources(self) -> tuple[KnowledgeSource, ...]:
        try:
            found = [*map(_node, _rows(await self._fetch(Call(NODES, params={"limit": AT_MOST})), "items"))]
        except WITHHELD:
            found = [*await self._connectors(), *await self._bases()]
        usable = [each for each in found if each is not None and _UUID.fullmatch(each.id) and each.name]
        usable.sort(key=lambda each: each.name.casefold())
        return _each_once((each.id, each) for each in usable)

    async def _connectors(self) -> list[KnowledgeSource]:
        rows = await self._listed(Call(CONNECTORS), "connectors")
        # The description says `connectorId`, servers say `_key`.
        return [
            KnowledgeSource(text(row, "_key", "connectorId"), text(row, "name"), Kind.APP) for row in rows
        ]

    async def _bases(self) -> list[KnowledgeSource]:
        rows = await self._listed(Call(BASES, params={"limit": AT_MOST // 2}), "knowledgeBases")
        return [KnowledgeSource(text(row, "id"), text(row, "name"), Kind.BASE) for row in rows]

    async def _listed(self, call: Call, name: str) -> list[Mapping[str, Any]]:
        try:
            return _rows(await self._fetch(call), name)
        except WITHHELD as error:
            log.info("pipeshub.list_withheld", list=name, reason=error.detail)
            return []

    async def _fetch(self, call: Call) -> object:
        return await self._transport.fetch(call, ONCE, within=PATIENCE)


def _rows(body: object, name: str) -> list[Mapping[str, Any]]:
    rows = objects(body).get(name)
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _node(row: Mapping[str, Any]) -> KnowledgeSource | None:
    """Read one node of the hub, as far as it stands at the top of it."""
    kind, origin = text(row, "nodeType"), text(row, "origin")
    if origin == "COLLECTION" and kind in _ROOTS:
        return KnowledgeSource(text(row, "id"), text(row, "name"), Kind.BASE)
    if origin == "CONNECTOR" and kind == "app":
        return KnowledgeSource(text(row, "id"), text(row, "name"), Kind.APP)
    return None


def _each_once(named: Iterable[tuple[str, _T]]) -> tuple[_T, ...]:
    return tuple(dict(named).values())
