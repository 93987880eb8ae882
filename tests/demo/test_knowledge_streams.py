"""Streams over HTTP: what is told, what goes wrong on the way, and what is saved all the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import DIALECTS, Conversation, Dialect, Status
from bot.demo.knowledge.server import KnowledgeServer, Options

ROOT = "/api/v1/conversations"
STREAM = {"query": "How many days of leave do I get?", "chatMode": "internal_search"}
Frames = list[tuple[str, Any]]
Starting = Callable[..., Any]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "leave.md").write_text(
        "# Leave\n\n## Annual leave\n\nYou get 27 days of leave a year — public holidays come on top.\n\n"
        "## Carrying over\n\nFive days of leave can be carried over into the next year.\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
async def start(documents: Path, tmp_path: Path) -> AsyncIterator[Starting]:
    """Return a function that starts a server; all share one database file."""
    async with AsyncExitStack() as stack:

        async def started(
            dialect: Dialect = "agui", speed: float = 0, thinking: float = 0
        ) -> KnowledgeServer:
            options = Options(documents, tmp_path / "k.db", dialect, speed, thinking)
            return await stack.enter_async_context(KnowledgeServer.running(options))

        yield started


def client(server: KnowledgeServer) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=False, base_url=server.url, headers={"Authorization": "Bearer demo-token"}, timeout=10
    )


def frames(text: str) -> Frames:
    """Return the frames of a stream; every one must have the exact form."""
    found = []
    for frame in text.split("\n\n")[:-1]:
        event, data = frame.split("\n")
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def asked(http: httpx.AsyncClient, path: str = "/stream", **body: object) -> Frames:
    response = await http.post(f"{ROOT}{path}", json={**STREAM, **body})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream"
    return frames(response.text)


async def settled(server: KnowledgeServer) -> Conversation:
    """Return the newest conversation once nothing is under way in it any more."""
    for _ in range(500):
        newest = (await server.conversations())[-1]
        if newest.status is not Status.IN_PROGRESS:
            return newest
        await asyncio.sleep(0.01)
    raise AssertionError("the answer never came")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_answer_is_streamed_saved_and_cited(start: Starting, dialect: Dialect) -> None:
    server = await start(dialect)
    async with client(server) as http:
        told = await asked(http)
    answer = (await server.conversations())[0].messages[-1]
    assert "27 days of leave" in answer.content
    assert [each["metadata"]["recordName"] for each in answer.citations] == ["Leave"]
    assert ("](http" in answer.content) is (dialect in {"v05", "agui", "v09"})
    final = told[-1][1]
    conversation = final.get("result", final)["conversation"]
    assert conversation["messages"][-1]["content"] == answer.content


async def test_the_dialects_have_one_store(start: Starting) -> None:
    for dialect in DIALECTS:
        async with client(await start(dialect)) as http:
            await asked(http)
    assert len(await (await start()).conversations()) == len(DIALECTS)


async def test_the_question_before_gives_a_follow_up_its_subject(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await asked(http)
        one = (await server.conversations())[0].id
        await asked(http, f"/{one}/messages/stream", query="and what can be carried over?")
    messages = (await server.conversations())[0].messages
    assert [message.kind.value for message in messages] == ["user_query", "bot_response"] * 2
    assert "Five days of leave" in messages[-1].content


@pytest.mark.parametrize("dialect", ["legacy", "agui"])
async def test_what_is_not_found_is_told_in_the_stream(start: Starting, dialect: Dialect) -> None:
    async with client(await start(dialect)) as http:
        ((event, data),) = await asked(http, f"/{'0' * 24}/messages/stream")
    assert event in {"error", "RUN_ERROR"}
    assert "Conversation not found" in data.values()


@pytest.mark.parametrize("dialect", ["legacy", "agui"])
async def test_a_regenerated_answer_keeps_its_id_and_loses_its_feedback(
    start: Starting, dialect: Dialect
) -> None:
    server = await start(dialect)
    async with client(server) as http:
        await asked(http)
        before = (await server.conversations())[0]
        path = f"/{before.id}/message/{before.messages[-1].id}"
        await http.post(f"{ROOT}{path}/feedback", json={"isHelpful": True})
        told = await asked(http, f"{path}/regenerate")
    after = (await server.conversations())[0]
    assert (after.messages[-1].id, after.messages[-1].feedback) == (before.messages[-1].id, ())
    assert after.messages[-1].content != before.messages[-1].content
    assert told[-1][0] in {"complete", "RUN_FINISHED"}


async def test_only_the_last_answer_can_be_regenerated(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await asked(http)
        first = (await server.conversations())[0]
        await asked(http, f"/{first.id}/messages/stream")
        question = (await server.conversations())[0].messages[0].id
        for message in (first.messages[-1].id, question):
            ((event, data),) = await asked(http, f"/{first.id}/message/{message}/regenerate")
            assert (event, data["message"]) == (
                "RUN_ERROR",
                "Can only regenerate the last message in the conversation",
            )
        ((_, data),) = await asked(http, f"/{'0' * 24}/message/{question}/regenerate")
        assert data["message"] == "Conversation not found or unauthorized"


async def test_a_failed_regeneration_overwrites_the_answer(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await asked(http)
        before = (await server.conversations())[0]
        path = f"/{before.id}/message/{before.messages[-1].id}/regenerate"
        server.faults.add(
            Fault(Trouble.DOUBLE_ERROR, path="regenerate", message="Overloaded", code="rate_limit")
        )
        told = [data for event, data in await asked(http, path) if event == "RUN_ERROR"]
        assert [each["message"] for each in told] == [
            "Overloaded",
            "No complete response received from AI service",
        ]
        assert ["conversation" in each for each in told] == [False, True]
        after = (await server.conversations())[0]
        assert (after.status, after.messages[-1].kind.value) == (Status.FAILED, "error")
        assert after.messages[-1].id == before.messages[-1].id
        ((_, data),) = await asked(http, path)
        assert data["message"] == "Can only regenerate bot response messages"


async def test_a_client_that_leaves_finds_the_answer_saved(start: Starting) -> None:
    server = await start(speed=200)
    async with client(server) as http:
        async with http.stream("POST", f"{ROOT}/stream", json=STREAM) as response:
            async for line in response.aiter_lines():
                if "TEXT_MESSAGE_CONTENT" in line:
                    break
        assert (await server.conversations())[0].status is Status.IN_PROGRESS
        left = await settled(server)
    assert left.status is Status.COMPLETE
    assert "27 days" in left.messages[-1].content


async def test_what_a_stopped_server_left_under_way_has_failed(documents: Path, tmp_path: Path) -> None:
    options = Options(documents, tmp_path / "k.db", speed=1, thinking=60)
    async with KnowledgeServer.running(options) as server, client(server) as http:
        async with http.stream("POST", f"{ROOT}/stream", json=STREAM) as response:
            await anext(response.aiter_lines())
        assert (await server.conversations())[0].status is Status.IN_PROGRESS
    async with KnowledgeServer.running(options) as server, client(server) as http:
        (conversation,) = await server.conversations()
        assert conversation.status is Status.FAILED
        body = (await http.get(f"{ROOT}/{conversation.id}")).json()["conversation"]
        assert (body["status"], body["messages"][-1]["messageType"]) == ("Failed", "error")
        assert body["failReason"] == body["messages"][-1]["content"]


async def test_a_failed_conversation_can_go_on(start: Starting) -> None:
    server = await start()
    server.faults.add(Fault(Trouble.ERROR, after_words=3))
    async with client(server) as http:
        assert (await asked(http))[-1][0] == "RUN_ERROR"
        failed = (await server.conversations())[0]
        assert (failed.status, failed.fail_reason) == (Status.FAILED, "The AI service is not available")
        await asked(http, f"/{failed.id}/messages/stream")
    assert (await server.conversations())[0].status is Status.COMPLETE


@pytest.mark.parametrize("trouble", [Trouble.END, Trouble.RESET])
async def test_a_broken_stream_has_no_last_word_and_is_saved(start: Starting, trouble: Trouble) -> None:
    server = await start()
    server.faults.add(Fault(trouble, after_words=2))
    received = b""
    async with client(server) as http:
        try:
            async with http.stream("POST", f"{ROOT}/stream", json=STREAM) as response:
                async for piece in response.aiter_bytes():
                    received += piece
        except httpx.HTTPError:
            assert trouble is Trouble.RESET
    assert b"RUN_FINISHED" not in received
    assert (await settled(server)).status is Status.COMPLETE


async def test_split_frames_are_whole_again_in_the_end(start: Starting) -> None:
    server = await start()
    server.faults.add(Fault(Trouble.SPLIT))
    async with client(server) as http, http.stream("POST", f"{ROOT}/stream", json=STREAM) as response:
        pieces = [piece async for piece in response.aiter_raw()]
    assert any(_is_cut_through_a_character(piece) for piece in pieces)
    assert frames(b"".join(pieces).decode())[-1][0] == "RUN_FINISHED"


def _is_cut_through_a_character(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return True
    return False


async def test_a_silent_stream_goes_on_after_a_while(start: Starting) -> None:
    server = await start()
    server.faults.add(Fault(Trouble.SILENCE, after_words=1, seconds=0.2))
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with client(server) as http:
        assert (await asked(http))[-1][0] == "RUN_FINISHED"
    assert loop.time() - before >= 0.2


async def test_the_last_frame_can_be_several_megabytes(start: Starting) -> None:
    server = await start()
    server.faults.add(Fault(Trouble.GIANT_FINAL, size=3_000_000))
    async with client(server) as http:
        event, data = (await asked(http))[-1]
    assert event == "RUN_FINISHED"
    assert len(data["result"]["conversation"]["metadata"]["padding"]) == 3_000_000


async def test_faults_answer_instead_of_the_api_one_after_the_other(start: Starting) -> None:
    server = await start()
    for fault in (
        Fault(Trouble.STATUS, status=429, retry_after=7),
        Fault(Trouble.STATUS, status=502, body="upstream says no"),
        Fault(Trouble.HTML),
        Fault(Trouble.EXPIRED_TOKEN),
        Fault(Trouble.DROP),
    ):
        server.faults.add(fault)
    async with client(server) as http:
        limited = await http.get(ROOT)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
        assert limited.json()["error"]["retryAfter"] == 7
        assert (await http.get(ROOT)).text == "upstream says no"
        assert (await http.get(ROOT)).headers["content-type"].startswith("text/html")
        assert (await http.get(ROOT)).json()["error"]["code"] == "OAUTH_EXPIRED_TOKEN"
        with pytest.raises(httpx.HTTPError):
            await http.get(ROOT)
        assert (await http.get(ROOT)).status_code == 200
    assert [status for _, _, status in server.requests] == [429, 502, 200, 401, 0, 200]


async def test_faults_can_be_switched_over_http(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        on = await http.post("/_demo/faults", json={"trouble": "status", "status": 503, "query": "leave"})
        assert [fault["trouble"] for fault in on.json()["faults"]] == ["status"]
        wrong = await http.post("/_demo/faults", json={"trouble": "rain"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
        assert (await http.get(ROOT)).status_code == 200
        assert (await http.post(f"{ROOT}/stream", json=STREAM)).status_code == 503
        await http.post("/_demo/faults", json={"clear": True, "trouble": "html"})
        assert (await http.post("/_demo/faults", json={"clear": True})).json() == {"faults": []}


async def test_many_answers_stream_at_once(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        told = await asyncio.gather(*(asked(http, query=f"How much leave, number {n}?") for n in range(40)))
    assert all(stream[-1][0] == "RUN_FINISHED" for stream in told)
    assert len({stream[0][1]["value"]["conversationId"] for stream in told}) == 40
