"""Whole bots that are stopped, killed and started again between a local Slack and a local PipesHub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot import manifest
from bot.demo.knowledge.model import Dialect
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.workspace.faults import DELIVERY, Fault
from bot.demo.workspace.options import NONE
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer
from tests.acceptance.bot_under_test import BotUnderTest, side_by_side
from tests.house import DOCUMENTS, Scene, labels

LEAVE = "@pipeshub how many days of annual leave do I have?"
PATIENCE = 30.0  # seconds; what a killed bot left is taken up within a few, on a machine that is not busy


@asynccontextmanager
async def scene(
    folder: Path, command: str = "serve", speed: float = 20, dialect: Dialect = "documented"
) -> AsyncIterator[tuple[Scene, BotUnderTest]]:
    """Give both servers and a bot that is not started yet."""
    found = manifest.load()
    workspace = WorkspaceOptions(events=found.events, scopes=found.scopes, limits=NONE, time_scale=0.02)
    knowledge = KnowledgeOptions(
        docs=DOCUMENTS, database=folder / "knowledge.db", speed=speed, thinking=0.1, dialect=dialect
    )
    async with KnowledgeServer.running(knowledge) as pipeshub, WorkspaceServer.running(workspace) as slack:
        settings: dict[str, Any] = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_APP_TOKEN": workspace.app_token,
            "PIPESHUB_SERVER_URL": pipeshub.url,
            "PIPESHUB_BEARER_AUTH": "demo-token",
            "QUESTIONS_PER_PERSON": "10000",
        }
        bot = BotUnderTest(settings, folder, command)
        if command == "serve":
            slack.workspace.app.request_url = f"{bot.url}/slack/events"
        try:
            yield Scene(slack.workspace, pipeshub), bot
        finally:
            if bot.process is not None:
                await bot.kill()


async def a_thread_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=400) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        await here.ending(ts)
        assert await bot.stop() == 0
        await bot.start()
        await here.ask("tomasz", "and for interns?", thread_ts=ts)
        assert "20 days" in (await here.ending(ts, 2)).text
        (conversation,) = await here.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"] * 2


async def an_answer_whose_bot_was_killed_is_finished_by_the_next_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        await here.workspace.until(lambda: any("Leave" in each.text for each in here.replies(ts)) or None)
        await bot.kill()
        await bot.start()
        reply = await here.ending(ts, patience=PATIENCE)
        assert "28 days" in reply.text
        assert len(here.replies(ts)) == 1
        (conversation,) = await here.knowledge.conversations()
        assert [each.kind for each in conversation.messages] == ["user_query", "bot_response"]


async def what_a_socket_delivers_twice_is_done_once(tmp_path: Path) -> None:
    async with scene(tmp_path, "socket", speed=400) as (here, bot):
        await bot.start()
        ts = await here.ask("mara", LEAVE)
        reply = await here.ending(ts, patience=10)
        assert "28 days" in reply.text
        assert len(here.replies(ts)) == 1
        here.workspace.faults.add(Fault(DELIVERY, twice=True))
        await here.press("mara", reply, "Regenerate")
        await here.workspace.until(lambda: "Stop" in labels(reply) or None)
        await here.ending(ts, patience=10)
        asked = [path for method, path, _ in here.knowledge.requests if "regenerate" in path]
        assert len(asked) == 1
        assert here.workspace.ephemerals("mara") == []
        assert await bot.stop() == 0


async def test_bots_that_are_started_again_and_sockets_that_deliver_twice(tmp_path: Path) -> None:
    await side_by_side(
        tmp_path,
        a_thread_goes_on_after_a_restart,
        an_answer_whose_bot_was_killed_is_finished_by_the_next_one,
        what_a_socket_delivers_twice_is_done_once,
    )
