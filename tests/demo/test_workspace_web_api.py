"""slack-sdk calls the local workspace as it calls Slack."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.options import NONE, PUBLISHED, Options, RateLimits
from bot.demo.workspace.server import WorkspaceServer

BUTTON = {
    "type": "button",
    "action_id": "go",
    "text": {"type": "plain_text", "text": "Go"},
}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "One"}, "blocks": [{"type": "divider"}]}


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
async def server(clock: Moment) -> AsyncIterator[WorkspaceServer]:
    options = Options(limits=NONE, events=frozenset(), clock=clock, ack_timeout=0.2)
    async with WorkspaceServer.running(options) as running:
        yield running


@pytest.fixture
def client(server: WorkspaceServer) -> AsyncWebClient:
    return AsyncWebClient(token=server.workspace.options.bot_token, base_url=server.api_url)


async def refused(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    response: dict[str, Any] = caught.value.response.data
    return response


async def test_auth_test_names_the_bot_and_its_scopes(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == server.workspace.bot.id
    assert answer["bot_id"] == server.workspace.app.bot_id
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_call_needs_a_good_token(server: WorkspaceServer, token: str, error: str) -> None:
    answer = await refused(AsyncWebClient(token=token, base_url=server.api_url).users_list())
    assert answer["error"] == error


async def test_the_token_may_stand_among_the_arguments(server: WorkspaceServer) -> None:
    nameless = AsyncWebClient(base_url=server.api_url)
    assert (await nameless.auth_test(token=server.workspace.options.bot_token))["ok"]


async def test_an_app_token_opens_connections_and_nothing_else(server: WorkspaceServer) -> None:
    app = AsyncWebClient(token=server.workspace.options.app_token, base_url=server.api_url)
    opened = await app.apps_connections_open(app_token=server.workspace.options.app_token)
    assert opened["url"].startswith("ws://127.0.0.1")
    assert (await refused(app.auth_test()))["error"] == "not_allowed_token_type"


async def test_an_unknown_method_is_named_as_such(client: AsyncWebClient) -> None:
    assert (await refused(client.api_call("chat.shout")))["error"] == "unknown_method"


async def test_a_missing_scope_is_named_with_what_is_there(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    server.workspace.app.scopes = {"users:read"}
    answer = await refused(client.chat_postMessage(channel="#general", text="hi"))
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "users:read",
    )


async def test_a_message_is_posted_read_changed_and_deleted(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    general = server.workspace.channel("general").id
    posted = await client.chat_postMessage(channel="#general", text="hello", thread_ts=None)
    assert posted["channel"] == general
    assert posted["message"]["bot_id"] == server.workspace.app.bot_id
    reply = await client.chat_postMessage(channel=general, text="a reply", thread_ts=posted["ts"])
    deeper = await client.chat_postMessage(channel=general, text="another", thread_ts=reply["ts"])
    assert deeper["message"]["thread_ts"] == posted["ts"]
    thread = (await client.conversations_replies(channel=general, ts=posted["ts"]))["messages"]
    assert [each["text"] for each in thread] == ["hello", "a reply", "another"]
    assert thread[0]["reply_count"] == 2
    assert thread[0]["latest_reply"] == deeper["ts"]
    await client.chat_update(channel=general, ts=posted["ts"], text="changed")
    history = (await client.conversations_history(channel=general))["messages"]
    assert [each["text"] for each in history] == ["changed"]
    await client.chat_delete(channel=general, ts=reply["ts"])
    assert [each.text for each in server.workspace.thread("general", posted["ts"])] == ["changed", "another"]


async def test_what_the_bot_may_not_write_is_refused_in_slacks_words(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    general, random = workspace.channel("general").id, workspace.channel("random").id
    theirs = await workspace.people.post("mara", "general", "mine")
    refusals = {
        "channel_not_found": client.chat_postMessage(channel="C404", text="x"),
        "not_in_channel": client.chat_postMessage(channel=random, text="x"),
        "no_text": client.chat_postMessage(channel=general, text=""),
        "msg_too_long": client.chat_postMessage(channel=general, text="x" * 40_001),
        "message_not_found": client.chat_update(channel=general, ts="1.2", text="x"),
        "cant_update_message": client.chat_update(channel=general, ts=theirs, text="x"),
        "cant_delete_message": client.chat_delete(channel=general, ts=theirs),
        "markdown_text_conflict": client.chat_postMessage(channel=general, text="x", markdown_text="y"),
        "invalid_blocks_format": client.chat_postMessage(channel=general, text="x", blocks="{"),
        "user_not_in_channel": client.chat_postEphemeral(channel=general, user="U404", text="x"),
    }
    for error, call in refusals.items():
        assert (await refused(call))["error"] == error
    await workspace.people.archive("mara", "general")
    assert (await refused(client.chat_postMessage(channel=general, text="x")))["error"] == "is_archived"


async def test_wrong_blocks_are_named_by_their_place(server: WorkspaceServer, client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    answer = await refused(client.chat_postMessage(channel="#general", text="x", blocks=blocks))
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_an_older_workspace_refuses_blocks_it_does_not_know(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    server.workspace.app.refused_blocks = {"markdown"}
    blocks = [{"type": "markdown", "text": "# hi"}]
    answer = await refused(client.chat_postMessage(channel="#general", text="x", blocks=blocks))
    assert answer["errors"] == ["unsupported type: markdown [json-pointer:/blocks/0/type]"]


async def test_an_ephemeral_message_is_seen_by_one_and_changed_by_nobody(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    general, mara = workspace.channel("general").id, workspace.user("mara").id
    sent = await client.chat_postEphemeral(channel=general, user=mara, text="only you")
    assert [each.text for each in workspace.ephemerals("mara")] == ["only you"]
    assert workspace.ephemerals("jonas") == []
    gone = await refused(client.chat_update(channel=general, ts=sent["message_ts"], text="x"))
    assert gone["error"] == "message_not_found"


async def test_a_stream_grows_ends_and_can_then_be_edited(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    ts = await workspace.people.post("mara", "help-desk", "@pipeshub hi")
    channel = workspace.channel("help-desk").id
    stream = await client.chat_stream(
        channel=channel,
        thread_ts=ts,
        recipient_user_id=workspace.user("mara").id,
        recipient_team_id=workspace.state.team.id,
        buffer_size=1,
    )
    await stream.append(markdown_text="**Forty")
    written = workspace.thread(channel, ts)[-1]
    assert written.streaming
    assert (await refused(client.chat_update(channel=channel, ts=written.ts, text="x")))["error"] == (
        "streaming_state_conflict"
    )
    await stream.append(markdown_text="-two**")
    await stream.stop(blocks=[{"type": "actions", "elements": [BUTTON]}])
    assert not written.streaming
    assert written.text == "**Forty-two**"
    assert [each["type"] for each in written.blocks] == ["markdown", "actions"]
    late = await refused(client.chat_appendStream(channel=channel, ts=written.ts, markdown_text="!"))
    assert late["error"] == "message_not_in_streaming_state"
    assert (await client.chat_update(channel=channel, ts=written.ts, text="edited"))["ok"]


async def test_a_stream_ends_by_itself_after_five_minutes(
    server: WorkspaceServer, client: AsyncWebClient, clock: Moment
) -> None:
    workspace = server.workspace
    channel = workspace.direct_message("mara").id
    ts = await workspace.people.post("mara", channel, "hi")
    started = await client.chat_startStream(channel=channel, thread_ts=ts, markdown_text="a")
    clock.now += 299
    await client.chat_appendStream(channel=channel, ts=started["ts"], markdown_text="b")
    clock.now += 2
    answer = await refused(client.chat_appendStream(channel=channel, ts=started["ts"], markdown_text="c"))
    assert answer["error"] == "message_not_in_streaming_state"
    assert (await client.chat_update(channel=channel, ts=started["ts"], text="abc"))["ok"]


async def test_tasks_and_plans_of_a_stream_become_blocks(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    channel = workspace.direct_message("mara").id
    ts = await workspace.people.post("mara", channel, "hi")
    task = {"type": "task_update", "id": "1", "title": "Searching", "status": "in_progress"}
    started = await client.chat_startStream(channel=channel, thread_ts=ts, chunks=[task])
    chunks = [task | {"status": "complete"}, {"type": "plan_update", "title": "Plan"}]
    await client.chat_appendStream(channel=channel, ts=started["ts"], chunks=chunks)
    (plan,) = workspace.message(channel, started["ts"]).blocks
    assert plan["title"] == "Plan"
    assert [each["status"] for each in plan["tasks"]] == ["complete"]


async def test_streaming_into_a_channel_names_its_reader(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    ts = await server.workspace.people.post("mara", "help-desk", "hi")
    channel = server.workspace.channel("help-desk").id
    answer = await refused(client.chat_startStream(channel=channel, thread_ts=ts))
    assert answer["error"] == "missing_recipient_user_id"


async def test_a_workspace_can_be_without_streaming(server: WorkspaceServer, client: AsyncWebClient) -> None:
    server.workspace.app.streaming = False
    answer = await refused(client.chat_startStream(channel="C1", thread_ts="1.2"))
    assert answer["error"] == "feature_not_enabled"


async def test_channels_are_listed_page_by_page(client: AsyncWebClient) -> None:
    names: list[str] = []
    async for page in await client.conversations_list(limit=2, types="public_channel,private_channel"):
        names += [each["name"] for each in page["channels"]]
    assert names == ["general", "help-desk", "engineering", "random", "leads"]


async def test_the_bot_joins_a_channel_and_opens_direct_messages(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    random = workspace.channel("random")
    await client.conversations_join(channel=random.id)
    assert workspace.bot.id in random.members
    opened = await client.conversations_open(users=workspace.user("mara").id)
    assert opened["channel"]["id"] == workspace.direct_message("mara").id
    posted = await client.chat_postMessage(channel=workspace.user("mara").id, text="hi")
    assert posted["channel"] == opened["channel"]["id"]
    several = f"{workspace.user('mara').id},{workspace.user('jonas').id}"
    together = await client.conversations_open(users=several, return_im=True)
    assert together["channel"]["is_mpim"]


async def test_people_are_found_by_id_and_by_email(server: WorkspaceServer, client: AsyncWebClient) -> None:
    mara = server.workspace.user("mara")
    assert (await client.users_info(user=mara.id))["user"]["profile"]["email"] == mara.email
    assert (await client.users_lookupByEmail(email=mara.email))["user"]["is_admin"]
    assert (await refused(client.users_info(user="U404")))["error"] == "user_not_found"
    assert (await refused(client.users_lookupByEmail(email="x@y.example")))["error"] == "users_not_found"
    profile = await client.users_profile_get(user=mara.id)
    assert profile["profile"]["real_name"] == "Mara Lindqvist"
    channels = await client.users_conversations(user=mara.id)
    assert [each["name"] for each in channels["channels"]] == ["general", "help-desk", "engineering"]


async def test_a_reaction_is_added_once(server: WorkspaceServer, client: AsyncWebClient) -> None:
    channel = server.workspace.channel("general").id
    ts = await server.workspace.people.post("mara", channel, "hi")
    await client.reactions_add(channel=channel, timestamp=ts, name="eyes")
    again = await refused(client.reactions_add(channel=channel, timestamp=ts, name="eyes"))
    assert again["error"] == "already_reacted"
    got = await client.reactions_get(channel=channel, timestamp=ts)
    assert got["message"]["reactions"][0]["count"] == 1
    await client.reactions_remove(channel=channel, timestamp=ts, name="eyes")
    gone = await refused(client.reactions_remove(channel=channel, timestamp=ts, name="eyes"))
    assert gone["error"] == "no_reaction"


async def test_a_trigger_works_once_and_for_three_seconds(
    server: WorkspaceServer, client: AsyncWebClient, clock: Moment
) -> None:
    workspace = server.workspace
    mara = workspace.user("mara").id
    trigger = workspace.triggers.issue(mara)
    await client.views_open(trigger_id=trigger, view=MODAL)
    assert (await refused(client.views_open(trigger_id=trigger, view=MODAL)))[
        "error"
    ] == "exchanged_trigger_id"
    late = workspace.triggers.issue(mara)
    clock.now += 4
    assert (await refused(client.views_open(trigger_id=late, view=MODAL)))["error"] == "expired_trigger_id"
    assert (await refused(client.views_open(trigger_id="1.2", view=MODAL)))["error"] == "invalid_trigger_id"


async def test_modals_stack_three_deep_and_know_each_other(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    mara = workspace.user("mara").id
    opened = (await client.views_open(trigger_id=workspace.triggers.issue(mara), view=MODAL))["view"]
    for _ in range(2):
        trigger = workspace.triggers.issue(mara, opened["id"])
        pushed = (await client.views_push(trigger_id=trigger, view=MODAL))["view"]
    assert pushed["root_view_id"] == opened["id"]
    too_deep = workspace.triggers.issue(mara, opened["id"])
    assert (await refused(client.views_push(trigger_id=too_deep, view=MODAL)))[
        "error"
    ] == "push_limit_reached"
    await workspace.people.close_view("mara")
    assert len(workspace.modals("mara")) == 2


async def test_a_view_is_not_updated_over_a_newer_one(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    trigger = workspace.triggers.issue(workspace.user("mara").id)
    opened = (await client.views_open(trigger_id=trigger, view=MODAL | {"external_id": "mine"}))["view"]
    updated = await client.views_update(external_id="mine", hash=opened["hash"], view=MODAL)
    assert updated["view"]["id"] == opened["id"]
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert (await refused(stale))["error"] == "hash_conflict"
    assert (await refused(client.views_update(view_id="V404", view=MODAL)))["error"] == "not_found"


async def test_a_home_tab_is_published_and_replaced(server: WorkspaceServer, client: AsyncWebClient) -> None:
    mara = server.workspace.user("mara").id
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await client.views_publish(user_id=mara, view=home)
    second = await client.views_publish(user_id=mara, view=home)
    assert first["view"]["id"] == second["view"]["id"]
    assert first["view"]["hash"] != second["view"]["hash"]
    wrong = await refused(client.views_publish(user_id=mara, view=home | {"type": "modal"}))
    assert wrong["error"] == "invalid_arguments"


async def test_a_status_shows_until_the_app_posts(server: WorkspaceServer, client: AsyncWebClient) -> None:
    workspace = server.workspace
    channel = workspace.channel("help-desk").id
    ts = await workspace.people.post("mara", channel, "hi")
    await client.assistant_threads_setStatus(channel_id=channel, thread_ts=ts, status="is thinking")
    assert workspace.status(channel, ts) == "is thinking"
    await client.chat_postMessage(channel=channel, thread_ts=ts, text="done")
    assert workspace.status(channel, ts) == ""


async def test_a_status_ends_after_two_minutes(
    server: WorkspaceServer, client: AsyncWebClient, clock: Moment
) -> None:
    workspace = server.workspace
    channel = workspace.channel("help-desk").id
    ts = await workspace.people.post("mara", channel, "hi")
    await client.assistant_threads_setStatus(channel_id=channel, thread_ts=ts, status="is thinking")
    clock.now += 121
    assert workspace.status(channel, ts) == ""


async def test_prompts_titles_and_sessions_of_an_agent(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    channel = workspace.direct_message("mara").id
    prompts = [{"title": "Holidays", "message": "How many holidays do I have?"}]
    await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
    tab = workspace.agent_thread(channel)
    assert tab is not None
    assert tab.prompts == prompts
    too_many = client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts * 5)
    assert (await refused(too_many))["error"] == "invalid_arguments"
    ts = await workspace.people.post("mara", channel, "hi")
    session = await client.agents_sessions_setStatus(
        channel_id=channel, thread_ts=ts, status="processing", title="Holidays"
    )
    assert session["status"] == "processing"
    assert "agent_session_stopped" in session["warning"]
    await client.agents_sessions_rename(channel_id=channel, thread_ts=ts, title="Days off")
    thread = workspace.agent_thread(channel, ts)
    assert thread is not None
    assert thread.title == "Days off"


async def test_limits_answer_429_with_the_seconds_to_wait(
    server: WorkspaceServer, client: AsyncWebClient, clock: Moment
) -> None:
    server.workspace.limits.limits = RateLimits({"auth.test": 2})
    await client.auth_test()
    clock.now += 10
    await client.auth_test()
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "50"
    clock.now += 50
    assert (await client.auth_test())["ok"]


async def test_a_channel_takes_one_message_a_second(
    server: WorkspaceServer, client: AsyncWebClient, clock: Moment
) -> None:
    server.workspace.limits.limits = PUBLISHED
    channel = server.workspace.channel("general").id
    for _ in range(PUBLISHED.post_burst):
        await client.chat_postMessage(channel=channel, text="x")
    assert (await refused(client.chat_postMessage(channel=channel, text="x")))["error"] == "ratelimited"
    assert (await client.chat_postMessage(channel="#help-desk", text="x"))["ok"]
    clock.now += 1
    assert (await client.chat_postMessage(channel=channel, text="x"))["ok"]


async def test_a_fault_answers_breaks_or_loses_the_answer_after_the_effect(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    faults = server.workspace.faults
    client.retry_handlers.clear()
    faults.add(Fault("chat.postMessage", error="internal_error"))
    assert (await refused(client.chat_postMessage(channel="#general", text="1")))["error"] == "internal_error"
    faults.add(Fault("chat.postMessage", status=503))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="#general", text="2")
    assert caught.value.response.status_code == 503
    faults.add(Fault("chat.postMessage", reset=True))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#general", text="3")
    faults.add(Fault("chat.postMessage", lost_response=True))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#general", text="4")
    assert [each.text for each in server.workspace.messages("general")] == ["4"]
    faults.add(Fault("*", times=None, error="fatal_error"))
    faults.clear()
    assert (await client.auth_test())["ok"]


async def test_calls_are_logged_without_the_token(server: WorkspaceServer, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="#general", text="hello")
    await refused(client.users_info(user="U404"))
    posted, asked = server.workspace.calls.of()
    assert (posted.method, posted.arguments["text"], posted.error) == ("chat.postMessage", "hello", "")
    assert asked.error == "user_not_found"
    assert server.workspace.options.bot_token not in json.dumps([posted.arguments, asked.arguments])


async def test_a_response_url_takes_five_uses_within_half_an_hour(
    server: WorkspaceServer, clock: Moment
) -> None:
    workspace = server.workspace
    channel, mara = workspace.channel("general").id, workspace.user("mara").id
    hook = AsyncWebhookClient(workspace.response_urls.issue(channel, mara))
    for number in range(5):
        assert (await hook.send(text=f"{number}")).status_code == 200
    assert (await hook.send(text="6")).status_code == 404
    assert len(workspace.ephemerals("mara")) == 5
    late = AsyncWebhookClient(workspace.response_urls.issue(channel, mara))
    clock.now += 1801
    assert (await late.send(text="late")).status_code == 404


async def test_a_response_url_replaces_and_deletes_the_message_it_came_from(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    workspace = server.workspace
    channel, mara = workspace.channel("general").id, workspace.user("mara").id
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    sent = await client.chat_postEphemeral(channel=channel, user=mara, text="?", blocks=blocks)
    pressed = await workspace.people.press("mara", (channel, sent["message_ts"]), "go")
    hook = AsyncWebhookClient(pressed.body["response_url"])
    assert pressed.body["container"]["is_ephemeral"]
    await hook.send(text="replaced", replace_original=True)
    assert [each.text for each in workspace.ephemerals("mara")] == ["replaced"]
    await hook.send(delete_original=True)
    assert workspace.ephemerals("mara") == []
    assert (await hook.send(text="x", replace_original=True)).status_code == 400


async def test_an_installation_exchanges_its_code_for_a_token(server: WorkspaceServer) -> None:
    options = server.workspace.options
    query = {"client_id": options.client_id, "redirect_uri": "http://127.0.0.1/back", "state": "s"}
    query |= {"scope": "chat:write"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{server.url}/oauth/v2/authorize",
            params=query,
            data={"decision": "allow"},
            allow_redirects=False,
        ) as response,
    ):
        code = response.headers["Location"].partition("code=")[2].partition("&")[0]
    nobody = AsyncWebClient(base_url=server.api_url)
    wrong = nobody.oauth_v2_access(client_id=options.client_id, client_secret="no", code=code)
    assert (await refused(wrong))["error"] == "bad_client_secret"
    installed = await nobody.oauth_v2_access(
        client_id=options.client_id,
        client_secret=options.client_secret,
        code=code,
        redirect_uri="http://127.0.0.1/back",
    )
    assert (await AsyncWebClient(token=installed["access_token"], base_url=server.api_url).auth_test())["ok"]
    again = nobody.oauth_v2_access(
        client_id=options.client_id, client_secret=options.client_secret, code=code
    )
    assert (await refused(again))["error"] == "code_already_used"
