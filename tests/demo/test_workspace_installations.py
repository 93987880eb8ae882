"""Apps are installed in workspaces and organizations, as an admin's browser and an app's code meet it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.model import Enterprise, Json, NotPossible, Team
from bot.demo.workspace.options import NONE, Command, Options
from bot.demo.workspace.server import WorkspaceServer

BACK = "http://127.0.0.1:9/slack/oauth_redirect"
SCOPES = "app_mentions:read,channels:history,channels:read,chat:write,users:read"
GLOBEX = Team("T0GLOBEX1", "Globex", "globex")


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


class Installing:
    """A served Slack, and what admins and the app do to it."""

    def __init__(self, server: WorkspaceServer, clock: Moment) -> None:
        self.server = server
        self.clock = clock
        self.app = server.workspace.app

    def client(self, token: str | None = None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=self.server.api_url)

    async def consent(self, place: str, decision: str = "allow", scope: str = SCOPES) -> dict[str, str]:
        """Decide on the consent page; returns what the app's address is told."""
        query = {"client_id": self.app.client_id, "redirect_uri": BACK, "state": "s", "scope": scope}
        async with httpx.AsyncClient(verify=False) as browser:
            address = httpx.URL(f"{self.server.url}/oauth/v2/authorize", params=query)
            assert (await browser.get(address)).status_code == 200
            sent = await browser.post(address, data={"team": place, "decision": decision})
        there = urlsplit(sent.headers["Location"])
        assert there.geturl().startswith(BACK)
        return {name: value for name, (value,) in parse_qs(there.query).items()}

    async def exchange(self, **arguments: Any) -> Json:
        answer = await self.client().oauth_v2_access(
            client_id=self.app.client_id,
            client_secret=self.app.client_secret,
            **{"redirect_uri": BACK} | arguments,
        )
        assert isinstance(answer.data, dict)
        return answer.data

    async def install(self, place: str, scope: str = SCOPES) -> Json:
        return await self.exchange(code=(await self.consent(place, scope=scope))["code"])

    async def refused(self, **arguments: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await self.exchange(**arguments)
        return str(caught.value.response["error"])

    async def says(self, token: str, method: str = "auth.test", **arguments: Any) -> Json:
        """Call a method and return its answer, an error's too."""
        try:
            answer = await self.client(token).api_call(method, params=arguments)
        except SlackApiError as error:
            answer = error.response
        assert isinstance(answer.data, dict)
        return answer.data


@asynccontextmanager
async def served(*others: Json, **changes: Any) -> AsyncIterator[Installing]:
    """Serve Larkfield and other workspaces, the app in none of them."""
    clock = Moment()
    first = Options(
        clock=clock, installed=False, limits=NONE, time_scale=0.001, commands=(Command("/ask"),), **changes
    )
    beside = [replace(first, **each) for each in others]
    async with WorkspaceServer.running(first, others=beside) as server:
        yield Installing(server, clock)


@asynccontextmanager
async def listening(slack: Installing) -> AsyncIterator[list[Json]]:
    """Be the app's request URL; returns the events that come in."""
    came: list[Json] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.json() if request.content_type == "application/json" else {})
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield came
    finally:
        await runner.cleanup()


HALF_A_DAY = 43_200.0


@pytest.fixture
async def two() -> AsyncIterator[Installing]:
    async with served({"team": GLOBEX}, token_lifetime=HALF_A_DAY) as slack:
        yield slack


async def test_the_token_of_an_installation_is_for_its_workspace_alone(two: Installing) -> None:
    here, there = await two.install("T0ACME001"), await two.install("T0GLOBEX1")
    assert [each["team"]["name"] for each in (here, there)] == ["Larkfield", "Globex"]
    assert here["bot_user_id"] == there["bot_user_id"]
    general = two.server.workspace.channel("general").id
    await two.client(there["access_token"]).chat_postMessage(channel=general, text="hello")
    larkfield, globex = two.server.slack.workspaces
    assert [each.text for each in globex.messages(general)] == ["hello"]
    assert larkfield.messages(general) == []
    assert [len(each.calls.of("chat.postMessage")) for each in (larkfield, globex)] == [0, 1]


