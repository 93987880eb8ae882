"""Checks of this machine: the settings, the address to listen on, the database and its revision."""

import asyncio
import difflib
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiohttp
from pydantic_settings import DotEnvSettingsSource
from sqlalchemy.exc import SQLAlchemyError

from bot.checks.findings import Finding, Grade, fail, note, ok
from bot.settings import TO_LISTEN, TO_SERVE, Settings
from bot.store import database as schema
from bot.store.claims import ClaimStore
from bot.store.database import Database

DATABASE = "DATABASE_URL"
UNREADABLE = (SQLAlchemyError, OSError, TimeoutError, TypeError)
"""What a database raises that cannot be reached; TypeError for an option in the URL that the driver lacks."""


async def revision(database: Database) -> Finding:
    """Report whether the database is at the revision this code works with."""
    try:
        current = await schema.current_revision(database)
    except UNREADABLE as error:
        return fail(
            DATABASE,
            f"the database cannot be reached ({_reason(error)})",
            "check that it runs, that the name exists and that the user may read it",
        )
    head = schema.newest_revision()
    if current == head:
        return ok(DATABASE, f"the database is at head ({head})")
    if current is not None and not schema.knows_revision(current):
        return fail(DATABASE, f"the database is ahead, at {current}", "run the bot's newer version")
    behind = f"the database is at {current}, not at {head}" if current else "the database is empty"
    return fail(DATABASE, behind, "run python -m bot migrate")


DATABASE_LATE = fail(
    DATABASE, "the database does not answer in time", "check that it runs and is not overloaded"
)

WRITTEN_BY_CHECK = "readiness"
"""The key of the claim that the check renews; a write that changes nothing would not reach the disk."""

NEEDED_ROOM = 256 * 1024
"""Bytes that have to be free beside a SQLite file, which for a single write reuses room that it has."""


async def database_in_use(database: Database) -> Finding:
    """Report whether the database that is open is at the revision and can be written to."""
    found = await revision(database)
    if found.grade is Grade.FAIL:
        return found
    try:
        await ClaimStore(database).renew(WRITTEN_BY_CHECK)
        if database.file is not None:
            await asyncio.to_thread(_use_room, database.file.parent)
    except UNREADABLE as error:
        return fail(
            DATABASE,
            f"the database cannot be written to ({_reason(error)})",
            "make room on its disk, and check that the user may write to it",
        )
    return found


def lost_database_files(database: Database) -> Iterator[Finding]:
    """Report files of an open SQLite database that are gone."""
    for name in database.lost_files():
        yield fail(
            DATABASE,
            f"{name} was deleted or replaced while the bot uses it, so that what it writes is lost",
            "stop the bot, put the files back from a backup or start with an empty database, and start it",
        )


def _use_room(folder: Path) -> None:
    """Write as much as should be free. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(NEEDED_ROOM))
        file.flush()


async def database_at_start(settings: Settings) -> Finding:
    """Report whether the bot could use its database; a SQLite file is made and migrated at the start."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        folder = file.absolute().parent
        if not folder.is_dir():
            return fail(DATABASE, f"there is no folder {folder}", "make it or name another")
        return ok(DATABASE, f"{file} is made at the first start")
    database = Database(settings.database_url)
    try:
        found = await revision(database)
    finally:
        await database.dispose()
    if file is not None and found.fix == "run python -m bot migrate":
        return note(DATABASE, f"{found.message}: the next start brings it to head")
    return found


def _reason(error: Exception) -> str:
    """Return the name of the driver's error: its message can quote the URL, with the password."""
    innermost: BaseException = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    if isinstance(innermost, OSError) and innermost.errno:
        return os.strerror(innermost.errno)
    return str(getattr(innermost, "sqlite_errorname", type(innermost).__name__))


SIMILARITY = 0.85
"""How alike two names are (difflib's ratio) for one to be a misspelling of the other."""

PROBE_TIMEOUT = aiohttp.ClientTimeout(total=2)


def malformed_settings(lines: Mapping[str, str]) -> Iterator[Finding]:
    """Report settings that cannot be read; each line begins with the name and ends with the fix."""
    for name, line in lines.items():
        says, _, mend = line.removeprefix(name).strip(" :").partition("; ")
        yield fail(name, says, mend)


def missing_settings(settings: Settings, known_bad: Mapping[str, str]) -> Iterator[Finding]:
    """Report what `serve` and `socket` need and do not have; `known_bad` was reported before."""
    to_serve, to_listen = (
        {name: mend for name, mend in settings.missing(names).items() if name not in known_bad}
        for names in (TO_SERVE, TO_LISTEN)
    )
    for name in [each for each in to_serve if each in to_listen]:
        yield fail(name, "not set", to_serve.pop(name))
        del to_listen[name]
    if to_serve and to_listen:
        for name, mend in to_serve.items():
            others = ", ".join(to_listen)
            yield fail(name, "not set", f"{mend}; or, without a public address, set {others}")
    for name in to_serve if not to_listen else ():
        yield note(name, "not set: python -m bot serve would not start, python -m bot socket would")


def misspelt_settings() -> Iterator[Finding]:
    """Report variables that look like a setting and are none."""
    known = {name.upper() for name in Settings.model_fields}
    written = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    for name in sorted(written - known):
        if alike := difflib.get_close_matches(name, known, n=1, cutoff=SIMILARITY):
            yield note(name, "this is no setting of the bot", f"if you meant {alike[0]}, rename it")


async def listen_addresses(settings: Settings) -> list[Finding]:
    """Report whether the bot could listen where it is told to."""
    found = [await _listen_address("HOST, PORT", settings.host, settings.port, settings.port)]
    if (metrics := settings.metrics_host_and_port) is not None:
        found.append(await _listen_address("METRICS_ADDRESS", *metrics, settings.port))
    return found


async def _listen_address(about: str, host: str, port: int, port_of_bot: int) -> Finding:
    where = f"{host}:{port}"
    try:
        _bind(host, port)
    except OSError as error:
        if await _is_a_bot(port_of_bot):
            return ok(about, f"a bot is listening on {where} already")
        setting = about.rpartition(" ")[2]
        return fail(
            about,
            f"cannot listen on {where} ({error.strerror})",
            f"stop what uses it, or set {setting} to another number",
        )
    return ok(about, f"{where} is free")


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as found:
        # As the web server does: what is left of closed connections is not in the way.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)


async def _is_a_bot(port: int) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=PROBE_TIMEOUT) as http,
            http.get(f"http://127.0.0.1:{port}/readyz") as response,
        ):
            return "reasons" in await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
