"""Everything that Slack delivers is handled once, by whichever of two bots on one database it reaches."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo.workspace.deliveries import Ack, Delivery
from bot.demo.workspace.faults import DELIVERY, Fault
from bot.demo.workspace.model import Message
from bot.slack import actions
from bot.slack.render.modals import ask as ask_modal
from bot.store.claims import CLAIM_LEASE
from bot.store.tables import ClaimRow
from bot.wiring.bot import Bot
from tests.house import House, house
from tests.integration.another_bot import another

LEAVE = "@pipeshub how many days of annual leave do I have?"
QUESTION = "how many days of annual leave do I have?"
TIMES = 3


@dataclass
class Pair:
    """Two bots on one database, each with its request URL."""

    home: House
    bots: tuple[Bot, Bot]
    urls: tuple[str, str]

    async def quiet(self) -> None:
        """Wait until both bots have done everything, also what other work began."""
        for _ in range(3):
            for bot in self.bots:
                await bot.background_tasks.drain(10)

    async def send(self, delivery: Delivery, url: str, retry: tuple[int, str] | None = None) -> Ack:
        self.home.workspace.app.request_url = url  # which is read before anything else happens
        return await self.home.workspace.request_url.send(delivery.route, delivery.body, retry)

    async def often(self, delivery: Delivery) -> list[Ack]:
        """Deliver to both bots at once, and to both again when all is done; return all that they answer."""
        at_once = [self.send(delivery, url) for _, url in zip(range(TIMES), cycle(self.urls), strict=False)]
        found = list(await asyncio.gather(*at_once))
        await self.quiet()
        found += [await self.send(delivery, url, (2, "http_timeout")) for url in self.urls]
        await self.quiet()
        return found


@pytest.fixture
async def pair(tmp_path: Path, database_url: str) -> AsyncIterator[Pair]:
    async with house(tmp_path, database_url=database_url) as home, another(home) as (bot, url):
        home.workspace.deliveries.time_scale = 0.0  # what reaches nobody is given up at once
        yield Pair(home, (home.bot, bot), (home.workspace.app.request_url or "", url))


async def made(home: House, name: str, act: Callable[[], Awaitable[object]]) -> Delivery:
    """Let somebody do something whose delivery reaches nobody, and return that."""
    fault = home.workspace.faults.add(Fault(DELIVERY, times=None, status=503))
    await act()
    await home.workspace.until(lambda: home.workspace.deliveries.settled() or None)
    home.workspace.faults.clear()
    assert fault.struck
    return home.workspace.deliveries.of(name)[-1]


def requests(home: House, path: str) -> int:
    """Return how often PipesHub was sent something."""
    return len([1 for verb, where, _ in home.knowledge.requests if verb == "POST" and path in where])


async def asked(pair: Pair, event: str) -> Message:
    home, before = pair.home, requests(pair.home, "stream")
    delivery = await made(home, event, lambda: home.ask("mara", LEAVE))
    acks = await pair.often(delivery)
    assert {each.status for each in acks} == {200}, event
    (reply,) = home.replies(delivery.body["event"]["ts"])
    assert requests(home, "stream") == before + 1, event
    return reply


async def reacted(pair: Pair, reply: Message) -> None:
    home = pair.home
    delivery = await made(
        home, "reaction_added", lambda: home.people.react("mara", "help-desk", reply.ts, "+1")
    )
    acks = await pair.often(delivery)
    # Who is not the first while it is handled may be asked to come again.
    assert {each.status for each in acks} <= {200, 503}
    assert {each.status for each in acks[TIMES:]} == {200}
    assert requests(home, "feedback") == 1


async def pressed(pair: Pair, reply: Message) -> None:
    home = pair.home
    await pair.quiet()
    delivery = await made(home, "block_actions", lambda: home.press("mara", reply, "Regenerate"))
    acks = await pair.often(delivery)
    assert {each.status for each in acks} == {200}
    assert requests(home, "regenerate") == 1
    assert home.workspace.ephemerals("mara") == []


async def commanded(pair: Pair) -> None:
    home, before = pair.home, requests(pair.home, "stream")
    known = len(await home.knowledge.conversations())
    delivery = await made(home, "/ask", lambda: home.people.slash("mara", "help-desk", "/ask", QUESTION))
    acks = await pair.often(delivery)
    assert {each.status for each in acks} == {200}
    assert requests(home, "stream") == before + 1
    assert len(await home.knowledge.conversations()) == known + 1


async def filled_in(pair: Pair) -> None:
    home, before = pair.home, requests(pair.home, "stream")
    opening = await made(
        home, "shortcut", lambda: home.people.global_shortcut("mara", actions.ASK_A_QUESTION)
    )
    assert {each.status for each in await pair.often(opening)} == {200}
    assert len(home.workspace.calls.of("views.open")) == 1
    view = home.workspace.modal("mara")
    assert view is not None
    field = next(each for each in view.blocks if each.get("block_id") == ask_modal.QUESTION)
    await home.people.type("mara", view, field["element"]["action_id"], QUESTION)
    submitting = await made(home, "view_submission", lambda: home.people.submit_view("mara"))
    acks = await pair.often(submitting)
    assert {each.status for each in acks} == {200}
    assert sum("response_action" not in (each.answer or {}) for each in acks) <= 1
    assert requests(home, "stream") == before + 1


async def reacted_where_one_died(pair: Pair, reply: Message) -> None:
    home, (first, _) = pair.home, pair.bots
    before = requests(home, "feedback")
    delivery = await made(
        home, "reaction_added", lambda: home.people.react("mara", "help-desk", reply.ts, "+1")
    )
    key = f"delivery:{delivery.body['event_id']}"
    await first.claims.try_begin(key)  # as far as it came
    assert (await pair.send(delivery, pair.urls[1], (1, "timeout"))).status == 503
    async with first.database.transaction() as session:
        row = (await session.exec(select(ClaimRow).where(ClaimRow.key == key))).one()
        row.until = (row.until or 0) - CLAIM_LEASE  # the next attempt comes a minute later
    acks = [await pair.send(delivery, url, (2, "timeout")) for url in reversed(pair.urls)]
    await pair.quiet()
    assert [each.status for each in acks] == [200, 200]
    assert requests(home, "feedback") == before + 1


async def test_a_delivery_of_any_kind_is_handled_once_also_where_a_bot_died(pair: Pair) -> None:
    first, second = await asked(pair, "app_mention"), await asked(pair, "message")
    await pressed(pair, first)
    await reacted(pair, first)
    await commanded(pair)
    await filled_in(pair)
    await reacted_where_one_died(pair, second)
