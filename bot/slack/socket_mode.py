"""Socket Mode: opens the socket that Slack's deliveries come by, and opens it again for as long as it takes.

See https://docs.slack.dev/apis/events-api/using-socket-mode/.
"""

import asyncio
import contextlib
import logging
import time
from itertools import count

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.domain.errors import BotError, SlackError, SlackUnreachable
from bot.log import new_incident
from bot.slack.client import RateLimited, SlackClient
from bot.slack.http import Dispatch

log = structlog.get_logger(__name__)

PING_INTERVAL = 10.0  # seconds between looks at whether the socket is still open
MIN_PAUSE, MAX_PAUSE = 1.0, 15.0  # seconds between two attempts to open it; the first ones follow faster
REPORT_INTERVAL = 60.0  # seconds between two log lines that it is not open
OPEN_TIMEOUT = 30.0  # seconds for one attempt
CLOSE_TIMEOUT = 2.0  # seconds for Slack to answer that a socket is closed


class DeliverySocket(SocketModeClient):
    """slack-sdk's client, which passes deliveries to `dispatch` and says why it is not connected.

    slack-sdk's own `connect` logs a traceback for each attempt, cannot be ended, and tries an address that
    has expired for ever.
    """

    def __init__(self, dispatch: Dispatch, app_token: str, client: SlackClient) -> None:
        logger = logging.getLogger("slack_sdk.socket_mode")
        super().__init__(app_token, logger, web_client=client, ping_interval=PING_INTERVAL)
        self.socket_mode_request_listeners.append(self._deliver)
        self._dispatch = dispatch
        self._lock = asyncio.Lock()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._problem = "not open yet"
        self._opened_at = self._reported_at = float("-inf")

    @property
    def problem(self) -> str:
        """Why no delivery can come, empty when the socket is open."""
        return self._problem

    async def run(self) -> None:
        """Receive deliveries until cancelled. Raises SlackError where Slack refuses the app's token."""
        try:
            await self.connect()
            await self._ended
        finally:
            await self.close()

    async def connect(self) -> None:
        """Open a socket in place of the one before, however often that fails; end at a refused token."""
        async with self._lock:
            self.auto_reconnect_enabled = False
            await self._close_session()
            # One that Slack closes as soon as it is open must not be opened without a pause.
            pause = self._opened_at + MIN_PAUSE - time.monotonic()
            for attempt in count():
                await asyncio.sleep(pause)
                if self.closed:
                    return
                try:
                    async with asyncio.timeout(OPEN_TIMEOUT):
                        session = await self._open()
                except Exception as error:  # noqa: BLE001 (whatever is wrong with it, another attempt follows)
                    if isinstance(error, SlackError) and not isinstance(error, SlackUnreachable):
                        self._end(error)
                        return
                    pause = self._report(error, attempt)
                else:
                    self._receive_from(session)
                    return

    async def close(self) -> None:
        """Close the socket, without waiting long for a Slack that does not answer."""
        self.closed, self.auto_reconnect_enabled = True, False
        await self._close_session()
        for task in (self.message_processor, self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        await self.aiohttp_client_session.close()

    async def issue_new_wss_url(self) -> str:
        """Leave the address to `connect`, since one is good for a single attempt."""
        return ""

    async def _close_session(self) -> None:
        if self.current_session is not None:
            with contextlib.suppress(TimeoutError, OSError, aiohttp.ClientError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self.current_session.close()

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        opened = await self.web_client.apps_connections_open(app_token=self.app_token)
        return await self.aiohttp_client_session.ws_connect(
            str(opened.get("url")),
            autoping=False,
            heartbeat=self.ping_interval,
            proxy=self.proxy,
            ssl=self.web_client.ssl or True,
        )

    def _receive_from(self, session: aiohttp.ClientWebSocketResponse) -> None:
        """Receive from a new socket, and look after it, as slack-sdk does."""
        self.current_session = session
        self.auto_reconnect_enabled = self.default_auto_reconnect_enabled
        self.stale, self.last_ping_pong_time = False, None
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())
        if self._problem:
            log.info("socket.opened")
        self._problem, self._opened_at = "", time.monotonic()

    def _report(self, error: Exception, attempt: int) -> float:
        """Say why the socket is not open, not too often; return the seconds until the next attempt."""
        self._problem = error.detail if isinstance(error, SlackError) else type(error).__name__
        if time.monotonic() - self._reported_at >= REPORT_INTERVAL:
            self._reported_at = time.monotonic()
            log.warning(
                "socket.not_open",
                setting="SLACK_API_URL",
                fix="check the network and the proxy; the bot goes on trying",
                reason=self._problem,
            )
        return (
            error.retry_after
            if isinstance(error, RateLimited)
            else min(MIN_PAUSE * 2.0 ** min(attempt, 10), MAX_PAUSE)
        )

    def _end(self, error: SlackError) -> None:
        self._problem, self.closed = error.detail, True
        if not self._ended.done():
            self._ended.set_exception(error)

    async def _deliver(self, client: AsyncBaseSocketModeClient, delivered: SocketModeRequest) -> None:
        """Dispatch a delivery; one that fails is not acknowledged, so that Slack sends it again."""
        begun, response = time.time(), BoltResponse(status=500, body="")
        try:
            response = await self._dispatch(AsyncBoltRequest(mode="socket_mode", body=delivered.payload))
        except BotError as error:
            log.warning("delivery.postponed", reason=error.detail)
        except Exception:
            log.exception("delivery.crashed", incident=new_incident())
        try:
            await send_async_response(client, delivered, response, begun)
        except (ConnectionError, aiohttp.ClientError) as error:
            log.info("delivery.acknowledgement_lost", error=type(error).__name__)
