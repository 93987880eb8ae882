"""The settings themselves, and the place where the bot would listen."""

import difflib
import os
import socket
from collections.abc import Iterator, Mapping

import aiohttp
from pydantic_settings import DotEnvSettingsSource

from bot.checks.findings import Finding, fail, note, ok
from bot.settings import Settings

ALIKE = 0.85
"""How alike two names are (difflib's ratio) for one to be a slip of the pen for the other."""

PROBE = aiohttp.ClientTimeout(total=2)


def malformed(lines: Mapping[str, str]) -> Iterator[Finding]:
    """Report settings that cannot be read; each line begins with the name and ends with the mend."""
    for name, line in lines.items():
        says, _, mend = line.removeprefix(name).strip(" :").partition("; ")
        yield fail(name, says, mend)


def missing(settings: Settings, known_bad: Mapping[str, str]) -> Iterator[Finding]:
    """Report what `serve` and `socket` need and do not have; `known_bad` was reported before."""
    to_serve, to_listen = (
        {name: mend for name, mend in settings.missing(*names).items() if name not in known_bad}
        for names in (settings.to_serve, settings.to_listen)
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


def misspelt() -> Iterator[Finding]:
    """Report variables that look like a setting and are none."""
    known = {name.upper() for name in Settings.model_fields}
    written = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    for name in sorted(written - known):
        if alike := difflib.get_close_matches(name, known, n=1, cutoff=ALIKE):
            yield note(name, "this is no setting of the bot", f"if you meant {alike[0]}, rename it")


async def place(settings: Settings) -> Finding:
    """Report whether the bot could listen where it is told to."""
    where = f"{settings.host}:{settings.port}"
    try:
        _bind(settings.host, settings.port)
    except OSError as error:
        if await _is_a_bot(settings.port):
            return ok("HOST, PORT", f"a bot is listening on {where} already")
        return fail(
            "HOST, PORT",
            f"cannot listen on {where} ({error.strerror})",
            "stop what uses it, or set PORT to another number",
        )
    return ok("HOST, PORT", f"{where} is free")


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as found:
        # As the web server does: what is left of closed connections is not in the way.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)


async def _is_a_bot(port: int) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=PROBE) as http,
            http.get(f"http://127.0.0.1:{port}/readyz") as response,
        ):
            return "reasons" in await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
