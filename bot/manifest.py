"""The Slack app manifest, `manifest.yml`: what the app asks Slack for.

It stands at the top of a checkout, and inside the package where that was installed from a wheel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parent
FILE = next(path for path in (PACKAGE / "manifest.yml", PACKAGE.parent / "manifest.yml") if path.exists())
URL_PLACEHOLDER = "https://your-bot.example.com"


@dataclass(frozen=True)
class Manifest:
    """What the app is installed with. Commands and shortcuts are objects as in the manifest."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[dict[str, Any], ...]
    shortcuts: tuple[dict[str, Any], ...]
    interactive: bool = True


def text(url: str) -> str:
    """Return the manifest with the request URLs under `url`."""
    return FILE.read_text(encoding="utf-8").replace(URL_PLACEHOLDER, url.rstrip("/"))


def load() -> Manifest:
    """Read the manifest."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def read(written: Mapping[str, Any]) -> Manifest:
    """Read a manifest as it is written, or as Slack exports it, where much may be absent."""

    def part(*path: str) -> Any:  # noqa: ANN401 (as the manifest has it)
        found: Any = written
        for name in path:
            found = (found or {}).get(name)
        return found or ()

    return Manifest(
        name=part("display_information", "name"),
        scopes=frozenset(part("oauth_config", "scopes", "bot")),
        events=frozenset(part("settings", "event_subscriptions", "bot_events")),
        commands=tuple(part("features", "slash_commands")),
        shortcuts=tuple(part("features", "shortcuts")),
        interactive=bool(part("settings", "interactivity", "is_enabled")),
    )
