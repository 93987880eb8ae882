"""What somebody could try against the bot, and what comes of it."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.demo.workspace.deliveries import Delivery, signature
from bot.demo.workspace.model import Message
from bot.domain.errors import PipesHubError, Reason
from bot.domain.turns import Question, Thread
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Server, http_client
from bot.pipeshub.oauth import fixed_token_auth
from bot.slack.http import MAX_DELIVERY_BYTES, make_web_app, serve_http
from tests.house import House, house, labels, menu
from tests.integration.test_asking_elsewhere import outcome, whispered

LEAVE = "@pipeshub how many days of annual leave do I have?"
MINUTES = 60

Json = dict[str, Any]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def send(
    home: House, body: bytes, headers: Mapping[str, str] | None = None, secret: str = "", age: float = 0
) -> int:
    """Send a form to the bot as somebody who knows `secret`, `age` seconds ago; return the status."""
    stamp = str(int(time.time() - age))
    signed = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret or home.workspace.options.signing_secret, stamp, body),
    }
    url = home.workspace.app.request_url or ""
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=body, headers=signed | dict(headers or {})) as answer,
    ):
        await answer.read()
        return answer.status


def interaction(body: Json) -> bytes:
    return urlencode({"payload": json.dumps(body)}).encode()


async def answered(home: House, who: str = "mara", where: str = "help-desk") -> Message:
    return await home.ending(await home.ask(who, LEAVE, where), where=where)


async def archiving(home: House) -> tuple[Message, Delivery]:
    """Let Mara archive a conversation and take it out again; return the answer and the first press."""
    reply = await answered(home)
    await home.press("mara", reply, "Archive")
    await home.workspace.until(lambda: "Unarchive" in labels(reply) or None)
    pressed = home.workspace.deliveries.of("block_actions")[-1]
    await home.press("mara", reply, "Unarchive")
    await home.workspace.until(lambda: "Archive" in labels(reply) or None)
    return reply, pressed


UNSIGNED: dict[str, tuple[dict[str, str], float, str]] = {
    "another secret": ({}, 0, "guessed"),
    "no signature": ({"X-Slack-Signature": ""}, 0, ""),
    "no ASCII": ({"X-Slack-Signature": "v0=ü"}, 0, ""),
    "another time": ({"X-Slack-Request-Timestamp": str(int(time.time()) + 1)}, 0, ""),
    "replayed later": ({}, 5 * MINUTES + 2, ""),
    "from the future": ({}, -5 * MINUTES - 2, ""),
}


async def refused_without_a_signature_of_now(home: House, pressed: Delivery) -> None:
    for name, (changes, age, secret) in UNSIGNED.items():
        body = interaction({**pressed.body, "trigger_id": name})
        assert await send(home, body, changes, secret, age) == 401, name


async def refused_where_it_is_too_large(home: House) -> None:
    assert await send(home, b"x" * (MAX_DELIVERY_BYTES + 1)) == 413
    assert await send(home, b"", {"X-Padding": "x" * 10_000}) == 400
    assert await send(home, b"", {f"X-Padding-{number}": "x" * 4_000 for number in range(200)}) == 400
    packed = gzip.compress(b"x" * (3 * MAX_DELIVERY_BYTES))
    assert await send(home, packed, {"Content-Encoding": "gzip"}) in (400, 413)


async def test_what_slack_did_not_send_just_now_is_refused(home: House) -> None:
    reply, pressed = await archiving(home)
    await refused_without_a_signature_of_now(home, pressed)
    await refused_where_it_is_too_large(home)
    assert await send(home, interaction(pressed.body)) == 200, "a replay is acknowledged, and nothing more"
    await home.settle()
    assert "Archive" in labels(reply)
    assert "28 days" in (await answered(home)).text


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def nothing() -> list[str]:
        return []

    async def metrics() -> bytes:
        return b""

    async def unreached(request: AsyncBoltRequest) -> BoltResponse:
        raise AssertionError(request)

    app = make_web_app(nothing, metrics, unreached, "secret", arriving=0.2)
    async with serve_http(app, "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\nslow")
        await writer.drain()
        assert b"408" in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def buttons_of_another_place_do_nothing(home: House, *answers: Message) -> None:
    """Mara may do it with each answer: only the place of the button is wrong."""
    reply, elsewhere, later = answers
    for label in ("Archive", "Regenerate", "Share"):
        own = value(reply, label)
        for other in (elsewhere, later):
            button(reply, label)["value"] = value(other, label)
            with capture_logs() as logs:
                await home.press("mara", reply, label)
                said = await whispered(home)
            assert "belongs to another conversation" in said, label
            refusals = [line["refusal"] for line in logs if line["event"] == "interaction.refused"]
            assert refusals == [Reason.PRESSED_ELSEWHERE], label
            assert [line for line in logs if line["log_level"] == "error"] == []
            await home.people.reload("mara")
        button(reply, label)["value"] = own
    await home.settle()
    assert home.workspace.modal("mara") is None
    for each in answers:
        assert "Archive" in labels(each)


async def choices_of_another_place_do_nothing(home: House, reply: Message, elsewhere: Message) -> None:
    row = next(each for each in reply.blocks if each["type"] == "actions")
    dots = next(each for each in row["elements"] if each["type"] == "overflow")
    option = next(each for each in dots["options"] if each["text"]["text"] == "Delete")
    own, option["value"] = option["value"], menu(elsewhere)["Delete"]
    await home.people.choose("mara", (reply.channel, reply.ts), dots["action_id"], option["value"])
    assert "belongs to another conversation" in await whispered(home)
    await home.settle()
    assert home.workspace.modal("mara") is None
    await home.people.reload("mara")
    option["value"] = own


async def renaming_as_if(home: House, who: str, reply: Message, about: str) -> str:
    """Submit the form that renames a conversation as if it were about another thing; return the outcome."""
    await choose(home, who, reply, "Rename")
    view = await home.workspace.until(
        lambda: found if (found := home.workspace.modal(who)) and found.callback_id else None
    )
    view.payload["private_metadata"] = about
    await home.people.submit_view(who)
    said = await outcome(home, who)
    await home.people.close_view(who, all_of_them=True)
    return said


async def answers_of_another_workspace_are_not_changed(home: House, reply: Message) -> None:
    foreign = Question(Thread("T0OTHER01", "C1", "1.000001"), "1.000001", home.workspace.user("mara").id, "?")
    turn = await home.bot.turns.record(foreign, "service")
    assert turn is not None
    about = json.dumps({"v": 1, "turn": turn.id})
    assert "belongs to another conversation" in await renaming_as_if(home, "mara", reply, about)
    own, button(reply, "Archive")["value"] = value(reply, "Archive"), about
    await home.press("mara", reply, "Archive")
    assert "belongs to another conversation" in await whispered(home)
    button(reply, "Archive")["value"] = own


async def sources_of_a_copy_elsewhere_are_no_forgery(home: House, reply: Message, elsewhere: Message) -> None:
    row = next(each for each in elsewhere.blocks if each["type"] == "actions")
    sources = {"type": "button", "action_id": "all_sources", "text": {"type": "plain_text", "text": "All"}}
    row["elements"].append({**sources, "value": value(reply, "Archive")})
    await home.press("mara", elsewhere, "All")
    await home.workspace.until(lambda: home.workspace.modal("mara"))


async def test_what_belongs_to_another_place_or_person_does_nothing(home: House) -> None:
    reply, elsewhere = await answered(home), await answered(home, where="general")
    later, theirs = await answered(home), await answered(home, "tomasz")
    await buttons_of_another_place_do_nothing(home, reply, elsewhere, later)
    await choices_of_another_place_do_nothing(home, reply, elsewhere)
    said = await renaming_as_if(home, "tomasz", theirs, value(reply, "Archive"))
    assert f"Only <@{home.workspace.user('mara').id}> can do this" in said
    await answers_of_another_workspace_are_not_changed(home, reply)
    await sources_of_a_copy_elsewhere_are_no_forgery(home, reply, elsewhere)


async def test_a_token_is_not_carried_to_where_a_server_points() -> None:
    reached: list[web.Request] = []

    async def evil(request: web.Request) -> web.Response:
        reached.append(request)
        return web.json_response({})

    async def pointing(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{away}/api/v1/conversations")

    elsewhere, pipeshub = web.Application(), web.Application()
    elsewhere.router.add_route("*", "/{path:.*}", evil)
    pipeshub.router.add_route("*", "/{path:.*}", pointing)
    async with (
        serve_http(elsewhere, "127.0.0.1", 0) as away,
        serve_http(pipeshub, "127.0.0.1", 0) as port,
        http_client(1) as http,
    ):
        conversations = Conversations(Server(http, f"http://127.0.0.1:{port}"), fixed_token_auth("secret"))
        with pytest.raises(PipesHubError):
            await conversations.list(page=1, limit=1)
    assert reached == []


async def choose(home: House, who: str, message: Message, label: str) -> None:
    row = next(each for each in message.blocks if each["type"] == "actions")
    dots = next(each for each in row["elements"] if each["type"] == "overflow")
    await home.people.choose(who, (message.channel, message.ts), dots["action_id"], menu(message)[label])


def button(message: Message, label: str) -> Json:
    rows = [each["elements"] for each in message.blocks if each["type"] == "actions"]
    found: Json = next(each for row in rows for each in row if each.get("text", {}).get("text") == label)
    return found


def value(message: Message, label: str) -> str:
    return str(button(message, label)["value"])
