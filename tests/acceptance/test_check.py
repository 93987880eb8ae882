"""The checks of `python -m bot check`, beside the two stand-ins and beside servers that are none.

Three run the command as a whole process; the others run the same checks in this one.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from time import time
from unittest import mock

import pytest
from aiohttp import web
from cryptography.fernet import Fernet

from bot import manifest
from bot.checks.findings import Grade
from bot.checks.run import run_checks
from bot.demo.knowledge.authorization import Client
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.model import Dialect
from bot.demo.knowledge.server import KnowledgeServer
from bot.demo.knowledge.server import Options as KnowledgeOptions
from bot.demo.knowledge.users import DEMO_USERS
from bot.demo.workspace.options import Command, Shortcut
from bot.demo.workspace.options import Options as WorkspaceOptions
from bot.demo.workspace.server import WorkspaceServer
from bot.settings import Settings
from tests.acceptance.bot_under_test import environment_with, run_command, started
from tests.house import DOCUMENTS
from tests.ports import free_port

NO_MODEL = "00000000-0000-0000-0000-000000000000"


@dataclass
class Said:
    """What the command said, and how it ended."""

    code: int
    out: str

    def of(self, grade: str) -> list[str]:
        return [line[6:] for line in self.out.splitlines() if line[:6].strip() == grade]

    def about(self, name: str) -> str:
        return next(line for line in self.out.splitlines() if line[6:].startswith(f"{name}:"))


@dataclass
class Doctor:
    """A folder with both servers beside it, and the settings that suit them."""

    folder: Path
    slack: WorkspaceServer
    pipeshub: KnowledgeServer
    settings: dict[str, str] = field(default_factory=dict)

    async def check(self, **changes: str) -> Said:
        return await check(self.folder, self.settings | changes)


async def check(folder: Path, settings: dict[str, str]) -> Said:
    """Run all checks in `folder` with these settings."""
    with mock.patch.dict(os.environ, environment_with(settings), clear=True), contextlib.chdir(folder):
        found = [each async for each in run_checks(*Settings.load_leniently())]
    failed = any(each.grade is Grade.FAIL for each in found)
    return Said(int(failed), "".join(f"{each}\n" for each in found))


@asynccontextmanager
async def beside(
    folder: Path, dialect: Dialect = "agui", clients: tuple[Client, ...] = ()
) -> AsyncIterator[Doctor]:
    found = manifest.load()
    options = WorkspaceOptions(
        events=found.events,
        scopes=found.scopes,
        commands=tuple(Command(each["command"]) for each in found.commands),
        shortcuts=tuple(
            Shortcut(each["callback_id"], each["name"], each["type"] == "message") for each in found.shortcuts
        ),
    )
    knowledge = KnowledgeOptions(
        DOCUMENTS, folder / "knowledge.db", dialect, users=DEMO_USERS, clients=clients
    )
    async with WorkspaceServer.running(options) as slack, KnowledgeServer.running(knowledge) as pipeshub:
        settings = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": options.bot_token,
            "SLACK_SIGNING_SECRET": options.signing_secret,
            "SLACK_APP_TOKEN": options.app_token,
            "SLACK_CONFIG_TOKEN": options.config_token,
            "PIPESHUB_SERVER_URL": pipeshub.url,
            "PIPESHUB_BEARER_AUTH": "demo-token",
            "PORT": str(free_port()),
        }
        yield Doctor(folder, slack, pipeshub, settings)


@pytest.fixture
async def doctor(tmp_path: Path) -> AsyncIterator[Doctor]:
    async with beside(tmp_path) as doctor:
        yield doctor


@asynccontextmanager
async def answering(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_everything_in_order_is_said_line_by_line(doctor: Doctor) -> None:
    said = Said(*await run_command("check", doctor.folder, doctor.settings))
    assert said.code == 0
    assert {line[:6].strip() for line in said.out.splitlines()} == {"ok", "note"}
    assert said.of("fail") == []
    assert [line.partition(":")[0] for line in said.of("note")] == ["SLACK_SIGNING_SECRET"]
    assert await doctor.pipeshub.conversations() == ()
    assert not (doctor.folder / "bot.db").exists()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "PIPESHUB_BEARER_AUTH"):
        assert doctor.settings[name] not in said.out


@pytest.mark.parametrize(
    ("dialect", "generation"),
    [("documented", "as documented"), ("legacy", "v0.2 or v0.3"), ("agui", "v0.6 or later")],
)
async def test_each_generation_of_servers_is_told_apart(
    tmp_path: Path, dialect: Dialect, generation: str
) -> None:
    async with beside(tmp_path, dialect) as doctor:
        said = await doctor.check()
        assert said.code == 0
        assert generation in said.about("PipesHub's generation")
        assert "Local reader" in said.about("PipesHub's models")


async def test_nothing_set_is_said_all_at_once(tmp_path: Path) -> None:
    said = Said(*await run_command("check", tmp_path, {"PORT": str(free_port())}))
    assert said.code == 1
    assert [line.partition(":")[0] for line in said.of("fail")] == [
        "SLACK_BOT_TOKEN",
        "PIPESHUB_SERVER_URL",
        "PIPESHUB_BEARER_AUTH",
        "SLACK_SIGNING_SECRET",
    ]
    assert "SLACK_APP_TOKEN" in said.about("SLACK_SIGNING_SECRET")


async def test_malformed_settings_are_said_together_and_the_rest_is_checked_all_the_same(
    doctor: Doctor,
) -> None:
    malformed = {"PIPESHUB_SERVER_URL": "pipeshub", "PORT": "many", "LOG_LEVEL": "LOUD"}
    said = Said(*await run_command("check", doctor.folder, doctor.settings | malformed))
    assert said.code == 1
    assert {line.partition(":")[0] for line in said.of("fail")} == {
        "PIPESHUB_SERVER_URL",
        "PORT",
        "LOG_LEVEL",
    }
    assert "write it like https://" in said.about("PIPESHUB_SERVER_URL")
    assert said.about("SLACK_BOT_TOKEN").startswith("ok")


async def test_a_name_that_is_nearly_a_setting_is_pointed_at(doctor: Doctor) -> None:
    (doctor.folder / ".env").write_text("PIPESHUB_MODELKEY=abc\n", encoding="utf-8")
    said = await doctor.check(SLACK_SIGNING_SECRETS="abc")
    assert said.code == 0
    assert "rename it" in said.about("SLACK_SIGNING_SECRETS")
    assert "PIPESHUB_MODEL_KEY" in said.about("PIPESHUB_MODELKEY")


async def test_socket_mode_alone_needs_no_signing_secret(doctor: Doctor) -> None:
    del doctor.settings["SLACK_SIGNING_SECRET"]
    said = await doctor.check()
    assert said.code == 0
    assert "python -m bot socket would" in said.about("SLACK_SIGNING_SECRET")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "invalid_auth"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "Socket Mode does not open"),
        ("SLACK_SIGNING_SECRET", "xoxb-a-token", "no signing secret"),
        ("PIPESHUB_BEARER_AUTH", "wrong", "does not accept it"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all/bot.db", "no folder"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/bot", "cannot be reached"),
    ],
)
async def test_what_is_wrong_is_named_with_its_mend(doctor: Doctor, name: str, value: str, says: str) -> None:
    said = await doctor.check(**{name: value})
    assert said.code == 1
    (failure,) = said.of("fail")
    assert failure.startswith(f"{name}: ")
    assert says in failure
    assert "; " in failure


@pytest.mark.parametrize("name", ["SLACK_API_URL", "PIPESHUB_SERVER_URL"])
async def test_an_address_where_nothing_answers_is_said_once(doctor: Doctor, name: str) -> None:
    said = await doctor.check(**{name: f"http://127.0.0.1:{free_port()}"})
    assert said.code == 1
    assert [line.partition(":")[0] for line in said.of("fail")] == [name]


async def test_scopes_that_differ_from_the_manifest_are_named(doctor: Doctor) -> None:
    doctor.slack.workspace.app.scopes -= {"reactions:read", "chat:write"}
    doctor.slack.workspace.app.scopes |= {"files:read"}
    said = await doctor.check()
    assert said.code == 1
    assert "lacks chat:write, reactions:read;" in said.of("fail")[0]
    assert any("files:read" in line for line in said.of("note"))


async def test_events_commands_and_shortcuts_that_differ_are_named_to_a_configuration_token(
    doctor: Doctor,
) -> None:
    app = doctor.slack.workspace.app
    app.events -= {"reaction_added"}
    app.events |= {"member_joined_channel"}
    app.commands, app.shortcuts = (), app.shortcuts[:1]
    said = await doctor.check()
    assert said.code == 1
    assert [line.partition(";")[0] for line in said.of("fail")] == [
        "Slack events: the app lacks reaction_added",
        "Slack commands: the app lacks /ask",
        "Slack shortcuts: the app lacks ask_about_message",
    ]
    assert any("member_joined_channel" in line for line in said.of("note"))


async def test_without_a_configuration_token_the_events_to_compare_are_listed(doctor: Doctor) -> None:
    said = await doctor.check(SLACK_CONFIG_TOKEN="")
    assert said.code == 0
    assert all(event in said.about("Slack events") for event in manifest.load().events)
    refused = await doctor.check(SLACK_CONFIG_TOKEN="xoxe.xoxp-old")
    assert refused.code == 0
    assert "invalid_auth" in refused.about("SLACK_CONFIG_TOKEN")


@pytest.mark.parametrize(
    ("off", "grade", "code"), [(-3000, "fail", 1), (120, "note", 0), (2, "ok", 0)], ids=str
)
async def test_a_clock_that_is_off_is_noticed_by_slacks_own(
    doctor: Doctor, off: float, grade: str, code: int
) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        who = {"ok": True, "team": "Acme", "team_id": "T1", "user": "hub", "user_id": "U1", "bot_id": "B1"}
        headers = {"Date": formatdate(time() - off, usegmt=True)}
        return web.json_response(who, headers=headers)

    async with answering(handle) as url:
        said = await doctor.check(SLACK_API_URL=f"{url}/api", SLACK_CONFIG_TOKEN="", SLACK_APP_TOKEN="")
    assert said.about("clock").startswith(grade)
    assert said.about("Slack scopes").startswith("note")
    assert said.code == code


async def test_a_channel_that_the_weekly_note_cannot_go_to_is_named(doctor: Doctor) -> None:
    for channel, grade in (("random", "fail"), ("help-desk", "ok")):
        said = await doctor.check(REPORT_CHANNEL=doctor.slack.workspace.state.channel(channel).id)
        assert said.about("REPORT_CHANNEL").startswith(grade)
        assert said.code == (grade == "fail")
    said = await doctor.check(REPORT_CHANNEL="C0NOWHERE")
    assert "channel_not_found" in said.about("REPORT_CHANNEL")


async def test_settings_that_contradict_each_other_are_said_beside_malformed_ones(doctor: Doctor) -> None:
    said = await doctor.check(RETENTION_DAYS="many", ARCHIVE_AFTER_DAYS="1000")
    assert {line.partition(":")[0] for line in said.of("fail")} == {"RETENTION_DAYS", "ARCHIVE_AFTER_DAYS"}


async def test_a_persons_token_is_not_taken_for_a_bots(doctor: Doctor) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1", "user": "mara"})

    async with answering(handle) as url:
        said = await doctor.check(SLACK_API_URL=url, SLACK_CONFIG_TOKEN="")
    assert "a person's token" in said.about("SLACK_BOT_TOKEN")
    assert said.code == 1


@pytest.mark.parametrize(
    ("fault", "name", "says"),
    [
        (Fault(Trouble.HTML, times=None), "PIPESHUB_SERVER_URL", "something else"),
        (Fault(Trouble.EXPIRED_TOKEN, path="/conversations"), "PIPESHUB_BEARER_AUTH", "may have expired"),
        (
            Fault(Trouble.STATUS, path="/conversations", status=403),
            "PIPESHUB_BEARER_AUTH",
            "conversation:read",
        ),
        (Fault(Trouble.STATUS, path="/conversations", status=500), "PIPESHUB_SERVER_URL", "own log"),
    ],
    ids=["html", "expired", "scope", "500"],
)
async def test_a_pipeshub_that_answers_otherwise_is_told_apart(
    doctor: Doctor, fault: Fault, name: str, says: str
) -> None:
    doctor.pipeshub.faults.add(fault)
    said = await doctor.check()
    assert said.code == 1
    (failure,) = said.of("fail")
    assert failure.startswith(f"{name}: ")
    assert says in failure


async def test_what_a_token_may_not_do_beside_is_noted(doctor: Doctor) -> None:
    for path in ("/ai-models", "/users"):
        doctor.pipeshub.faults.add(Fault(Trouble.STATUS, path=path, status=403))
    said = await doctor.check()
    assert said.code == 0
    assert "config:read" in said.about("PipesHub's models")
    assert "user:read" in said.about("PipesHub's users")


async def test_settings_that_do_not_suit_the_server_are_noted(doctor: Doctor) -> None:
    said = await doctor.check(
        PIPESHUB_CHAT_MODE="balanced", PIPESHUB_MODEL_KEY=NO_MODEL, PIPESHUB_STREAMING="off"
    )
    assert said.code == 0
    assert "internal_search" in said.about("PIPESHUB_CHAT_MODE")
    assert "Local reader" in said.about("PIPESHUB_MODEL_KEY")
    assert "only streams" in said.about("PIPESHUB_STREAMING")


async def test_a_server_that_is_not_well_says_so(doctor: Doctor) -> None:
    doctor.pipeshub.faults.add(
        Fault(
            Trouble.STATUS,
            path="/health",
            status=200,
            body='{"status": "unhealthy", "services": {"kafka": "unhealthy", "redis": "healthy"}}',
        )
    )
    said = await doctor.check()
    assert said.code == 0
    assert "not well: kafka" in said.about("PIPESHUB_SERVER_URL")


async def test_a_taken_port_is_told_from_a_bot_that_runs(doctor: Doctor) -> None:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text="somebody else")

    async with answering(handle) as url:
        said = await doctor.check(PORT=url.rpartition(":")[2])
        assert said.code == 1
        assert "set PORT to another number" in said.about("HOST, PORT")
    del doctor.settings["PORT"]
    async with started(doctor.settings, doctor.folder) as bot:
        said = await doctor.check(HOST="127.0.0.1", PORT=str(bot.port))
        assert said.code == 0
        assert "a bot is listening" in said.about("HOST, PORT")
        assert "at head" in said.about("DATABASE_URL")


async def test_accounts_of_peoples_own_are_looked_at_without_one(tmp_path: Path) -> None:
    client = Client("bot", "hush", ("https://bot.example.com/pipeshub/callback",))
    async with beside(tmp_path, clients=(client,)) as doctor:
        own = {
            "PIPESHUB_BEARER_AUTH": "",
            "PIPESHUB_CLIENT_ID": "bot",
            "PIPESHUB_CLIENT_SECRET": "hush",
            "PUBLIC_URL": "https://bot.example.com",
            "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
        said = await doctor.check(**own)
        assert said.code == 0, said.out
        assert said.about("PIPESHUB_CLIENT_ID").startswith("ok")
        assert "https://bot.example.com/pipeshub/callback" in said.about("PUBLIC_URL")
        wrong = await doctor.check(**own | {"PIPESHUB_CLIENT_SECRET": "loud"})
        assert wrong.code == 1
        assert "does not know this client" in wrong.about("PIPESHUB_CLIENT_ID")
        keyless = await doctor.check(**own | {"ENCRYPTION_KEY": "", "PUBLIC_URL": ""})
        assert keyless.code == 1
        assert "python -m bot key" in keyless.about("ENCRYPTION_KEY")
        assert keyless.about("PUBLIC_URL").startswith("fail")
        both = await doctor.check(**own | {"PIPESHUB_BEARER_AUTH": "demo-token"})
        assert both.about("PIPESHUB_BEARER_AUTH").startswith("note")


async def test_an_app_that_workspaces_install_is_looked_at_without_installing_it(doctor: Doctor) -> None:
    app = doctor.slack.workspace.options
    own = {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": app.client_id,
        "SLACK_CLIENT_SECRET": app.client_secret,
        "PUBLIC_URL": "https://bot.example.com",
        "ENCRYPTION_KEY": Fernet.generate_key().decode(),
    }
    said = await doctor.check(**own)
    assert said.code == 0, said.out
    assert said.about("SLACK_CLIENT_ID").startswith("ok")
    assert "https://bot.example.com/slack/install" in said.about("PUBLIC_URL")
    wrong = await doctor.check(**own | {"SLACK_CLIENT_SECRET": "loud"})
    assert wrong.code == 1
    assert wrong.about("SLACK_CLIENT_SECRET").startswith("fail")
    wrong = await doctor.check(**own | {"SLACK_CLIENT_ID": "9.9"})
    assert wrong.about("SLACK_CLIENT_ID").startswith("fail")