async def test_a_permission_that_was_not_asked_for_is_missing(two: Installing) -> None:
    installed = await two.install("T0GLOBEX1", scope="users:read")
    assert installed["scope"] == "users:read"
    answer = await two.says(installed["access_token"], "chat.postMessage", channel="C1", text="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    again = await two.install("T0GLOBEX1", scope="chat:write")
    assert again["scope"] == "chat:write,users:read"


async def test_an_app_nobody_installed_hears_nothing_and_can_do_nothing(two: Installing) -> None:
    workspace = two.server.workspace
    async with listening(two) as came:
        await workspace.people.post("mara", "general", "@pipeshub are you there?")
        with pytest.raises(NotPossible):
            await workspace.people.slash("mara", "general", "/ask", "anybody?")
    assert came == []
    assert (await two.says(workspace.options.bot_token))["error"] == "invalid_auth"


async def test_events_of_both_workspaces_reach_the_one_request_url(two: Installing) -> None:
    for place in ("T0ACME001", "T0GLOBEX1"):
        await two.install(place)
    async with listening(two) as came:
        for workspace in two.server.slack.workspaces:
            await workspace.people.post("mara", "general", "@pipeshub hello")
            await workspace.until(workspace.deliveries.settled)
    mentions = [each for each in came if each["event"]["type"] == "app_mention"]
    assert [each["team_id"] for each in mentions] == ["T0ACME001", "T0GLOBEX1"]
    assert [each["authorizations"][0]["team_id"] for each in mentions] == ["T0ACME001", "T0GLOBEX1"]
    assert len({each["event"]["channel"] for each in mentions}) == 1
    assert len({each["event_id"] for each in came}) == len(came)
    assert {each["api_app_id"] for each in came} == {two.app.id}


async def test_who_cancels_is_sent_back_with_the_reason(two: Installing) -> None:
    assert await two.consent("T0ACME001", "cancel") == {"error": "access_denied", "state": "s"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"client_id": "1.1"}, "invalid_client_id"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "chat:writ"}, "invalid_scope"),
        ({"user_scope": "search:read"}, "invalid_scope"),
        ({"redirect_uri": "javascript:alert(1)"}, "bad_redirect_uri"),
    ],
)
async def test_a_wrong_link_is_told_in_slacks_word(
    two: Installing, change: dict[str, str], word: str
) -> None:
    query = {"client_id": two.app.client_id, "redirect_uri": BACK, "state": "s", "scope": SCOPES} | change
    async with httpx.AsyncClient(verify=False) as browser:
        answer = await browser.get(f"{two.server.url}/oauth/v2/authorize", params=query)
    assert (answer.status_code, answer.text) == (400, word)


async def test_a_consent_counts_only_on_the_page_itself(two: Installing) -> None:
    query = {"client_id": two.app.client_id, "redirect_uri": BACK, "state": "s", "scope": SCOPES}
    async with httpx.AsyncClient(verify=False, headers={"Origin": "https://elsewhere.example"}) as browser:
        address = httpx.URL(f"{two.server.url}/oauth/v2/authorize", params=query)
        answer = await browser.post(address, data={"team": "T0ACME001", "decision": "allow"})
    assert answer.status_code == 403


async def test_a_code_works_once_for_ten_minutes_at_its_own_address(two: Installing) -> None:
    code = (await two.consent("T0ACME001"))["code"]
    assert await two.refused(code="made-up") == "invalid_code"
    assert await two.refused(code=code, redirect_uri=f"{BACK}/") == "bad_redirect_uri"
    assert await two.refused(code=code, redirect_uri=None) == "bad_redirect_uri"
    assert (await two.exchange(code=code))["ok"]
    assert await two.refused(code=code) == "code_already_used"
    late = (await two.consent("T0ACME001"))["code"]
    two.clock.now += 600
    assert await two.refused(code=late) == "invalid_code"


