"""The manifest asks Slack for what the code uses, and for nothing else."""

import ast
from functools import cache
from pathlib import Path

import pytest

from bot import manifest
from bot.slack import actions
from bot.slack.payloads.events import UNINSTALL_EVENTS

BOT = Path(manifest.__file__).parent

# What each scope is there for: an event that is listened to, or a method that is called.
SCOPES = {
    "app_mentions:read": "app_mention",
    "assistant:write": "assistant_threads_setTitle",
    "channels:history": "message.channels",
    "groups:history": "message.groups",
    "im:history": "message.im",
    "mpim:history": "message.mpim",
    "channels:read": "conversations_info",
    "groups:read": "conversations_info",
    "chat:write": "chat_postMessage",
    "commands": "command",
    "reactions:read": "reaction_added",
    "users:read": "users_info",
    "users:read.email": "users_info",
}


@cache
def method_calls() -> list[tuple[str, ast.Call]]:
    """Return every call of a method in the bot's own Slack code, with the method's name."""
    return [
        (node.func.attr, node)
        for path in (BOT / "slack").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def calls(name: str) -> list[ast.Call]:
    return [call for called, call in method_calls() if called == name]


def heard(name: str) -> set[str]:
    """Return the constants that listeners register with `app.<name>(...)`, those of `actions` read."""
    first = [call.args[0] for call in calls(name) if call.args]
    written = {str(each.value) for each in first if isinstance(each, ast.Constant)}
    return written | {getattr(actions, each.attr) for each in first if isinstance(each, ast.Attribute)}


def test_every_event_has_a_listener_and_every_listener_its_event() -> None:
    assert {event.partition(".")[0] for event in manifest.load().events} == heard("event") | UNINSTALL_EVENTS


def test_every_command_has_a_listener_and_every_listener_its_command() -> None:
    found = [each["command"] for each in manifest.load().commands]
    assert len(found) == len(set(found))
    assert set(found) == heard("command")


@pytest.mark.parametrize(
    ("kind", "listener"), [("global", "global_shortcut"), ("message", "message_shortcut")]
)
def test_every_shortcut_has_a_listener_and_every_listener_its_shortcut(kind: str, listener: str) -> None:
    found = [each["callback_id"] for each in manifest.load().shortcuts if each["type"] == kind]
    assert set(found) == heard(listener)
    assert heard("shortcut") == set()


@pytest.mark.parametrize("scope", sorted(manifest.load().scopes | SCOPES.keys()))
def test_every_scope_is_used_and_every_use_has_its_scope(scope: str) -> None:
    found = manifest.load()
    assert scope in found.scopes
    assert SCOPES[scope] in found.events or calls(SCOPES[scope])


def test_the_manifest_leads_every_delivery_to_one_address() -> None:
    text = manifest.text("https://bot.example.com")
    assert text.count("url: https://bot.example.com/slack/events") == text.count("url:")
