"""The bot installed in two workspaces that share the ids of their channels and people."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import Table, func
from sqlmodel import SQLModel, select

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Enterprise, Message, Team
from bot.domain.errors import WrongEncryptionKey
from bot.domain.people import BotTokens, GrantedInstallation, NotInstalled
from bot.domain.turns import SERVICE_IDENTITY, Question, Thread
from bot.slack import http
from bot.slack.payloads.events import uninstalled
from bot.store.accounts import InstallationStore, TokenCipher, tables_of_workspaces
from bot.store.database import Database
from bot.store.tables import AccountRow, ChannelRow, FeedbackRow, InstallationRow, TurnRow, VersionRow
from tests.connecting import CLIENT, connect
from tests.house import House, Scene, house, shown
from tests.installing import Admin, browsing
from tests.integration.test_asking_elsewhere import fill, form, outcome
from tests.integration.test_home import pressed, showing

LEAVE = "how many days of annual leave do I have?"


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, other={}) as home:
        yield home


@pytest.fixture
async def admin(empty: House) -> AsyncIterator[Admin]:
    async with browsing(address(empty)) as admin:
        yield admin


def address(home: House) -> str:
    assert home.bot.settings.public_url is not None
    return home.bot.settings.public_url


@pytest.fixture
async def home(empty: House, admin: Admin) -> House:
    for scene in (empty, empty.other):
        await admin.installs(scene.workspace)
    return empty


async def rows(home: House, kind: Any) -> list[Any]:
    async with home.bot.database.transaction() as session:
        return list(await session.exec(select(kind)))


async def asked(scene: Scene, text: str = f"@pipeshub {LEAVE}") -> str:
    ts = await scene.ask("tomasz", text)
    assert "28 days" in shown(await scene.ending(ts))
    return ts


async def test_both_are_answered_each_in_its_own_place_and_share_nothing(home: House) -> None:
    first, second = home, home.other
    assert first.workspace.channel("help-desk").id == second.workspace.channel("help-desk").id
    ts = await asked(first)
    second.workspace.state.clock = lambda: float(ts)
    assert await second.ask("tomasz", "who brings the cake?") == ts
    await second.ask("tomasz", "and for interns?", thread_ts=ts)
    await home.people.open_home("tomasz")
    await showing(home, "tomasz", "annual leave")
    await second.people.open_home("tomasz")
    view = await showing(second, "tomasz", "Ask your company")
    await home.settle()
    assert "annual leave" not in repr(view.blocks), "the same user id"
    other_ts = await asked(second)
    assert second.replies(ts) == [], "a thread of the first"
    assert len(first.replies(ts)) == len(second.replies(other_ts)) == 1
    turns = await rows(home, TurnRow)
    assert sorted(each.workspace for each in turns) == ["T0ACME001", "T0GLOBEX1"]
    assert len({each.conversation_id for each in turns}) == 2

    await home.people.slash("mara", "help-desk", "/ask", "settings")
    await form(home)
    await fill(home, on="no")
    await home.people.submit_view("mara")
    await outcome(home)
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    await home.workspace.until(lambda: home.workspace.ephemerals("tomasz") or None)
    assert home.replies(ts) == [], "the channel is switched off"
    await asked(second)


async def test_on_answers_with_the_same_ids_a_press_and_a_thumb_count_in_their_workspace(home: House) -> None:
    moment = home.workspace.state.clock() + 60
    found: list[Message] = []
    for scene in (home, home.other):
        scene.workspace.state.clock = lambda: moment
        found += scene.replies(await asked(scene))
    answer, theirs = found
    assert (answer.channel, answer.ts, answer.thread_ts) == (theirs.channel, theirs.ts, theirs.thread_ts)

    await home.other.people.react("tomasz", "help-desk", theirs.ts, "+1")
    await home.other.workspace.until(home.other.workspace.deliveries.settled)
    await home.settle()
    (rated,) = await rows(home, FeedbackRow)
    turn = await home.bot.turns.get(rated.turn_id)
    assert turn is not None
    assert turn.question.thread.workspace == "T0GLOBEX1"

    theirs.blocks[:] = answer.blocks
    before, said = shown(answer), len(home.other.workspace.ephemerals("tomasz"))
    await home.other.press("tomasz", theirs, "Archive")
    whispers = await home.other.workspace.until(
        lambda: found if len(found := home.other.workspace.ephemerals("tomasz")) > said else None
    )
    assert "another conver" in whispers[-1].text
    assert shown(answer) == before


NO_IDS: list[object] = [None, {}, ["T0ACME001"], 7, "", "T0' OR 1=1", "x" * 5_000]


async def test_neither_what_has_no_workspace_nor_a_failure_in_the_one_is_a_matter_of_the_other(
    home: House,
) -> None:
    installed = repr(await rows(home, InstallationRow))
    for scene in (home, home.other):
        for token in scene.workspace.app.tokens.live:
            assert token not in installed

    for kind, team in itertools.product(("app_mention", "app_uninstalled"), NO_IDS):
        event = {"type": kind, "channel": "C1", "user": "U1", "text": "hi", "ts": "1.0"}
        body = {"type": "event_callback", "team_id": team, "event": event, "event_time": 9_999_999_999}
        delivery = AsyncBoltRequest(body=json.dumps(body), headers={"content-type": ["application/json"]})
        assert (await home.bot.dispatch(delivery)).status == 200
        assert len(await rows(home, InstallationRow)) == 2
        assert await rows(home, TurnRow) == []

    assert home.bot.workspaces is not None, "a farewell from before the installation"
    await home.bot.workspaces.uninstall_service.uninstall("T0GLOBEX1", time.time() - 60)
    assert not await home.bot.workspaces.installations.erase("T0GLOBEX1", time.time() - 60)

    home.workspace.app.tokens.revoke()
    await asked(home.other)
    assert await home.bot.not_ready_reasons() == []


async def test_what_is_not_allowed_forged_or_brought_back_twice_installs_and_connects_nothing(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, other={}, pipeshub_client_id=CLIENT) as home, browsing(address(home)) as admin:
        status, text = await admin.reads(await admin.decides(await admin.begins(), "T0GLOBEX1", "cancel"))
        assert (status, "You did not allow it" in text) == (400, True)

        back = await admin.decides(await admin.begins(), "T0GLOBEX1")
        async with browsing(admin.bot) as stranger:
            status, text = await stranger.reads(back)
        assert (status, "took too long" in text) == (400, True)
        status, text = await admin.reads(back)
        assert (status, "took too long" in text) == (400, True)

        state = parse_qs(urlsplit(await admin.begins()).query)["state"][0]
        status, text = await admin.reads(f"{admin.bot}/slack/oauth_redirect?code=forged&state={state}")
        assert (status, "Slack did not let me" in text) == (400, True)
        assert await rows(home, InstallationRow) == []

        state = parse_qs(urlsplit(await admin.begins()).query)["state"][0]
        forged = {http.ACCOUNT_COOKIE: admin.cookies[http.INSTALL_COOKIE]}
        for way in (state, f"install{state}"):
            back = f"{admin.bot}/pipeshub/callback?code=x&state={way}"
            status, text = await admin.reads(back, forged)
            assert (status, "Your account is not connected" in text) == (400, True)
        assert "/api/v1/oauth2/token" not in [path for _, path, _ in home.knowledge.requests]

        consent = urlsplit(await admin.begins())
        assert consent.netloc == urlsplit(home.bot.settings.slack_api_url).netloc
        assert parse_qs(consent.query)["redirect_uri"] == [f"{admin.bot}/slack/oauth_redirect"]
        await cannot_be_framed(admin.bot)


async def cannot_be_framed(bot: str) -> None:
    async with aiohttp.ClientSession() as stranger:
        for path in ("/slack/install", "/slack/oauth_redirect?error=<script>"):
            async with stranger.get(f"{bot}{path}", allow_redirects=False) as found:
                assert "<script>" not in await found.text()
                assert found.headers["Cache-Control"] == "no-store"
                assert found.headers["Referrer-Policy"] == "no-referrer"
                assert "frame-ancestors 'none'" in found.headers["Content-Security-Policy"]
            async with stranger.head(f"{bot}{path}", allow_redirects=False) as found:
                assert found.status == 405


async def test_a_row_that_belongs_to_a_workspace_says_so_or_names_its_turn() -> None:
    """What neither does is claims, which hold ids and expire by themselves."""
    tables = SQLModel.metadata.tables.values()
    assert {each.name for each in tables if not {"workspace", "turn_id"} & set(each.c.keys())} == {"claims"}


async def nothing_left(home: House, workspace: str) -> None:
    """Wait until no table holds anything of a workspace."""
    async with asyncio.timeout(10):
        while found := [table.name for table in tables_of_workspaces() if await of(home, table, workspace)]:
            assert found
            await asyncio.sleep(0.02)


async def of(home: House, table: Table, workspace: str) -> int:
    async with home.bot.database.transaction() as session:
        counted = select(func.count()).select_from(table).where(table.c.workspace == workspace)
        return (await session.exec(counted)).one()


async def test_leaving_one_erases_it_ends_its_answers_and_leaves_the_other_whole(
    home: House, admin: Admin, capsys: pytest.CaptureFixture[str]
) -> None:
    for scene in (home, home.other):
        (reply,) = scene.replies(await asked(scene))
        await scene.people.react("tomasz", "help-desk", reply.ts, "+1")
        await scene.press("tomasz", reply, "Regenerate")
        await scene.workspace.until(scene.workspace.deliveries.settled)
    await home.settle()
    assert len(await rows(home, FeedbackRow)) == len(await rows(home, VersionRow)) == 2
    home.knowledge.faults.add(Fault(Trouble.DELAY, path="stream", seconds=1.0))
    under_way = await home.other.ask("tomasz", f"@pipeshub {LEAVE}")
    await home.other.reply(under_way)
    await home.other.people.uninstall_app("mara")
    await nothing_left(home, "T0GLOBEX1")
    await home.settle()
    assert "Traceback" not in capsys.readouterr().out
    assert await of(home, SQLModel.metadata.tables["turns"], "T0GLOBEX1") == 0
    assert len(await rows(home, FeedbackRow)) == len(await rows(home, VersionRow)) == 1
    assert [each.workspace for each in await rows(home, InstallationRow)] == ["T0ACME001"]
    assert {each.workspace for each in await rows(home, TurnRow)} == {"T0ACME001"}
    with pytest.raises(NotInstalled):
        await home.bot.workspace_bot("T0GLOBEX1")
    await asked(home)
    await admin.installs(home.other.workspace)
    await asked(home.other)


async def test_tokens_of_people_are_not_the_bots() -> None:
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
    told = {"event": event, "team_id": "T1", "event_time": 1_760_000_000}
    assert uninstalled(told) == ("", 1_760_000_001.0)
    event["tokens"] = {"oauth": [], "bot": ["U2"]}
    assert uninstalled(told) == ("T1", 1_760_000_001.0)
    assert uninstalled({**told, "team_id": None, "enterprise_id": "E1"}) == ("E1", 1_760_000_001.0)
    others: list[object] = ["app_mention", None, [], {}]
    for kind in others:
        assert uninstalled({"event": {"type": kind}}) is None


async def test_a_token_that_is_over_is_renewed_once_by_whoever_needs_it(tmp_path: Path) -> None:
    async with house(tmp_path, other={}, workspace={"token_lifetime": 3_600.0}) as home:
        async with browsing(address(home)) as admin:
            await admin.installs(home.other.workspace)
        await asked(home.other)
        before = (await rows(home, InstallationRow))[0].access_token
        home.other.workspace.app.tokens.expire()
        await asyncio.gather(*(asked(home.other) for _ in range(3)))
        assert (await rows(home, InstallationRow))[0].access_token != before
        calls = [each for each in home.workspace.calls.of("oauth.v2.access") if not each.error]
        assert len(calls) == 2


async def test_a_token_serves_to_its_end_while_slack_does_not_renew_it(tmp_path: Path) -> None:
    async with house(tmp_path, other={}, workspace={"token_lifetime": 120.0}) as home:
        async with browsing(address(home)) as admin:
            await admin.installs(home.other.workspace)
        fault = home.workspace.faults.add(SlackFault("oauth.v2.access", times=None, status=503))
        await asked(home.other)
        assert fault.struck


async def test_one_whose_tokens_cannot_be_read_keeps_no_other_from_going_on(
    home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for workspace, ts in (("T0GLOBEX1", "1760000000.000100"), ("T0ACME001", "1760000001.000100")):
        thread = Thread(workspace, home.workspace.channel("help-desk").id, ts)
        assert await home.bot.turns.record(
            Question(thread, thread.ts, "U0000000002", LEAVE), SERVICE_IDENTITY
        )
    async with home.bot.database.transaction() as session:
        (broken,) = await session.exec(
            select(InstallationRow).where(InstallationRow.workspace == "T0GLOBEX1")
        )
        broken.access_token, broken.installed_at = "of another key", time.time()
        for turn in await session.exec(select(TurnRow)):
            turn.leased_until = 0
    await home.bot.resume_abandoned()
    await home.settle()
    states = {each.workspace: each.state for each in await rows(home, TurnRow)}
    assert states == {"T0ACME001": "done", "T0GLOBEX1": "recorded"}
    await home.other.ask("tomasz", f"@pipeshub {LEAVE}")
    await home.other.workspace.until(home.other.workspace.deliveries.settled)
    assert "ENCRYPTION_KEY" in capsys.readouterr().out
    async with browsing(address(home)) as admin:
        await admin.installs(home.other.workspace)
    await asked(home.other)


async def test_the_key_is_changed_without_installing_again(database: Database) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    tokens = BotTokens("xoxb-1", "xoxe-1", 1.0)
    await InstallationStore(database, TokenCipher([old])).save(
        GrantedInstallation("T1", "Acme", "U1", tokens)
    )
    await InstallationStore(database, TokenCipher([new, old])).find("T1")
    found = await InstallationStore(database, TokenCipher([new])).find("T1")
    assert found is not None
    assert found.tokens == tokens
    with pytest.raises(WrongEncryptionKey):
        await InstallationStore(database, TokenCipher([old])).find("T1")


async def test_an_account_is_connected_in_one_workspace_and_revoked_when_that_is_left(tmp_path: Path) -> None:
    async with house(tmp_path, other={}, pipeshub_client_id=CLIENT) as home:
        async with browsing(address(home)) as admin:
            for scene in (home, home.other):
                await admin.installs(scene.workspace)
        ts = await home.ask("mara", f"@pipeshub {LEAVE}")
        await connect(home, "mara")
        assert "28 days" in shown(await home.ending(ts))
        theirs = await home.other.ask("mara", f"@pipeshub {LEAVE}")
        await home.other.workspace.until(lambda: home.other.workspace.ephemerals("mara") or None)
        assert home.other.replies(theirs) == []
        assert [each.workspace for each in await rows(home, AccountRow)] == ["T0ACME001"]
        await home.people.uninstall_app("mara")
        await nothing_left(home, "T0ACME001")
        assert "/api/v1/oauth2/revoke" in [path for _, path, _ in home.knowledge.requests]


STARSHIP = Enterprise("E0STARSHP", "Starship")


@asynccontextmanager
async def starship(folder: Path, **changes: Any) -> AsyncIterator[House]:
    """Give two workspaces of an organization that the bot is installed for as a whole."""
    globex = {"team": Team("T0GLOBEX1", "Globex", "globex", STARSHIP), "first_id": 500}
    own = {"team": Team(enterprise=STARSHIP), "token_lifetime": 3_600.0}
    async with house(folder, other=globex, workspace=own, **changes) as home:
        async with browsing(address(home)) as admin:
            status, text = await admin.reads(await admin.decides(await admin.begins(), STARSHIP.id))
            assert (status, "Starship" in text) == (200, True)
        yield home


@pytest.fixture
async def organization(tmp_path: Path) -> AsyncIterator[House]:
    async with starship(tmp_path) as home:
        yield home


async def test_an_account_connected_in_an_organization_is_known_in_the_home_tab(tmp_path: Path) -> None:
    async with starship(tmp_path, pipeshub_client_id=CLIENT) as home:
        ts = await home.ask("mara", f"@pipeshub {LEAVE}")
        await connect(home, "mara")
        assert "28 days" in shown(await home.ending(ts))
        await home.people.open_home("mara")
        await showing(home, "mara", "annual leave")
        await pressed(home, "mara", "Archived", "Nothing here yet")
        await pressed(home, "mara", "Mine", "annual leave")


async def test_an_organization_is_served_in_each_of_its_workspaces_until_it_leaves(
    organization: House,
) -> None:
    both = organization, organization.other
    ts, _ = await asyncio.gather(*(asked(each) for each in both))
    assert {each.workspace for each in await rows(organization, TurnRow)} == {"T0ACME001", "T0GLOBEX1"}
    before = len(organization.workspace.calls.of("oauth.v2.access"))
    organization.workspace.app.tokens.expire()
    await asyncio.gather(*(asked(each) for each in both))
    assert len(organization.workspace.calls.of("oauth.v2.access")) == before + 1, "renewed once for all"

    answer = await organization.ending(ts)
    await organization.press("tomasz", answer, "Archive")
    await organization.workspace.until(lambda: "archived" in shown(answer).lower() or None)
    await organization.people.open_home("tomasz")
    await organization.settle()  # archiving draws Home too, maybe before the event of opening it is there
    await showing(organization, "tomasz", "Ask your company")
    await pressed(organization, "tomasz", "Archived", "annual leave")
    await organization.other.people.slash("mara", "help-desk", "/ask", "settings")
    await form(organization.other)
    await fill(organization.other, on="no")
    await organization.other.people.submit_view("mara")
    await outcome(organization.other)
    assert [(each.workspace, each.channel) for each in await rows(organization, ChannelRow)] == [
        ("T0GLOBEX1", organization.other.workspace.channel("help-desk").id)
    ]

    organization.slack.uninstall_org(STARSHIP.id)
    for workspace in ("T0ACME001", "T0GLOBEX1", STARSHIP.id):
        await nothing_left(organization, workspace)


async def test_a_workspace_of_an_organization_can_have_its_own_installation(organization: House) -> None:
    await asked(organization.other)
    async with browsing(address(organization)) as admin:
        await admin.installs(organization.other.workspace)
    await asked(organization.other)
    organization.slack.uninstall_org(STARSHIP.id)
    await nothing_left(organization, STARSHIP.id)
    await asked(organization.other)
