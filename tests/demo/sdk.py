"""PipesHub's own SDK judges what the local PipesHub answers; `python -m tests.demo.sdk` prints a table."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import httpx
from pipeshub_sdk import Pipeshub, errors, models
from pydantic import ValidationError

from bot.demo.knowledge.authorization import Client
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.demo.knowledge.projects import DEMO_PROJECTS
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.users import SERVICE_USER

FITS, REFUSED, ABSENT, MISFIT = "fits", "refused", "absent", "misfit"
"""Fits the SDK's models; refused with an error of the API; no such address; another shape than the SDK's."""
QUESTION = "How many days of leave do I get?"
MODE = "internal_search"
TOKEN = "user:ada@example.com"
CLIENT = Client("judge", "secret", ("http://127.0.0.1/back",))
AGUI_EVENTS = set(get_args(get_args(models.ConversationStreamSSEEventEvent)[0]))
ENDINGS = {"RUN_FINISHED", "complete"}


class Judge:
    """Calls one operation of the SDK after another on a server, in its sync or its async form."""

    def __init__(self, server: KnowledgeServer, *, sync: bool) -> None:
        self.server = server
        self._sync = sync
        self.http = httpx.AsyncClient(
            verify=False,
            base_url=f"{server.url}/api/v1",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=10,
        )
        self._sdk = Pipeshub(
            security=models.Security(bearer_auth=TOKEN),
            server_url=f"{server.url}/api/v1",
            client=httpx.Client(verify=False),
            async_client=httpx.AsyncClient(verify=False),
        )

    async def call(self, operation: str, **given: Any) -> Any:
        """Return what the SDK makes of the answer; the events of a stream as a list."""
        group, _, name = operation.partition(".")
        methods = getattr(self._sdk, group)
        if self._sync:
            return await asyncio.to_thread(lambda: _read(getattr(methods, name)(**given)))
        answer = await getattr(methods, f"{name}_async")(**given)
        return [event async for event in answer] if hasattr(answer, "__aiter__") else answer

    async def asked(self) -> tuple[str, str]:
        """Return the ids of a new conversation and of its answer, asked without the SDK."""
        path = "/conversations/stream"
        await self.http.post(path, json={"query": QUESTION, "chatMode": MODE})
        kept = (await self.server.conversations())[-1]
        return kept.id, kept.messages[-1].id

    async def failed(self) -> str:
        """Return the id of a new conversation whose answer failed."""
        self.server.faults.add(Fault(Trouble.ERROR, path="/stream"))
        return (await self.asked())[0]


def _read(answer: Any) -> Any:
    return list(answer) if hasattr(answer, "__next__") else answer


def ended(events: list[Any]) -> None:
    """Insist that a stream ended with a whole conversation, and in AG-UI has the events of the SDK alone."""
    last = events[-1]
    if last.event == "RUN_FINISHED":
        assert {each.event for each in events} <= AGUI_EVENTS
    data = json.loads(last.data) if isinstance(last.data, str) else last.data
    assert last.event in ENDINGS
    conversation = data.get("result", data)["conversation"]
    assert conversation["messages"][-1]["messageType"] == "bot_response"
    models.Conversation.model_validate(conversation)


async def _create(judge: Judge) -> None:
    made = await judge.call("conversations.create_conversation", query=QUESTION, chat_mode=MODE)
    assert made.result.conversation.messages[-1].citations


async def _stream(judge: Judge) -> None:
    ended(await judge.call("conversations.stream_chat", query=QUESTION, chat_mode=MODE, run_id="one"))


async def _list(judge: Judge) -> None:
    await judge.asked()
    await judge.failed()
    listed = await judge.call("conversations.get_all_conversations", limit=2, search="leave", shared="false")
    assert [each.status for each in listed.conversations] == ["Failed", "Complete"]
    assert listed.conversations[0].conversation_errors[0].timestamp


async def _list_shared(judge: Judge) -> None:
    await judge.asked()
    listed = await judge.call("conversations.get_all_conversations", source="shared")
    assert listed.source == "shared"


async def _list_archived(judge: Judge) -> None:
    await judge.http.patch(f"/conversations/{(await judge.asked())[0]}/archive")
    assert (await judge.call("conversations.get_archived_conversations")).conversations[0].archived_at


async def _search_archived(judge: Judge) -> None:
    await judge.http.patch(f"/conversations/{(await judge.asked())[0]}/archive")
    found = await judge.call("conversations.search_archived_conversations", search="LEAVE")
    assert found.conversations[0].source == "assistant"


async def _get(judge: Judge) -> None:
    one, _ = await judge.asked()
    read = await judge.call("conversations.get_conversation_by_id", conversation_id=one)
    assert read.conversation.messages[-1].citations[0].citation_data.metadata.record_name


async def _delete(judge: Judge) -> None:
    one, _ = await judge.asked()
    gone = await judge.call("conversations.delete_conversation_by_id", conversation_id=one)
    assert gone.deleted_by


async def _add(judge: Judge) -> None:
    one, _ = await judge.asked()
    added = await judge.call("conversations.add_message", conversation_id=one, query=QUESTION)
    assert len(added.result.conversation.messages) == 4


async def _add_stream(judge: Judge) -> None:
    one, _ = await judge.asked()
    ended(
        await judge.call(
            "conversations.add_message_stream", conversation_id=one, query=QUESTION, chat_mode=MODE
        )
    )


async def _rename(judge: Judge) -> None:
    one = await judge.failed()
    renamed = await judge.call(
        "conversations.update_conversation_title", conversation_id=one, title="Leave -> days"
    )
    assert renamed.conversation.title == "Leave -&gt; days"
    assert renamed.conversation.conversation_errors[0].id


async def _archive(judge: Judge) -> None:
    one, _ = await judge.asked()
    assert (await judge.call("conversations.archive_conversation", conversation_id=one)).archived_by


async def _unarchive(judge: Judge) -> None:
    one, _ = await judge.asked()
    await judge.http.patch(f"/conversations/{one}/archive")
    assert (await judge.call("conversations.unarchive_conversation", conversation_id=one)).unarchived_by


async def _regenerate(judge: Judge) -> None:
    one, answer = await judge.asked()
    ended(await judge.call("conversations.regenerate_answer", conversation_id=one, message_id=answer))


async def _cancel(judge: Judge) -> None:
    one, _ = await judge.asked()
    cancel = "conversations.cancel_conversation_stream"
    assert (await judge.call(cancel, conversation_id=one, run_id="unknown")).cancelled is False


async def _rate(judge: Judge) -> None:
    one, answer = await judge.asked()
    rated = await judge.call(
        "conversations.update_message_feedback",
        conversation_id=one,
        message_id=answer,
        is_helpful=True,
        categories=["excellent_answer"],
        comments={"positive": "Thank you"},
    )
    assert rated.feedback.feedback_provider


async def _link(judge: Judge) -> None:
    one, _ = await judge.asked()
    project = DEMO_PROJECTS[0].id
    linked = await judge.call(
        "conversations.set_conversation_project", conversation_id=one, project_id=project
    )
    assert linked.project_id == project


async def _show(judge: Judge) -> None:
    one, _ = await judge.asked()
    await judge.http.put(f"/conversations/{one}/project", json={"projectId": DEMO_PROJECTS[0].id})
    shown = await judge.call(
        "conversations.set_conversation_project_visibility", conversation_id=one, visibility="private"
    )
    assert shown.project_visibility == "private"


async def _in_project(judge: Judge) -> None:
    one, _ = await judge.asked()
    project = DEMO_PROJECTS[0].id
    await judge.http.put(f"/conversations/{one}/project", json={"projectId": project})
    listed = await judge.call("conversations.get_project_conversations", project_id=project)
    assert listed.conversations[0].project_id == project


async def _projects(judge: Judge) -> None:
    listed = await judge.call("projects.list_projects", scope="all", search="nord")
    assert [each.name for each in listed.projects] == ["Offer for Nordlicht"]


async def _agents(judge: Judge) -> None:
    assert (await judge.call("agents.list_agents", search="guide")).agents[0].key


async def _models(judge: Judge) -> None:
    listed = await judge.call("ai_models_providers.get_available_models_by_type", model_type="llm")
    assert listed.models[0].model_key


async def _nodes(judge: Judge) -> None:
    assert (await judge.call("knowledge_base.get_knowledge_hub_root_nodes")).items


async def _bases(judge: Judge) -> None:
    assert (await judge.call("knowledge_base.list_knowledge_bases")).knowledge_bases


async def _whose(judge: Judge) -> None:
    assert (await judge.call("open_id_connect.oauth_user_info")).email == "ada@example.com"


async def _content(judge: Judge) -> None:
    await judge.asked()
    kept = (await judge.server.conversations())[-1].messages[-1].citations[0]["metadata"]["recordId"]
    read = await judge.call("connector.get_record_content", record_id=kept)
    assert "27 days" in read.content


async def _tokens(judge: Judge) -> None:
    """Exchange a code, refresh, and revoke; a code is had without the SDK, as a browser has it."""
    asked = {"client_id": CLIENT.id, "redirect_uri": CLIENT.redirects[0], "response_type": "code"}
    request = judge.server.authorizer.ask({**asked, "state": "s", "scope": "email offline_access"})
    back = judge.server.authorizer.allow(request, SERVICE_USER)
    known = {"client_id": CLIENT.id, "client_secret": CLIENT.secret}
    given = await judge.call(
        "o_auth_provider.oauth_token",
        grant_type="authorization_code",
        code=httpx.URL(back).params["code"],
        redirect_uri=CLIENT.redirects[0],
        **known,
    )
    again = await judge.call(
        "o_auth_provider.oauth_token", grant_type="refresh_token", refresh_token=given.refresh_token, **known
    )
    assert again.access_token not in {None, given.access_token}
    await judge.call("o_auth_provider.oauth_revoke", token=again.access_token, **known)


async def _upload(judge: Judge) -> None:
    """The SDK uploads for agents only; its model of the answer judges the same operation of conversations."""
    files = [("files", ("plan.pdf", b"%PDF-1.7", "application/pdf"))]
    response = await judge.http.post("/conversations/attachments/upload", files=files)
    if response.status_code != httpx.codes.OK:
        raise errors.PipeshubDefaultError("refused", response)
    (kept,) = models.ChatAttachmentUploadResponse.model_validate(response.json()).attachments
    gone = await judge.http.delete(f"/conversations/attachments/{kept.record_id}")
    assert (gone.status_code, gone.content) == (httpx.codes.NO_CONTENT, b"")


OPERATIONS: dict[str, Callable[[Judge], Awaitable[None]]] = {
    "conversations.create_conversation": _create,
    "conversations.stream_chat": _stream,
    "conversations.get_all_conversations": _list,
    "conversations.get_all_conversations (shared)": _list_shared,
    "conversations.get_archived_conversations": _list_archived,
    "conversations.search_archived_conversations": _search_archived,
    "conversations.get_conversation_by_id": _get,
    "conversations.delete_conversation_by_id": _delete,
    "conversations.add_message": _add,
    "conversations.add_message_stream": _add_stream,
    "conversations.update_conversation_title": _rename,
    "conversations.archive_conversation": _archive,
    "conversations.unarchive_conversation": _unarchive,
    "conversations.regenerate_answer": _regenerate,
    "conversations.cancel_conversation_stream": _cancel,
    "conversations.update_message_feedback": _rate,
    "conversations.set_conversation_project": _link,
    "conversations.set_conversation_project_visibility": _show,
    "conversations.get_project_conversations": _in_project,
    "projects.list_projects": _projects,
    "agents.list_agents": _agents,
    "attachments (model of the upload)": _upload,
    "ai_models_providers.get_available_models_by_type": _models,
    "knowledge_base.get_knowledge_hub_root_nodes": _nodes,
    "knowledge_base.list_knowledge_bases": _bases,
    "connector.get_record_content": _content,
    "o_auth_provider.oauth_token, oauth_revoke": _tokens,
    "open_id_connect.oauth_user_info": _whose,
}


async def verdict(judge: Judge, operation: str) -> tuple[str, str]:
    """Return what the SDK says of one operation, and why it does not fit."""
    try:
        await OPERATIONS[operation](judge)
    except errors.PipeshubError as error:
        if isinstance(error, errors.ResponseValidationError):
            return MISFIT, str(error)
        if "html" in error.raw_response.headers.get("content-type", ""):
            return ABSENT, str(error)
        return (REFUSED if error.raw_response.is_error else MISFIT), str(error)
    except (ValidationError, AssertionError, AttributeError, KeyError, TypeError) as error:
        return MISFIT, repr(error)
    return FITS, ""


def options(folder: Path, dialect: Dialect) -> Options:
    """Return the options of a server with one document."""
    documents = folder / "docs"
    documents.mkdir(exist_ok=True)
    (documents / "leave.md").write_text("# Leave\n\n## Annual leave\n\nYou get 27 days of leave a year.\n")
    return Options(documents, folder / f"{dialect}.db", dialect, speed=0, thinking=0, clients=(CLIENT,))


async def main() -> None:
    """Print the verdicts on every operation in every dialect, sync and async."""
    rows: dict[str, list[str]] = {name: [] for name in OPERATIONS}
    reasons: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for dialect in DIALECTS:
            async with KnowledgeServer.running(options(Path(folder), dialect)) as server:
                judges = [Judge(server, sync=sync) for sync in (True, False)]
                for name, cells in rows.items():
                    found = [await verdict(judge, name) for judge in judges]
                    server.faults.clear()
                    cells.append(" / ".join(dict.fromkeys(word for word, _ in found)))
                    reasons += [
                        f"{dialect} {name}: {' '.join(why.split())[:150]}"
                        for word, why in found[:1]
                        if word == MISFIT
                    ]
    print(f"{'':52}" + "".join(f"{each:12}" for each in DIALECTS))
    for name, cells in rows.items():
        print(f"{name:52}" + "".join(f"{each:12}" for each in cells))
    print("\n".join(["", *reasons]))


if __name__ == "__main__":
    asyncio.run(main())
