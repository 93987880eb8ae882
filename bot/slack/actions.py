"""What buttons carry: action ids and a versioned value.

A message outlives many versions of the bot. A value says which version drew it, so that a press on an
old message is understood or refused, never misread.
"""

import json
from dataclasses import dataclass
from typing import Any, TypeGuard

from bot.domain.conversations import LONGEST_SEARCH, Place, Shelf
from bot.domain.text import storable
from bot.slack.limits import BUTTON_VALUE

STOP = "stop_answer"
READ_ON = "show_full_answer"
TRY_AGAIN = "try_again"
RATE = "rate_answer"
RATE_UP = "rate_answer_up"
RATE_DOWN = "rate_answer_down"
TELL_MORE = "tell_more"
REGENERATE = "regenerate_answer"
SHARE = "share_conversation"
ARCHIVE = "archive_conversation"
UNARCHIVE = "unarchive_conversation"
MORE = "more_actions"
FOLLOW_UP = "follow_up"
ASK_EDITED = "ask_edited_question"

RENAMING = "rename_conversation"
DELETING = "delete_conversation"
REGENERATING = "regenerate_with"
SHARING = "give_access"
TELLING_MORE = "give_feedback"

UP = "up"
DOWN = "down"

VERSION = 1

LAST_PAGE = 1_000
"""No list and no conversation is drawn in more pages."""


ALL_SOURCES = "all_sources"

CONNECT = "connect_account"
CONNECT_FIRST = "connect_account_first"
UNLINK = "unlink_account"

HOME_GO = {shelf: f"home_{shelf}" for shelf in Shelf}
HOME_PREVIOUS = "home_previous"
HOME_NEXT = "home_next"
HOME_AGAIN = "home_again"
HOME_CLEAR = "home_clear"
HOME_SEARCH = "home_search"
HOME_THREAD = "home_thread"
HOME_READ = "home_read"
HOME_MORE = "home_more"
HOME_RENAMING = "home_rename_conversation"
HOME_DELETING = "home_delete_conversation"
ASK_A_QUESTION = "ask_a_question"
ASK_ABOUT_MESSAGE = "ask_about_message"
ASKING = "ask"
CHANNEL_SETTINGS = "channel_settings"
NOT_NOW = "not_now"
SHARE_IN_THREAD = "share_in_thread"

EARLIER_VERSION = "earlier_version"

READ_EARLIER = "read_earlier"
READ_LATER = "read_later"


class UnreadableValueError(ValueError):
    """A button's value is not one this version draws."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button is about: a turn, and which of several things that one button offers."""

    turn: str
    choice: str = ""


def value(turn: str, choice: str = "") -> str:
    """Return the value of a button that is about a turn."""
    fields = {"v": VERSION, "turn": turn} | ({"choice": choice} if choice else {})
    return json.dumps(fields, separators=(",", ":"))


def read(text: object) -> Pressed:
    """Return what a button is about.

    Raises UnreadableValueError for a value of another version, and for one that was never drawn.
    """
    fields = _fields(text)
    turn, choice = fields.get("turn"), fields.get("choice", "")
    if not isinstance(turn, str) or not isinstance(choice, str):
        raise UnreadableValueError("not one that was drawn")
    return Pressed(turn, choice)


@dataclass(frozen=True, slots=True)
class AtHome:
    """What something in the Home tab is about: a place there, and a turn where it is about one."""

    place: Place
    turn: str = ""


def home_value(place: Place, turn: str = "") -> str:
    """Return the value of a button that leads to a place in the Home tab, or of a view drawn there."""
    fields = {"v": VERSION, "shelf": place.shelf, "page": place.number, "search": place.search}
    # Unescaped, because the longest search has room so whatever letters it is written in.
    return json.dumps(fields | ({"turn": turn} if turn else {}), separators=(",", ":"), ensure_ascii=False)


def read_home(text: object) -> AtHome:
    """Return what something in the Home tab is about. Raises UnreadableValueError as `read` does."""
    fields = _fields(text)
    shelf, page, search = fields.get("shelf"), fields.get("page"), fields.get("search")
    turn = fields.get("turn", "")
    if not isinstance(shelf, str) or shelf not in set(Shelf) or not _is_page(page):
        raise UnreadableValueError("no such place")
    if not isinstance(search, str) or len(search) > LONGEST_SEARCH or not isinstance(turn, str):
        raise UnreadableValueError("not one that was drawn")
    return AtHome(Place(Shelf(shelf), page, search), turn)


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of a conversation that somebody wants to read."""

    conversation: str
    page: int


def reading_value(conversation: str, page: int = 1) -> str:
    """Return the value of a button that opens a page of a conversation."""
    return json.dumps({"v": VERSION, "conversation": conversation, "page": page}, separators=(",", ":"))


def read_reading(text: object) -> Opened:
    """Return which page of a conversation is wanted. Raises UnreadableValueError as `read` does."""
    fields = _fields(text)
    conversation, page = fields.get("conversation"), fields.get("page")
    if not isinstance(conversation, str) or not conversation or not _is_page(page):
        raise UnreadableValueError("no such page")
    return Opened(conversation, page)


def channel_value(channel: str) -> str:
    """Return what a form about a channel is drawn with."""
    return json.dumps({"v": VERSION, "channel": channel}, separators=(",", ":"))


def read_channel(text: object) -> str:
    """Return which channel a form is about. Raises UnreadableValueError as `read` does."""
    channel = _fields(text).get("channel")
    if not isinstance(channel, str) or not channel:
        raise UnreadableValueError("no such channel")
    return channel


def _fields(text: object) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > BUTTON_VALUE:
        raise UnreadableValueError("not a value")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableValueError("not JSON") from None
    if not isinstance(fields, dict) or fields.get("v") != VERSION:
        raise UnreadableValueError("another version")
    if any(isinstance(each, str) and each != storable(each) for each in fields.values()):
        raise UnreadableValueError("not text that was drawn")
    return fields


def _is_page(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= LAST_PAGE
