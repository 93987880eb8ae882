"""Every way a server says no, in the domain's errors."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from bot.domain.errors import (
    ActionRefused,
    AnswerFailed,
    NoModel,
    NotAllowed,
    NotFound,
    NotPipesHub,
    NotTheNewest,
    PipesHubError,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooManyRequests,
)
from bot.pipeshub import errors
from bot.pipeshub.requests import CREATE_WITH_STREAMING, SHARE, Call

CALL = Call(SHARE, {"conversation_id": "secret-id"}, body={"userIds": ["secret-person"]}, request_id="r1")


def response(status: int, body: object = None, headers: dict[str, str] | None = None) -> httpx.Response:
    content = (
        body if isinstance(body, str) else json.dumps(body or {"error": {"code": "X", "message": "why"}})
    )
    return httpx.Response(status, content=content, headers=headers)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ActionRefused),
        (401, SignInRefused),
        (403, NotAllowed),
        (404, NotFound),
        (405, ActionRefused),
        (409, ActionRefused),
        (413, ActionRefused),
        (424, NoModel),
        (429, TooManyRequests),
        (500, ServerFailed),
        (503, ServerFailed),
        (302, NotPipesHub),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[PipesHubError]) -> None:
    error = errors.error_from_response(CALL, response(status))
    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "kind"), [(400, RequestRefused), (413, RequestRefused), (409, ActionRefused), (424, NoModel)]
)
def test_only_a_question_that_is_refused_for_its_words_is_put_differently(
    status: int, kind: type[PipesHubError]
) -> None:
    error = errors.error_from_response(Call(CREATE_WITH_STREAMING, body={"query": "q"}), response(status))
    assert type(error) is kind
    assert ("differently" in error.sentence) == (kind is RequestRefused)


@pytest.mark.parametrize("words", ["No LLM configured", "AI models are not configured yet"])
def test_a_stream_that_has_no_model_says_so(words: str) -> None:
    assert isinstance(errors.error_from_stream("x", {"error": {"message": words}}), NoModel)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"code": "VALIDATION_ERROR", "message": "Invalid chat mode"}}, "Invalid chat mode"),
        ({"error": "No"}, "No"),
        ({"error": "server_error", "error_description": "Revoked"}, "server_error"),
        ({"status": "error", "message": "Broken"}, "Broken"),
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"detail": {"reason": "Busy"}}, "Busy"),
        ({"reason": "Odd"}, "Odd"),
        ({"error": ["?"]}, ""),
        ("[]", ""),
    ],
)
def test_the_servers_words_are_found(body: object, said: str) -> None:
    assert errors.error_from_response(CALL, response(400, body)).server_message == said


def test_a_log_learns_no_ids_and_no_words() -> None:
    error = errors.error_from_response(
        CALL, response(400, {"error": {"code": "BAD", "message": "secret title"}})
    )
    assert str(error) == "POST /conversations/{conversation_id}/share (request r1): 400 BAD"


def test_a_sentence_is_no_code() -> None:
    error = errors.error_from_response(
        CALL, response(400, {"error": {"code": "a secret sentence", "message": "m"}})
    )
    assert "secret" not in str(error)


def test_a_page_instead_of_an_error_is_another_server() -> None:
    assert isinstance(
        errors.error_from_response(CALL, response(404, "<html>Cannot POST</html>")), NotPipesHub
    )
    assert isinstance(
        errors.error_from_response(CALL, response(502, "<html>Bad gateway</html>")), ServerFailed
    )


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, None, 7.0),
        ({}, {"error": {"message": "slow", "retryAfter": 12}}, 12.0),
        ({}, {"error": {"message": "slow", "retryAfter": None}}, None),
        ({"Retry-After": "later"}, None, None),
        ({"Retry-After": "-3"}, None, 0.0),
    ],
)
def test_the_wait_is_read(headers: dict[str, str], body: object, seconds: float | None) -> None:
    error = errors.error_from_response(CALL, response(429, body, headers))
    assert isinstance(error, TooManyRequests)
    assert error.retry_after == seconds


def test_the_wait_can_be_a_date() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    error = errors.error_from_response(CALL, response(429, None, {"Retry-After": until}))
    assert isinstance(error, TooManyRequests)
    assert error.retry_after is not None
    assert 3500 < error.retry_after <= 3600


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"message": "Conversation not found or unauthorized"}, NotFound),
        ({"error": "Insufficient scope. Required: agent:execute"}, NotAllowed),
        ({"error": "Can only regenerate bot response messages"}, NotTheNewest),
        ({"error": "Previous message must be a user query"}, NotTheNewest),
        ({"type": "RUN_ERROR", "message": "x", "code": "timeout"}, AnswerFailed),
        ({}, AnswerFailed),
    ],
)
def test_a_stream_says_what_a_status_would(body: dict[str, object], kind: type[PipesHubError]) -> None:
    assert type(errors.error_from_stream("a stream", body)) is kind


def test_the_event_type_is_no_code() -> None:
    assert errors.error_code({"type": "RUN_ERROR", "message": "x"}) is None
    assert errors.error_code({"type": "quota", "message": "x"}) == "quota"
