"""Finding people in PipesHub, on servers of every generation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Dialect
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.users import SERVICE_USER, User
from bot.domain.errors import NotAllowed, NotPipesHub
from bot.domain.people import PipesHubUser
from bot.pipeshub.catalog import UserDirectory
from bot.pipeshub.http import RetryPolicy, Server
from bot.pipeshub.oauth import fixed_token_auth

DOCUMENTS = Path(__file__).parent.parent / "documents"
DIALECTS = ["documented", "legacy", "agui"]

KIM = User("65f0000000000000000000a1", "kim.lee+hr@example.com", "Kim Lee")
# What an unescaped search for Kim's address, or a search for part of an address, would find as well.
KIMS_DOUBLE = User("65f0000000000000000000a2", "kimxleee+hr@example.com", "Kim Leee")
LONGER = User("65f0000000000000000000a3", "anna.kim.lee+hr@example.com", "Anna Kim Lee")
OLE = User("65f0000000000000000000a4", "ole@example.com", "Ole")


@asynccontextmanager
async def serving(folder: Path, dialect: Dialect) -> AsyncIterator[tuple[KnowledgeServer, UserDirectory]]:
    users = (SERVICE_USER, LONGER, KIMS_DOUBLE, KIM, OLE)
    options = Options(DOCUMENTS, folder / "knowledge.db", dialect, users=users)
    async with KnowledgeServer.running(options) as knowledge, httpx.AsyncClient() as http:
        yield (
            knowledge,
            UserDirectory(
                Server(http, knowledge.url), fixed_token_auth("demo-token"), RetryPolicy(attempts=1)
            ),
        )


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_only_an_equal_address_counts_whatever_its_case(tmp_path: Path, dialect: Dialect) -> None:
    async with serving(tmp_path, dialect) as (_, people):
        found = await people.find_by_emails(
            ["Kim.Lee+HR@example.com", "ole@example.com", "nobody@example.com"]
        )
        assert found == {
            "kim.lee+hr@example.com": PipesHubUser(KIM.id, "Kim Lee"),
            "ole@example.com": PipesHubUser(OLE.id, "Ole"),
        }


@pytest.mark.parametrize(("dialect", "calls"), [("legacy", 1), ("agui", 3)])
async def test_a_server_that_answers_with_everybody_is_asked_once(
    tmp_path: Path, dialect: Dialect, calls: int
) -> None:
    async with serving(tmp_path, dialect) as (knowledge, people):
        await people.find_by_emails([KIM.email, LONGER.email, OLE.email])
        assert len([path for _, path, _ in knowledge.requests if path.endswith("/users")]) == calls


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_nobody_is_looked_for_without_an_address(tmp_path: Path, dialect: Dialect) -> None:
    async with serving(tmp_path, dialect) as (_, people):
        assert await people.find_by_emails([]) == {}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_names_are_told_for_those_the_server_knows(tmp_path: Path, dialect: Dialect) -> None:
    async with serving(tmp_path, dialect) as (_, people):
        names = await people.find_names([KIM.id, "65f0000000000000000000ff", OLE.id, KIM.id])
        assert names == {KIM.id: "Kim Lee", OLE.id: "Ole"}


async def test_a_missing_scope_is_an_error_for_addresses_and_a_missing_name(tmp_path: Path) -> None:
    async with serving(tmp_path, "agui") as (knowledge, people):
        knowledge.faults.add(Fault(Trouble.STATUS, path="/users", status=403, times=None))
        with pytest.raises(NotAllowed):
            await people.find_by_emails([KIM.email])
        assert await people.find_names([KIM.id]) == {}


async def test_something_else_than_a_list_of_people_is_not_pipeshub(tmp_path: Path) -> None:
    async with serving(tmp_path, "agui") as (knowledge, people):
        knowledge.faults.add(Fault(Trouble.STATUS, path="/users", status=200, body='{"users": "none"}'))
        with pytest.raises(NotPipesHub):
            await people.find_by_emails([KIM.email])


async def test_the_id_that_conversations_are_shared_by_comes_first() -> None:
    row = {"id": "9b1c", "userId": KIM.id, "email": KIM.email, "name": "Kim Lee"}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"users": [row, "nonsense", {"email": None}], "pagination": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        people = UserDirectory(Server(http, "http://pipeshub.example.com"), fixed_token_auth("token"))
        assert await people.find_by_emails([KIM.email]) == {KIM.email: PipesHubUser(KIM.id, "Kim Lee")}
