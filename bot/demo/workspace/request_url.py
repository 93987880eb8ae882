"""Deliveries over HTTP to the app's request URL, signed as Slack signs them."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.demo.workspace.app import App
from bot.demo.workspace.delivery import Ack, Route
from bot.demo.workspace.model import Json

_OK = 200
_REDIRECTS = 2
"""How many redirects Slack follows before it gives up (docs.slack.dev, "The Events API")."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the `X-Slack-Signature` of a body (docs.slack.dev, "Verifying requests from Slack")."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + digest.hexdigest()


class RequestUrl:
    """Posts to the app. The timestamps are the machine's time: an app refuses what is too old."""

    def __init__(self, app: App, ack_timeout: float) -> None:
        self._app = app
        self._ack_timeout = ack_timeout
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def verify(self) -> bool:
        """Send the `url_verification` challenge; whether the app answered it as it must."""
        challenge = hashlib.sha256(str(time.time_ns()).encode()).hexdigest()
        body = {"token": self._app.verification_token, "challenge": challenge, "type": "url_verification"}
        ack = await self.send(Route.EVENTS, body, None)
        said = ack.answer.get("challenge") if isinstance(ack.answer, dict) else ack.answer
        return not ack.problem and said == challenge

    async def send(self, route: Route, body: Json, retry: tuple[int, str] | None) -> Ack:
        """Post once; a problem is named as `X-Slack-Retry-Reason` names it."""
        url = self._app.request_url
        if route is Route.OPTIONS:
            url = self._app.options_url or url
        if url is None:
            return Ack(problem="connection_failed")
        if self._session is None:
            # A pool without a limit, so that one slow acknowledgement cannot hold up the others.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        data, content_type = _encoded(route, body)
        try:
            async with (
                asyncio.timeout(self._ack_timeout),
                self._session.post(
                    url, data=data, headers=self._headers(data, content_type, retry), max_redirects=_REDIRECTS
                ) as response,
            ):
                answer = _parsed(await response.text())
                problem = "" if response.status == _OK else "http_error"
                wanted = response.headers.get("X-Slack-No-Retry") != "1"
                return Ack(response.status, answer, problem, wanted)
        except TimeoutError:
            return Ack(problem="http_timeout")
        except aiohttp.TooManyRedirects:
            return Ack(problem="too_many_redirects")
        except aiohttp.ClientError:
            return Ack(problem="connection_failed")

    def _headers(self, data: bytes, content_type: str, retry: tuple[int, str] | None) -> dict[str, str]:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._app.signing_secret, timestamp, data),
        }
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return headers


def _encoded(route: Route, body: Json) -> tuple[bytes, str]:
    if route is Route.EVENTS:
        return json.dumps(body).encode(), "application/json"
    fields = body if route is Route.COMMANDS else {"payload": json.dumps(body)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON the app answered
    """Return a JSON object as such and everything else as the text it is."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed if isinstance(parsed, dict) else text
