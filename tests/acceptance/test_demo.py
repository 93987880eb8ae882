"""The demo as a newcomer meets it: one command, a page, questions by two people."""

import asyncio
import errno
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.demo.choices import Choices, Dialect
from bot.demo.run import os_error_text
from bot.settings import Delivery
from tests.acceptance.browser import page

ANSWERED = 20_000  # milliseconds


@asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Run the demo command and give the address it prints."""
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "bot",
            "demo",
            "--port",
            "0",
            "--no-browser",
            "--data",
            str(folder),
            "--speed",
            "300",
        ),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield await asyncio.wait_for(_address(process), 120), process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # the bot is a process of its own
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(rb"http://\S+", line):
            return found.group().decode()
    raise AssertionError("the demo ended without an address")


async def ask(here: Page, box: str, text: str) -> None:
    await here.get_by_role("textbox", name=box).click()
    await here.keyboard.type(text)
    await here.keyboard.press("Enter")


async def test_a_newcomer_asks_and_goes_on_as_somebody_else(tmp_path: Path) -> None:
    async with demo(tmp_path / "data") as (address, process), page() as here:
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


async def test_somebody_connects_an_account_and_is_answered(tmp_path: Path) -> None:
    async with demo(tmp_path / "data", "--accounts") as (address, _), page() as here:
        await here.goto(address)
        await here.get_by_role("link", name="help-desk").first.click()
        await ask(here, "Message #help-desk", "@PipesHub how many days of leave do I have?")
        async with here.context.expect_page() as opened:
            await here.get_by_role("link", name="Connect your PipesHub account").click(timeout=ANSWERED)
        there = await opened.value
        await there.get_by_label("Mara Lindqvist").check()
        await there.get_by_role("button", name="Allow").click()
        await expect(there.get_by_role("heading", name="Your PipesHub account is connected")).to_be_visible()
        await expect(here.get_by_text("I go on by myself")).to_be_visible()
        thread = here.get_by_role("log", name="Thread")
        await expect(thread.get_by_text("27 days").first).to_be_visible(timeout=ANSWERED)
        await here.get_by_role("link", name="PipesHub").first.click()
        await expect(here.get_by_text("Connected to PipesHub as")).to_be_visible(timeout=ANSWERED)
        await here.get_by_role("button", name="Unlink").click()
        await here.get_by_role("dialog").get_by_role("button", name="Unlink").click()
        await expect(here.get_by_role("link", name="Connect your PipesHub account")).to_be_visible(
            timeout=ANSWERED
        )


async def test_a_folder_of_ones_own_is_what_is_answered_from(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "parking.md").write_text(
        "# Parking\n\n## Bicycles\n\nBicycles are parked in the yard behind gate seven.\n"
    )
    async with demo(tmp_path / "data", "--docs", str(docs)) as (address, _), page() as here:
        await here.goto(address)
        await here.get_by_role("link", name="help-desk").first.click()
        await ask(here, "Message #help-desk", "@pipeshub where are bicycles parked?")
        thread = here.get_by_role("log", name="Thread")
        await expect(thread.get_by_text("gate seven").first).to_be_visible(timeout=ANSWERED)


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    async with demo(tmp_path / "one") as (address, _):
        port = address.rsplit(":", 1)[1]
        second = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "bot",
                "demo",
                "--port",
                port,
                "--no-browser",
                "--data",
                str(tmp_path / "two"),
            ),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, error = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode == 1
        assert error.decode().strip().split("\n")[-1].startswith(f"--port {port}: cannot be listened on")


@pytest.mark.parametrize("kept", [None, "knowledge.db"], ids=["a file for a folder", "another file"])
async def test_a_folder_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, kept: str | None) -> None:
    data = tmp_path / "data"
    if kept is not None:
        data.mkdir()
    (data if kept is None else data / kept).write_text("a shopping list, and no database at all " * 20)
    ended = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser", "--data", str(data)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await asyncio.wait_for(ended.communicate(), 60)
    assert ended.returncode == 1
    assert "Traceback" not in error.decode()
    last = error.decode().strip().split("\n")[-1]
    assert str(data) in last
    assert "--data" in last
    assert "--port" not in last


@pytest.mark.parametrize(
    ("error", "option"),
    [
        (OSError(errno.EADDRINUSE, "address already in use"), "--port"),
        (PermissionError(errno.EACCES, "permission denied"), "--port"),
        (PermissionError(errno.EACCES, "permission denied", "/data/workspace"), "--data"),
        (OSError(errno.ENOSPC, "no space left on device", "/data/knowledge.db"), "--data"),
        (PermissionError(errno.EACCES, "permission denied", "/docs/leave.md"), "--docs"),
        (OSError(errno.EMFILE, "too many open files"), "start it again"),
    ],
    ids=str,
)
def test_only_an_error_of_the_port_is_put_down_to_the_port(error: OSError, option: str) -> None:
    choices = Choices(
        docs=Path("/docs"),
        port=3100,
        browser=False,
        data=Path("/data"),
        dialect=Dialect.AGUI,
        speed=0,
        delivery=Delivery.EDIT,
    )
    said = os_error_text(error, choices)
    assert option in said
    assert ("--port" in said) == (option == "--port")
