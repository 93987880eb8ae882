"""What buttons carry: action ids and a versioned value.

A message outlives many versions of the bot. A value says which version drew it, so that a press on an
old message is understood or refused, never misread.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from bot.domain.conversations import MAX_SEARCH_LENGTH, ConversationList, ListPosition
from bot.domain.text import storable_text
from bot.slack.limits import BUTTON_VALUE

STOP = "stop_answer"
RESUME = "show_full_answer"
TRY_AGAIN = "try_again"
FEEDBACK = "rate_answer"
FEEDBACK_UP = "rate_answer_up"
FEEDBACK_DOWN = "rate_answer_down"
FEEDBACK_DETAILS = "tell_more"
REGENERATE = "regenerate_answer"
SHARE = "share_conversation"
ARCHIVE = "archive_conversation"
UNARCHIVE = "unarchive_conversation"
MORE_MENU = "more_actions"
FOLLOW_UP = "follow_up"
ASK_EDITED = "ask_edited_question"

RENAME_FORM = "rename_conversation"
DELETE_FORM = "delete_conversation"
REGENERATE_FORM = "regenerate_with"
SHARE_FORM = "give_access"
FEEDBACK_FORM = "give_feedback"

UP = "up"
DOWN = "down"

VALUE_VERSION = 1

MAX_PAGE = 1_000  # no list and no conversation is drawn in more pages

ALL_SOURCES = "all_sources"

CONNECT = "connect_account"
CONNECT_FIRST = "connect_account_first"
UNLINK = "unlink_account"

HOME_LISTS = {conversation_list: f"home_{conversation_list}" for conversation_list in ConversationList}
HOME_PREVIOUS = "home_previous"
HOME_NEXT = "home_next"
HOME_RETRY = "home_again"
HOME_CLEAR = "home_clear"
HOME_SEARCH = "home_search"
HOME_THREAD = "home_thread"
HOME_TRANSCRIPT = "home_read"
HOME_MORE = "home_more"
HOME_RENAME_FORM = "home_rename_conversation"
HOME_DELETE_FORM = "home_delete_conversation"
ASK_A_QUESTION = "ask_a_question"
ASK_ABOUT_MESSAGE = "ask_about_message"
ASK_FORM = "ask"
CHANNEL_SETTINGS = "channel_settings"
STOP_REPLYING = "not_now"
SHARE_IN_THREAD = "share_in_thread"

EARLIER_VERSION = "earlier_version"

TRANSCRIPT_EARLIER = "read_earlier"
TRANSCRIPT_LATER = "read_later"


class UnreadableValueError(ValueError):
    """A button's value is not one this version draws."""


@dataclass(frozen=True, slots=True)
class ButtonValue:
    """What a button is about: a turn, and the choice where a button or menu offers several."""

    turn_id: str
    choice: str = ""


def button_value(turn: str, choice: str = "") -> str:
    """Return the value of a button that is about a turn."""
    return _value({"turn": turn} | ({"choice": choice} if choice else {}))


def read_button_value(text: object) -> ButtonValue:
    """Return what a button is about. Raises UnreadableValueError for what this version does not draw."""
    fields = _fields(text)
    turn, choice = fields.get("turn"), fields.get("choice", "")
    if not isinstance(turn, str) or not isinstance(choice, str):
        raise UnreadableValueError("not one that was drawn")
    return ButtonValue(turn, choice)


@dataclass(frozen=True, slots=True)
class HomeValue:
    """What a button of the Home tab is about: a place in its lists, and a turn where it is about one."""

    position: ListPosition
    turn_id: str = ""


def home_value(position: ListPosition, turn: str = "") -> str:
    """Return the value of a button that leads to a place in the Home tab, and a view's metadata there."""
    place = {"shelf": position.conversation_list, "page": position.page, "search": position.search}
    return _value(place | ({"turn": turn} if turn else {}))


def read_home_value(text: object) -> HomeValue:
    """Return what a button of the Home tab is about. Raises UnreadableValueError."""
    fields = _fields(text)
    conversation_list, page, search = fields.get("shelf"), fields.get("page"), fields.get("search")
    turn = fields.get("turn", "")
    if conversation_list not in list(ConversationList) or not _is_page(page):
        raise UnreadableValueError("no such place")
    if not isinstance(search, str) or len(search) > MAX_SEARCH_LENGTH or not isinstance(turn, str):
        raise UnreadableValueError("not one that was drawn")
    return HomeValue(ListPosition(ConversationList(conversation_list), page, search), turn)


def turn_in_value(text: object) -> str:
    """Return the turn in the value of any button or view, empty where it has none or is unreadable."""
    try:
        turn = _fields(text).get("turn")
    except UnreadableValueError:
        return ""
    return turn if isinstance(turn, str) else ""


def transcript_value(conversation: str, page: int = 1) -> str:
    """Return the value of a button that opens a page of a conversation."""
    return _value({"conversation": conversation, "page": page})


def read_transcript_value(text: object) -> tuple[str, int]:
    """Return a conversation and which page of it to show. Raises UnreadableValueError."""
    fields = _fields(text)
    conversation, page = fields.get("conversation"), fields.get("page")
    if not isinstance(conversation, str) or not conversation or not _is_page(page):
        raise UnreadableValueError("no such page")
    return conversation, page


def channel_value(channel: str) -> str:
    """Return the metadata of a form about a channel."""
    return _value({"channel": channel})


def read_channel_value(text: object) -> str:
    """Return which channel a form is about. Raises UnreadableValueError."""
    channel = _fields(text).get("channel")
    if not isinstance(channel, str) or not channel:
        raise UnreadableValueError("no such channel")
    return channel


def _value(fields: Mapping[str, object]) -> str:
    # Not escaped, so that the longest search and the longest suggestion fit in any alphabet.
    return json.dumps({"v": VALUE_VERSION, **fields}, separators=(",", ":"), ensure_ascii=False)


def _fields(text: object) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > BUTTON_VALUE:
        raise UnreadableValueError("not a value")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableValueError("not JSON") from None
    if not isinstance(fields, dict) or fields.get("v") != VALUE_VERSION:
        raise UnreadableValueError("another version")
    if any(isinstance(each, str) and each != storable_text(each) for each in fields.values()):
        raise UnreadableValueError("not text that was drawn")
    return fields


def _is_page(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MAX_PAGE
