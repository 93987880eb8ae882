"""The one place where PipesHub's refusals and failures become the domain's errors."""

import contextlib
import errno
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

import httpx

from bot.domain.errors import (
    ActionRefused,
    AnswerFailed,
    Interrupted,
    NoModel,
    NotAllowed,
    NotFound,
    NotPipesHub,
    NotTheNewest,
    PipesHubError,
    RequestRefused,
    ServerFailed,
    SignInRefused,
    TooLarge,
    TooManyRequests,
    Unreachable,
)
from bot.pipeshub.json_body import JsonObject, as_object, first_text
from bot.pipeshub.limits import as_text, read_json
from bot.pipeshub.requests import Call

_BY_STATUS: dict[int, type[PipesHubError]] = {
    401: SignInRefused,
    403: NotAllowed,
    404: NotFound,
    410: NotFound,
    424: NoModel,
}
_BY_WORDS = frozenset({400, 413, 422})  # with these a question can be refused for what it says
# Servers say this in a stream, where every status is 200; with another status it means the same.
_BY_TEXT: tuple[tuple[re.Pattern[str], type[PipesHubError]], ...] = (
    (re.compile(r"\b(?:conversation|message) not found", re.IGNORECASE), NotFound),
    (re.compile(r"\binsufficient scope", re.IGNORECASE), NotAllowed),
    (
        re.compile(
            r"\bno (?:ai |llm |language )?(?:models?|llm) (?:is |are )?(?:configured|available|found)"
            r"|\b(?:llm|models?) (?:is |are )?not configured",
            re.IGNORECASE,
        ),
        NoModel,
    ),
    (re.compile(r"\bonly regenerate|previous message must be", re.IGNORECASE), NotTheNewest),
)
_NO_CONVERSATION = re.compile(r"conversation not found", re.IGNORECASE)
_CODE = re.compile(r"[\w.:-]{1,64}")
_AI_SERVICE_FAILURE = "Failed to get AI response"
_MAX_MESSAGE = 2000  # characters of what a server says went wrong
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def unreachable_error(call: Call, cause: httpx.RequestError | OSError) -> Unreachable:
    """Return the error for no connection, or no whole response in time."""
    without_socket = isinstance(cause, OSError) and cause.errno in (errno.EMFILE, errno.ENFILE)
    may_have_arrived = not (without_socket or isinstance(cause, _NOTHING_SENT))
    return Unreachable(f"{call}: {type(cause).__name__}", may_have_arrived=may_have_arrived)


def broken_stream_error(
    about: str, cause: httpx.RequestError | httpx.StreamError | OSError | None = None
) -> Interrupted:
    """Return the error for a stream that broke by `cause`, or ended without its last event."""
    return Interrupted(f"{about}: {type(cause).__name__ if cause else 'ended without a last event'}")


def error_from_response(call: Call, response: httpx.Response) -> PipesHubError:
    """Return the error for a response that is no success. Its body has been read."""
    try:
        body = as_object(_parsed(response, str(call)))
    except TooLarge:
        body = {}  # the status is enough
    server_message, status = error_text(body), response.status_code
    detail = f"{call}: {status} {error_code(body) or ''}".rstrip()
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = _retry_after(response, body)
        return TooManyRequests(detail, wait, status=status, server_message=server_message)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        failed = ServerFailed(detail, status=status, server_message=server_message)
        # The server itself says that it has the question and no answer, not a gateway before it.
        failed.may_have_arrived = not is_ai_service_failure(failed)
        return failed
    if not httpx.codes.is_client_error(status) or (status == httpx.codes.NOT_FOUND and not body):
        # A redirect, or a page of some other server: the API answers 404 with a JSON object.
        return NotPipesHub(detail, status=status)
    asks = call.body is not None and "query" in call.body and status in _BY_WORDS
    refused = RequestRefused if asks else ActionRefused
    kind = _BY_STATUS.get(status) or refused
    kind = _kind_by_text(server_message) or kind
    return kind(detail, status=status, server_message=server_message)


