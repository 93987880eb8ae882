"""A bot that edits by a fixed policy, as many do: `python -m tests.bench.baseline POLICY`.

Each answer edits as if it were alone. Where Slack says 429 it sleeps as long as it is told and goes on; only
the placeholder and the ending are sent until they are through.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.conversations import Completed, TextSoFar
from bot.domain.turns import QuestionOptions
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server, http_client
from bot.pipeshub.oauth import fixed_token_auth
from bot.slack.http import serve_http
from tests.bench.watching import FINISHED, STOP

Policy = Callable[[int], float]
"""Seconds before the next edit, by the number of edits so far."""

POLICIES: Mapping[str, Policy] = {
    "every second": lambda _: 1.0,
    "every 500 ms": lambda _: 0.5,
    # Half a second, twice as long after every ten edits, eight seconds at most.
    "backing off": lambda edits: min(8.0, 0.5 * 2 ** (edits // 10)),
}
LIMITED = 429


class Baseline:
    """Answers mentions."""

    def __init__(self, slack: AsyncWebClient, conversations: Conversations, policy: Policy) -> None:
        self._slack = slack
        self._conversations = conversations
        self._policy = policy
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, request: web.Request) -> web.Response:
        """Take an event of Slack's and acknowledge it."""
        event = (await request.json())["event"]
        if event["type"] == "app_mention":
            task = asyncio.create_task(self._answer(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response()

    async def _answer(self, event: dict[str, Any]) -> None:
        channel, thread = event["channel"], event.get("thread_ts") or event["ts"]
        posted = await _until_sent(
            partial(self._slack.chat_postMessage, channel=channel, thread_ts=thread, **_drawn("…", STOP))
        )
        ts, edits, edited = str(posted["ts"]), 0, 0.0

        def update(text: str, button: str) -> Awaitable[AsyncSlackResponse]:
            return self._slack.chat_update(channel=channel, ts=ts, **_drawn(text, button))

        ask = self._conversations.create_with_streaming(
            query=event["text"], options=QuestionOptions("internal_search")
        )
        async with ask as events:
            async for said in events:
                if isinstance(said, Completed):
                    await _until_sent(partial(update, said.answer.content, FINISHED))
                elif isinstance(said, TextSoFar) and time.monotonic() - edited >= self._policy(edits):
                    edits, edited = edits + 1, time.monotonic()
                    await _sent(update(said.text, STOP))


def _drawn(text: str, button: str) -> dict[str, Any]:
    label = {"type": "plain_text", "text": button}
    pressed = {"type": "button", "action_id": "press", "text": label}
    blocks = [{"type": "markdown", "text": text or "…"}, {"type": "actions", "elements": [pressed]}]
    return {"text": text[:3000] or "…", "blocks": blocks}


async def _until_sent(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    while (response := await _sent(call())) is None:
        pass
    return response


async def _sent(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | None:
    """Return the response, None after having slept where Slack asked to."""
    try:
        return await call
    except SlackApiError as error:
        if error.response.status_code != LIMITED:
            raise
        await asyncio.sleep(int(error.response.headers["Retry-After"]))
        return None


async def _serve(policy: Policy) -> None:
    slack = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    async with http_client() as http:
        server = Server(http, os.environ["PIPESHUB_SERVER_URL"])
        baseline = Baseline(
            slack, Conversations(server, fixed_token_auth(os.environ["PIPESHUB_BEARER_AUTH"])), policy
        )
        app = web.Application()
        app.router.add_post("/slack/events", baseline.deliver)
        app.router.add_get("/readyz", _ready)
        async with serve_http(app, "127.0.0.1", int(os.environ["PORT"])):
            await asyncio.Event().wait()


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    asyncio.run(_serve(POLICIES[sys.argv[1]]))
