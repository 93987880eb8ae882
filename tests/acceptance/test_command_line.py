"""The commands, as whole processes where they begin something."""

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from bot.__main__ import cli
from bot.settings import Settings


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_missing_setting_stops_the_start_with_its_name_and_mend(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve")
    assert ended.returncode == 1
    assert ended.stderr.startswith("SLACK_BOT_TOKEN is not set: copy the token")
    assert "Traceback" not in ended.stderr


def test_a_database_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    ended = run(tmp_path, "migrate", DATABASE_URL="sqlite:////nowhere/at/all/bot.db")
    assert ended.returncode == 1
    assert ended.stderr.strip().split("\n")[-1].startswith("DATABASE_URL: the database cannot be opened")
    assert "Traceback" not in ended.stderr


def test_migrate_brings_the_database_to_head(tmp_path: Path) -> None:
    for _ in range(2):
        ended = run(tmp_path, "migrate", DATABASE_URL="sqlite:///bot.db")
        assert ended.returncode == 0, ended.stderr
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
