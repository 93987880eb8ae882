"""What people do reaches an app as Slack's events and payloads."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.model import File, NotPossible
from bot.demo.workspace.options import NONE, Options, Person, Room, Shortcut
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Workspace

FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "rate",
            "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up"},
            "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down"},
        },
        {
            "type": "icon_button",
            "icon": "trash",
            "action_id": "bin",
            "text": {"type": "plain_text", "text": "Delete"},
        },
    ],
}


def options_of(*values: str) -> list[dict[str, Any]]:
    return [{"text": {"type": "plain_text", "text": each.title()}, "value": each} for each in values]


FORM = {
    "type": "modal",
    "callback_id": "form",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "level",
            "dispatch_action": True,
            "label": {"type": "plain_text", "text": "Level"},
            "element": {"type": "static_select", "action_id": "pick", "options": options_of("read", "write")},
        },
        {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": "Who"},
            "element": {"type": "multi_users_select", "action_id": "people"},
        },
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 5},
        },
        {
            "type": "section",
            "block_id": "where",
            "text": {"type": "mrkdwn", "text": "Where?"},
            "accessory": {"type": "external_select", "action_id": "find", "min_query_length": 0},
        },
    ],
}


class Recording:
    """An app that takes everything and answers what `answers` holds for the payload's type."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.payloads: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}

    async def receive(self, request: web.Request) -> web.Response:
        text = await request.text()
        if request.content_type == "application/json":
            self.events.append(json.loads(text)["event"])
            return web.Response()
        payload = json.loads(dict(parse_qsl(text))["payload"])
        self.payloads.append(payload)
        return web.json_response(self.answers.get(payload["type"], {}))

    def types(self) -> list[str]:
        return [each.get("subtype") or each["type"] for each in self.events]


@asynccontextmanager
async def recorded(**choices: Any) -> AsyncIterator[tuple[Workspace, Recording, AsyncWebClient]]:
    options = Options(limits=NONE, time_scale=0.0, **choices)
    app = Recording()
    web_app = web.Application()
    web_app.router.add_post("/", app.receive)
    runner = web.AppRunner(web_app, shutdown_timeout=0.2)
    async with WorkspaceServer.running(options) as server:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.workspace.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        client = AsyncWebClient(token=options.bot_token, base_url=server.api_url)
        try:
            yield server.workspace, app, client
        finally:
            await runner.cleanup()


async def opened_form(workspace: Workspace, client: AsyncWebClient) -> Any:
    trigger = workspace.triggers.issue(workspace.user("mara").id)
    await client.views_open(trigger_id=trigger, view=FORM)
    return workspace.modal("mara")


async def test_writing_editing_and_deleting_are_told_in_their_order() -> None:
    async with recorded() as (workspace, app, _):
        people = workspace.people
        ts = await people.post("mara", "#help-desk", "hello")
        reply = await people.post("jonas", "#help-desk", "hi", thread_ts=ts)
        await people.edit("mara", "help-desk", ts, "@pipeshub hello")
        await people.delete("jonas", "help-desk", reply)
        await workspace.until(workspace.deliveries.settled)
        assert app.types() == ["message", "message", "app_mention", "message_changed", "message_deleted"]
        assert app.events[1]["parent_user_id"] == workspace.user("mara").id
        assert app.events[2]["edited"]["user"] == workspace.user("mara").id
        assert app.events[3]["previous_message"]["text"] == "hello"
        assert app.events[4]["deleted_ts"] == reply


async def test_each_kind_of_channel_has_its_own_events() -> None:
    async with recorded() as (workspace, app, _):
        people = workspace.people
        direct = await people.open_direct_message("mara")
        several = await people.open_direct_message("mara", "jonas", "pipeshub")
        for channel in ("general", "leads", direct.id, several.id):
            await people.post("mara", channel, "hello")
        await workspace.until(workspace.deliveries.settled)
        kinds = [each["channel_type"] for each in app.events if each["type"] == "message"]
        assert kinds == ["channel", "group", "im", "mpim"]


