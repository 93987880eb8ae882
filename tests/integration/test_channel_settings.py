"""How the bot answers in a channel: who decides it, what becomes of it, and what is recorded."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import View
from bot.domain.channels import DEFAULT_CHANNEL_SETTINGS, Audience, ChannelSettings
from bot.domain.turns import QuestionOptions
from bot.store.channels import ChannelSettingsStore
from bot.store.database import Database
from tests.house import House, house
from tests.integration.test_asking_elsewhere import fill, form, outcome, whispered


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def opened(home: House, who: str = "mara", where: str = "help-desk") -> View:
    """Open the settings of a channel as somebody who may."""
    await home.people.slash(who, where, "/ask", "settings")
    return await form(home, who)


async def saved(home: House, who: str = "mara", **entered: str | tuple[str, ...]) -> str:
    """Change the settings in front and return what the modal says in the end."""
    await fill(home, who, **entered)
    await home.people.submit_view(who)
    return await outcome(home, who)


async def decided(home: House, **entered: str | tuple[str, ...]) -> str:
    """Decide as an admin how the bot answers in #help-desk."""
    await opened(home)
    said = await saved(home, "mara", **entered)
    await home.people.close_view("mara", all_of_them=True)
    return said


async def kept(home: House, where: str = "help-desk") -> ChannelSettings:
    workspace = home.workspace
    return await home.bot.channel_settings.get(workspace.state.team.id, workspace.channel(where).id)


async def recorded_in_words(home: House) -> None:
    view = await opened(home)
    assert "Nobody has changed anything yet" in json.dumps(view.blocks)
    said = await saved(home, audience="private", unprompted="yes", mode="web_search")
    mara, channel = home.workspace.user("mara").id, home.workspace.channel("help-desk").id
    assert f"Saved for <#{channel}>" in said
    assert "privately, in a direct message to who asked" in said
    assert await kept(home) == ChannelSettings(
        audience=Audience.PRIVATE, unprompted=True, options=QuestionOptions(chat_mode="web_search")
    )
    assert await kept(home, "general") == DEFAULT_CHANNEL_SETTINGS
    await home.people.close_view("mara", all_of_them=True)
    text = json.dumps((await opened(home)).blocks, ensure_ascii=False)
    assert f"<@{mara}>, <!date^" in text
    assert "mode: Web search" in text
    assert "switched" not in text
    await home.people.close_view("mara", all_of_them=True)


async def chosen_and_told_by_name(home: House) -> None:
    view = await opened(home, where="general")
    blocks = {each.get("block_id"): each for each in view.blocks}
    model = blocks["model"]["element"]["options"][-1]
    source = blocks["sources"]["element"]["option_groups"][0]["options"][0]
    said = await saved(home, model=model["value"], sources=(source["value"],))
    assert f"model: {model['text']['text']}" in said
    assert f"only in {source['text']['text']}" in said
    found = (await kept(home, "general")).options
    assert (found.model_key, (*found.apps, *found.kb)) == (model["value"], (source["value"],))
    await home.people.close_view("mara", all_of_them=True)
    again = {each.get("block_id"): each for each in (await opened(home, where="general")).blocks}
    assert again["model"]["element"]["initial_option"]["value"] == model["value"]
    assert again["sources"]["element"]["initial_options"][0]["value"] == source["value"]
    assert "Nothing is different" in await saved(home)
    await home.people.close_view("mara", all_of_them=True)


async def kept_where_the_server_tells_nothing_just_now(home: House) -> None:
    before = await kept(home, "general")
    identity = home.installed.identities
    identity._clients.clear()
    for path in ("ai-models", "knowledgeBase", "connectors"):
        home.knowledge.faults.add(Fault(Trouble.HTML, path=path, times=None))
    view = await opened(home, where="general")
    assert "model" not in {each.get("block_id") for each in view.blocks}
    await saved(home, on="no")
    assert await kept(home, "general") == ChannelSettings(on=False, options=before.options)
    await home.people.close_view("mara", all_of_them=True)


async def changed_by_nobody_else(home: House) -> None:
    before = await kept(home)
    await home.people.slash("tomasz", "help-desk", "/ask", "settings")
    assert "admins and owners of this workspace. Please ask one" in await whispered(home, "tomasz")
    await home.settle()
    assert home.workspace.modal("tomasz") is None
    assert home.workspace.ephemerals("mara") == []
    view = await opened(home)
    view.payload["private_metadata"] = '{"v":1,"turn":"t1"}'
    assert "older message of mine" in await saved(home, on="no")
    await home.people.close_view("mara", all_of_them=True)
    await opened(home)
    home.workspace.user("mara").is_admin = False
    assert "admins and owners" in await saved(home, on="no")
    assert await kept(home) == before


async def test_an_admin_decides_and_everything_is_recorded_in_words(home: House) -> None:
    await recorded_in_words(home)
    await chosen_and_told_by_name(home)
    await kept_where_the_server_tells_nothing_just_now(home)
    await changed_by_nobody_else(home)


async def test_people_named_in_a_setting_may_and_are_named_to_the_others(tmp_path: Path) -> None:
    tomasz = "U0000000002"
    async with house(tmp_path, admin_users=frozenset({tomasz})) as home:
        assert home.workspace.user("tomasz").id == tomasz
        await opened(home, "tomasz")
        assert "Saved" in await saved(home, "tomasz", on="no")
        await home.people.slash("jonas", "help-desk", "/ask", "settings")
        assert f"<@{tomasz}>" in await whispered(home, "jonas")


async def test_where_nobody_is_known_as_an_admin_there_are_no_settings(home: House) -> None:
    direct = home.workspace.direct_message("mara").id
    await home.people.slash("mara", direct, "/ask", "settings")
    assert "Only channels have settings" in await whispered(home)
    home.workspace.faults.add(SlackFault("users.info", times=None, status=503))
    await home.people.slash("mara", "help-desk", "/ask", "settings")
    assert "Slack is not answering" in await whispered(home, number=2)
    assert home.workspace.modal("mara") is None


async def test_the_newest_changes_come_first_and_none_is_lost(database: Database) -> None:
    channel_settings = ChannelSettingsStore(database)
    off = ChannelSettings(on=False, options=QuestionOptions(apps=("a1",), kb=("k1",)))
    first = await channel_settings.change("T1", "C1", "U1", off, {"a1": "Wiki"})
    assert first is not None
    assert await channel_settings.change("T1", "C1", "U2", off, {}) is None
    second = await channel_settings.change("T1", "C1", "U2", DEFAULT_CHANNEL_SETTINGS, {})
    assert await channel_settings.changes("T1", "C1", 5) == (second, first)
    assert await channel_settings.changes("T1", "C1", 1) == (second,)
    assert await channel_settings.get("T2", "C1") == DEFAULT_CHANNEL_SETTINGS
    assert await channel_settings.changes("T2", "C1", 5) == ()
