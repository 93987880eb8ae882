"""The client over real HTTP: what is tried again, and what is tried another way."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate

import pytest
from structlog.testing import capture_logs

from bot.domain.conversations import Completed
from bot.domain.errors import (
    Interrupted,
    NotAnswering,
    PipesHubError,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooManyRequests,
    Unreachable,
)
from bot.domain.turns import QuestionOptions
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import FAILURE_THRESHOLD, OPEN_SECONDS, CircuitBreaker, RetryPolicy, Server, Timeouts
from bot.pipeshub.oauth import BearerAuth, fixed_token_auth
from tests.integration.scripted_pipeshub import (
    ANSWERED,
    AT_ONCE,
    DONE,
    GAVE_UP,
    ID,
    MESSAGE,
    OPENING,
    QUICK,
    Say,
    Scripted,
    asking,
    failure,
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


async def test_a_busy_server_is_asked_again_before_the_stream_opens(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(429, {}), Say(429, {}), Say(frames=(OPENING, DONE)))
    assert isinstance((await heard(conversations.create_with_streaming(query="q")))[-1], Completed)
    assert len(pipeshub.seen) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_question_that_a_gateway_may_have_passed_on_is_sent_once(
    pipeshub: Scripted, conversations: Conversations, status: int
) -> None:
    pipeshub.says(Say(status, {}), Say(frames=(OPENING, DONE)))
    with pytest.raises(ServerFailed) as raised:
        await heard(conversations.create_with_streaming(query="q"))
    assert raised.value.may_have_arrived
    assert len(pipeshub.seen) == 1


async def test_attempts_end(pipeshub: Scripted) -> None:
    twice = Conversations(
        Server(pipeshub.http, pipeshub.url), fixed_token_auth("a-token"), RetryPolicy(attempts=2, max_wait=0)
    )
    pipeshub.says(Say(503, {}))
    with pytest.raises(ServerFailed):
        await twice.list()
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
    assert (await conversations.list()).conversations == ()
    pipeshub.says(Say(then="drop"), Say(body=ANSWERED))
    with pytest.raises(Unreachable):
        await conversations.add_message(ID, query="q")
    assert len(pipeshub.seen) == 3


NO_SUCH_PATH = Say(404, "<pre>Cannot POST</pre>")


@pytest.mark.parametrize(
    ("gone", "paths"),
    [
        ((Say(500, GAVE_UP), NO_SUCH_PATH), ["create", "cancel", "stream", "stream"]),
        ((Say(500, GAVE_UP), Say(405, {"error": "no"})), ["create", "cancel", "stream", "stream"]),
        ((NO_SUCH_PATH,), ["create", "stream", "stream"]),
        ((Say(405, {}),), ["create", "stream", "stream"]),
    ],
)
async def test_a_server_without_plain_answers_is_streamed_from_then_on(
    pipeshub: Scripted, conversations: Conversations, gone: tuple[Say, ...], paths: list[str]
) -> None:
    pipeshub.says(*gone, Say(frames=(OPENING, DONE)))
    created = await conversations.create(query="q")
    added = await conversations.add_message(ID, query="q")
    assert [each.answer and each.answer.content for each in (created, added)] == ["Thirty.", "Thirty."]
    assert [seen.path.rpartition("/")[2] for seen in pipeshub.seen] == paths


async def test_a_plain_answer_that_fails_on_a_later_server_is_one_failed_turn(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(500, GAVE_UP), Say(body={"cancelled": False}), Say(body=ANSWERED))
    with pytest.raises(ServerFailed):
        await conversations.create(query="q")
    assert (await conversations.create(query="q")).answer is not None
    assert [seen.path.rpartition("/")[2] for seen in pipeshub.seen] == ["create", "cancel", "create"]


async def test_a_failed_stream_raises_where_the_whole_answer_was_wanted(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(500, GAVE_UP), NO_SUCH_PATH, Say(frames=(OPENING,)))
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


@pytest.mark.parametrize(
    "words",
    [
        "Invalid chat mode",
        "Invalid enum value. Expected 'web_search' | 'internal_search' | 'deep' | 'quick', received 'agent'",
    ],
)
async def test_a_refused_chat_mode_is_replaced_once(
    pipeshub: Scripted, conversations: Conversations, words: str
) -> None:
    refusal = Say(400, {"error": {"code": "VALIDATION_ERROR", "message": words}})
    pipeshub.says(refusal, Say(frames=(OPENING, DONE)))
    assert isinstance(
        (await heard(conversations.create_with_streaming(query="q", options=QuestionOptions("deep"))))[-1],
        Completed,
    )
    assert [seen.body["chatMode"] for seen in pipeshub.seen] == ["deep", "internal_search"]
    pipeshub.says(refusal)
    with pytest.raises(RequestRefused):
        await conversations.create(query="q", options=QuestionOptions("deep"))
    assert len(pipeshub.seen) == 4


async def test_an_expired_token_is_renewed_once(pipeshub: Scripted) -> None:
    async def old() -> str:
        return "old"

    async def renewed(refused: str) -> str:
        return f"newer-than-{refused}"

    renewing = Conversations(Server(pipeshub.http, pipeshub.url, QUICK), BearerAuth(old, renewed), AT_ONCE)
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


def in_seconds(wait: float) -> dict[str, str]:
    return {"Retry-After": f"{wait:g}"}


def as_a_date(wait: float) -> dict[str, str]:
    # A date has no parts of a second, so that less than what is asked can be left when it is read.
    return {"Retry-After": formatdate(time.time() + wait + 1, usegmt=True)}


@pytest.mark.parametrize("stated", [in_seconds, as_a_date])
async def test_a_wait_that_the_server_asks_for_is_kept(
    pipeshub: Scripted, stated: Callable[[float], dict[str, str]]
) -> None:
    patient = Conversations(
        Server(pipeshub.http, pipeshub.url, QUICK), fixed_token_auth("a-token"), RetryPolicy()
    )
    pipeshub.says(Say(429, {}, headers=stated(1)), Say(frames=(OPENING, DONE)))
    began = time.monotonic()
    assert isinstance((await heard(patient.create_with_streaming(query="q")))[-1], Completed)
    assert 0.9 <= time.monotonic() - began < 3.5
    pipeshub.says(Say(429, {}, headers=stated(1)), Say(body={"conversations": []}))
    began = time.monotonic()
    assert (await patient.list()).conversations == ()
    assert 0.9 <= time.monotonic() - began < 3.5
    assert len(pipeshub.seen) == 4


@pytest.mark.parametrize(
    "failing",
    [Say(then="drop"), Say(then="hang"), Say(500, {}), Say(504, "<h1>timeout</h1>"), Say(200, "<p>")],
)
async def test_what_the_server_may_have_taken_up_is_never_sent_again(
    pipeshub: Scripted, failing: Say
) -> None:
    hurried = asking(pipeshub, Timeouts(call=0.1, plain_answer=0.1, idle_with_heartbeats=0.1))
    pipeshub.says(failing)
    for number, call in enumerate(
        (
            heard(hurried.create_with_streaming(query="q")),
            heard(hurried.add_message_stream(ID, query="q")),
            heard(hurried.regenerate(ID, MESSAGE)),
            hurried.add_message(ID, query="q"),
        ),
        start=1,
    ):
        with pytest.raises(PipesHubError):
            await call
        assert len(pipeshub.seen) == number


@pytest.mark.parametrize("stated", [in_seconds, as_a_date])
async def test_a_moment_too_far_away_is_reported_at_once(
    pipeshub: Scripted, conversations: Conversations, stated: Callable[[float], dict[str, str]]
) -> None:
    pipeshub.says(Say(429, {}, headers=stated(60)))
    with pytest.raises(TooManyRequests) as raised:
        await heard(conversations.create_with_streaming(query="q"))
    assert raised.value.retry_after == pytest.approx(60, abs=2)
    assert len(pipeshub.seen) == 1


@pytest.mark.parametrize("then", ["end", "reset"])
async def test_a_stream_that_was_opened_is_never_asked_for_again(
    pipeshub: Scripted, conversations: Conversations, then: str
) -> None:
    pipeshub.says(Say(frames=(OPENING,), then=then), Say(frames=(OPENING, DONE)))
    assert isinstance(await failure(conversations.create_with_streaming(query="q")), Interrupted)
    assert len(pipeshub.seen) == 1


@pytest.mark.parametrize(
    "failing", [Say(500, {}), Say(503, {}), Say(504, "<h1>timeout</h1>"), Say(then="drop")]
)
async def test_a_server_that_fails_again_and_again_is_left_alone(pipeshub: Scripted, failing: Say) -> None:
    server = Server(pipeshub.http, pipeshub.url, QUICK)
    conversations = Conversations(server, fixed_token_auth("a-token"), RetryPolicy(attempts=1))
    pipeshub.says(failing)
    for _ in range(FAILURE_THRESHOLD):
        with pytest.raises((ServerFailed, Unreachable)):
            await heard(conversations.create_with_streaming(query="q"))
    with capture_logs() as logs:
        for _ in range(20):
            with pytest.raises(NotAnswering, match="not sent"):
                await heard(conversations.create_with_streaming(query="q"))
    assert len(pipeshub.seen) == FAILURE_THRESHOLD
    assert logs == []

    pipeshub.says(Say(body={"conversations": []}))
    server.circuit_breaker = CircuitBreaker()
    assert (await conversations.list()).conversations == ()


async def test_opening_and_closing_leave_one_line_each_with_the_mend(pipeshub: Scripted) -> None:
    server = Server(pipeshub.http, pipeshub.url, QUICK)
    conversations = Conversations(server, fixed_token_auth("a-token"), RetryPolicy(attempts=1))
    pipeshub.says(Say(503, {}))
    with capture_logs() as logs:
        for _ in range(FAILURE_THRESHOLD + 3):
            with pytest.raises(PipesHubError):
                await conversations.list()
        server.circuit_breaker.record_success()
        assert [each["log_level"] for each in logs] == ["error"]
        assert (logs[0]["event"], logs[0]["setting"]) == ("pipeshub.circuit_opened", "PIPESHUB_SERVER_URL")
        assert "server behind it runs" in logs[0]["fix"]
        for _ in range(FAILURE_THRESHOLD):
            server.circuit_breaker.record_failure(time.monotonic() - OPEN_SECONDS)
        pipeshub.says(Say(body={"conversations": []}))
        await conversations.list()
    assert [each["log_level"] for each in logs] == ["error", "info"]
    assert logs[1]["event"] == "pipeshub.circuit_closed"


async def test_a_refusal_is_an_answer(pipeshub: Scripted) -> None:
    for status in (400, 401, 403, 404, 409, 429):
        once = Conversations(
            Server(pipeshub.http, pipeshub.url, QUICK),
            fixed_token_auth("a-token"),
            RetryPolicy(attempts=1, max_wait=0),
        )
        pipeshub.says(Say(status, {"error": {"message": "no"}}))
        pipeshub.seen.clear()
        for number in range(3 * FAILURE_THRESHOLD):
            with pytest.raises(PipesHubError) as raised:
                await once.list()
            assert not isinstance(raised.value, NotAnswering), status
            assert len(pipeshub.seen) == number + 1


async def test_a_server_that_gave_up_plain_answers_is_not_left_alone(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(*[Say(500, GAVE_UP)] * (2 * FAILURE_THRESHOLD), Say(frames=(OPENING, DONE)))
    asked = [conversations.create(query="q") for _ in range(2 * FAILURE_THRESHOLD)]
    created = await asyncio.gather(*asked)
    assert {each.answer and each.answer.content for each in created} == {"Thirty."}