async def test_the_app_hears_nothing_of_channels_it_is_not_in() -> None:
    async with recorded() as (workspace, app, _):
        await workspace.people.post("mara", "random", "@pipeshub hello")
        await workspace.people.invite("mara", "random", "pipeshub")
        await workspace.people.post("mara", "random", "@pipeshub hello")
        await workspace.people.remove("mara", "random", "pipeshub")
        await workspace.until(workspace.deliveries.settled)
        assert app.types() == [
            "member_joined_channel",
            "app_mention",
            "message",
            "member_left_channel",
        ]


async def test_a_file_arrives_with_its_message() -> None:
    async with recorded() as (workspace, app, client):
        file = File("F1", "notes.md", workspace.user("mara").id, "text/markdown", content="# Notes")
        await workspace.people.post("mara", "general", "see", files=[file])
        await workspace.until(workspace.deliveries.settled)
        assert app.types() == ["file_share"]
        assert app.events[0]["files"][0]["name"] == "notes.md"
        assert (await client.files_info(file="F1"))["file"]["mimetype"] == "text/markdown"


async def test_reactions_and_archiving_are_told() -> None:
    async with recorded() as (workspace, app, _):
        people = workspace.people
        ts = await people.post("mara", "general", "hello")
        await people.react("jonas", "general", ts, "thumbsup")
        await people.unreact("jonas", "general", ts, "thumbsup")
        await people.archive("mara", "general")
        await workspace.until(workspace.deliveries.settled)
        assert app.types() == ["message", "reaction_added", "reaction_removed", "channel_archive"]
        with pytest.raises(NotPossible, match="archived"):
            await people.post("mara", "general", "too late")


async def test_an_assistant_is_told_of_new_chats_and_of_what_is_looked_at() -> None:
    async with recorded(assistant=True) as (workspace, app, _):
        ts = await workspace.people.start_thread("mara")
        await workspace.people.look_at("mara", "general", thread_ts=ts)
        await workspace.until(workspace.deliveries.settled)
        started, changed = (each for each in app.events if "assistant_thread" in each)
        assert started["assistant_thread"]["thread_ts"] == ts
        assert changed["assistant_thread"]["context"]["channel_id"] == workspace.channel("general").id
        assert app.types()[-1] == "app_context_changed"


async def test_opening_the_app_names_the_tab() -> None:
    async with recorded() as (workspace, app, _):
        await workspace.people.open_home("mara")
        await workspace.people.open_home("mara", tab="messages")
        await workspace.until(workspace.deliveries.settled)
        assert [each["tab"] for each in app.events] == ["home", "messages"]


async def test_slacks_own_stop_ends_the_stream_and_tells_the_app() -> None:
    async with recorded() as (workspace, app, client):
        channel = workspace.direct_message("mara").id
        ts = await workspace.people.post("mara", channel, "hi")
        started = await client.chat_startStream(channel=channel, thread_ts=ts, markdown_text="a")
        await workspace.people.stop_stream("mara", channel, started["ts"])
        await workspace.until(workspace.deliveries.settled)
        (stopped,) = (each for each in app.events if each["type"] == "agent_session_stopped")
        assert stopped["streaming_message_ts"] == [started["ts"]]
        assert stopped["thread_ts"] == ts
        assert not workspace.message(channel, started["ts"]).streaming
        with pytest.raises(NotPossible):
            await workspace.people.stop_stream("mara", channel, started["ts"])


async def test_feedback_and_icon_buttons_tell_what_was_chosen() -> None:
    async with recorded() as (workspace, app, client):
        posted = await client.chat_postMessage(channel="#general", text="42", blocks=[FEEDBACK])
        spot = (posted["channel"], posted["ts"])
        await workspace.people.choose("mara", spot, "rate", "down")
        await workspace.people.choose("mara", spot, "rate", "Good")
        await workspace.people.press("mara", spot, "bin")
        actions = [each["actions"][0] for each in app.payloads]
        assert [each.get("value") for each in actions] == ["down", "up", None]
        assert actions[0]["type"] == "feedback_buttons"
        assert app.payloads[0]["message"]["ts"] == posted["ts"]
        assert app.payloads[0]["channel"]["name"] == "general"


