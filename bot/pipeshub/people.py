"""The people PipesHub knows."""

import asyncio
import re
from collections.abc import Collection, Iterable
from typing import Annotated

import httpx
import structlog
from pydantic import AliasChoices, Field

from bot.domain.errors import PipesHubError
from bot.domain.people import Account
from bot.pipeshub.failures import shapeless
from bot.pipeshub.frames import objects
from bot.pipeshub.operations import Call, Operation
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server
from bot.pipeshub.tolerance import Body, Objects, Text
from bot.pipeshub.transport import Transport

USERS = Operation("GET", "/users")
USER = Operation("GET", "/users/{user_id}")

MOST = 100
"""Users on one page; the server gives no more."""

AT_ONCE = 8
"""Calls on their way at the same time: the server counts everything the bot sends as one caller's."""

log = structlog.get_logger(__name__)


class _User(Body):
    # Conversations are shared by `userId`; beside it, `id` can be the key of another database.
    id: str = Field("", validation_alias=AliasChoices("userId", "_id", "id"))
    email: str = ""
    name: Text = Field("", validation_alias=AliasChoices("fullName", "name"))
    is_deleted: bool = False


class _Users(Body):
    users: Annotated[tuple[_User, ...], Objects] = ()


class People:
    """The users of one server, as one of them sees them; a token needs the scope `user:read`."""

    def __init__(self, server: Server, auth: httpx.Auth, retries: Retries | None = None) -> None:
        self._transport = Transport(server, auth)
        self._retries = retries or Retries()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def with_emails(self, emails: Collection[str]) -> dict[str, Account]:
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
        return {each.email: Account(each.id, each.name) for each in users if each.email in wanted}

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the names behind ids, without those the server does not tell: GET /users/{id}."""
        wanted = list(dict.fromkeys(ids))
        names = await asyncio.gather(*(self._name(each) for each in wanted))
        return {id_: name for id_, name in zip(wanted, names, strict=True) if name}

    async def _search(self, email: str) -> tuple[list[_User], bool]:
        """Return the users found, with addresses in lower case, and whether they are all there are."""
        call = Call(USERS, params={"search": re.escape(email), "page": 1, "limit": MOST})
        async with self._room:
            body = await self._transport.fetch(call, self._retries)
        everybody = isinstance(body, list)
        listed = body if everybody else objects(body).get("users")
        if not isinstance(listed, list):
            raise shapeless(call)
        users = _Users.model_validate({"users": listed}).users
        known = [each for each in users if each.id and each.email and not each.is_deleted]
        return [each.model_copy(update={"email": each.email.lower()}) for each in known], everybody

    async def _name(self, user_id: str) -> str:
        call = Call(USER, {"user_id": user_id})
        try:
            async with self._room:
                body = objects(await self._transport.fetch(call, self._retries))
        except PipesHubError as error:
            log.info("a name is not told", error=type(error).__name__, reason=error.detail)
            return ""
        user = _User.model_validate(objects(body.get("user")) or body)
        return user.name or user.email
