"""The bot as it is installed: from a wheel, in an environment of its own, run from another folder."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.acceptance.bot_under_test import environment_with
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
COMMANDS = ("serve", "socket", "migrate", "check", "key", "manifest", "demo")
BUILD = """
import sys
from hatchling.build import build_sdist, build_wheel
print("built", {"sdist": build_sdist, "wheel": build_wheel}[sys.argv[1]](sys.argv[2]))
"""
TRY = """
import sys
import bot
from bot.__main__ import cli
from typer.main import get_command
from typer.testing import CliRunner

def run(code, *arguments):
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == code, (arguments, ended.output, ended.exception)
    return ended.output

print(bot.__file__)
print(*get_command(cli).commands)
for command in sys.argv[1:]:
    run(0, command, "--help")
printed = run(0, "manifest", "--url", "https://bot.example.com")
assert "request_url: https://bot.example.com/slack/events" in printed
assert "SLACK_BOT_TOKEN: not set" in run(1, "check")
run(0, "migrate")
"""


def built(kind: str, sources: Path, folder: Path) -> Path:
    said = subprocess.run(
        [sys.executable, "-c", BUILD, kind, str(folder)],
        cwd=sources,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return folder / said.stdout.strip().rpartition("built ")[2]


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel beside the dependencies of these tests; return the command that it has."""
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    python = folder / "bin" / "python"
    subprocess.run(
        [*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    there = next((folder / "lib").glob("python*")) / "site-packages"
    # A path alone: the file that leads to this checkout is not read there.
    (there / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "pipeshub-slack"


def environment(**settings: str) -> dict[str, str]:
    return {name: value for name, value in environment_with(settings).items() if name != "PYTHONPATH"}


@contextlib.contextmanager
def running(command: Path, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [command, *arguments],
            cwd=folder,
            env=environment(),
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


def every_command_does_what_it_does_in_a_checkout(command: Path, folder: Path) -> None:
    """One process tries them all: loading the bot is most of what a command takes."""
    said = subprocess.run(
        [command.with_name("python"), "-c", TRY, *COMMANDS],
        cwd=folder,
        env=environment(PORT=str(free_port())),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    package, listed = said.stdout.splitlines()
    assert Path(package).is_relative_to(command.parents[1])
    assert set(listed.split()) == set(COMMANDS)
    assert (folder / "bot.db").exists()


def test_what_is_built_from_the_source_archive_works_wherever_it_is_installed(tmp_path: Path) -> None:
    """The archive is built and installed once, which is most of the time, and then looked at in every way."""
    with tarfile.open(built("sdist", ROOT, tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path / "sources", filter="data")
    assert {"manifest.yml", "alembic.ini", "pyproject.toml", "bot/py.typed", "constraints.txt"} <= names
    (sources,) = (tmp_path / "sources").iterdir()
    command = install(built("wheel", sources, tmp_path), tmp_path / "env")
    demo = tmp_path / "demo"
    demo.mkdir()
    with running(command, demo, "demo", "--port", "0", "--no-browser") as process:
        every_command_does_what_it_does_in_a_checkout(command, tmp_path)
        assert process.stdout is not None
        address = next(found for line in process.stdout if (found := re.search(r"http://\S+", line)))
        assert httpx.get(address.group(), follow_redirects=True).status_code == 200
    assert re.search(r"\d\d documents", (demo / "log").read_text())
