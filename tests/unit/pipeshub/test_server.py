"""Where a server is, and when a call is made again."""

import httpx
import pytest

from bot.domain.errors import NotFound, ServerFailed, TooManyRequests
from bot.pipeshub.errors import unreachable_error
from bot.pipeshub.http import RetryPolicy, Server, http_client
from bot.pipeshub.requests import CREATE_WITH_STREAMING, Call


@pytest.mark.parametrize(
    "url",
    [
        "https://ph.example.com",
        "https://ph.example.com/",
        "https://ph.example.com/api/v1",
        " https://ph.example.com/api/v1// ",
    ],
)
async def test_the_api_suffix_may_be_there_or_not(url: str) -> None:
    async with http_client() as http:
        assert Server(http, url).url == "https://ph.example.com/api/v1"


async def test_a_path_prefix_is_kept() -> None:
    async with http_client() as http:
        assert Server(http, "http://h:8080/knowledge/").url == "http://h:8080/knowledge/api/v1"


@pytest.mark.parametrize(
    "url", ["", "ph.example.com", "ftp://ph.example.com", "https://", "https://h/?a=1", "https://h:port"]
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    async with http_client() as http:
        with pytest.raises(ValueError, match="address of a PipesHub server"):
            Server(http, url)


CALL = Call(CREATE_WITH_STREAMING)


def test_reading_is_repeated_whenever_the_server_was_not_reached() -> None:
    broken = unreachable_error(CALL, httpx.ReadError("gone"))
    assert RetryPolicy().should_retry("GET", broken) is True
    assert RetryPolicy().should_retry("POST", broken) is False


def test_writing_is_repeated_only_while_nothing_was_sent() -> None:
    assert RetryPolicy().should_retry("POST", unreachable_error(CALL, httpx.ConnectError("refused"))) is True
    assert RetryPolicy().should_retry("POST", unreachable_error(CALL, httpx.ReadTimeout("silent"))) is False


@pytest.mark.parametrize(("status", "again"), [(502, True), (503, True), (500, False), (504, False)])
def test_a_server_that_is_away_is_read_again(status: int, *, again: bool) -> None:
    assert RetryPolicy().should_retry("GET", ServerFailed(status=status)) is again


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_a_gateway_may_have_passed_on_is_not_sent_again(status: int) -> None:
    assert RetryPolicy().should_retry("POST", ServerFailed(status=status)) is False


def test_the_wait_the_server_asks_for_is_kept_unless_it_is_too_long() -> None:
    assert RetryPolicy(max_wait=5).should_retry("POST", TooManyRequests(retry_after=4, status=429)) == 4
    assert RetryPolicy(max_wait=5).should_retry("POST", TooManyRequests(retry_after=6, status=429)) is False
    assert RetryPolicy(max_wait=5).should_retry("POST", TooManyRequests(status=429)) is True


def test_a_refusal_is_final() -> None:
    assert RetryPolicy().should_retry("GET", NotFound(status=404)) is False
    assert RetryPolicy().should_retry("GET", RuntimeError()) is False


@pytest.mark.parametrize(("attempts", "max_wait"), [(0, 1.0), (1, -1.0)])
def test_retries_make_sense(attempts: int, max_wait: float) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        RetryPolicy(attempts, max_wait)
