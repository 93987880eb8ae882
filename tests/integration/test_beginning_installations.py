"""Installations that are begun, which anyone can do, and how many of them the bot writes down."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import select

from bot.flows.accounts.installation import STARTS_IN_ALL, STARTS_PER_ADDRESS
from bot.store.tables import PendingLinkRow
from tests.house import House, house
from tests.installing import browsing


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, other={}) as home:
        yield home


@pytest.fixture
async def home_behind_a_proxy(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, other={}, trusted_proxies=1) as home:
        yield home


async def begun(home: House, *forwarded: str) -> list[int]:
    """Open the page once for each chain of addresses, none where it is empty; return the statuses."""
    statuses = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for each in forwarded:
            headers = {"X-Forwarded-For": each} if each else {}
            address = f"{home.bot.settings.public_url}/slack/install"
            async with http.get(address, headers=headers, allow_redirects=False) as answer:
                statuses.append(answer.status)
    return statuses


async def rows(home: House) -> int:
    return len(await home.bot.database.all(select(PendingLinkRow)))


async def test_one_address_begins_a_few_installations_a_minute_and_is_told_so(home: House) -> None:
    statuses = await begun(home, *[""] * (STARTS_PER_ADDRESS + 5))
    assert statuses == [302] * STARTS_PER_ADDRESS + [429] * 5
    assert await rows(home) == STARTS_PER_ADDRESS
    async with browsing(home.bot.settings.public_url or "") as admin:
        status, text = await admin.reads(f"{admin.bot}/slack/install")
    assert (status, "wait a minute, then open /slack/install" in text) == (429, True)


async def test_an_address_that_nobody_vouches_for_is_not_believed(home: House) -> None:
    forged = [f"203.0.113.{number}" for number in range(STARTS_PER_ADDRESS + 5)]
    assert (await begun(home, *forged)).count(302) == STARTS_PER_ADDRESS


async def test_behind_a_proxy_each_address_counts_for_itself_and_all_together(
    home_behind_a_proxy: House,
) -> None:
    home = home_behind_a_proxy
    one = [f"198.51.100.{number}, 203.0.113.7" for number in range(STARTS_PER_ADDRESS + 5)]
    assert (await begun(home, *one)).count(302) == STARTS_PER_ADDRESS
    many = [f"203.0.113.{number}" for number in range(8, 8 + STARTS_IN_ALL)]
    assert (await begun(home, *many)).count(302) == STARTS_IN_ALL - STARTS_PER_ADDRESS
    assert await rows(home) == STARTS_IN_ALL
