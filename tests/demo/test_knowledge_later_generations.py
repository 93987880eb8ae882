"""What came with later generations: stopping and cancelling, attachments, projects, modes, encoded titles."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Conversation, Dialect, Kind, Status
from bot.demo.knowledge.projects import DEMO_PROJECTS
from bot.demo.knowledge.server import KnowledgeServer, Options

ROOT = "/api/v1/conversations"
QUESTION = {"query": "How many days of leave do I get?", "chatMode": "internal_search"}
ADA, BEN = "65f000000000000000000002", "65f000000000000000000003"
ONBOARDING, OFFER = DEMO_PROJECTS
Starting = Callable[..., Any]
Frames = list[tuple[str, Any]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Starting]:
    """Return a function that starts a server of a dialect, with a long answer to the question."""
    documents = tmp_path / "docs"
    documents.mkdir()
    words = " ".join(f"word{number}" for number in range(60))
    (documents / "leave.md").write_text(
        f"# Leave\n\n## Annual leave\n\nYou get 27 days of leave a year, {words}.\n"
    )
    async with AsyncExitStack() as stack:

        async def started(dialect: Dialect = "v09", speed: float = 0, thinking: float = 0) -> KnowledgeServer:
            options = Options(documents, tmp_path / f"{dialect}.db", dialect, speed, thinking)
            return await stack.enter_async_context(KnowledgeServer.running(options))

        yield started


def client(server: KnowledgeServer, user: str = ADA) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer user:{user}"}
    return httpx.AsyncClient(verify=False, base_url=server.url, headers=headers, timeout=10)


async def settled(server: KnowledgeServer) -> Conversation:
    """Return the newest conversation once nothing is under way in it any more."""
    for _ in range(500):
        newest = (await server.conversations())[-1]
        if newest.status is not Status.IN_PROGRESS:
            return newest
        await asyncio.sleep(0.01)
    raise AssertionError("the answer never ended")


async def begun(server: KnowledgeServer) -> str:
    """Return the id of the first conversation as soon as there is one."""
    for _ in range(500):
        if known := await server.conversations():
            return known[0].id
        await asyncio.sleep(0.01)
    raise AssertionError("no conversation began")


async def left_when(server: KnowledgeServer, sign: str, path: str = "/stream") -> Conversation:
    """Ask, leave as soon as an event of the stream is named so, and return what is kept."""
    async with client(server) as http, http.stream("POST", f"{ROOT}{path}", json=QUESTION) as response:
        async for line in response.aiter_lines():
            if line == f"event: {sign}":
                break
    return await settled(server)


def told(text: str) -> Frames:
    pairs = [frame.split("\n") for frame in text.split("\n\n")[:-1]]
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in pairs]


async def test_a_client_that_leaves_stops_the_answer(start: Starting) -> None:
    kept = await left_when(await start(speed=40), "TEXT_MESSAGE_END")
    assert kept.status is Status.STOPPED
    assert kept.fail_reason is None
    assert [each.kind for each in kept.messages] == [Kind.QUESTION, Kind.ANSWER]
    assert kept.messages[-1].stopped


async def test_the_part_written_so_far_is_kept(start: Starting) -> None:
    server = await start(speed=20)
    async with client(server) as http, http.stream("POST", f"{ROOT}/stream", json=QUESTION) as response:
        async for line in response.aiter_lines():
            if "word3" in line:
                break
    kept = await settled(server)
    assert kept.status is Status.STOPPED
    assert "word3" in kept.messages[-1].content
    assert "word59" not in kept.messages[-1].content


async def test_a_client_that_leaves_while_nothing_is_sent_leaves_an_empty_part(start: Starting) -> None:
    kept = await left_when(await start(speed=30, thinking=60), "STATE_SNAPSHOT")
    assert (kept.status, kept.messages[-1].kind, kept.messages[-1].content) == (
        Status.STOPPED,
        Kind.ANSWER,
        "",
    )


async def test_a_stream_cut_on_its_way_stops_the_answer_too(start: Starting) -> None:
    server = await start(speed=200)
    server.faults.add(Fault(Trouble.RESET, after_words=4))
    async with client(server) as http:
        with pytest.raises(httpx.HTTPError):
            await http.post(f"{ROOT}/stream", json=QUESTION)
    assert (await settled(server)).status is Status.STOPPED


@pytest.mark.parametrize("dialect", ["documented", "legacy", "v05", "agui"])
async def test_other_generations_go_on_writing(start: Starting, dialect: Dialect) -> None:
    server = await start(dialect, speed=400)
    async with client(server) as http, http.stream("POST", f"{ROOT}/stream", json=QUESTION) as response:
        await anext(response.aiter_lines())
    kept = await settled(server)
    assert kept.status is Status.COMPLETE
    assert "word59" in kept.messages[-1].content


async def test_a_stopped_answer_is_regenerated_whole_under_its_id(start: Starting) -> None:
    stopped = await left_when(await start(speed=20, thinking=60), "STATE_SNAPSHOT")
    assert stopped.status is Status.STOPPED
    answer = stopped.messages[-1].id
    server = await start()
    async with client(server) as http:
        await http.post(f"{ROOT}/{stopped.id}/message/{answer}/regenerate", json={})
    whole = await settled(server)
    assert (whole.status, whole.messages[-1].id) == (Status.COMPLETE, answer)
    assert "word59" in whole.messages[-1].content
    assert not whole.messages[-1].stopped


async def test_a_regeneration_that_is_left_replaces_the_answer_by_its_part(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await http.post(f"{ROOT}/stream", json=QUESTION)
    whole = await settled(server)
    path = f"/{whole.id}/message/{whole.messages[-1].id}/regenerate"
    kept = await left_when(await start(speed=20), "TEXT_MESSAGE_START", path)
    assert kept.status is Status.STOPPED
    assert len(kept.messages) == 2
    assert len(kept.messages[-1].content) < len(whole.messages[-1].content)


async def test_a_cancelled_run_ends_its_stream_with_the_part(start: Starting) -> None:
    server = await start(speed=20)
    async with client(server) as http:
        asking = asyncio.create_task(http.post(f"{ROOT}/stream", json={**QUESTION, "runId": "run-1"}))
        path = f"{ROOT}/{await begun(server)}/cancel"
        await asyncio.sleep(0.15)
        cancelled = await http.post(path, json={"runId": "run-1"})
        assert (cancelled.status_code, cancelled.json()) == (200, {"cancelled": True})
        frames = told((await asking).text)
        assert (await http.post(path, json={"runId": "run-1"})).json() == {"cancelled": False}
        listed = (await http.get(ROOT)).json()["conversations"]
    assert next(data["runId"] for event, data in frames if event == "RUN_STARTED") == "run-1"
    event, data = frames[-1]
    conversation = data["result"]["conversation"]
    assert (event, conversation["status"], conversation["messages"][-1]["status"]) == (
        "RUN_FINISHED",
        "Stopped",
        "stopped",
    )
    assert conversation["messages"][-1]["content"] == (await settled(server)).messages[-1].content
    assert listed[0]["status"] == "Stopped"


async def test_only_the_run_of_that_conversation_and_user_is_cancelled(start: Starting) -> None:
    server = await start(speed=30, thinking=60)
    async with client(server) as ada, client(server, BEN) as ben:
        asking = asyncio.create_task(ada.post(f"{ROOT}/stream", json={**QUESTION, "runId": "mine"}))
        path = f"{ROOT}/{await begun(server)}/cancel"
        refusals = [
            await ada.post(f"{ROOT}/{'0' * 24}/cancel", json={"runId": "mine"}),
            await ben.post(path, json={"runId": "mine"}),
            await ben.post(path, json={"runId": "unknown"}),
            await ada.post(path, json={}),
            await ada.post(path, json={"runId": "unknown"}),
        ]
        assert [each.status_code for each in refusals] == [403, 403, 404, 400, 200]
        assert refusals[-1].json() == {"cancelled": False}
        token = server.tokens.issue(ADA, frozenset({"conversation:read"}))
        limited = await ada.post(path, json={"runId": "mine"}, headers={"Authorization": f"Bearer {token}"})
        assert limited.json()["error"]["message"] == "Insufficient scope. Required: conversation:chat"
        assert (await ada.post(path, json={"runId": "mine"})).json() == {"cancelled": True}
        await asking
    assert (await settled(server)).messages[-1].content == ""


@pytest.mark.parametrize("dialect", ["documented", "legacy", "v05", "agui"])
async def test_older_generations_know_no_cancelling(start: Starting, dialect: Dialect) -> None:
    async with client(await start(dialect)) as http:
        answer = await http.post(f"{ROOT}/{'0' * 24}/cancel", json={"runId": "one"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, "text/html")


async def test_plain_operations_answer_again_and_a_failed_turn_names_its_conversation(
    start: Starting,
) -> None:
    server = await start()
    async with client(server) as http:
        made = (await http.post(f"{ROOT}/create", json={"query": QUESTION["query"]})).json()["conversation"]
        assert made["status"] == "Complete"
        server.faults.add(Fault(Trouble.ERROR, path="/messages"))
        failed = await http.post(f"{ROOT}/{made['_id']}/messages", json=QUESTION)
        assert failed.status_code == 500
        assert failed.headers["X-Conversation-Id"] == made["_id"]
        assert failed.json()["error"]["requestId"]
        again = await http.post(f"{ROOT}/{made['_id']}/messages", json=QUESTION)
        assert again.json()["conversation"]["status"] == "Complete"


V05_WORDS = (
    "Invalid enum value. Expected 'web_search' | 'internal_search' | 'deep' | 'quick' | 'verification' | "
    "'auto', received 'agent'"
)


@pytest.mark.parametrize("path", ["/stream", "/create"])
async def test_v05_refuses_a_mode_that_it_does_not_know(start: Starting, path: str) -> None:
    async with client(await start("v05")) as http:
        refused = await http.post(f"{ROOT}{path}", json={**QUESTION, "chatMode": "agent"})
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        {"code": "VALIDATION_ERROR", "message": V05_WORDS},
    )


async def test_v05_needs_no_mode_and_tells_the_conversation_at_once(start: Starting) -> None:
    server = await start("v05")
    async with client(server) as http:
        frames = told((await http.post(f"{ROOT}/stream", json={"query": QUESTION["query"]})).text)
        kept = await settled(server)
        added = told((await http.post(f"{ROOT}/{kept.id}/messages/stream", json=QUESTION)).text)
    assert (frames[0][0], frames[0][1]["conversationId"]) == ("connected", kept.id)
    assert "conversationId" not in added[0][1]
    assert "](http" in [data["accumulated"] for event, data in frames if event == "answer_chunk"][-1]
    assert frames[-1][0] == "complete"


async def test_v05_fails_without_a_stream_and_leaves_a_failed_conversation(start: Starting) -> None:
    server = await start("v05")
    async with client(server) as http:
        failed = await http.post(f"{ROOT}/create", json={"query": QUESTION["query"]})
    assert failed.json()["error"]["message"] == "Failed to get AI response"
    assert (await settled(server)).status is Status.FAILED


MARKED = ("&lt;script&gt;", "data:text/html,x", "%1$s", "%-10s", "<@U1> hello")
FORMATTED = ("50% done", "%5d", "%.2f", "100%%")
BRIEF = httpx.Timeout(10, read=0.1)


@pytest.mark.parametrize(
    ("dialect", "queries"), [("legacy", (*MARKED, *FORMATTED)), ("v05", MARKED), ("agui", MARKED)]
)
async def test_a_question_that_looks_like_markup_is_never_answered_without_a_stream(
    start: Starting, dialect: Dialect, queries: tuple[str, ...]
) -> None:
    server = await start(dialect)
    async with client(server) as http:
        asking = [http.post(f"{ROOT}/create", json={"query": each}, timeout=BRIEF) for each in queries]
        for answer in await asyncio.gather(*asking, return_exceptions=True):
            assert isinstance(answer, httpx.ReadTimeout)
        assert await server.conversations() == ()
        streamed = await http.post(f"{ROOT}/stream", json={**QUESTION, "query": queries[0]})
        assert streamed.status_code == 200


async def test_only_03_takes_a_share_for_a_format(start: Starting) -> None:
    async with client(await start("agui")) as http:
        for query in FORMATTED:
            assert (await http.post(f"{ROOT}/create", json={"query": query})).status_code == 500


@pytest.mark.parametrize("dialect", ["documented", "v09"])
async def test_elsewhere_such_a_question_is_refused(start: Starting, dialect: Dialect) -> None:
    async with client(await start(dialect)) as http:
        refused = await http.post(f"{ROOT}/create", json={"query": "<b>bold</b>"})
    assert refused.status_code == 400


TITLES = {
    "a -> b": "a -&gt; b",
    "C++ < Java": "C++",
    "100% & more": "100% & more",
    "javascript: the good parts": None,
    "data:text/html": None,
    "Onboarding = first week": None,
    "<b>bold</b>": None,
}


async def test_titles_are_encoded_cut_and_refused(start: Starting) -> None:
    server = await start("agui")
    async with client(server) as http:
        await http.post(f"{ROOT}/stream", json=QUESTION)
        one = (await settled(server)).id
        for title, kept in TITLES.items():
            before = (await settled(server)).title
            answer = await http.patch(f"{ROOT}/{one}/title", json={"title": title})
            assert (answer.status_code, (await settled(server)).title) == (
                (400, before) if kept is None else (200, kept)
            )


PDF, CSV = ("plan.pdf", b"%PDF-1.7", "application/pdf"), ("plan.csv", b"a,b\n1,2\n", "text/csv")


async def test_files_are_uploaded_carried_by_a_question_and_deleted(start: Starting) -> None:
    server = await start()
    async with client(server) as ada, client(server, BEN) as ben:
        sent = await ada.post(f"{ROOT}/attachments/upload", files=[("files", PDF), ("files", CSV)])
        pdf, csv = sent.json()["attachments"]
        assert (pdf["recordName"], pdf["extension"], csv["mimeType"]) == ("plan.pdf", "pdf", "text/csv")
        await ada.post(f"{ROOT}/stream", json={**QUESTION, "attachments": [csv, {"recordId": "r", "x": 1}]})
        one = (await settled(server)).id
        question, _ = (await ada.get(f"{ROOT}/{one}")).json()["conversation"]["messages"]
        assert [each["recordId"] for each in question["attachments"]] == [csv["recordId"], "r"]
        assert "x" not in question["attachments"][1]
        stored = await server.attachments.find(csv["recordId"])
        assert stored is not None
        assert (stored.owner, stored.content) == (ADA, CSV[1])
        path = f"{ROOT}/attachments/{csv['recordId']}"
        assert [(await each.delete(path)).status_code for each in (ben, ada, ada)] == [404, 204, 404]
        assert (await ada.delete(f"{ROOT}/attachments/nonsense")).status_code == 400


async def test_what_cannot_be_attached_is_refused(start: Starting) -> None:
    large = ("large.pdf", b"x" * (5 * 1024 * 1024 + 1), "application/pdf")
    async with client(await start()) as http:
        refusals = [
            await http.post(f"{ROOT}/attachments/upload", files=files)
            for files in (
                [("files", ("tool.exe", b"MZ", "application/x-msdownload"))],
                [("files", PDF)] * 11,
                [("files", large)],
                [("other", PDF)],
            )
        ]
        nothing = await http.post(f"{ROOT}/attachments/upload", data={"conversationId": ""})
        wrong = await http.post(f"{ROOT}/stream", json={**QUESTION, "attachments": [{}]})
    assert [each.status_code for each in refusals] == [400, 500, 500, 500]
    assert (nothing.status_code, wrong.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("dialect", "pdf", "csv"),
    [("documented", 404, 404), ("legacy", 404, 404), ("v05", 200, 400), ("agui", 200, 200)],
)
async def test_each_generation_takes_the_files_it_knows(
    start: Starting, dialect: Dialect, pdf: int, csv: int
) -> None:
    async with client(await start(dialect)) as http:
        answers = [
            await http.post(f"{ROOT}/attachments/upload", files=[("files", each)]) for each in (PDF, CSV)
        ]
        assert [each.status_code for each in answers] == [pdf, csv]
        attached = {**QUESTION, "attachments": "unknown" if pdf == 404 else None}
        assert (await http.post(f"{ROOT}/stream", json=attached)).status_code == 200


async def test_a_fault_reads_no_upload(start: Starting) -> None:
    server = await start()
    server.faults.add(Fault(Trouble.DELAY, path="attachments"))
    async with client(server) as http:
        assert (await http.post(f"{ROOT}/attachments/upload", files=[("files", PDF)])).status_code == 200


async def test_the_archive_is_searched_in_titles_and_messages(start: Starting) -> None:
    server = await start("agui")
    async with client(server) as http:
        for title in ("Holidays", "Other"):
            await http.post(f"{ROOT}/stream", json=QUESTION)
            one = (await settled(server)).id
            await http.patch(f"{ROOT}/{one}/title", json={"title": title})
            await http.patch(f"{ROOT}/{one}/archive")
        path = f"{ROOT}/show/archives/search"
        by_title = (await http.get(path, params={"search": "holiDAYS"})).json()
        by_text = (await http.get(path, params={"search": "days of leave", "limit": 1})).json()
        assert (await http.get(path)).status_code == 400
    assert [each["title"] for each in by_title["conversations"]] == ["Holidays"]
    assert "messages" not in by_title["conversations"][0]
    assert by_title["summary"]["searchQuery"] == "holiDAYS"
    assert (len(by_text["conversations"]), by_text["pagination"]["totalCount"]) == (1, 2)


async def test_a_conversation_is_put_into_a_project_shown_and_taken_out(start: Starting) -> None:
    server = await start()
    async with client(server) as ada, client(server, BEN) as ben:
        names = [
            [each["name"] for each in (await http.get("/api/v1/projects", params=given)).json()["projects"]]
            for http, given in (
                (ada, {}),
                (ben, {"scope": "shared"}),
                (ben, {"scope": "all"}),
                (ben, {"scope": "all", "search": "board"}),
            )
        ]
        assert names == [[OFFER.name], [OFFER.name], [ONBOARDING.name, OFFER.name], [ONBOARDING.name]]
        await ada.post(f"{ROOT}/stream", json=QUESTION)
        one = (await settled(server)).id
        early = await ada.patch(f"{ROOT}/{one}/project-visibility", json={"visibility": "project"})
        foreign = await ben.put(f"{ROOT}/{one}/project", json={"projectId": OFFER.id})
        unknown = await ada.put(f"{ROOT}/{one}/project", json={"projectId": "0" * 24})
        assert [each.status_code for each in (early, foreign, unknown)] == [400, 404, 404]
        linked = (await ada.put(f"{ROOT}/{one}/project", json={"projectId": OFFER.id})).json()
        assert linked == {"conversationId": one, "projectId": OFFER.id, "projectVisibility": "private"}
        assert (await ben.get(f"{ROOT}/{one}")).status_code == 404
        await ada.patch(f"{ROOT}/{one}/project-visibility", json={"visibility": "project"})
        assert (await ben.get(f"{ROOT}/{one}")).status_code == 200
        inside = (await ben.get(f"/api/v1/projects/{OFFER.id}/conversations")).json()["conversations"]
        assert [each["projectId"] for each in inside] == [OFFER.id]
        listed = (await ada.get(ROOT, params={"projectId": "unassigned"})).json()["conversations"]
        assert listed == []
        out = (await ada.put(f"{ROOT}/{one}/project", json={"projectId": None})).json()
        assert (out["projectId"], out["projectVisibility"]) == (None, None)


async def test_a_conversation_begins_in_a_project(start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await http.post(f"{ROOT}/stream", json={**QUESTION, "projectId": ONBOARDING.id})
        kept = await settled(server)
        assert (kept.project_id, kept.project_visibility) == (ONBOARDING.id, "project")
        refused = await http.post(f"{ROOT}/stream", json={**QUESTION, "projectId": "0" * 24})
        assert refused.status_code == 404


async def test_what_is_shared_with_one_says_by_whom(start: Starting) -> None:
    for dialect, named in (("v09", True), ("agui", False)):
        server = await start(dialect)
        async with client(server) as ada, client(server, BEN) as ben:
            await ada.post(f"{ROOT}/stream", json=QUESTION)
            one = (await settled(server)).id
            await ada.post(f"{ROOT}/{one}/share", json={"userIds": [BEN]})
            (row,) = (await ben.get(ROOT, params={"source": "shared"})).json()["conversations"]
            read = (await ben.get(f"{ROOT}/{one}")).json()["conversation"]
        sharer = {"userId": ADA, "name": "Ada Okafor"}
        assert (row.get("sharedBy"), read.get("sharedBy")) == ((sharer, sharer) if named else (None, None))


async def test_agents_are_listed_and_searched(start: Starting) -> None:
    async with client(await start("agui")) as http:
        found = (await http.get("/api/v1/agents", params={"search": "GUIDE"})).json()
        missing = (await http.get("/api/v1/agents", params={"search": "nothing"})).json()
    assert (found["success"], found["agents"][0]["name"]) == (True, "Handbook guide")
    assert (missing["agents"], missing["pagination"]["totalItems"]) == ([], 0)


async def test_a_file_of_an_earlier_version_gets_the_new_columns(tmp_path: Path, start: Starting) -> None:
    server = await start()
    async with client(server) as http:
        await http.post(f"{ROOT}/stream", json=QUESTION)
    with sqlite3.connect(tmp_path / "v09.db") as database:
        database.execute("ALTER TABLE messages DROP COLUMN stopped")
        database.execute("ALTER TABLE conversations DROP COLUMN project_id")
    again = await start()
    assert (await settled(again)).messages[-1].stopped is False
