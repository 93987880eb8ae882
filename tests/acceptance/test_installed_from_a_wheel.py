"""The bot as it is installed: from a wheel, in an environment of its own, run from another folder."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
COMMANDS = ("serve", "socket", "migrate", "check", "key", "manifest", "demo")
HELP = """
import sys
import bot
from bot.__main__ import cli
from typer.main import get_command
from typer.testing import CliRunner
print(bot.__file__)
print(*get_command(cli).commands)
for command in sys.argv[1:]:
    assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0, command
"""
START = 60.0  # seconds, on two very busy cores


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command of a bot that was installed from a wheel, beside the dependencies of these tests."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT)]
    subprocess.run(built, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    there = next((folder / "env" / "lib").glob("python*")) / "site-packages"
    # A path alone: the file that leads to this checkout is not read there.
    (there / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "env" / "bin" / "pipeshub-slack"


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
    }
    return {name: value for name, value in inherited.items() if name != "PYTHONPATH"} | dict(settings)


def run(command: Path, folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [command, *arguments],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


@contextlib.contextmanager
def running(command: Path, folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [command, *arguments],
            cwd=folder,
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "Traceback" not in (folder / "log").read_text()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until_answered(url: str) -> httpx.Response:
    deadline = time.monotonic() + START
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def test_every_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    """One process asks for all the help texts: loading the bot is most of what a command takes."""
    said = subprocess.run(
        [installed.with_name("python"), "-c", HELP, *COMMANDS],
        cwd=tmp_path,
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    package, listed = said.stdout.splitlines()
    assert Path(package).is_relative_to(installed.parents[1])
    assert set(listed.split()) == set(COMMANDS)


def test_commands_that_end_do_what_they_do_in_a_checkout(installed: Path, tmp_path: Path) -> None:
    printed = run(installed, tmp_path, "manifest", "--url", "https://bot.example.com")
    assert "request_url: https://bot.example.com/slack/events" in printed.stdout
    assert run(installed, tmp_path, "migrate").returncode == 0
    assert (tmp_path / "bot.db").exists()
    checked = run(installed, tmp_path, "check", PORT=str(free_port()))
    assert checked.returncode == 1
    assert "SLACK_BOT_TOKEN: not set" in checked.stdout


def test_the_demo_answers_with_its_sample_documents(installed: Path, tmp_path: Path) -> None:
    with running(installed, tmp_path, "demo", "--port", "0", "--no-browser") as process:
        assert process.stdout is not None
        address = next(found for line in process.stdout if (found := re.search(r"http://\S+", line)))
        assert httpx.get(address.group(), follow_redirects=True).status_code == 200
    assert re.search(r"\d\d documents", (tmp_path / "log").read_text())


def test_a_bot_for_many_workspaces_serves(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "hush",
        "SLACK_SIGNING_SECRET": "hush",
        "PUBLIC_URL": "https://bot.example.com",
        "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "PIPESHUB_SERVER_URL": f"http://127.0.0.1:{free_port()}",
        "PIPESHUB_BEARER_AUTH": "hush",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with running(installed, tmp_path, "serve", **settings):
        assert until_answered(f"http://127.0.0.1:{port}/healthz").json() == {"status": "ok"}
        assert httpx.get(f"http://127.0.0.1:{port}/slack/install").status_code == 302


def test_a_source_archive_has_what_a_wheel_is_built_from(tmp_path: Path) -> None:
    build = "from hatchling.build import build_sdist; print(build_sdist({folder!r}))"
    said = subprocess.run(
        [sys.executable, "-c", build.format(folder=str(tmp_path))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with tarfile.open(tmp_path / said.stdout.strip().splitlines()[-1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"manifest.yml", "alembic.ini", "pyproject.toml", "bot/py.typed", "constraints.txt"} <= names
