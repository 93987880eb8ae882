"""The commands, as processes of their own where they begin something."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner

from bot.__main__ import cli
from tests.acceptance.bot_under_test import run_command


async def test_what_is_missing_or_cannot_be_opened_stops_the_start_with_its_name_and_fix(
    tmp_path: Path,
) -> None:
    unopened = {"DATABASE_URL": "sqlite:////nowhere/at/all/bot.db"}
    refused = {
        "serve": ({}, "SLACK_BOT_TOKEN is not set: copy the token"),
        "socket": ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL "),
        "migrate": (unopened, "DATABASE_URL: the database cannot be opened"),
    }
    ended = await asyncio.gather(
        *(run_command(command, tmp_path, settings) for command, (settings, _) in refused.items())
    )
    for (command, (_, says)), (code, said) in zip(refused.items(), ended, strict=True):
        assert code == 1, command
        assert "Traceback" not in said
        assert said.startswith(says), (command, said)


async def test_migrate_brings_the_database_to_head(tmp_path: Path) -> None:
    for _ in range(2):
        code, said = await run_command("migrate", tmp_path, {"DATABASE_URL": "sqlite:///bot.db"})
        assert code == 0, said
        assert "database.migrated" in said
    assert (tmp_path / "bot.db").stat().st_size > 0


def test_the_manifest_is_printed_with_the_bots_own_address() -> None:
    ended = CliRunner().invoke(cli, ["manifest", "--url", "https://bot.example.com/"])
    assert ended.exit_code == 0
    assert "request_url: https://bot.example.com/slack/events" in ended.stdout
    assert "your-bot" not in ended.stdout.partition("display_information")[2]


def test_an_address_slack_does_not_deliver_to_is_refused() -> None:
    ended = CliRunner().invoke(cli, ["manifest", "--url", "http://bot.example.com"])
    assert ended.exit_code == 1
    assert "https" in ended.stderr