def error_from_stream(about: str, body: JsonObject) -> PipesHubError:
    """Return the error a stream reports in `body`, in any of the shapes servers use."""
    server_message, reason = error_text(body), error_code(body)
    detail = f"{about}: in the stream {reason or ''}".rstrip()
    kind = _kind_by_text(server_message)
    if kind is None:
        return AnswerFailed(detail, reason, server_message=server_message)
    return kind(detail, server_message=server_message)


def is_outage(error: PipesHubError) -> bool:
    """Return whether an error says that the server cannot be reached or fails, rather than that it refuses.

    A working server from v0.4 on fails every plain answer with the same words, so that is no outage.
    """
    return isinstance(error, Unreachable) or (
        isinstance(error, ServerFailed) and not is_ai_service_failure(error)
    )


def is_ai_service_failure(error: PipesHubError) -> bool:
    """Return whether the server says that it got no answer from its own AI service."""
    return error.status == httpx.codes.INTERNAL_SERVER_ERROR and _AI_SERVICE_FAILURE in error.server_message


def is_unknown_path(error: PipesHubError) -> bool:
    """Return whether the server has no such operation, rather than no such conversation."""
    unknown = error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED)
    return unknown and not _NO_CONVERSATION.search(error.server_message)


def unexpected_json_error(call: Call) -> NotPipesHub:
    """Return the error for a success whose JSON is not what the operation answers with."""
    return NotPipesHub(f"{call}: JSON of another shape")


def parse_json(call: Call, response: httpx.Response) -> object:
    """Return a success's JSON, None where it has no body.

    Raises NotPipesHub: unknown paths answer 200 with the page of PipesHub's own front end.
    """
    if not response.content:
        return None
    body = _parsed(response, str(call))
    if body is None:
        kind = response.headers.get("content-type", "nothing").partition(";")[0]
        raise NotPipesHub(f"{call}: {response.status_code} with {kind}", status=response.status_code)
    return body


def error_text(body: JsonObject) -> str:
    """Return what the server says went wrong, from any place it says it; empty where it does not."""
    nested = as_object(body.get("error")) or as_object(body.get("detail"))
    found = first_text(nested, "message", "reason", "detail") or first_text(
        body, "error", "error_description", "message", "detail", "reason", "text"
    )
    return found[:_MAX_MESSAGE]


def error_code(body: JsonObject) -> str | None:
    """Return the server's code for what went wrong; anything longer than a word is not one."""
    nested = as_object(body.get("error"))
    # AG-UI names every frame by `type`; elsewhere `type` is the kind of error.
    kind = "" if first_text(body, "type").isupper() else first_text(body, "type")
    found = first_text(nested, "code") or first_text(body, "code", "errorCode") or kind
    return found if _CODE.fullmatch(found) else None


def _kind_by_text(server_message: str) -> type[PipesHubError] | None:
    return next((kind for pattern, kind in _BY_TEXT if pattern.search(server_message)), None)


def _parsed(response: httpx.Response, about: str) -> object:
    try:
        # A charset that a header names can be one that takes very long to read; JSON is UTF-8.
        return read_json(as_text(response.content, about), about)
    except ValueError:
        return None


def _retry_after(response: httpx.Response, body: JsonObject) -> float | None:
    """Return the seconds to wait: by the header (seconds or a date, RFC 9110 §10.2.3) or `retryAfter`."""
    asked = response.headers.get("retry-after") or as_object(body.get("error")).get("retryAfter")
    stated = str(asked)[:64]
    with contextlib.suppress(ValueError):
        return max(0.0, float(stated)) if isfinite(float(stated)) else None
    with contextlib.suppress(TypeError, ValueError):
        return max(0.0, (parsedate_to_datetime(stated) - datetime.now(UTC)).total_seconds())
    return None
