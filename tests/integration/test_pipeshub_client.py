"""The client over real HTTP: what it sends, and the errors it raises."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog

from bot.domain.conversations import Conversation
from bot.domain.errors import (
    ActionRefused,
    BotError,
    NotAllowed,
    NotFound,
    NotPipesHub,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooManyRequests,
    Unreachable,
)
from bot.domain.feedback import Category, Comment, Feedback
from bot.domain.turns import QuestionOptions
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import fixed_token_auth
from tests.integration.scripted_pipeshub import (
    ANSWERED,
    ID,
    MESSAGE,
    Say,
    Scripted,
    asking,
    heard,
    scripted,
)


@pytest.fixture
async def pipeshub() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
def conversations(pipeshub: Scripted) -> Conversations:
    return asking(pipeshub)


Operation = Callable[[Conversations], Awaitable[object]]
OPERATIONS: list[tuple[Operation, str, str]] = [
    (lambda c: c.create(query="q"), "POST", "/create"),
    (lambda c: heard(c.create_with_streaming(query="q")), "POST", "/stream"),
    (lambda c: c.list(), "GET", ""),
    (lambda c: c.list_archived(), "GET", "/show/archives"),
    (lambda c: c.get_by_id(ID), "GET", f"/{ID}"),
    (lambda c: c.delete(ID), "DELETE", f"/{ID}"),
    (lambda c: c.add_message(ID, query="q"), "POST", f"/{ID}/messages"),
    (lambda c: heard(c.add_message_stream(ID, query="q")), "POST", f"/{ID}/messages/stream"),
    (lambda c: c.share(ID, user_ids=["u"]), "POST", f"/{ID}/share"),
    (lambda c: c.unshare(ID, user_ids=["u"]), "POST", f"/{ID}/unshare"),
    (lambda c: c.update_title(ID, title="t"), "PATCH", f"/{ID}/title"),
    (lambda c: c.archive(ID), "PATCH", f"/{ID}/archive"),
    (lambda c: c.unarchive(ID), "PATCH", f"/{ID}/unarchive"),
    (lambda c: heard(c.regenerate(ID, MESSAGE)), "POST", f"/{ID}/message/{MESSAGE}/regenerate"),
    (lambda c: c.submit_feedback(ID, MESSAGE, Feedback(True)), "POST", f"/{ID}/message/{MESSAGE}/feedback"),
]
ERRORS: dict[int, type[BotError]] = {
    400: RequestRefused,
    401: SignInRefused,
    403: NotAllowed,
    404: NotFound,
    429: TooManyRequests,
    500: ServerFailed,
}


async def test_every_operation_is_sent_as_documented(pipeshub: Scripted) -> None:
    pipeshub.says(Say(body={**ANSWERED, "conversations": []}))
    for call, method, path in OPERATIONS:
        pipeshub.seen.clear()
        await call(asking(pipeshub))
        seen = pipeshub.seen[0]
        assert (seen.method, seen.path) == (method, f"/api/v1/conversations{path}")
        assert seen.headers["Authorization"] == "Bearer a-token", path
        assert len(seen.headers["X-Request-ID"]) == 32, path
        assert "client-name" not in seen.headers, path


async def raised_by(pipeshub: Scripted, call: Operation) -> BotError:
    try:
        done = await call(asking(pipeshub))
    except BotError as error:
        return error
    raise AssertionError(f"no error, but {done}")


async def test_every_operation_raises_the_domains_errors(pipeshub: Scripted) -> None:
    for status, kind in ERRORS.items():
        pipeshub.says(Say(status, {"error": {"code": "X", "message": "no"}}))
        # Where nothing is asked, nothing can be put differently.
        kinds = (kind, ActionRefused) if kind is RequestRefused else (kind,)
        for call, method, path in OPERATIONS:
            assert type(await raised_by(pipeshub, call)) in kinds, (status, method, path)


async def test_a_web_page_is_not_the_api(pipeshub: Scripted) -> None:
    pipeshub.says(Say(body="<!doctype html><title>PipesHub</title>"))
    for call, method, path in OPERATIONS:
        error = await raised_by(pipeshub, call)
        assert isinstance(error, NotPipesHub), (method, path)
        assert "text/html" in str(error), (method, path)


async def test_an_address_where_nothing_listens_is_unreachable(
    pipeshub: Scripted, unused_tcp_port: int
) -> None:
    pipeshub.url = f"http://127.0.0.1:{unused_tcp_port}"
    for call, method, path in OPERATIONS:
        assert isinstance(await raised_by(pipeshub, call), Unreachable), (method, path)


async def test_feedback_a_server_refuses_is_sent_in_its_essentials(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(400, {"error": {"message": "Invalid enum value"}}), Say(body={}))
    await conversations.submit_feedback(
        ID,
        MESSAGE,
        Feedback(is_helpful=False, categories=(Category.TOO_BRIEF,), comments={Comment.NEGATIVE: "short"}),
    )
    assert pipeshub.seen[1].body == {"isHelpful": False, "comments": {"negative": "short"}}


@pytest.mark.parametrize("said", ["Conversation already archived", "Conversation is not archived"])
async def test_archiving_twice_is_archiving_once(
    pipeshub: Scripted, conversations: Conversations, said: str
) -> None:
    pipeshub.says(Say(400, {"error": {"message": said}}))
    assert (await conversations.archive(ID)).is_archived
    assert not (await conversations.unarchive(ID)).is_archived


async def test_an_archived_conversation_is_found_in_the_archive(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    archive = {"conversations": [{"_id": ID, "title": "Kept"}]}
    pipeshub.says(Say(404, {"error": {"message": "Conversation not found"}}), Say(body=archive))
    found = await conversations.get_by_id(ID)
    assert (found.title, found.is_archived) == ("Kept", True)
    assert pipeshub.seen[1].query["conversationId"] == ID


async def test_a_conversation_in_no_archive_is_not_found(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    others = {"conversations": [{"_id": "68b0c1d2e3f4a5b6c7d8e9ff"}]}
    missing = Say(404, {"error": {"message": "Conversation not found"}})
    pipeshub.says(missing, Say(body=others), missing)
    with pytest.raises(NotFound):
        await conversations.get_by_id(ID)


async def test_a_conversation_that_leaves_the_archive_between_two_looks_is_found(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    missing = Say(404, {"error": {"message": "Conversation not found"}})
    pipeshub.says(missing, Say(body={"conversations": []}), Say(body={"conversation": {"_id": ID}}))
    assert await conversations.get_by_id(ID) == Conversation(ID)


async def test_a_token_no_header_can_carry_is_refused(pipeshub: Scripted) -> None:
    for token in ("", "tökén", "two\nlines"):
        with pytest.raises(SignInRefused):
            await Conversations(Server(pipeshub.http, pipeshub.url), fixed_token_auth(token)).list()
    assert pipeshub.seen == []


async def test_a_receipt_without_a_body_is_enough(pipeshub: Scripted, conversations: Conversations) -> None:
    pipeshub.says(Say(204))
    assert await conversations.unshare(ID, user_ids=["u"]) == Conversation(ID)
    await conversations.delete(ID)


async def test_logs_hold_no_query_no_id_and_no_token(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(503, {"error": {"message": "secret words"}}))
    with structlog.testing.capture_logs() as logs, pytest.raises(ServerFailed) as raised:
        await conversations.add_message(ID, query="secret question", options=QuestionOptions("deep"))
    told = repr(logs) + str(raised.value)
    assert "POST /conversations/{conversation_id}/messages" in told
    assert not any(secret in told for secret in ("secret", "a-token", ID))
