"""The client over real HTTP: what is tried again, and what is tried another way."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.errors import (
    Interrupted,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooManyRequests,
    Unreachable,
)
from bot.domain.events import Completed
from bot.pipeshub.auth import Bearer
from bot.pipeshub.client import Conversations
from bot.pipeshub.retries import Retries
from bot.pipeshub.server import Server, Timeouts
from tests.integration.scripted_pipeshub import (
    ANSWERED,
    AT_ONCE,
    DONE,
    GAVE_UP,
    ID,
    OPENING,
    QUICK,
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


async def test_a_server_that_never_answers_is_unreachable(pipeshub: Scripted) -> None:
    pipeshub.says(Say(then="hang"))
    impatient = asking(pipeshub, Timeouts(call=0.05, plain_answer=0.05, idle_with_heartbeats=0.05))
    for call in (
        impatient.update_title(ID, title="t"),
        impatient.create(query="q"),
        heard(impatient.create_with_streaming(query="q")),
    ):
        with pytest.raises(Unreachable):
            await call
    assert len(pipeshub.seen) == 3


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_busy_server_is_asked_again_before_the_stream_opens(
    pipeshub: Scripted, conversations: Conversations, status: int
) -> None:
    pipeshub.says(Say(status, {}), Say(status, {}), Say(frames=(OPENING, DONE)))
    assert isinstance((await heard(conversations.create_with_streaming(query="q")))[-1], Completed)
    assert len(pipeshub.seen) == 3


async def test_attempts_end(pipeshub: Scripted, conversations: Conversations) -> None:
    pipeshub.says(Say(503, {}))
    with pytest.raises(ServerFailed):
        await conversations.list(retries=Retries(attempts=2, max_wait=0))
    assert len(pipeshub.seen) == 2


async def test_a_wait_longer_than_ours_is_reported_at_once(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(429, {"error": {"message": "slow"}}, headers={"Retry-After": "60"}))
    with pytest.raises(TooManyRequests) as raised:
        await conversations.create(query="q")
    assert raised.value.retry_after == 60
    assert len(pipeshub.seen) == 1


async def test_a_dropped_connection_is_tried_again_for_reading_only(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(then="drop"), Say(body={"conversations": []}))
    assert (await conversations.list()).rows == ()
    pipeshub.says(Say(then="drop"), Say(body=ANSWERED))
    with pytest.raises(Unreachable):
        await conversations.add_message(ID, query="q")
    assert len(pipeshub.seen) == 3


@pytest.mark.parametrize("gone", [Say(500, GAVE_UP), Say(404, "<pre>Cannot POST</pre>"), Say(405, {})])
async def test_a_server_without_plain_answers_is_streamed_from_then_on(
    pipeshub: Scripted, conversations: Conversations, gone: Say
) -> None:
    pipeshub.says(gone, Say(frames=(OPENING, DONE)))
    created = await conversations.create(query="q")
    added = await conversations.add_message(ID, query="q")
    assert [each.answer and each.answer.content for each in (created, added)] == ["Thirty.", "Thirty."]
    assert [seen.path.rpartition("/")[2] for seen in pipeshub.seen] == ["create", "stream", "stream"]


async def test_a_failed_stream_raises_where_the_whole_answer_was_wanted(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(500, GAVE_UP), Say(frames=(OPENING,)))
    with pytest.raises(Interrupted):
        await conversations.create(query="q")


async def test_another_failure_of_the_plain_operation_is_not_streamed(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(500, {"error": {"code": "INTERNAL_ERROR", "message": "Something"}}))
    with pytest.raises(ServerFailed):
        await conversations.create(query="q")
    assert len(pipeshub.seen) == 1


async def test_a_query_with_markup_is_streamed(pipeshub: Scripted, conversations: Conversations) -> None:
    pipeshub.says(Say(frames=(OPENING, DONE)))
    await conversations.create(query="Is a < b?")
    assert pipeshub.seen[0].path.endswith("/stream")


async def test_a_refused_chat_mode_is_replaced_once(pipeshub: Scripted, conversations: Conversations) -> None:
    refusal = Say(400, {"error": {"code": "VALIDATION_ERROR", "message": "Invalid chat mode"}})
    pipeshub.says(refusal, Say(frames=(OPENING, DONE)))
    assert isinstance(
        (await heard(conversations.create_with_streaming(query="q", chat_mode="deep")))[-1], Completed
    )
    assert [seen.body["chatMode"] for seen in pipeshub.seen] == ["deep", "internal_search"]
    pipeshub.says(refusal)
    with pytest.raises(RequestRefused):
        await conversations.create(query="q", chat_mode="deep")
    assert len(pipeshub.seen) == 4


async def test_an_expired_token_is_renewed_once(pipeshub: Scripted) -> None:
    async def old() -> str:
        return "old"

    async def renewed(refused: str) -> str:
        return f"newer-than-{refused}"

    renewing = Conversations(Server(pipeshub.http, pipeshub.url, QUICK), Bearer(old, renewed), AT_ONCE)
    pipeshub.says(Say(401, {"error": {"code": "OAUTH_EXPIRED_TOKEN"}}), Say(frames=(OPENING, DONE)))
    assert isinstance((await heard(renewing.create_with_streaming(query="q")))[-1], Completed)
    assert [seen.headers["Authorization"] for seen in pipeshub.seen] == [
        "Bearer old",
        "Bearer newer-than-old",
    ]
    pipeshub.says(Say(401, {}))
    with pytest.raises(SignInRefused):
        await renewing.list()
    assert len(pipeshub.seen) == 4
