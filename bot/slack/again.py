"""Which calls to Slack are made again when a connection breaks."""

from aiohttp import ClientConnectorError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

ADDING = ("chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream")
"""Methods that would do twice what they do: Slack may have carried out a call that it did not answer."""


class WhereHarmless(AsyncConnectionErrorRetryHandler):
    """Has a call made once more whose connection broke, unless that could show something twice."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        # A connection that was never made carried nothing.
        if request.url.endswith(ADDING) and not isinstance(error, ClientConnectorError):
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)
