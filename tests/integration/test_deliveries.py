"""Everything that Slack delivers is handled once, however often it comes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.demo.workspace.deliveries import Delivery
from bot.demo.workspace.faults import DELIVERY, Fault
from bot.slack import actions
from bot.slack.bolt_app import SUBMITTED_TWICE
from bot.slack.render.modals import ask as ask_modal
from bot.store.claims import ClaimResult, ClaimStore
from tests.bench.house import tracing
from tests.house import House, house

LEAVE = "@pipeshub how many days of annual leave do I have?"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def quiet(home: House) -> None:
    """Wait until the bot has done everything, also what other work began."""
    for _ in range(3):
        await home.settle()


def twice(home: House) -> None:
    home.workspace.faults.add(Fault(DELIVERY, twice=True))


async def write(home: House, words: str) -> None:
    """Write a question into the form that mara has open."""
    view = home.workspace.modal("mara")
    assert view is not None
    field = next(each for each in view.blocks if each.get("block_id") == ask_modal.QUESTION)
    await home.people.type("mara", view, field["element"]["action_id"], words)


async def again(home: House, delivery: Delivery) -> int:
    """Send what was delivered before once more, long after; return the status of the answer."""
    ack = await home.workspace.request_url.send(delivery.route, delivery.body, (3, "http_timeout"))
    await quiet(home)
    return ack.status or 0


def requests(home: House, method: str, path: str) -> int:
    return len([1 for verb, where, _ in home.knowledge.requests if verb == method and path in where])


async def test_an_event_is_handled_once_however_often_it_comes(home: House) -> None:
    for number, fault in enumerate((Fault(DELIVERY, twice=True), Fault(DELIVERY, drop_ack=True)), 1):
        home.workspace.faults.add(fault)
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts)
        await quiet(home)
        assert len(home.replies(ts)) == 1, fault
        assert requests(home, "POST", "stream") == number, fault
    with tracing() as begin:
        trace = begin()
        for each in [*home.workspace.deliveries.of("app_mention"), *home.workspace.deliveries.of("message")]:
            assert await again(home, each) == 200
        assert trace.transactions == 0
    assert requests(home, "POST", "stream") == 2
    assert len(home.replies(ts)) == 1
    twice(home)
    await home.people.react("mara", "help-desk", reply.ts, "+1")
    await home.workspace.until(lambda: home.workspace.deliveries.settled() or None)
    await quiet(home)
    assert requests(home, "POST", "feedback") == 1
    assert await again(home, home.workspace.deliveries.of("reaction_added")[-1]) == 200
    assert requests(home, "POST", "feedback") == 1


async def test_a_press_is_carried_out_once_and_two_are_two(home: House) -> None:
    reply = await home.ending(await home.ask("mara", LEAVE))
    twice(home)
    await home.press("mara", reply, "Regenerate")
    await quiet(home)
    assert await again(home, home.workspace.deliveries.of("block_actions")[-1]) == 200
    assert requests(home, "POST", "regenerate") == 1
    assert home.workspace.ephemerals("mara") == []
    await home.press("mara", reply, "Regenerate")
    await quiet(home)
    assert requests(home, "POST", "regenerate") == 2


async def test_a_command_and_a_form_are_carried_out_once(home: House) -> None:
    twice(home)
    await home.people.slash("mara", "help-desk", "/ask", "how many days of annual leave do I have?")
    await quiet(home)
    assert await again(home, home.workspace.deliveries.of("/ask")[-1]) == 200
    assert len(await home.knowledge.conversations()) == 1
    twice(home)
    await home.people.global_shortcut("mara", actions.ASK_A_QUESTION)
    await quiet(home)
    assert len(home.workspace.modals("mara")) == 1
    await write(home, "   ")  # a mistake, after which the form comes again
    await home.people.submit_view("mara")
    await write(home, "how many days of annual leave do I have?")
    twice(home)
    submitted = await home.people.submit_view("mara")
    await quiet(home)
    assert len(await home.knowledge.conversations()) == 2
    ack = await home.workspace.request_url.send(submitted.route, submitted.body, None)
    assert ack.answer["response_action"] == "update"
    assert SUBMITTED_TWICE in str(ack.answer["view"])


async def test_an_event_whose_first_handling_failed_is_handled_at_the_retry(home: House) -> None:
    fault = home.workspace.faults.add(Fault("auth.test", status=500))
    await home.people.open_home("mara")
    await home.workspace.until(lambda: home.workspace.home("mara"))
    (opened,) = home.workspace.deliveries.of("app_home_opened")
    assert [bool(each.ack.problem) for each in opened.attempts] == [True, False]
    assert fault.struck == 1


async def test_a_direct_question_that_cannot_be_taken_yet_is_taken_at_the_retry(home: House) -> None:
    home.workspace.faults.add(Fault("auth.test", status=500))
    channel = home.workspace.direct_message("mara").id
    ts = await home.people.post("mara", channel, "how many days of annual leave do I have?")
    assert "28 days" in (await home.ending(ts, where=channel)).text


async def test_an_event_that_somebody_is_at_is_not_acknowledged_and_comes_again(home: House) -> None:
    claims = ClaimStore(home.bot.database)
    body = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "tab": "home"}}
    assert await claims.try_begin("delivery:Ev1") is ClaimResult.CLAIMED
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    assert (await home.bot.dispatch(request)).status == 503
    await claims.complete("delivery:Ev1")
    assert (await home.bot.dispatch(request)).status == 200
