"""Debian's Chromium, for tests that look at a page as a person does."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright waits for 5 seconds, which is short beside other tests on a busy machine.
expect.set_options(timeout=30_000)


def _executable() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium on this machine")
    pytest.skip("no Chromium on this machine: apt-get install chromium")


@asynccontextmanager
async def page(width: int = 1440, height: int = 900) -> AsyncIterator[Page]:
    """Open an empty page. Skips the test where there is no Chromium; on CI it fails."""
    executable = _executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield await browser.new_page(viewport={"width": width, "height": height})
        await browser.close()