async def test_a_button_that_is_gone_cannot_be_pressed() -> None:
    async with recorded() as (workspace, _, client):
        posted = await client.chat_postMessage(channel="#general", text="42", blocks=[FEEDBACK])
        spot = (posted["channel"], posted["ts"])
        with pytest.raises(NotPossible, match="feedback_buttons"):
            await workspace.people.press("mara", spot, "rate")
        await client.chat_update(channel=spot[0], ts=spot[1], text="gone")
        with pytest.raises(NotPossible, match="no element"):
            await workspace.people.press("mara", spot, "bin")
        with pytest.raises(NotPossible):
            await workspace.people.press("mara", (spot[0], "1.2"), "bin")


async def test_an_ephemeral_is_gone_after_a_reload() -> None:
    async with recorded() as (workspace, _, client):
        mara = workspace.user("mara").id
        sent = await client.chat_postEphemeral(channel="#general", user=mara, text="x", blocks=[FEEDBACK])
        await workspace.people.reload("mara")
        with pytest.raises(NotPossible, match="any more"):
            await workspace.people.press("mara", ("general", sent["message_ts"]), "bin")


async def test_a_form_is_filled_in_and_submitted_with_its_state() -> None:
    async with recorded() as (workspace, app, client):
        people = workspace.people
        form = await opened_form(workspace, client)
        with pytest.raises(NotPossible, match="level"):
            await people.submit_view("mara")
        assert set(form.errors) == {"level", "who"}
        told = await people.choose("mara", form, "pick", "Write")
        untold = await people.choose("mara", form, "people", workspace.user("jonas").id)
        assert told is not None
        assert untold is None
        await people.type("mara", form, "text", "longer")
        with pytest.raises(NotPossible, match="note"):
            await people.submit_view("mara")
        await people.type("mara", form, "text", "short")
        await people.submit_view("mara")
        values = app.payloads[-1]["view"]["state"]["values"]
        assert values["level"]["pick"]["selected_option"]["value"] == "write"
        assert values["who"]["people"]["selected_users"] == [workspace.user("jonas").id]
        assert values["note"]["text"]["value"] == "short"
        assert workspace.modal("mara") is None


async def test_an_external_select_offers_what_the_app_suggests() -> None:
    async with recorded() as (workspace, app, client):
        form = await opened_form(workspace, client)
        app.answers["block_suggestion"] = {"options": options_of("berlin", "bremen")}
        offered = await workspace.people.suggestions("mara", form, "find", "b")
        assert len(offered) == 2
        assert app.payloads[-1]["value"] == "b"
        await workspace.people.choose("mara", form, "find", "bremen")
        assert app.payloads[-1]["actions"][0]["selected_option"]["value"] == "bremen"
        with pytest.raises(NotPossible, match="paris"):
            await workspace.people.choose("mara", form, "find", "paris")


@pytest.mark.parametrize("action", ["update", "push"])
async def test_a_submission_can_be_answered_with_another_view(action: str) -> None:
    async with recorded() as (workspace, app, client):
        people = workspace.people
        form = await opened_form(workspace, client)
        await people.choose("mara", form, "pick", "read")
        await people.choose("mara", form, "people", workspace.user("jonas").id)
        done = {"type": "modal", "title": {"type": "plain_text", "text": "Done"}, "blocks": []}
        app.answers["view_submission"] = {"response_action": action, "view": done}
        await people.submit_view("mara")
        titles = [each.payload["title"]["text"] for each in workspace.modals("mara")]
        assert titles == (["Done"] if action == "update" else ["Form", "Done"])
        with pytest.raises(NotPossible, match="no submit button"):
            await people.submit_view("mara")


