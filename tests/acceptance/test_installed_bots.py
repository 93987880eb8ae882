"""Whole bots that are installed in two workspaces, over HTTP and over Socket Mode."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet

from bot import manifest
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.workspace.options import NONE
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer
from tests.acceptance.bot_under_test import BotUnderTest, side_by_side
from tests.acceptance.test_restarts import LEAVE, PATIENCE
from tests.house import DOCUMENTS, GLOBEX, Scene
from tests.installing import browsing


async def killed_in_two_workspaces(tmp_path: Path, command: str) -> None:
    found = manifest.load()
    first = WorkspaceOptions(
        events=found.events, scopes=found.scopes, limits=NONE, time_scale=0.02, installed=False
    )
    second = replace(first, team=GLOBEX, bot_token="xoxb-globex")
    knowledge = KnowledgeOptions(docs=DOCUMENTS, database=tmp_path / "knowledge.db", speed=20)
    async with (
        KnowledgeServer.running(knowledge) as pipeshub,
        WorkspaceServer.running(first, others=[second]) as slack,
    ):
        settings = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_CLIENT_ID": first.client_id,
            "SLACK_CLIENT_SECRET": first.client_secret,
            "SLACK_SIGNING_SECRET": first.signing_secret,
            "SLACK_APP_TOKEN": first.app_token,
            "PIPESHUB_SERVER_URL": pipeshub.url,
            "PIPESHUB_BEARER_AUTH": "demo-token",
            "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
        bot = BotUnderTest(settings, tmp_path, command)
        bot.settings = settings | {"PUBLIC_URL": bot.url}
        if command == "serve":
            slack.workspace.app.request_url = f"{bot.url}/slack/events"
        scenes = [Scene(each, pipeshub) for each in slack.slack.workspaces]
        try:
            await bot.start()
            async with browsing(bot.url) as admin:
                for here in scenes:
                    await admin.installs(here.workspace)
            asked = [(here, await here.ask("mara", LEAVE)) for here in scenes]
            for here, ts in asked:
                await here.reply(ts)
            await bot.kill()
            await bot.start()
            for here, ts in asked:
                assert "28 days" in (await here.ending(ts, patience=PATIENCE)).text
                assert len(here.replies(ts)) == 1
            assert len(await pipeshub.conversations()) == 2
            for secret in (*slack.workspace.app.tokens.live, first.client_secret):
                assert secret not in bot.log
        finally:
            if bot.process is not None:
                await bot.kill()


async def test_a_bot_that_was_killed_goes_on_in_every_workspace(tmp_path: Path) -> None:
    commands = ("serve", "socket")
    await side_by_side(tmp_path, *(partial(killed_in_two_workspaces, command=each) for each in commands))