async def test_the_client_can_say_who_it_is_by_basic_auth(two: Installing) -> None:
    code = (await two.consent("T0ACME001"))["code"]
    fields = {"code": code, "redirect_uri": BACK}
    address = f"{two.server.api_url}oauth.v2.access"
    async with aiohttp.ClientSession() as session:
        for secret, error in (("wrong", "bad_client_secret"), (two.app.client_secret, None)):
            headers = {"Authorization": aiohttp.encode_basic_auth(two.app.client_id, secret)}
            async with session.post(address, data=fields, headers=headers) as response:
                assert (await response.json()).get("error") == error


async def test_an_expired_token_is_refreshed_and_the_refresh_token_works_once(two: Installing) -> None:
    installed = await two.install("T0GLOBEX1")
    assert installed["expires_in"] == HALF_A_DAY
    refreshing = {"grant_type": "refresh_token", "refresh_token": installed["refresh_token"]}
    fresh = await two.exchange(**refreshing)
    assert fresh["team"]["id"] == "T0GLOBEX1"
    assert "authed_user" not in fresh
    assert await two.refused(**refreshing) == "invalid_refresh_token"
    assert (await two.says(installed["access_token"]))["ok"]
    two.clock.now += HALF_A_DAY
    assert (await two.says(installed["access_token"]))["error"] == "token_expired"
    newest = await two.exchange(grant_type="refresh_token", refresh_token=fresh["refresh_token"])
    assert (await two.says(newest["access_token"]))["team_id"] == "T0GLOBEX1"
    assert await two.refused(grant_type="password") == "invalid_grant_type"


async def test_tokens_can_be_made_to_expire_at_once(two: Installing) -> None:
    installed = await two.install("T0ACME001")
    two.app.tokens.expire()
    assert (await two.says(installed["access_token"]))["error"] == "token_expired"
    fresh = await two.exchange(grant_type="refresh_token", refresh_token=installed["refresh_token"])
    assert (await two.says(fresh["access_token"]))["ok"]


async def test_removing_the_app_from_one_workspace_leaves_the_other_whole(two: Installing) -> None:
    here, there = await two.install("T0ACME001"), await two.install("T0GLOBEX1")
    workspace = two.server.workspace
    async with listening(two) as came:
        await workspace.people.uninstall_app("mara")
        await workspace.people.post("mara", "general", "@pipeshub still there?")
        await workspace.until(workspace.deliveries.settled)
    assert [each["event"]["type"] for each in came] == ["tokens_revoked", "app_uninstalled"]
    assert came[0]["event"]["tokens"] == {"oauth": [], "bot": [here["bot_user_id"]]}
    assert [(each["team_id"], "authorizations" in each) for each in came] == [("T0ACME001", False)] * 2
    assert (await two.says(here["access_token"]))["error"] == "account_inactive"
    refreshing = {"grant_type": "refresh_token", "refresh_token": here["refresh_token"]}
    assert await two.refused(**refreshing) == "invalid_refresh_token"
    assert (await two.says(there["access_token"]))["ok"]


async def test_an_app_installed_again_is_heard_again(two: Installing) -> None:
    old = await two.install("T0ACME001")
    workspace = two.server.workspace
    await workspace.people.uninstall_app("mara")
    new = await two.install("T0ACME001", scope="app_mentions:read,channels:history")
    assert (await two.says(new["access_token"]))["ok"]
    assert new["scope"] == "app_mentions:read,channels:history"
    assert (await two.says(old["access_token"]))["error"] == "token_revoked"
    async with listening(two) as came:
        await workspace.people.post("mara", "general", "@pipeshub welcome back")
        await workspace.until(lambda: came)


@pytest.mark.parametrize("method", ["auth.revoke", "apps.uninstall"])
async def test_the_app_can_leave_by_itself(two: Installing, method: str) -> None:
    here, there = await two.install("T0ACME001"), await two.install("T0GLOBEX1")
    client = {"client_id": two.app.client_id, "client_secret": two.app.client_secret}
    assert (await two.says(here["access_token"], method, **client))["ok"]
    told = [each.name for each in two.server.workspace.deliveries.log]
    assert told == ["tokens_revoked", "app_uninstalled"]
    assert (await two.says(here["access_token"]))["error"] == "account_inactive"
    assert (await two.says(there["access_token"]))["ok"]


