"""The Slack app manifest, as it stands beside the package: what the app asks Slack for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent.parent / "manifest.yml"
PLACE_OF_URL = "https://your-bot.example.com"


@dataclass(frozen=True)
class Manifest:
    """What the bot is installed with. Commands and shortcuts are as the manifest writes them."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[dict[str, Any], ...]
    shortcuts: tuple[dict[str, Any], ...]


def text(url: str) -> str:
    """Return the manifest with the request URLs under `url`."""
    return FILE.read_text(encoding="utf-8").replace(PLACE_OF_URL, url.rstrip("/"))


def load() -> Manifest:
    """Return the manifest, read."""
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    features, settings = written["features"], written["settings"]
    return Manifest(
        name=written["display_information"]["name"],
        scopes=frozenset(written["oauth_config"]["scopes"]["bot"]),
        events=frozenset(settings["event_subscriptions"]["bot_events"]),
        commands=tuple(features.get("slash_commands", ())),
        shortcuts=tuple(features.get("shortcuts", ())),
    )
