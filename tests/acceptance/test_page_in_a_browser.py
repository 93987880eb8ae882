"""People use the local workspace in a browser, with a small Bolt app at the other end."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, async_playwright, expect
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.model import Json
from bot.demo.workspace.options import NONE, Command, Options, Shortcut
from bot.demo.workspace.server import WorkspaceServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "shared-secret"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000  # milliseconds: generous for a busy machine, waited only where something is wrong


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "v1", **more}


def field_of(block_id: str, label: str, element: Json) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "it", **element},
    }


SURE = {
    "title": plain("Archive it?"),
    "text": plain("It leaves the list."),
    "confirm": plain("Archive"),
    "deny": plain("Keep"),
}
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "rate",
    "positive_button": {"text": plain("Good answer"), "value": "good"},
    "negative_button": {"text": plain("Bad answer"), "value": "bad"},
}
MORE = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": plain("Rename"), "value": "rename"}, {"text": plain("Forget"), "value": "forget"}],
}
ANSWER: list[Json] = [
    {"type": "markdown", "text": "It is **42**.\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
    {
        "type": "actions",
        "elements": [button("Share", "share"), button("Archive", "archive", confirm=SURE), MORE],
    },
    {"type": "context_actions", "elements": [FEEDBACK]},
]
SHARE: Json = {
    "type": "modal",
    "callback_id": "share",
    "title": plain("Share this answer"),
    "submit": plain("Send"),
    "close": plain("Cancel"),
    "blocks": [
        field_of("note", "Note", {"type": "plain_text_input"}),
        field_of("who", "Person", {"type": "users_select"}),
        field_of("topic", "Topic", {"type": "external_select", "action_id": "topic", "min_query_length": 1})
        | {"optional": True},
    ],
}


@dataclass
class Answering:
    """A tiny app. `heard` is what it was told, `shared` what was submitted."""

    heard: list[str] = field(default_factory=list)
    shared: list[Json] = field(default_factory=list)

    def listen(self, bolt: AsyncApp) -> None:
        bolt.event("app_mention")(self.mention)
        bolt.event("message")(self.message)
        bolt.event("app_home_opened")(self.home)
        bolt.action(re.compile("archive|more|rate"))(self.press)
        bolt.action("share")(self.share)
        bolt.view("share")(self.submit)
        bolt.options("topic")(self.topics)
        bolt.command("/ask")(self.command)
        bolt.shortcut("ask")(self.shortcut)

    async def mention(self, event: Json, client: AsyncWebClient) -> None:
        posted = await client.chat_postMessage(
            channel=event["channel"], thread_ts=event["ts"], text="Searching…"
        )
        await client.chat_update(channel=event["channel"], ts=posted["ts"], text="It is 42.", blocks=ANSWER)

    async def message(self, event: Json) -> None:
        self.heard.append(event.get("subtype") or event["text"])

    async def home(self, event: Json, client: AsyncWebClient) -> None:
        blocks = [
            {"type": "header", "text": plain("Your conversations")},
            {"type": "actions", "elements": [button("Ask", "share")]},
        ]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async def press(self, ack: Any, action: Json) -> None:
        await ack()
        chosen = action.get("selected_option") or action
        self.heard.append(f"{action['action_id']} {chosen['value']}")

    async def share(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=SHARE)

    async def submit(self, ack: Any, view: Json) -> None:
        values = view["state"]["values"]
        if len(values["note"]["it"]["value"]) < 3:
            await ack(response_action="errors", errors={"note": "Say a little more."})
            return
        await ack()
        self.shared.append(values)

    async def topics(self, ack: Any, payload: Json) -> None:
        await ack(options=[{"text": plain(f"About {payload['value']}"), "value": "t1"}])

    async def command(self, ack: Any, command: Json) -> None:
        await ack(f"Looking for {command['text']}")

    async def shortcut(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=SHARE)


@dataclass
class Meeting:
    """A workspace, its app and a browser to look at both."""

    server: WorkspaceServer
    app: Answering
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @property
    def client(self) -> AsyncWebClient:
        return AsyncWebClient(token=self.server.workspace.options.bot_token, base_url=self.server.api_url)

    def path(self, who: str, where: str) -> str:
        workspace = self.server.workspace
        return f"/as/{workspace.user(who).id}/{workspace.channel(where).id}"

    async def window(self, path: str) -> Page:
        page = await self.browser.contexts[0].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)
        await self.go(page, path)
        return page

    async def go(self, page: Page, path: str) -> None:
        await page.goto(self.server.url + path)
        await expect(page.locator("#sidebar h1")).to_be_attached()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.server.url + "/"):
            self.complaints.append(f"asked for {request.url}")


@asynccontextmanager
async def serving(server: WorkspaceServer) -> AsyncIterator[Answering]:
    client = AsyncWebClient(token=server.workspace.options.bot_token, base_url=server.api_url)
    bolt, app = AsyncApp(signing_secret=SECRET, client=client), Answering()
    app.listen(bolt)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", receive)
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.workspace.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield app
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(browser: Browser) -> AsyncIterator[Meeting]:
    options = Options(
        signing_secret=SECRET,
        commands=(Command("/ask", "Ask privately", "[question]"),),
        shortcuts=(Shortcut("ask", "Ask PipesHub"),),
        limits=NONE,
        time_scale=0.0,
    )
    async with WorkspaceServer.running(options) as server, serving(server) as app:
        met = Meeting(server, app, browser)
        async with await browser.new_context():
            yield met
    assert met.complaints == []


async def write(page: Page, text: str, box: str = "Message #help-desk") -> None:
    await page.get_by_role("textbox", name=box).fill(text)
    await page.get_by_role("textbox", name=box).press("Enter")


async def answered(meeting: Meeting) -> tuple[Page, Any]:
    """Ask in #help-desk and return the window and the answer in its thread."""
    page = await meeting.window(meeting.path("mara", "help-desk"))
    await write(page, "@pipeshub what is it?")
    answer = page.get_by_role("log", name=re.compile("^Thread")).get_by_role("article").last
    await expect(answer).to_contain_text("It is 42.")
    return page, answer


