"""What a whole process shows to others: its metrics, and the files of its database."""

import stat
from pathlib import Path

import aiohttp
import pytest

from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.knowledge.users import DEMO_USERS
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer
from tests.acceptance.bot_under_test import started
from tests.house import DOCUMENTS
from tests.ports import free_port


async def status(address: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as http, http.get(f"{address}/metrics", headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("earlier", [False, True], ids=["new", "readable before"])
async def test_metrics_and_the_database_are_for_those_alone_whom_they_are_meant_for(
    tmp_path: Path, *, earlier: bool
) -> None:
    files = [tmp_path / name for name in ("bot.db", "bot.db-wal", "bot.db-shm")]
    if earlier:
        for each in files[:1]:
            each.touch(0o644)
    options, metrics = WorkspaceOptions(), f"127.0.0.1:{free_port()}"
    knowledge = KnowledgeOptions(DOCUMENTS, tmp_path / "knowledge.db", users=DEMO_USERS)
    async with WorkspaceServer.running(options) as slack, KnowledgeServer.running(knowledge) as pipeshub:
        settings = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": options.bot_token,
            "SLACK_SIGNING_SECRET": options.signing_secret,
            "PIPESHUB_SERVER_URL": pipeshub.url,
            "PIPESHUB_BEARER_AUTH": "demo-token",
            "METRICS_TOKEN": "a-token-for-metrics",
            "METRICS_ADDRESS": metrics,
        }
        async with started(settings, tmp_path) as bot:
            assert await status(bot.url, "a-token-for-metrics") == 404
            assert await status(f"http://{metrics}") == 401
            assert await status(f"http://{metrics}", "a-token-for-metrics") == 200
            assert [stat.S_IMODE(each.stat().st_mode) for each in files] == [0o600] * 3
            assert "a-token-for-metrics" not in bot.log
