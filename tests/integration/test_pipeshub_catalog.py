"""Models and knowledge sources, as the server tells them or keeps them to itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Dialect
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.domain.errors import InvalidInput, Reason, Refused
from bot.domain.turns import NO_OPTIONS, EnteredOptions, KnowledgeSource, QuestionOptions, SourceKind
from bot.flows.accounts.identity import Identities
from bot.flows.channel_settings import QuestionOptionsService, parse_record_ids
from bot.pipeshub.catalog import CACHE_SECONDS, Catalog
from bot.pipeshub.http import Server, http_client
from bot.pipeshub.oauth import fixed_token_auth
from tests.house import DOCUMENTS
from tests.integration.scripted_pipeshub import Say, Scripted, scripted

ONE, TWO = "6f1c2d3e-0000-4000-8000-000000000001", "6f1c2d3e-0000-4000-8000-000000000002"


@pytest.fixture
async def pipeshub() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def of(server: Scripted, clock: Clock | None = None) -> Catalog:
    return Catalog(Server(server.http, server.url), fixed_token_auth("a-token"), clock or Clock())


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_models_and_sources_are_told_by_name(tmp_path: Path, dialect: Dialect) -> None:
    options = Options(docs=DOCUMENTS, database=tmp_path / "knowledge.db", dialect=dialect)
    async with KnowledgeServer.running(options) as knowledge, http_client() as http:
        catalog = Catalog(Server(http, knowledge.url), fixed_token_auth("demo-token"))
        models = await catalog.models()
        assert [(each.label, each.is_default) for each in models] == [
            ("Local reader", True),
            ("Local reader, thorough", False),
        ]
        assert [(each.name, each.kind) for each in await catalog.sources()] == [
            ("documents", SourceKind.APP),
            ("documents", SourceKind.BASE),
        ]


@pytest.mark.parametrize(
    "trouble", [Fault(Trouble.HTML, path="hub"), Fault(Trouble.STATUS, path="hub", status=403)]
)
async def test_without_the_hub_connectors_and_knowledge_bases_are_asked(
    tmp_path: Path, trouble: Fault
) -> None:
    options = Options(docs=DOCUMENTS, database=tmp_path / "knowledge.db")
    async with KnowledgeServer.running(options) as knowledge, http_client() as http:
        whole = await Catalog(Server(http, knowledge.url), fixed_token_auth("demo-token")).sources()
        knowledge.faults.add(trouble)
        assert await Catalog(Server(http, knowledge.url), fixed_token_auth("demo-token")).sources() == whole


@pytest.mark.parametrize(
    "refusal",
    [
        Say(200, "<!doctype html>"),
        Say(403, {"error": {"message": "Insufficient scope. Required: config:read"}}),
        Say(404, "<pre>Cannot GET</pre>"),
        Say(200, {"models": "none", "items": {"a": 1}}),
        Say(200, [1, 2]),
        Say(500, {}),
    ],
)
async def test_what_the_server_does_not_tell_is_not_offered(pipeshub: Scripted, refusal: Say) -> None:
    pipeshub.says(refusal)
    catalog = of(pipeshub)
    assert await catalog.models() == ()
    assert await catalog.sources() == ()


async def test_one_list_can_be_missing_without_the_other(pipeshub: Scripted) -> None:
    connectors = {"connectors": [{"_key": ONE, "name": "Drive"}, {"connectorId": TWO, "name": "Wiki"}]}
    pipeshub.says(Say(404, {}), Say(200, connectors), Say(403, {}))
    assert [each.name for each in await of(pipeshub).sources()] == ["Drive", "Wiki"]


async def test_rows_that_no_filter_takes_are_left_out(pipeshub: Scripted) -> None:
    rows = [
        {"id": "knowledgeBase_68b0", "name": "Old", "nodeType": "app", "origin": "COLLECTION"},
        {"id": ONE, "name": "", "nodeType": "app", "origin": "CONNECTOR"},
        {"id": ONE, "name": "A folder", "nodeType": "folder", "origin": "COLLECTION"},
        {"id": TWO, "name": "Zebra", "nodeType": "recordGroup", "origin": "COLLECTION"},
        {"id": ONE, "name": "ant", "nodeType": "app", "origin": "CONNECTOR"},
        "nonsense",
    ]
    pipeshub.says(Say(200, {"items": rows}))
    assert await of(pipeshub).sources() == (
        KnowledgeSource(ONE, "ant", SourceKind.APP),
        KnowledgeSource(TWO, "Zebra", SourceKind.BASE),
    )


async def test_an_answer_is_remembered_for_a_few_minutes(pipeshub: Scripted) -> None:
    clock = Clock()
    catalog = of(pipeshub, clock)
    pipeshub.says(Say(200, {"models": [{"modelKey": ONE, "modelName": "m"}]}), Say(200, {"models": []}))
    first = await catalog.models()
    clock.now += CACHE_SECONDS - 1
    assert await catalog.models() == first
    clock.now += 2
    assert await catalog.models() == ()


async def test_a_failure_is_not_remembered(pipeshub: Scripted) -> None:
    catalog = of(pipeshub)
    pipeshub.says(Say(503, {}), Say(200, {"models": [{"modelKey": ONE, "modelName": "m"}]}))
    assert await catalog.models() == ()
    assert [each.label for each in await catalog.models()] == ["m"]


async def test_names_and_ids_become_a_manner(pipeshub: Scripted) -> None:
    models = {"models": [{"modelKey": ONE, "modelName": "m-1", "modelFriendlyName": "Model one"}]}
    nodes = {
        "items": [
            {"id": ONE, "name": "Drive", "nodeType": "app", "origin": "CONNECTOR"},
            {"id": TWO, "name": "Handbook", "nodeType": "recordGroup", "origin": "COLLECTION"},
        ]
    }
    pipeshub.says(Say(200, models | nodes))
    options_service = QuestionOptionsService(
        Identities(Server(pipeshub.http, pipeshub.url), fixed_token_auth("a-token")),
        QuestionOptions("internal_search"),
    )
    named = EnteredOptions("Model one", "agent", ("Drive", TWO), "68B0C1D2E3F4A5B6C7D8E9F0")
    assert await options_service.resolve("U1", named) == QuestionOptions(
        "agent", ONE, "m-1", (ONE,), (TWO,), ("68b0c1d2e3f4a5b6c7d8e9f0",)
    )
    assert await options_service.resolve("U1", EnteredOptions(mode="internal_search")) == NO_OPTIONS
    for gone in (
        EnteredOptions("other"),
        EnteredOptions(mode="deep"),
        EnteredOptions(sources=("Drive", "other")),
    ):
        with pytest.raises(Refused) as unavailable:
            await options_service.resolve("U1", gone)
        assert unavailable.value.reason is Reason.OPTION_UNAVAILABLE


def test_record_ids_are_taken_apart_and_checked() -> None:
    one, two = "a" * 24, "0123456789abcdef01234567"
    assert parse_record_ids(f" {one}, {two}\n{one.upper()} ") == (one, two)
    assert parse_record_ids("") == ()
    with pytest.raises(InvalidInput) as refused:
        parse_record_ids(f"{one} {one}0")
    assert f"{one}0 is none" in refused.value.sentence