async def an_empty_field_is_named_before_the_app_is_told(
    meeting: Meeting, page: Page, answer: Locator
) -> None:
    await answer.get_by_role("button", name="Share").click()
    modal = page.get_by_role("dialog", name="Share this answer")
    await modal.get_by_role("button", name="Send").click()
    await expect(modal.get_by_role("alert").first).to_have_text("Please complete this required field.")
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()
    assert meeting.app.shared == []


async def a_modal_shows_objections_and_keeps_what_was_typed(
    meeting: Meeting, page: Page, answer: Locator
) -> None:
    await answer.get_by_role("button", name="Share").click()
    modal = page.get_by_role("dialog", name="Share this answer")
    await modal.get_by_label("Note").fill("ab")
    await meeting.server.workspace.people.post("jonas", "help-desk", "meanwhile")
    await expect(page.get_by_text("meanwhile")).to_be_attached()
    await modal.get_by_label("Person").click()
    await modal.get_by_role("combobox").first.fill("ami")
    await modal.get_by_role("option", name="Amina Okafor").click()
    await expect(modal.get_by_label("Person")).to_have_text("Amina Okafor")
    await expect(modal.get_by_label("Note")).to_have_value("ab")
    await modal.get_by_role("button", name="Send").click()
    await expect(modal.get_by_role("alert")).to_have_text("Say a little more.")
    await modal.get_by_label("Note").fill("because")
    await modal.get_by_role("button", name="Send").click()
    await expect(modal).to_be_hidden()
    shared = meeting.app.shared[0]
    assert shared["note"]["it"]["value"] == "because"
    assert shared["who"]["it"]["selected_user"] == meeting.server.workspace.user("amina").id


async def a_confirmation_guards_its_button(meeting: Meeting, page: Page, answer: Locator) -> None:
    archive = answer.get_by_role("button", name="Archive", exact=True)
    dialog = page.get_by_role("dialog", name="Archive it?")
    await archive.click()
    await dialog.get_by_role("button", name="Keep").click()
    await archive.click()
    await dialog.get_by_role("button", name="Archive").click()
    await meeting.server.workspace.until(lambda: "archive v1" in meeting.app.heard)
    assert meeting.app.heard.count("archive v1") == 1


