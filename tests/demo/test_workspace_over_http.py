"""A small Bolt app over HTTP takes the local workspace for Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.faults import DELIVERY, Fault
from bot.demo.workspace.model import NotPossible
from bot.demo.workspace.options import NONE, Command, Options, Shortcut
from bot.demo.workspace.server import WorkspaceServer

ASK_AGAIN: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "42"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "rename",
                "text": {"type": "plain_text", "text": "Rename"},
                "value": "v1:42",
            }
        ],
    },
]

RENAME = {
    "type": "modal",
    "callback_id": "rename",
    "private_metadata": "42",
    "title": {"type": "plain_text", "text": "Rename"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "New title"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


class Answering:
    """A tiny app: it answers mentions, opens a modal, takes a command, publishes a Home tab."""

    def __init__(self, server: WorkspaceServer, secret: str) -> None:
        self.seen: list[str] = []
        self.renamed: list[str] = []
        self.broken = 0
        self.retries: list[tuple[str | None, str | None]] = []
        self.bolt = AsyncApp(
            signing_secret=secret,
            client=AsyncWebClient(token=server.workspace.options.bot_token, base_url=server.api_url),
        )
        self.bolt.event("app_mention")(self.mention)
        self.bolt.event("message")(self.message)
        self.bolt.event("app_home_opened")(self.home)
        self.bolt.action("rename")(self.open)
        self.bolt.view("rename")(self.submit)
        self.bolt.command("/ask")(self.command)
        self.bolt.shortcut("explain")(self.explain)

    async def mention(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        self.seen.append(event["text"])
        posted = await client.chat_postMessage(
            channel=event["channel"], thread_ts=event["ts"], text="thinking"
        )
        await client.chat_update(channel=event["channel"], ts=posted["ts"], text="42", blocks=ASK_AGAIN)

    async def message(self, event: dict[str, Any]) -> None:
        self.seen.append(event.get("subtype") or "message")

    async def home(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Conversations"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async def open(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=RENAME)

    async def submit(self, ack: Any, view: dict[str, Any]) -> None:
        title = view["state"]["values"]["title"]["text"]["value"]
        if len(title) < 3:
            await ack(response_action="errors", errors={"title": "too short"})
            return
        await ack()
        self.renamed.append(title)

    async def command(self, ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack(f"Looking for {command['text']}")
        await respond(text="found", response_type="in_channel")

    async def explain(self, ack: Any, shortcut: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(text=f"about {shortcut['message']['text']}")

    async def receive(self, request: web.Request) -> web.Response:
        headers = request.headers
        self.retries.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
        if self.broken:
            self.broken -= 1
            return web.Response(status=500)
        return await to_aiohttp_response(await self.bolt.async_dispatch(await to_bolt_request(request)))


@asynccontextmanager
async def meeting(**choices: Any) -> AsyncIterator[tuple[WorkspaceServer, Answering]]:
    secret = choices.pop("app_secret", "shared-secret")
    options = Options(
        signing_secret="shared-secret",
        commands=(Command("/ask"),),
        shortcuts=(Shortcut("explain", "Explain", on_messages=True),),
        limits=NONE,
        time_scale=0.0,
        **choices,
    )
    async with WorkspaceServer.running(options) as server:
        app = Answering(server, secret)
        web_app = web.Application()
        web_app.router.add_post("/slack/events", app.receive)
        runner = web.AppRunner(web_app, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.workspace.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield server, app
        finally:
            await runner.cleanup()


async def test_a_mention_is_answered_in_its_thread_and_the_answer_edited() -> None:
    async with meeting() as (server, app):
        workspace = server.workspace
        ts = await workspace.people.post("mara", "#help-desk", "@pipeshub what is 6 x 7?")
        thread = await workspace.until(
            lambda: [m for m in workspace.thread("help-desk", ts) if m.text == "42"]
        )
        assert thread[0].edited
        assert app.seen[0] == f"<@{workspace.bot.id}> what is 6 x 7?"
        await workspace.until(lambda: len(workspace.deliveries.of("message")) == 3)
        first, reply, changed = workspace.deliveries.of("message")
        assert first.body["event"]["channel_type"] == "channel"
        assert reply.body["event"]["bot_id"] == workspace.app.bot_id
        assert changed.body["event"]["subtype"] == "message_changed"
        assert changed.body["event"]["previous_message"]["text"] == "thinking"
        await workspace.until(workspace.deliveries.settled)
        assert all(each.acknowledged for each in workspace.deliveries.log)


async def test_one_mention_arrives_as_two_events_of_one_message() -> None:
    async with meeting() as (server, _):
        workspace = server.workspace
        ts = await workspace.people.post("mara", "#help-desk", "@pipeshub hello")
        mention, message = list(workspace.deliveries.log)[:2]
        assert mention.name == "app_mention"
        assert message.name == "message"
        assert mention.body["event"]["ts"] == message.body["event"]["ts"] == ts
        assert mention.body["event_id"] != message.body["event_id"]


async def test_a_press_opens_a_modal_whose_submission_shows_errors_beside_the_field() -> None:
    async with meeting() as (server, app):
        workspace = server.workspace
        people = workspace.people
        ts = await people.post("mara", "#help-desk", "@pipeshub what is 6 x 7?")
        answer = await workspace.until(
            lambda: next((m for m in workspace.thread("help-desk", ts) if m.text == "42"), None)
        )
        assert (await people.press("mara", answer, "rename")).acknowledged
        modal = await workspace.until(lambda: workspace.modal("mara"))
        assert modal.private_metadata == "42"
        with pytest.raises(NotPossible, match="title"):
            await people.submit_view("mara")
        await people.type("mara", modal, "text", "x")
        await people.submit_view("mara")
        assert modal.errors == {"title": "too short"}
        await people.type("mara", modal, "text", "The answer")
        await people.submit_view("mara")
        assert workspace.modal("mara") is None
        assert app.renamed == ["The answer"]


async def test_a_command_is_answered_at_once_and_again_by_its_response_url() -> None:
    async with meeting() as (server, _):
        workspace = server.workspace
        await workspace.people.slash("mara", "#general", "/ask", "holidays")
        assert [each.text for each in workspace.ephemerals("mara")] == ["Looking for holidays"]
        found = await workspace.until(lambda: workspace.messages("general"))
        assert found[0].text == "found"


async def test_a_message_shortcut_carries_the_message_and_a_response_url() -> None:
    async with meeting() as (server, _):
        workspace = server.workspace
        ts = await workspace.people.post("jonas", "#general", "the plan")
        await workspace.people.message_shortcut("mara", "#general", ts, "explain")
        seen = await workspace.until(lambda: workspace.ephemerals("mara"))
        assert seen[0].text == "about the plan"


async def test_the_home_tab_is_published_when_somebody_opens_it() -> None:
    async with meeting() as (server, _):
        workspace = server.workspace
        await workspace.people.open_home("mara")
        home = await workspace.until(lambda: workspace.home("mara"))
        assert home.blocks[0]["text"]["text"] == "Conversations"


async def test_an_event_that_is_not_acknowledged_comes_again_with_its_number_and_reason() -> None:
    async with meeting() as (server, app):
        workspace = server.workspace
        app.broken = 2
        await workspace.people.react(
            "mara", "#general", await workspace.people.post("mara", "#general", "x"), "eyes"
        )
        await workspace.until(workspace.deliveries.settled)
        retried = next(each for each in workspace.deliveries.log if len(each.attempts) > 1)
        assert retried.attempts[0].ack.problem == "http_error"
        assert retried.acknowledged


async def test_an_event_that_is_never_acknowledged_is_given_up_after_three_retries() -> None:
    async with meeting() as (server, app):
        workspace = server.workspace
        app.broken = 100
        await workspace.people.post("mara", "#general", "hello")
        await workspace.until(workspace.deliveries.settled)
        assert app.retries == [(None, None), *((f"{number}", "http_error") for number in (1, 2, 3))]
        (delivery,) = workspace.deliveries.log
        assert len(delivery.attempts) == 4
        assert not delivery.acknowledged


async def test_a_slow_acknowledgement_counts_as_a_timeout_and_holds_up_nobody() -> None:
    async with meeting(ack_timeout=0.3) as (server, app):
        workspace = server.workspace
        received = app.receive
        slow = asyncio.Event()

        async def wait_once(request: web.Request) -> web.Response:
            if not slow.is_set():
                slow.set()
                await asyncio.sleep(0.6)
            return await received(request)

        async with serving(wait_once) as url:
            workspace.app.request_url = url
            await workspace.people.post("mara", "#general", "first")
            await workspace.people.post("mara", "#general", "second")
            await workspace.until(workspace.deliveries.settled)
        first, second = workspace.deliveries.log
        assert first.attempts[0].ack.problem == "http_timeout"
        assert first.acknowledged
        assert len(second.attempts) == 1


@asynccontextmanager
async def serving(receive: Any) -> AsyncIterator[str]:
    web_app = web.Application()
    web_app.router.add_post("/slack/events", receive)
    runner = web.AppRunner(web_app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_an_app_with_another_signing_secret_refuses_what_slack_sends() -> None:
    async with meeting(app_secret="another") as (server, app):
        workspace = server.workspace
        await workspace.people.post("mara", "#general", "hello")
        await workspace.until(workspace.deliveries.settled)
        assert workspace.deliveries.log[0].attempts[0].ack.status == 401
        assert app.seen == []


async def test_a_delivery_can_arrive_twice_or_lose_its_acknowledgement() -> None:
    async with meeting() as (server, app):
        workspace = server.workspace
        workspace.faults.add(Fault(DELIVERY, twice=True))
        workspace.faults.add(Fault(DELIVERY, drop_ack=True))
        await workspace.people.post("mara", "#general", "one")
        await workspace.people.post("mara", "#general", "two")
        await workspace.until(workspace.deliveries.settled)
        await workspace.until(lambda: len(app.seen) == 4)
        assert [len(each.attempts) for each in workspace.deliveries.log] == [1, 2]


async def test_an_unanswered_command_is_reported_by_slackbot() -> None:
    async with meeting() as (server, app):
        app.broken = 1
        await server.workspace.people.slash("mara", "#general", "/ask", "x")
        assert "dispatch_failed" in server.workspace.ephemerals("mara")[0].text


async def test_a_revoked_token_works_no_more_and_the_app_is_told() -> None:
    async with meeting() as (server, _):
        workspace = server.workspace
        client = AsyncWebClient(token=workspace.options.bot_token, base_url=server.api_url)
        await workspace.people.uninstall_app("mara")
        with pytest.raises(SlackApiError, match="account_inactive"):
            await client.auth_test()
        assert [each.name for each in workspace.deliveries.log] == ["tokens_revoked", "app_uninstalled"]
