"""Whether a bot is ready, and what it says where it is not."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.checks.findings import Grade
from bot.checks.local import revision
from bot.demo.workspace.faults import Fault
from bot.store import database as schema
from bot.store.database import Database
from tests.house import House, house


async def readiness(home: House) -> tuple[int, dict[str, Any]]:
    address = (home.workspace.app.request_url or "").replace("/slack/events", "/readyz")
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        return answer.status, await answer.json()


async def test_a_bot_is_ready_as_long_as_slack_accepts_its_token(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        assert await readiness(home) == (200, {"status": "ready", "reasons": []})
        home.workspace.faults.add(Fault("auth.test", status=503))
        status, body = await readiness(home)
        assert (status, len(body["reasons"])) == (503, 1)
        assert body["reasons"][0].startswith("SLACK_API_URL: ")
        home.workspace.app.revoke()
        _, body = await readiness(home)
        assert body["reasons"][0].startswith("SLACK_BOT_TOKEN: Slack does not accept it")


async def test_a_database_is_empty_behind_at_head_or_ahead(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        assert "is empty; run python -m bot migrate" in (await revision(database)).text
        await schema.migrate(database, "0001")
        behind = await revision(database)
        assert (behind.grade, behind.fix) == (Grade.FAIL, "run python -m bot migrate")
        assert "at 0001, not at" in behind.message
        await schema.migrate(database)
        assert (await revision(database)).grade is Grade.OK
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        ahead = await revision(database)
        assert (ahead.grade, ahead.fix) == (Grade.FAIL, "run the bot's newer version")
    finally:
        await database.dispose()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("@/postgres", "@/nothere"), "InvalidCatalogNameError"),
        (("?", "?pgbouncer=true&"), "TypeError"),
        (("postgres@", "nobody:a-password@"), "InvalidAuthorizationSpecificationError"),
    ],
)
async def test_a_database_that_lets_nobody_in_says_why_without_the_password(
    postgres: str, change: tuple[str, str], reason: str
) -> None:
    database = Database(postgres.replace(*change))
    try:
        found = await revision(database)
    finally:
        await database.dispose()
    assert found.grade is Grade.FAIL
    assert f"({reason})" in found.message
    assert "password" not in found.text