async def test_a_submission_that_is_not_acknowledged_stays_open_and_says_so() -> None:
    async with recorded() as (workspace, _, client):
        people = workspace.people
        form = await opened_form(workspace, client)
        await people.choose("mara", form, "pick", "read")
        await people.choose("mara", form, "people", workspace.user("jonas").id)
        workspace.app.request_url = "http://127.0.0.1:9/"
        delivery = await people.submit_view("mara")
        assert delivery.problem == "connection_failed"
        assert "trouble" in form.errors[""]


async def test_closing_a_form_is_told_where_the_app_asked() -> None:
    async with recorded() as (workspace, app, client):
        await opened_form(workspace, client)
        await workspace.people.close_view("mara")
        assert app.payloads[-1]["type"] == "view_closed"
        assert app.payloads[-1]["is_cleared"] is False
        with pytest.raises(NotPossible, match="no modal"):
            await workspace.people.close_view("mara")


async def test_a_shortcut_must_be_one_of_the_apps() -> None:
    async with recorded(shortcuts=(Shortcut("ask", "Ask"),)) as (workspace, app, _):
        await workspace.people.global_shortcut("mara", "ask")
        assert app.payloads[0]["type"] == "shortcut"
        assert "channel" not in app.payloads[0]
        ts = await workspace.people.post("mara", "general", "x")
        with pytest.raises(NotPossible, match="no shortcut"):
            await workspace.people.message_shortcut("mara", "general", ts, "ask")


async def test_people_do_only_what_slack_lets_them() -> None:
    people = (Person("mara", "Mara", is_admin=True), Person("gast", "Gast", is_guest=True))
    async with recorded(people=people, rooms=(Room("general", members=("mara",)),)) as (
        workspace,
        _,
        _client,
    ):
        ts = await workspace.people.post("mara", "general", "mine")
        with pytest.raises(NotPossible, match="not in general"):
            await workspace.people.post("gast", "general", "let me in")
        with pytest.raises(NotPossible, match="invitation"):
            await workspace.people.join("gast", "general")
        await workspace.people.invite("mara", "general", "gast")
        with pytest.raises(NotPossible, match="another person"):
            await workspace.people.edit("gast", "general", ts, "ours")
        with pytest.raises(NotPossible, match="another person"):
            await workspace.people.delete("gast", "general", ts)
        with pytest.raises(NotPossible, match="not a valid command"):
            await workspace.people.slash("mara", "general", "/nothing")
        with pytest.raises(NotPossible, match="no user called"):
            await workspace.people.post("nobody", "general", "x")
        with pytest.raises(NotPossible, match="not an admin"):
            await workspace.people.uninstall_app("gast")


async def test_a_guest_of_another_workspace_is_told_apart() -> None:
    people = (Person("mara", "Mara"), Person("vera", "Vera", team_id="T0OTHER"))
    rooms = (Room("shared", is_ext_shared=True),)
    async with recorded(people=people, rooms=rooms) as (workspace, app, client):
        await workspace.people.post("vera", "shared", "@pipeshub hi")
        await workspace.until(workspace.deliveries.settled)
        assert workspace.deliveries.log[0].body["is_ext_shared_channel"] is True
        assert app.events[1]["user_team"] == "T0OTHER"
        known = await client.users_info(user=workspace.user("vera").id)
        assert known["user"]["team_id"] == "T0OTHER"


async def test_a_workspace_with_a_folder_keeps_its_messages(tmp_path: Path) -> None:
    async with recorded(data=tmp_path) as (workspace, _, client):
        ts = await workspace.people.post("mara", "general", "remember")
        await workspace.people.react("jonas", "general", ts, "eyes")
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await client.views_publish(user_id=workspace.user("mara").id, view=home)
    async with recorded(data=tmp_path) as (workspace, _, client):
        (message,) = workspace.messages("general")
        assert message.text == "remember"
        assert list(message.reactions) == ["eyes"]
        assert workspace.home("mara") is not None
        assert await workspace.people.post("mara", "general", "again") > ts


async def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "workspace.json").write_text("{}", "utf-8")
    with pytest.raises(ValueError, match=r"workspace\.json"):
        async with recorded(data=tmp_path):
            pass
