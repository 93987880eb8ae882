"""The rules of the API, over HTTP, dialect by dialect."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.knowledge.model import DIALECTS, Dialect, Status
from bot.demo.knowledge.server import KnowledgeServer, Options

ADA, BEN = "65f000000000000000000002", "65f000000000000000000003"
STREAM = {"query": "How many days of leave do I get?", "chatMode": "internal_search"}
ROOT = "/api/v1/conversations"
Start = Callable[[Dialect], Awaitable[KnowledgeServer]]


def as_user(server: KnowledgeServer, user: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=False, base_url=server.url, headers={"Authorization": f"Bearer user:{user}"}, timeout=10
    )


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "leave.md").write_text("# Leave\n\n## Annual leave\n\nYou get 27 days of leave a year.\n")
    (folder / "travel.md").write_text("# Travel\n\n## Hotels\n\nA hotel may cost €140 a night.\n")
    return folder


@pytest.fixture(params=DIALECTS)
async def server(
    request: pytest.FixtureRequest, documents: Path, tmp_path: Path
) -> AsyncIterator[KnowledgeServer]:
    options = Options(documents, tmp_path / "k.db", request.param, speed=0)
    async with KnowledgeServer.running(options) as running:
        yield running


@pytest.fixture
async def agui(documents: Path, tmp_path: Path) -> AsyncIterator[KnowledgeServer]:
    async with KnowledgeServer.running(Options(documents, tmp_path / "k.db", "agui", speed=0)) as running:
        yield running


@pytest.fixture
async def legacy(documents: Path, tmp_path: Path) -> AsyncIterator[KnowledgeServer]:
    async with KnowledgeServer.running(
        Options(documents, tmp_path / "legacy.db", "legacy", speed=0)
    ) as running:
        yield running


@pytest.fixture
async def documented(documents: Path, tmp_path: Path) -> AsyncIterator[KnowledgeServer]:
    async with KnowledgeServer.running(
        Options(documents, tmp_path / "documented.db", "documented", speed=0)
    ) as running:
        yield running


async def begun(server: KnowledgeServer, client: httpx.AsyncClient) -> tuple[str, str]:
    """Return the ids of a new conversation and of its answer."""
    assert (await client.post(f"{ROOT}/stream", json=STREAM)).status_code == 200
    conversation = (await server.conversations())[-1]
    assert conversation.status is Status.COMPLETE
    return conversation.id, conversation.messages[-1].id


def rows(body: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = body if isinstance(body, list) else body["conversations"]
    return listed


async def test_what_is_archived_is_hidden_until_it_is_taken_out_again(server: KnowledgeServer) -> None:
    async with as_user(server, ADA) as ada:
        one, _ = await begun(server, ada)
        assert (await ada.patch(f"{ROOT}/{one}/archive")).status_code == 200
        again = await ada.patch(f"{ROOT}/{one}/archive")
        assert again.status_code == 400
        assert again.json()["error"]["code"] == "HTTP_BAD_REQUEST"
        assert again.json()["error"]["message"] == "Conversation already archived"
        assert (await ada.get(f"{ROOT}/{one}")).status_code == 404
        assert rows((await ada.get(ROOT)).json()) == []
        archived = rows((await ada.get(f"{ROOT}/show/archives")).json())
        assert [row["_id"] for row in archived] == [one]
        assert archived[0]["messages"]
        assert (await ada.patch(f"{ROOT}/{one}/unarchive")).status_code == 200
        assert (await ada.patch(f"{ROOT}/{one}/unarchive")).status_code == 400
        assert (await ada.get(f"{ROOT}/{one}")).status_code == 200


async def test_somebody_elses_conversation_is_not_found(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada, as_user(agui, BEN) as ben:
        one, answer = await begun(agui, ada)
        refusals = [
            await ben.get(f"{ROOT}/{one}"),
            await ben.delete(f"{ROOT}/{one}"),
            await ben.patch(f"{ROOT}/{one}/title", json={"title": "Mine"}),
            await ben.patch(f"{ROOT}/{one}/archive"),
            await ben.post(f"{ROOT}/{one}/share", json={"userIds": [BEN]}),
            await ben.post(f"{ROOT}/{one}/unshare", json={"userIds": [BEN]}),
            await ben.post(f"{ROOT}/{one}/message/{answer}/feedback", json={"isHelpful": True}),
        ]
        assert [each.status_code for each in refusals] == [404] * len(refusals)


async def test_those_it_is_shared_with_can_read_and_rate_it(server: KnowledgeServer) -> None:
    async with as_user(server, ADA) as ada, as_user(server, BEN) as ben:
        one, answer = await begun(server, ada)
        assert (await ada.post(f"{ROOT}/{one}/share", json={"userIds": [BEN]})).status_code == 200
        assert (await ben.get(f"{ROOT}/{one}")).status_code == 200
        rated = await ben.post(f"{ROOT}/{one}/message/{answer}/feedback", json={"isHelpful": True})
        assert rated.status_code == 200
        assert (await ada.post(f"{ROOT}/{one}/unshare", json={"userIds": [BEN]})).status_code == 200
        assert (await ben.get(f"{ROOT}/{one}")).status_code == 404


async def test_sharing_with_nobody_known_is_refused(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        one, _ = await begun(agui, ada)
        stranger = "f" * 24
        refused = await ada.post(f"{ROOT}/{one}/share", json={"userIds": [stranger]})
        assert (refused.status_code, refused.json()["error"]["message"]) == (
            400,
            f"User not found: {stranger}",
        )
        wrong: list[dict[str, object]] = [{}, {"userIds": []}, {"userIds": ["short"]}, {"userIds": ADA}]
        for body in wrong:
            invalid = await ada.post(f"{ROOT}/{one}/share", json=body)
            assert (invalid.status_code, invalid.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_the_level_of_access_counts_by_the_book_alone(
    agui: KnowledgeServer, documented: KnowledgeServer
) -> None:
    for server, level, posting in ((agui, "read", False), (documented, "write", True)):
        async with as_user(server, ADA) as ada, as_user(server, BEN) as ben:
            one, _ = await begun(server, ada)
            body = {"userIds": [BEN], "accessLevel": "write"}
            shared = (await ada.post(f"{ROOT}/{one}/share", json=body)).json()
            assert [each["accessLevel"] for each in shared["sharedWith"]] == [level]
            answered = (await ben.post(f"{ROOT}/{one}/messages/stream", json=STREAM)).text
            assert ("Conversation not found" not in answered) is posting


async def test_a_deleted_conversation_is_gone_for_its_owner(server: KnowledgeServer) -> None:
    async with as_user(server, ADA) as ada:
        one, _ = await begun(server, ada)
        assert (await ada.delete(f"{ROOT}/{one}")).status_code == 200
        assert (await ada.delete(f"{ROOT}/{one}")).status_code == 404
        assert rows((await ada.get(ROOT)).json()) == []


BAD_TITLES: list[tuple[object, str]] = [
    ("", "VALIDATION_ERROR"),
    ("x" * 201, "VALIDATION_ERROR"),
    (None, "VALIDATION_ERROR"),
    (7, "VALIDATION_ERROR"),
    ("<b>bold</b>", "HTTP_BAD_REQUEST"),
]


async def test_a_title_that_will_not_do_is_refused(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        one, _ = await begun(agui, ada)
        for title, code in BAD_TITLES:
            refused = await ada.patch(f"{ROOT}/{one}/title", json={"title": title})
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, code), title


async def test_a_conversation_is_called_by_its_question_until_it_is_renamed(server: KnowledgeServer) -> None:
    async with as_user(server, ADA) as ada:
        one, _ = await begun(server, ada)
        assert rows((await ada.get(ROOT)).json())[0]["title"] == STREAM["query"]
        await ada.patch(f"{ROOT}/{one}/title", json={"title": "Leave & pay"})
        assert rows((await ada.get(ROOT)).json())[0]["title"] == "Leave & pay"


async def test_each_dialect_keeps_the_feedback_it_knows(
    agui: KnowledgeServer, legacy: KnowledgeServer, documented: KnowledgeServer
) -> None:
    body: dict[str, object] = {
        "isHelpful": False,
        "ratings": {"accuracy": 2},
        "categories": ["missing_information"],
        "comments": {"negative": "Too short", "suggestions": "More"},
    }
    kept = []
    for server in (agui, legacy, documented):
        async with as_user(server, ADA) as ada:
            one, answer = await begun(server, ada)
            assert (await ada.post(f"{ROOT}/{one}/message/{answer}/feedback", json=body)).status_code == 200
            feedback = (await server.conversations())[-1].messages[-1].feedback[0]
            kept.append({name: value for name, value in feedback.items() if name in body})
    assert kept == [
        {**{name: body[name] for name in ("isHelpful", "categories")}, "comments": {"negative": "Too short"}},
        {},
        body,
    ]


async def test_feedback_is_for_answers_and_known_categories(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        one, answer = await begun(agui, ada)
        question = (await agui.conversations())[-1].messages[0].id
        path = f"{ROOT}/{one}/message"
        wrong = await ada.post(f"{path}/{answer}/feedback", json={"categories": ["too_verbose"]})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
        on_question = await ada.post(f"{path}/{question}/feedback", json={"isHelpful": True})
        assert on_question.json()["error"]["message"] == "Feedback is only allowed for bot responses"
        assert (await ada.post(f"{path}/{'0' * 24}/feedback", json={})).status_code == 404


async def test_the_plain_operations_fail_since_0_4_and_leave_a_failed_conversation(
    agui: KnowledgeServer,
) -> None:
    async with as_user(agui, ADA) as ada:
        refused = await ada.post(f"{ROOT}/create", json={"query": "How many days?"})
        assert (refused.status_code, refused.json()["error"]["message"]) == (500, "Failed to get AI response")
        (conversation,) = await agui.conversations()
        assert conversation.status is Status.FAILED
        assert [message.kind.value for message in conversation.messages] == ["user_query", "error"]


async def test_the_plain_operations_answered_before_that(
    legacy: KnowledgeServer, documented: KnowledgeServer
) -> None:
    async with as_user(legacy, ADA) as ada:
        created = await ada.post(f"{ROOT}/create", json={"query": "How many days of leave?"})
        assert (created.status_code, set(created.json())) == (201, {"conversation", "meta"})
        one = created.json()["conversation"]["_id"]
        added = (await ada.post(f"{ROOT}/{one}/messages", json={"query": "And hotels?"})).json()
        assert added["recordsUsed"] == added["meta"]["recordsUsed"] == 1
        assert "€140 a night. [1]" in added["conversation"]["messages"][-1]["content"]
    async with as_user(documented, ADA) as ada:
        created = await ada.post(f"{ROOT}/create", json={"query": "How many days of leave?"})
        assert (created.status_code, created.json()["status"]) == (201, "COMPLETED")
        citation = created.json()["messages"][-1]["citations"][0]
        assert {"citationId", "relevanceScore", "excerpt", "context"} <= set(citation)


async def test_lists_are_paged_searched_and_sorted(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        for word in ("alpha", "beta", "gamma 100%"):
            await ada.post(f"{ROOT}/stream", json={**STREAM, "query": f"Leave {word}"})
        by_title = (await ada.get(ROOT, params={"sortBy": "title", "sortOrder": "asc", "limit": 2})).json()
        assert [row["title"] for row in by_title["conversations"]] == ["Leave alpha", "Leave beta"]
        assert by_title["pagination"] == {
            "page": 1,
            "limit": 2,
            "totalCount": 3,
            "totalPages": 2,
            "hasNextPage": True,
            "hasPrevPage": False,
        }
        assert "messages" not in by_title["conversations"][0]
        assert by_title["conversations"][0]["accessLevel"] == "read"
        found = (await ada.get(ROOT, params={"search": "00%"})).json()
        assert [row["title"] for row in found["conversations"]] == ["Leave gamma 100%"]
        newest = (await ada.get(ROOT)).json()["conversations"]
        assert [row["title"][6] for row in newest] == ["g", "b", "a"]


BAD_LISTS = [
    {"source": "all"},
    {"page": "0"},
    {"limit": "101"},
    {"limit": "many"},
    {"sortBy": "owner"},
    {"sortOrder": "up"},
    {"search": "x" * 1001},
    {"search": "<script>"},
    {"shared": "maybe"},
    {"startDate": "yesterday"},
    {"startDate": "2026-01-01"},
]


async def test_a_list_asked_for_wrongly_is_refused(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        for query in BAD_LISTS:
            assert (await ada.get(ROOT, params=query)).status_code == 400, query


async def test_what_others_share_is_listed_apart(agui: KnowledgeServer, legacy: KnowledgeServer) -> None:
    for server in (agui, legacy):
        async with as_user(server, ADA) as ada, as_user(server, BEN) as ben:
            one, _ = await begun(server, ada)
            await ada.post(f"{ROOT}/{one}/share", json={"userIds": [BEN]})
            body = (await ben.get(ROOT, params={"source": "shared"})).json()
            key = "conversations" if server is agui else "sharedWithMeConversations"
            assert [(row["_id"], row["isOwner"]) for row in body[key]] == [(one, False)]


async def test_page_one_holds_the_newest_messages_oldest_first(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        one, _ = await begun(agui, ada)
        await ada.post(f"{ROOT}/{one}/messages/stream", json={**STREAM, "query": "And hotels?"})
        body = (await ada.get(f"{ROOT}/{one}", params={"limit": 2, "sortOrder": "desc"})).json()[
            "conversation"
        ]
        assert "_id" not in body
        assert [message["messageType"] for message in body["messages"]] == ["user_query", "bot_response"]
        assert body["messages"][0]["content"] == "And hotels?"
        assert body["pagination"]["messageRange"] == {"start": 3, "end": 4}
        assert body["pagination"]["hasNextPage"] is True
        assert body["access"] == {"isOwner": True, "accessLevel": "read"}


BAD_QUESTIONS: list[tuple[dict[str, object], str]] = [
    ({"chatMode": "internal_search"}, "Query is required"),
    ({"query": "x", "chatMode": "balanced"}, "Invalid chat mode"),
    ({"query": "x"}, "Invalid chat mode"),
    ({"query": "x" * 100_001, "chatMode": "agent"}, "Query must be at most 100000 characters long"),
    ({**STREAM, "filters": {"apps": ["drive"]}}, "Must be a valid UUID"),
    ({**STREAM, "recordIds": ["550e8400-e29b-41d4-a716-446655440000"]}, "Invalid record ID format"),
]


async def test_a_question_of_the_wrong_form_is_refused(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        for body, message in BAD_QUESTIONS:
            refused = await ada.post(f"{ROOT}/stream", json=body)
            error = {"code": "VALIDATION_ERROR", "message": message}
            assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert await agui.conversations() == ()


async def test_errors_have_the_form_of_the_api(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        malformed = await ada.post(f"{ROOT}/stream", content=b"{bad")
        assert (malformed.status_code, malformed.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
        huge = await ada.post(f"{ROOT}/stream", content=b" " * (10 * 1024 * 1024 + 1))
        assert (huge.status_code, huge.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
        bad_id = await ada.get(f"{ROOT}/not-an-id")
        assert (bad_id.status_code, bad_id.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
        unknown = await ada.get("/api/v1/nothing/here")
        assert (unknown.status_code, unknown.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await ada.post("/api/v1/nothing/here")).status_code == 404
    async with httpx.AsyncClient(verify=False, base_url=agui.url) as nobody:
        refused = await nobody.get(ROOT)
        assert (refused.status_code, refused.json()["error"]["message"]) == (401, "No token provided")


async def test_a_token_reaches_as_far_as_its_scopes(agui: KnowledgeServer) -> None:
    token = agui.tokens.issue(ADA, frozenset({"conversation:read", "conversation:write"}))
    async with httpx.AsyncClient(
        verify=False, base_url=agui.url, headers={"Authorization": f"Bearer {token}"}
    ) as ada:
        assert (await ada.get(ROOT)).status_code == 200
        refused = await ada.post(f"{ROOT}/stream", json=STREAM)
        assert (refused.status_code, refused.json()["error"]) == (
            403,
            {"code": "HTTP_FORBIDDEN", "message": "Insufficient scope. Required: conversation:chat"},
        )


async def test_the_request_id_is_cleaned_and_returned(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        body = (await ada.get(ROOT, headers={"X-Request-ID": "abc/1 <2>"})).json()
        assert body["meta"]["requestId"] == "abc12"


@pytest.mark.parametrize(
    ("dialect", "plain", "newest"),
    [
        ("documented", True, False),
        ("legacy", True, False),
        ("v05", False, False),
        ("agui", False, True),
        ("v09", True, True),
    ],
)
async def test_the_description_tells_the_generations_apart(
    documents: Path, tmp_path: Path, dialect: Dialect, plain: bool, newest: bool
) -> None:
    async with (
        KnowledgeServer.running(Options(documents, tmp_path / "k.db", dialect)) as server,
        httpx.AsyncClient(verify=False, base_url=server.url) as nobody,
    ):
        described = (await nobody.get("/api/v1/docs/json")).json()
        assert (await nobody.get("/api/v1/health")).json()["status"] == "healthy"
    assert ("/conversations/create" in described["paths"]) is plain
    assert ("ConversationStreamRequest" in described["components"]["schemas"]) is newest


async def test_people_models_and_sources_can_be_looked_up(
    agui: KnowledgeServer, legacy: KnowledgeServer
) -> None:
    async with as_user(agui, ADA) as ada:
        found = (await ada.get("/api/v1/users", params={"search": "BEN@example"})).json()
        assert [user["id"] for user in found["users"]] == [BEN]
        assert (await ada.get("/api/v1/users", params={"search": "["})).status_code == 400
        assert (await ada.get(f"/api/v1/users/{BEN}")).json()["email"] == "ben@example.com"
        assert (await ada.get(f"/api/v1/users/{'0' * 24}")).status_code == 404
        models = (await ada.get("/api/v1/configurationManager/ai-models/available/llm")).json()["models"]
        assert [model["isDefault"] for model in models] == [True, False]
        nodes = (await ada.get("/api/v1/knowledgeBase/knowledge-hub/nodes")).json()["items"]
        assert {node["origin"] for node in nodes} == {"CONNECTOR", "COLLECTION"}
        assert (await ada.get("/api/v1/connectors")).json()["connectors"][0]["_key"] == nodes[0]["id"]
        bases = (await ada.get("/api/v1/knowledgeBase")).json()["knowledgeBases"]
        assert [base["id"] for base in bases] == [nodes[1]["id"]]
    async with as_user(legacy, ADA) as ada:
        everybody = (await ada.get("/api/v1/users", params={"search": "ben"})).json()
        assert {"_id", "email", "fullName"} <= set(everybody[0])
        assert len(everybody) == 5


async def test_filters_limit_what_is_read(agui: KnowledgeServer) -> None:
    async with as_user(agui, ADA) as ada:
        nodes = (await ada.get("/api/v1/knowledgeBase/knowledge-hub/nodes")).json()["items"]
        for ids, cited in (([nodes[1]["id"]], True), (["550e8400-e29b-41d4-a716-446655440000"], False)):
            await ada.post(f"{ROOT}/stream", json={**STREAM, "filters": {"kb": ids}})
            assert bool((await agui.conversations())[-1].messages[-1].citations) is cited
