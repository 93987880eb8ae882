"""The Home tab: how to ask, and the conversations a person can look through."""

from bot.domain.conversations import (
    CONVERSATIONS_PER_PAGE,
    MAX_SEARCH_LENGTH,
    ConversationList,
    ConversationListPage,
    ConversationStatus,
    ListedConversation,
    ListPosition,
)
from bot.domain.people import LinkedAccount
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.render.blocks import (
    Block,
    button,
    button_row,
    context_block,
    date_text,
    escaped,
    option,
    overflow_menu,
    place_text,
    plain_text,
    section_block,
    sentence_blocks,
    shortened,
    warning_block,
)
from bot.slack.render.messages import UNTITLED

HOME_TITLE_LENGTH = 150
SHOWN_SEARCH = 60

OLDER_VERSION_TEXT = sentence("home.older_version")

READ_ENTRY = "read"
RENAME_ENTRY = "rename"
ARCHIVE_ENTRY = "archive"
UNARCHIVE_ENTRY = "unarchive"
DELETE_ENTRY = "delete"

_STATUS_KEYS = {
    ConversationStatus.IN_PROGRESS: "home.status.in_progress",
    ConversationStatus.FAILED: "home.status.failed",
}


def render_home(listed: ConversationListPage, note: str = "", account: LinkedAccount | None = None) -> Block:
    """Draw a page of a list; `note` is something to say about it first, in Slack markup.

    The `account` that the list is from is named at the bottom, where people have accounts of their own.
    """
    position = listed.position
    rows = [block for each in listed.conversations for block in _row(each, position)] or [_empty(listed)]
    connected = _connected(position, account) if account else []
    return _view(position, [*_head(position, note), *rows, *_foot(listed), *connected])


def render_home_error(position: ListPosition, reason: str, note: str = "", address: str = "") -> Block:
    """Draw why a list cannot be shown, in Slack markup, with what to do: connect an account, or try again."""
    value = actions.home_value(position)
    again = button(actions.HOME_RETRY, sentence("home.try_again"), value, style="primary")
    failed = [warning_block(reason), button_row("again", [again])]
    return _view(
        position, [*_head(position, note), *(sentence_blocks(reason, address) if address else failed)]
    )


def _view(position: ListPosition, blocks: list[Block]) -> Block:
    return {"type": "home", "private_metadata": actions.home_value(position), "blocks": blocks}


def _head(position: ListPosition, note: str) -> list[Block]:
    list_buttons = [
        button(
            actions.HOME_LISTS[each],
            sentence(f"home.list.{each}"),
            actions.home_value(ListPosition(each, search=position.search)),
            style="primary" if each is position.conversation_list else None,
        )
        for each in ConversationList
    ]
    return [
        {"type": "header", "text": plain_text(sentence("home.title"))},
        section_block(sentence("home.greeting")),
        {"type": "divider"},
        button_row("shelves", list_buttons),
        *_search(position),
        *([context_block(note)] if note else []),
    ]


def _search(position: ListPosition) -> list[Block]:
    element: Block = {
        "type": "plain_text_input",
        "action_id": actions.HOME_SEARCH,
        "placeholder": plain_text(sentence("home.search.placeholder")),
        "max_length": MAX_SEARCH_LENGTH,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if position.search:
        element["initial_value"] = position.search
    field: Block = {
        "type": "input",
        # A field keeps what was typed as long as its block keeps its id; another search is another field.
        "block_id": f"search {position.search}",
        "label": plain_text(sentence(f"home.search.{position.conversation_list}")),
        "dispatch_action": True,
        "element": element,
    }
    if not position.search:
        return [field]
    value = actions.home_value(ListPosition(position.conversation_list))
    clear = button(actions.HOME_CLEAR, sentence("home.search.clear"), value)
    return [field, button_row("clear", [clear])]


def _row(found: ListedConversation, position: ListPosition) -> list[Block]:
    conversation = found.conversation
    title = escaped(shortened(conversation.title or UNTITLED, HOME_TITLE_LENGTH))
    about = (
        sentence(_STATUS_KEYS[conversation.status]) if conversation.status in _STATUS_KEYS else None,
        date_text(conversation.last_activity_at) if conversation.last_activity_at else None,
        _place(found.thread.channel) if found.thread else None,
    )
    action_id = actions.HOME_THREAD if found.link else actions.HOME_TRANSCRIPT
    opening = button(action_id, sentence("home.open"), actions.transcript_value(conversation.id))
    if found.link:
        opening["url"] = found.link
    more = [overflow_menu(actions.HOME_MORE, _more(found.turn_id, position))] if found.turn_id else []
    drawn = section_block(f"*{title}*\n{'  ·  '.join(filter(None, about))}")
    return [{"type": "divider"}, drawn, button_row(f"row {conversation.id}", [opening, *more])]


def _more(turn: str, position: ListPosition) -> list[Block]:
    archived = position.conversation_list is ConversationList.ARCHIVED
    entries = (READ_ENTRY, RENAME_ENTRY, UNARCHIVE_ENTRY if archived else ARCHIVE_ENTRY, DELETE_ENTRY)
    return [option(sentence(f"home.{entry}"), actions.button_value(turn, entry)) for entry in entries]


def _empty(listed: ConversationListPage) -> Block:
    position = listed.position
    if not listed.has_account:
        return section_block(sentence("home.no_account"))
    if not position.search:
        return section_block(sentence(f"home.empty.{position.conversation_list}"))
    words = escaped(shortened(position.search, SHOWN_SEARCH))
    return section_block(sentence("home.nothing_found", words=words))


def _foot(listed: ConversationListPage) -> list[Block]:
    position, blocks = listed.position, [{"type": "divider"}] if listed.conversations else []
    first = (position.page - 1) * CONVERSATIONS_PER_PAGE + 1
    last = first + len(listed.conversations) - 1
    if listed.conversations:
        span = f"{first}\N{EN DASH}{last}" if last > first else str(first)
        blocks.append(context_block(sentence("home.shown", shown=span, total=listed.total)))
    turning = [
        *(
            [_turn(actions.HOME_PREVIOUS, sentence("home.previous"), position, -1)]
            if position.page > 1
            else []
        ),
        *([_turn(actions.HOME_NEXT, sentence("home.next"), position, 1)] if last < listed.total else []),
    ]
    if turning:
        blocks.append(button_row("pages", turning))
    if not listed.complete:
        blocks.append(context_block(sentence("home.incomplete")))
    return blocks


def _connected(position: ListPosition, account: LinkedAccount) -> list[Block]:
    unlink = button(actions.UNLINK, sentence("account.unlink"), actions.home_value(position))
    asked = {
        part: plain_text(sentence(f"account.unlink.{part}")) for part in ("title", "text", "confirm", "deny")
    }
    unlink["confirm"] = asked | {"style": "danger"}
    owner = escaped(account.owner.email or sentence("account.no_email"))
    connected = context_block(sentence("account.connected", owner=owner))
    return [{"type": "divider"}, connected, button_row("account", [unlink])]


def _turn(action_id: str, label: str, position: ListPosition, step: int) -> Block:
    there = ListPosition(position.conversation_list, position.page + step, position.search)
    return button(action_id, label, actions.home_value(there))


def _place(channel: str) -> str:
    return sentence("home.direct_message") if channel.startswith("D") else place_text(channel)