async def test_the_app_stays_while_one_of_its_tokens_works(two: Installing) -> None:
    first, second = await two.install("T0ACME001"), await two.install("T0ACME001")
    await two.says(first["access_token"], "auth.revoke")
    assert [each.name for each in two.server.workspace.deliveries.log] == ["tokens_revoked"]
    assert (await two.says(first["access_token"]))["error"] == "token_revoked"
    assert (await two.says(second["access_token"]))["ok"]


async def test_a_response_url_leads_to_its_own_workspace(two: Installing) -> None:
    for place in ("T0ACME001", "T0GLOBEX1"):
        await two.install(place)
    globex = two.server.slack.team("T0GLOBEX1")
    async with listening(two), httpx.AsyncClient(verify=False) as app:
        pressed = await globex.people.slash("mara", "general", "/ask", "x")
        url = pressed.body["response_url"]
        elsewhere = url.replace("T0GLOBEX1", "T0ACME001")
        assert (await app.post(elsewhere, json={"text": "astray"})).status_code == 404
        assert (await app.post(url, json={"text": "here"})).status_code == 200
    assert [each.text for each in globex.ephemerals("mara")] == ["here"]


async def test_an_installation_outlives_a_restart_and_so_does_its_end(tmp_path: Path) -> None:
    async with served(data=tmp_path) as slack:
        token = (await slack.install("T0ACME001"))["access_token"]
    async with served(data=tmp_path) as slack:
        assert (await slack.says(token))["ok"]
        assert slack.app.is_installed
        await slack.server.workspace.people.uninstall_app("mara")
    async with served(data=tmp_path) as slack:
        assert (await slack.says(token))["error"] == "account_inactive"
        assert not slack.app.is_installed


