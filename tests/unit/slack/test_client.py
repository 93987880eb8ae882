"""What the Slack client does beside calling Slack: counting, renewing tokens, naming the setting to mend."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.metrics import Meters
from bot.slack.client import MeteredClient, TokenRefused

Answers = Callable[[str], dict[str, object]]


@asynccontextmanager
async def answering(answers: Answers) -> AsyncIterator[str]:
    """Serve what `answers` says to a token, and yield the address."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(answers(request.headers["Authorization"].removeprefix("Bearer ")))

    app = web.Application()
    app.router.add_post("/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


class Tokens:
    """Tokens, of which the first expires early."""

    async def __call__(self) -> str:
        return "xoxb-1"

    async def replacement_for(self, refused: str) -> str:
        return f"{refused}-renewed"


@asynccontextmanager
async def metered(address: str) -> AsyncIterator[MeteredClient]:
    async with aiohttp.ClientSession() as session:
        yield MeteredClient(Meters(), token="xoxb-1", base_url=address, timeout=5, session=session)


@asynccontextmanager
async def renewing(address: str) -> AsyncIterator[MeteredClient]:
    async with aiohttp.ClientSession() as session:
        yield MeteredClient(Meters(), token=Tokens(), base_url=address, timeout=5, session=session)


@pytest.mark.parametrize(("made", "setting"), [(metered, "SLACK_BOT_TOKEN"), (renewing, "/slack/install")])
async def test_a_refused_token_is_logged_once_with_where_it_comes_from(
    made: Callable[[str], AbstractAsyncContextManager[MeteredClient]], setting: str
) -> None:
    async with (
        answering(lambda _: {"ok": False, "error": "invalid_auth"}) as address,
        made(address) as client,
    ):
        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(TokenRefused):
                    await client.auth_test()
    assert [(each["event"], each["setting"]) for each in logs] == [("slack.token_refused", setting)]
    assert "install the app again" in logs[0]["fix"]


async def test_a_call_is_made_once_more_where_its_token_has_expired() -> None:
    used = []

    def answers(token: str) -> dict[str, object]:
        used.append(token)
        return {"ok": True} if token.endswith("renewed") else {"ok": False, "error": "token_expired"}

    async with answering(answers) as address, renewing(address) as client:
        assert (await client.auth_test())["ok"]
    assert used == ["xoxb-1", "xoxb-1-renewed"]