async def menus_and_feedback_tell_the_app_what_was_chosen(
    meeting: Meeting, page: Page, answer: Locator
) -> None:
    await answer.get_by_role("button", name="More options").click()
    await page.get_by_role("menuitem", name="Forget").click()
    await meeting.server.workspace.until(lambda: "more forget" in meeting.app.heard)
    good = answer.get_by_role("button", name="Good answer")
    await good.click()
    await expect(good).to_have_attribute("aria-pressed", "true")
    await answer.get_by_role("button", name="Bad answer").click()
    await expect(good).to_have_attribute("aria-pressed", "false")
    assert meeting.app.heard[-2:] == ["rate good", "rate bad"]


async def what_streams_in_is_seen_at_once(meeting: Meeting, page: Page) -> None:
    workspace, client = meeting.server.workspace, meeting.client
    channel, mara = workspace.channel("help-desk").id, workspace.user("mara").id
    team = workspace.options.team.id
    stream = await client.chat_startStream(
        channel=channel,
        thread_ts=workspace.messages(channel)[0].ts,
        recipient_user_id=mara,
        recipient_team_id=team,
        markdown_text="Once upon ",
    )
    await expect(page.get_by_text("Once upon")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop generating")).to_be_visible()
    await client.chat_appendStream(channel=channel, ts=stream["ts"], markdown_text="a time")
    await expect(page.get_by_text("Once upon a time")).to_be_visible()
    await client.chat_stopStream(channel=channel, ts=stream["ts"])
    await expect(page.get_by_role("button", name="Stop generating")).to_be_hidden()


async def test_an_answers_thread_modals_menus_and_growing_text(meeting: Meeting) -> None:
    page, answer = await answered(meeting)
    await expect(answer.get_by_role("table")).to_contain_text("1")
    await expect(page.get_by_role("link", name=re.compile("1 reply"))).to_be_visible()
    await an_empty_field_is_named_before_the_app_is_told(meeting, page, answer)
    await a_modal_shows_objections_and_keeps_what_was_typed(meeting, page, answer)
    await a_confirmation_guards_its_button(meeting, page, answer)
    await menus_and_feedback_tell_the_app_what_was_chosen(meeting, page, answer)
    await what_streams_in_is_seen_at_once(meeting, page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Thread")).to_be_hidden()


async def one_who_calls_an_app_that_is_not_there_can_add_it(meeting: Meeting, page: Page) -> None:
    await meeting.go(page, meeting.path("mara", "random"))
    await write(page, "@pipeshub hello", "Message #random")
    await page.get_by_role("button", name="Add PipesHub").click()
    workspace = meeting.server.workspace
    await workspace.until(lambda: workspace.bot.id in workspace.channel("random").members)


async def ones_own_message_can_be_edited_reacted_to_and_deleted(page: Page) -> None:
    await write(page, "first try for @tomasz")
    message = page.get_by_role("article").last
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    box = page.get_by_role("textbox", name="Edit message")
    await expect(box).to_have_value("first try for @tomasz")
    await box.fill("second try")
    await box.press("Enter")
    await expect(message).to_contain_text("second try")
    await expect(message).to_contain_text("(edited)")
    await message.hover()
    await message.get_by_role("button", name="React with eyes").click()
    reaction = message.get_by_role("button", name="1 eyes (you)")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_be_hidden()
    await message.hover()
    await message.get_by_role("button", name="Find another reaction").click()
    await page.get_by_role("searchbox", name="Search emoji").fill("rocket")
    await page.get_by_role("button", name="rocket", exact=True).click()
    await expect(message.get_by_role("button", name="1 rocket (you)")).to_be_visible()
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete message…").click()
    await page.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").click()
    await expect(message).to_be_hidden()


async def names_and_commands_are_completed_while_typing(page: Page) -> None:
    box = page.get_by_role("textbox", name="Message #help-desk")
    await box.press_sequentially("Hello @tom")
    await expect(page.get_by_role("option", name=re.compile("Tomasz"))).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value("Hello @tomasz ")
    await box.press("Shift+Enter")
    await box.press_sequentially("bye")
    await box.press("Enter")
    message = page.get_by_role("article").last
    await expect(message).to_contain_text("Hello @Tomasz Wieczorek")
    await expect(message).to_contain_text("bye")
    await box.press_sequentially("/as")
    await expect(page.get_by_role("option", name=re.compile("Ask privately"))).to_be_visible()
    await box.press("Tab")
    await expect(page.get_by_text("/ask [question]")).to_be_visible()
    await box.press_sequentially("the moon")
    await box.press("Enter")
    await expect(page.get_by_role("article").last).to_contain_text("Looking for the moon")
    await expect(page.get_by_role("article").last).to_contain_text("Only visible to you")


async def what_slack_would_refuse_is_said_in_a_sentence(page: Page) -> None:
    await write(page, "/nothing at all")
    await expect(page.get_by_role("alert")).to_have_text("/nothing is not a valid command.")
    await expect(page.get_by_role("textbox", name="Message #help-desk")).to_have_value("/nothing at all")


async def the_switch_makes_one_window_another_persons(meeting: Meeting, page: Page) -> None:
    await page.get_by_role("link", name="Be Amina Okafor").press("Enter")
    await expect(page).to_have_url(meeting.server.url + meeting.path("amina", "help-desk"))
    await expect(page.get_by_text("People Partner")).to_be_visible()  # the new window is drawn
    await write(page, "it is me")
    await expect(page.get_by_role("article", name=re.compile("Amina Okafor"))).to_contain_text("it is me")


async def test_what_people_write_edit_and_call_and_as_whom(meeting: Meeting) -> None:
    page = await meeting.window(meeting.path("mara", "help-desk"))
    await ones_own_message_can_be_edited_reacted_to_and_deleted(page)
    await names_and_commands_are_completed_while_typing(page)
    await what_slack_would_refuse_is_said_in_a_sentence(page)
    await the_switch_makes_one_window_another_persons(meeting, page)
    await one_who_calls_an_app_that_is_not_there_can_add_it(meeting, page)


async def a_log_stays_at_its_end_or_where_it_is_read(meeting: Meeting, page: Page) -> None:
    people = meeting.server.workspace.people
    for number in range(40):
        await people.post("jonas", "help-desk", f"line {number}")
    await meeting.go(page, meeting.path("mara", "help-desk"))
    log = page.get_by_role("log")
    await expect(log.get_by_text("line 39", exact=True)).to_be_in_viewport()
    await people.post("jonas", "help-desk", "one more")
    await expect(log.get_by_text("one more")).to_be_in_viewport()
    await log.evaluate("log => { log.scrollTop = 100 }")
    await people.post("jonas", "help-desk", "the last one")
    await expect(log.get_by_text("the last one")).to_be_attached()
    assert await log.evaluate("log => log.scrollTop") == 100


async def on_a_phone_the_columns_are_pages_with_a_way_back(meeting: Meeting, page: Page) -> None:
    await page.set_viewport_size({"width": 420, "height": 800})
    await meeting.go(page, meeting.path("mara", "help-desk"))
    await write(page, "@pipeshub what is it?")
    await expect(page.get_by_role("link", name="Back to #help-desk")).to_be_visible()
    await expect(page.get_by_text("It is 42.")).to_be_visible()
    await page.get_by_role("link", name="Back to #help-desk").click()
    await page.get_by_role("link", name="Back to channels").click()
    await page.get_by_role("link", name="general").click()
    await expect(page.get_by_role("heading", name="general", exact=True)).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 420


async def test_two_windows_are_two_people_a_log_stays_and_a_phone_has_pages(meeting: Meeting) -> None:
    mara = await meeting.window(meeting.path("mara", "help-desk"))
    jonas = await meeting.window(meeting.path("jonas", "general"))
    await meeting.client.chat_postEphemeral(
        channel=meeting.server.workspace.channel("help-desk").id,
        user=meeting.server.workspace.user("mara").id,
        text="just for you",
    )
    await expect(mara.get_by_text("just for you")).to_be_visible()
    await write(mara, "@jonas are you there?")
    await expect(jonas.get_by_role("link", name="help-desk, 1 unread")).to_be_visible()
    await jonas.get_by_role("link", name="help-desk, 1 unread").click()
    await expect(jonas.get_by_text("are you there?")).to_be_visible()
    await expect(jonas.get_by_role("link", name="help-desk", exact=True)).to_be_visible()
    await expect(jonas.get_by_text("just for you")).to_be_hidden()
    await mara.get_by_role("button", name="Dismiss message").click()
    await expect(mara.get_by_text("just for you")).to_be_hidden()
    await a_log_stays_at_its_end_or_where_it_is_read(meeting, mara)
    await on_a_phone_the_columns_are_pages_with_a_way_back(meeting, mara)


async def an_external_select_asks_the_app_while_typing(page: Page) -> None:
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Ask PipesHub").click()
    modal = page.get_by_role("dialog", name="Share this answer")
    await modal.get_by_label("Topic").click()
    await modal.get_by_role("combobox").last.press_sequentially("vpn")
    await modal.get_by_role("option", name="About vpn").click()
    await expect(modal.get_by_label("Topic")).to_have_text("About vpn")
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()


async def the_home_tab_appears_when_the_app_publishes_it(page: Page) -> None:
    await page.get_by_role("link", name="PipesHub").click()
    await expect(page.get_by_role("heading", name="Your conversations")).to_be_visible()
    await page.get_by_role("button", name="Ask").click()
    modal = page.get_by_role("dialog", name="Share this answer")
    await expect(modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()


async def prompts_and_status_of_an_agent_stand_above_the_composer(meeting: Meeting, page: Page) -> None:
    workspace = meeting.server.workspace
    channel = workspace.direct_message("mara").id
    await meeting.client.assistant_threads_setSuggestedPrompts(
        channel_id=channel,
        title="Try one of these",
        prompts=[{"title": "Holidays", "message": "How many holidays?"}],
    )
    await meeting.go(page, f"/as/{workspace.user('mara').id}/{channel}")
    await page.get_by_role("button", name="Holidays").click()
    await expect(page.get_by_role("article").last).to_contain_text("How many holidays?")
    await meeting.client.assistant_threads_setStatus(
        channel_id=channel, thread_ts=workspace.messages(channel)[-1].ts, status="is searching…"
    )
    await expect(page.get_by_role("status").get_by_text("PipesHub is searching…")).to_be_visible()


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


FIELDS: list[Json] = [
    field_of("q", "Question", {"type": "plain_text_input", "action_id": "q"}) | {"dispatch_action": True},
    {
        "type": "actions",
        "elements": [
            {"type": "checkboxes", "action_id": "boxes", "options": [option("one"), option("two")]},
            {"type": "datepicker", "action_id": "day", "placeholder": plain("Which day")},
        ],
    },
    {
        "type": "section",
        "text": plain("Colours of the walls"),
        "accessory": {
            "type": "multi_static_select",
            "action_id": "colours",
            "placeholder": plain("Colours"),
            "options": [option("red"), option("blue")],
        },
    },
]


async def fields_outside_modals_tell_the_app_what_was_entered(meeting: Meeting, page: Page) -> None:
    workspace, client = meeting.server.workspace, meeting.client
    mara = workspace.user("mara").id
    workspace.app.events.discard("app_home_opened")  # the app would publish its own Home over this one
    await client.views_publish(user_id=mara, view={"type": "home", "blocks": FIELDS})
    await meeting.go(page, f"/as/{mara}/home")

    async def told(action_id: str) -> Json:
        def newest() -> Json | None:
            actions = [each.body["actions"][0] for each in workspace.deliveries.of("block_actions")]
            return next((each for each in reversed(actions) if each["action_id"] == action_id), None)

        found: Json = await workspace.until(newest)
        return found

    await page.get_by_label("Question").fill("why?")
    await page.get_by_label("Question").press("Enter")
    assert (await told("q"))["value"] == "why?"
    await page.get_by_label("Two").check()
    assert [each["value"] for each in (await told("boxes"))["selected_options"]] == ["two"]
    await page.get_by_label("Which day").fill("2026-12-24")
    assert (await told("day"))["selected_date"] == "2026-12-24"
    await page.get_by_role("button", name="Colours").click()
    await page.get_by_role("option", name="Red").click()
    await page.get_by_role("option", name="Blue").click()
    await expect(page.get_by_role("button", name="Colours")).to_have_text("RedBlue")
    assert [each["value"] for each in (await told("colours"))["selected_options"]] == ["red", "blue"]
    await expect(page.get_by_label("Question")).to_have_value("why?")


async def test_shortcuts_the_home_tab_and_an_agents_prompts(meeting: Meeting) -> None:
    page = await meeting.window(meeting.path("mara", "help-desk"))
    await an_external_select_asks_the_app_while_typing(page)
    await the_home_tab_appears_when_the_app_publishes_it(page)
    await fields_outside_modals_tell_the_app_what_was_entered(meeting, page)
    await prompts_and_status_of_an_agent_stand_above_the_composer(meeting, page)