async def test_events_of_both_workspaces_come_over_the_same_socket(two: Installing) -> None:
    for place in ("T0ACME001", "T0GLOBEX1"):
        await two.install(place)
    opened = await two.client().apps_connections_open(app_token=two.app.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        for workspace in two.server.slack.workspaces:
            await workspace.people.post("mara", "general", "good morning")
            envelope = await socket.receive_json()
            assert envelope["payload"]["team_id"] == workspace.state.team.id
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await workspace.until(workspace.deliveries.settled)


STARSHIP = Enterprise("E0STARSHP", "Starship")


@pytest.fixture
async def org() -> AsyncIterator[Installing]:
    """An organization of two workspaces, and one that does not belong to it."""
    larkfield, moss = Team(enterprise=STARSHIP), Team("T0MOSS001", "Moss", "moss", STARSHIP)
    async with served({"team": moss, "first_id": 500}, {"team": GLOBEX}, team=larkfield) as slack:
        yield slack


async def test_an_organizations_token_works_in_its_workspaces_and_no_other(org: Installing) -> None:
    installed = await org.install(STARSHIP.id)
    assert (installed["team"], installed["is_enterprise_install"]) == (None, True)
    assert installed["enterprise"] == {"id": "E0STARSHP", "name": "Starship"}
    token = installed["access_token"]
    larkfield, moss, globex = org.server.slack.workspaces
    assert larkfield.app.bot_user == moss.app.bot_user == installed["bot_user_id"]
    channel = moss.channel("general").id
    assert (await org.says(token, "chat.postMessage", channel=channel, text="hello"))["ok"]
    assert [each.text for each in moss.messages("general")] == ["hello"]
    assert larkfield.messages("general") == []
    assert not globex.app.is_installed
    names = await org.says(token, "users.list", team_id="T0MOSS001")
    assert {each["team_id"] for each in names["members"]} == {"T0MOSS001"}
    assert (await org.says(token, "users.list"))["error"] == "missing_argument"
    assert (await org.says(token, "users.list", team_id="T0GLOBEX1"))["error"] == "team_access_not_granted"
    assert (await org.says(token))["team_id"] == STARSHIP.id


async def test_what_happens_in_an_organization_names_it(org: Installing) -> None:
    await org.install(STARSHIP.id)
    moss = org.server.slack.team("T0MOSS001")
    async with listening(org) as came:
        await moss.people.post("mara", "general", "@pipeshub hello")
        command = (await moss.people.slash("mara", "general", "/ask", "x")).body
        await moss.until(moss.deliveries.settled)
    [mention] = [each for each in came if each and each["event"]["type"] == "app_mention"]
    assert (mention["team_id"], mention["enterprise_id"]) == ("T0MOSS001", STARSHIP.id)
    [authorization] = mention["authorizations"]
    assert (authorization["enterprise_id"], authorization["is_enterprise_install"]) == (STARSHIP.id, True)
    assert (command["team_id"], command["enterprise_id"]) == ("T0MOSS001", STARSHIP.id)
    assert command["is_enterprise_install"] == "true"


async def test_a_press_in_an_organization_tells_the_workspace_by_its_user(org: Installing) -> None:
    token = (await org.install(STARSHIP.id))["access_token"]
    moss = org.server.slack.team("T0MOSS001")
    label = {"type": "plain_text", "text": "Go"}
    block = {"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": label}]}
    modal = {"type": "modal", "title": label, "blocks": [{"type": "divider"}]}
    sent = await org.client(token).chat_postMessage(
        channel=moss.channel("general").id, text="x", blocks=[block]
    )
    async with listening(org):
        pressed = (await moss.people.press("mara", ("general", sent["ts"]), "go")).body
    assert (pressed["team"], pressed["is_enterprise_install"]) == (None, True)
    assert pressed["user"]["team_id"] == "T0MOSS001"
    shown = await org.client(token).views_open(trigger_id=pressed["trigger_id"], view=modal)
    assert (shown["view"]["team_id"], shown["view"]["app_installed_team_id"]) == ("T0MOSS001", STARSHIP.id)
    assert moss.modal("mara") is not None


async def test_only_the_organization_can_remove_what_it_installed(org: Installing) -> None:
    token = (await org.install(STARSHIP.id))["access_token"]
    larkfield, moss, _ = org.server.slack.workspaces
    with pytest.raises(NotPossible):
        await moss.people.uninstall_app("mara")
    async with listening(org) as came:
        org.server.slack.uninstall_org(STARSHIP.id)
        await larkfield.until(larkfield.deliveries.settled)
    assert [each["event"]["type"] for each in came] == ["tokens_revoked", "app_uninstalled"]
    assert [(each["team_id"], each["enterprise_id"]) for each in came] == [(STARSHIP.id, STARSHIP.id)] * 2
    assert (await org.says(token))["error"] == "account_inactive"
    assert not moss.app.is_installed
    with pytest.raises(NotPossible):
        org.server.slack.uninstall_org(STARSHIP.id)


async def test_a_workspace_of_an_organization_can_install_the_app_for_itself(org: Installing) -> None:
    await org.install(STARSHIP.id)
    org.server.slack.uninstall_org(STARSHIP.id)
    installed = await org.install("T0MOSS001")
    assert (installed["team"]["id"], installed["enterprise"]["id"]) == ("T0MOSS001", STARSHIP.id)
    assert installed["is_enterprise_install"] is False
    assert (await org.says(installed["access_token"]))["team_id"] == "T0MOSS001"
    assert not org.server.workspace.app.is_installed


async def test_an_organization_leaves_what_a_workspace_of_it_installed_for_itself(org: Installing) -> None:
    everywhere = (await org.install(STARSHIP.id))["access_token"]
    own = (await org.install("T0MOSS001"))["access_token"]
    org.server.slack.uninstall_org(STARSHIP.id)
    assert (await org.says(everywhere))["error"] == "account_inactive"
    assert (await org.says(own))["team_id"] == "T0MOSS001"
