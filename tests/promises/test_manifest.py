"""The manifest asks Slack for what the code uses, and for nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import manifest

BOT = Path(manifest.__file__).parent

# What each scope is there for: an event that is listened to, or a method that is called.
SCOPES = {
    "app_mentions:read": "app_mention",
    "channels:history": "message.channels",
    "groups:history": "message.groups",
    "im:history": "message.im",
    "mpim:history": "message.mpim",
    "channels:read": "conversations_info",
    "groups:read": "conversations_info",
    "chat:write": "chat_postMessage",
    "users:read": "users_info",
}


def calls(name: str) -> Iterator[ast.Call]:
    """Yield every call of a method of that name in the bot's own Slack code."""
    for path in (BOT / "slack").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield node


def heard(name: str) -> set[str]:
    """Return the constants that listeners register with `app.<name>(...)`."""
    return {str(call.args[0].value) for call in calls(name) if isinstance(call.args[0], ast.Constant)}


def test_every_event_has_a_listener_and_every_listener_its_event() -> None:
    assert {event.partition(".")[0] for event in manifest.load().events} == heard("event")


@pytest.mark.parametrize("scope", sorted(manifest.load().scopes | SCOPES.keys()))
def test_every_scope_is_used_and_every_use_has_its_scope(scope: str) -> None:
    found = manifest.load()
    assert scope in found.scopes
    assert SCOPES[scope] in found.events or any(calls(SCOPES[scope]))


def test_the_manifest_leads_every_delivery_to_one_address() -> None:
    text = manifest.text("https://bot.example.com")
    assert text.count("request_url: https://bot.example.com/slack/events") == text.count("request_url:")
