"""An app that is installed for a whole organization: one token, told of every workspace of it."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.workspace.model import Enterprise, NotPossible, Team
from tests.integration.installing_slack import GLOBEX, Installing, listening, served

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
