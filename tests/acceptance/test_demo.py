"""The demo as a newcomer meets it: one command, a page, questions by two people."""

import asyncio
import errno
import os
import re
import shlex
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from bot.demo.choices import Choices, Dialect
from bot.demo.run import os_error_text
from bot.settings import Delivery
from tests.acceptance.bot_under_test import environment_with, run_command
from tests.acceptance.browser import page
from tests.acceptance.launcher import Process, launch

ANSWERED = 20_000  # milliseconds
DEMO = ("demo", "--no-browser")


@asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncIterator[tuple[str, Process]]:
    """Run the demo command and give the address it prints."""
    command = shlex.join([*DEMO, "--port", "0", "--data", str(folder / "data"), "--speed", "300", *options])
    process = await launch(command, folder, environment_with({}), folder / "log")
    try:
        yield await asyncio.wait_for(_address(folder / "log", process), 120), process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # the bot is a process of its own
            await process.wait()


def written(log: Path) -> str:
    return log.read_text() if log.exists() else ""


async def _address(log: Path, process: Process) -> str:
    while True:
        said = written(log)
        if found := re.search(r"Open\s+(http://\S+)", said):
            return found[1]
        assert process.returncode is None, said
        await asyncio.sleep(0.05)


async def ask(here: Page, box: str, text: str) -> None:
    await here.get_by_role("textbox", name=box).click()
    await here.keyboard.type(text)
    await here.keyboard.press("Enter")


async def test_a_newcomer_asks_and_goes_on_as_another_person(tmp_path: Path) -> None:
    async with demo(tmp_path) as (address, process), page() as here:
        await here.goto(address)
        await here.get_by_role("link", name="help-desk").first.click()
        await ask(here, "Message #help-desk", "@PipesHub how many days of leave do I have?")
        thread = here.get_by_role("log", name="Thread")
        await expect(thread.get_by_text("27 days").first).to_be_visible(timeout=ANSWERED)
        source = thread.get_by_role("link", name="Holidays and leave").first
        await expect(source).to_be_visible(timeout=ANSWERED)
        await here.get_by_role("link", name="Be Tomasz").click()
        await ask(here, "Reply", "and for people who work part-time?")
        await expect(thread.get_by_text("in proportion to their hours").nth(1)).to_be_visible(
            timeout=ANSWERED
        )
        record = await here.request.get(await source.get_attribute("href") or "")
        assert "Annual leave" in await record.text()
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_an_account_is_connected_and_a_folder_of_ones_own_is_answered_from(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "parking.md").write_text(
        "# Parking\n\n## Bicycles\n\nBicycles are parked in the yard behind gate seven.\n"
    )
    async with demo(tmp_path, "--accounts", "--docs", str(docs)) as (address, _), page() as here:
        await here.goto(address)
        await here.get_by_role("link", name="help-desk").first.click()
        await ask(here, "Message #help-desk", "@PipesHub where are bicycles parked?")
        async with here.context.expect_page() as opened:
            await here.get_by_role("link", name="Connect your PipesHub account").click(timeout=ANSWERED)
        there = await opened.value
        await there.get_by_label("Mara Lindqvist").check()
        await there.get_by_role("button", name="Allow").click()
        await expect(there.get_by_role("heading", name="Your PipesHub account is connected")).to_be_visible()
        await expect(here.get_by_text("I go on by myself")).to_be_visible()
        thread = here.get_by_role("log", name="Thread")
        await expect(thread.get_by_text("gate seven").first).to_be_visible(timeout=ANSWERED)
        await here.get_by_role("link", name="PipesHub").first.click()
        await expect(here.get_by_text("Connected to PipesHub as")).to_be_visible(timeout=ANSWERED)
        await here.get_by_role("button", name="Unlink").click()
        await here.get_by_role("dialog").get_by_role("button", name="Unlink").click()
        await expect(here.get_by_role("link", name="Connect your PipesHub account")).to_be_visible(
            timeout=ANSWERED
        )


async def test_a_port_or_a_folder_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    file, kept = tmp_path / "file", tmp_path / "kept"
    kept.mkdir()
    for each in (file, kept / "knowledge.db"):
        each.write_text("a shopping list, and no database at all " * 20)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        cases = {
            f"--port {port}: cannot be listened on": ["--port", port, "--data", str(tmp_path / "data")],
            str(file): ["--port", "0", "--data", str(file)],
            str(kept): ["--port", "0", "--data", str(kept)],
        }
        ended = await asyncio.gather(
            *(run_command(shlex.join([*DEMO, *options]), tmp_path, {}) for options in cases.values())
        )
    for about, (code, said) in zip(cases, ended, strict=True):
        last = said.strip().split("\n")[-1]
        assert (code, about in last) == (1, True), said
        assert "Traceback" not in said
        assert ("--port" in last, "--data" in last) == (about.startswith("--port"), about.startswith("/"))


ERRORS = [
    (OSError(errno.EADDRINUSE, "address already in use"), "--port"),
    (PermissionError(errno.EACCES, "permission denied"), "--port"),
    (PermissionError(errno.EACCES, "permission denied", "/data/workspace"), "--data"),
    (OSError(errno.ENOSPC, "no space left on device", "/data/knowledge.db"), "--data"),
    (PermissionError(errno.EACCES, "permission denied", "/docs/leave.md"), "--docs"),
    (OSError(errno.EMFILE, "too many open files"), "start it again"),
]


def test_only_an_error_of_the_port_is_put_down_to_the_port() -> None:
    choices = Choices(
        docs=Path("/docs"),
        port=3100,
        browser=False,
        data=Path("/data"),
        dialect=Dialect.AGUI,
        speed=0,
        delivery=Delivery.EDIT,
    )
    for error, option in ERRORS:
        said = os_error_text(error, choices)
        assert option in said, error
        assert ("--port" in said) == (option == "--port"), error
