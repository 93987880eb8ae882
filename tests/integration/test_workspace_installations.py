"""Several workspaces behind one API: installing an app in them, rotating its tokens, removing it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import httpx
import pytest

from bot.demo.workspace.model import NotPossible
from tests.integration.installing_slack import BACK, GLOBEX, SCOPES, Installing, listening, served

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
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{two.server.url}/oauth/v2/authorize", params=query)
    assert (answer.status_code, answer.text) == (400, word)


async def test_a_consent_counts_only_on_the_page_itself(two: Installing) -> None:
    query = {"client_id": two.app.client_id, "redirect_uri": BACK, "state": "s", "scope": SCOPES}
    async with httpx.AsyncClient(headers={"Origin": "https://elsewhere.example"}) as browser:
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
    async with listening(two), httpx.AsyncClient() as app:
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
