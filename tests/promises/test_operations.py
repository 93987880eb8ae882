"""Every operation of the API has a way to it from Slack, and a test that goes that way."""

import ast
import inspect
from functools import cache
from pathlib import Path

import pytest

import bot
from bot.pipeshub.client import Conversations

TESTS = Path(__file__).parent.parent / "integration"
FLOWS = Path(bot.__file__).parent / "flows"

# operation: where in Slack, and a test that reaches it from there.
WAYS = {
    "create": (
        "a question, where streaming is off or refused",
        "test_without_streaming.py",
    ),
    "create_with_streaming": (
        "a mention, a direct message, /ask, the form",
        "test_conversing.py::test_a_mention_is_answered_in_its_thread_which_goes_on_whoever_asks",
    ),
    "add_message": (
        "a reply in a thread, where streaming is off or refused",
        "test_without_streaming.py",
    ),
    "add_message_stream": (
        "a reply in a thread, a suggested question",
        "test_conversing.py::test_a_mention_is_answered_in_its_thread_which_goes_on_whoever_asks",
    ),
    "list": ("Home", "test_home.py"),
    "list_archived": ("Home, Archived", "test_home.py"),
    "get_by_id": ("Home, Open", "test_home.py"),
    "share": ("Share under an answer", "test_sharing.py"),
    "unshare": ("Share, Remove access", "test_sharing.py"),
    "update_title": (
        "Rename in the menu",
        "test_keeping.py::test_who_started_a_conversation_archives_renames_and_deletes_it",
    ),
    "archive": (
        "Archive under an answer",
        "test_keeping.py::test_who_started_a_conversation_archives_renames_and_deletes_it",
    ),
    "unarchive": (
        "Unarchive under an answer, a new question in its thread",
        "test_regenerating.py::test_a_new_question_takes_the_conversation_out_of_the_archive_and_says_so",
    ),
    "delete": (
        "Delete in the menu",
        "test_keeping.py::test_who_started_a_conversation_archives_renames_and_deletes_it",
    ),
    "regenerate": (
        "Regenerate under an answer",
        "test_regenerating.py::test_the_newest_answer_is_written_anew_into_its_own_message",
    ),
    "cancel": ("Stop, from v0.7 on", "test_later_servers.py::test_stop_cancels_the_run"),
    "submit_feedback": ("the thumbs under an answer, a reaction, Tell us more", "test_rating.py"),
}


@cache
def called() -> set[str]:
    """Return the methods that the flows call on the client."""
    found = set()
    for path in FLOWS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and _name(node.value) == "conversations":
                found.add(node.attr)
    return found


def _name(node: ast.expr) -> str | None:
    """Return what a value is called, or what is called for it."""
    match node:
        case ast.Name(name) | ast.Call(ast.Attribute(attr=name)):
            return name
    return None


def test_the_client_has_these_operations_and_no_others() -> None:
    public = {name for name, _ in inspect.getmembers(Conversations, callable) if not name.startswith("_")}
    assert public == WAYS.keys()


@pytest.mark.parametrize("operation", sorted(WAYS))
def test_every_operation_is_called_by_a_flow_and_reached_by_a_test(operation: str) -> None:
    assert operation in called()
    name, _, test = WAYS[operation][1].partition("::")
    text = (TESTS / name).read_text(encoding="utf-8")
    assert f"async def {test}(" in text if test else "async def test_" in text
