"""The Home tab: how to ask, and the conversations a person can look through."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.conversations import (
    CONVERSATIONS_PER_PAGE,
    MAX_SEARCH_LENGTH,
    ConversationList,
    ConversationListPage,
    ListedConversation,
    ListPosition,
)
from bot.domain.people import LinkedAccount
from bot.sentences import SENTENCES, sentence
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


def render_home(listed: ConversationListPage, note: str = "", account: LinkedAccount | None = None) -> Block:
    """Draw a page of a list; `note` is something to say about it first, in Slack markup.

    The `account` that the list is from is named at the bottom, where people have accounts of their own.
    """
    position = listed.position
    rows = [block for each in listed.conversations for block in _row(each, position)]
    connected = _connected(position, account) if account else []
    return _view(position, note, [*(rows or [_empty(listed)]), *_foot(listed), *connected])


def render_home_error(position: ListPosition, reason: str, note: str = "", address: str = "") -> Block:
    """Draw why a list cannot be shown, in Slack markup, with what to do: connect an account, or try again."""
    if address:
        return _view(position, note, sentence_blocks(reason, address))
    value = actions.home_value(position)
    again = button(actions.HOME_RETRY, sentence("home.try_again"), value, style="primary")
    return _view(position, note, [warning_block(reason), button_row("again", [again])])


def _view(position: ListPosition, note: str, content: Sequence[Block]) -> Block:
    """Return the view with what every page begins with: the greeting, the lists and the search."""
    list_buttons = [
        button(
            actions.HOME_LISTS[each],
            sentence(f"home.list.{each}"),
            actions.home_value(ListPosition(each, search=position.search)),
            style="primary" if each is position.conversation_list else None,
        )
        for each in ConversationList
    ]
    blocks = [
        {"type": "header", "text": plain_text(sentence("home.title"))},
        section_block(sentence("home.greeting")),
        {"type": "divider"},
        button_row("shelves", list_buttons),
        *_search(position),
        *([context_block(note)] if note else []),
        *content,
    ]
    return {"type": "home", "private_metadata": actions.home_value(position), "blocks": blocks}


def _search(position: ListPosition) -> list[Block]:
    element: Block = {
        "type": "plain_text_input",
        "action_id": actions.HOME_SEARCH,
        "placeholder": plain_text(sentence("home.search.placeholder")),
        "max_length": MAX_SEARCH_LENGTH,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    drawn: list[Block] = [
        {
            "type": "input",
            # A field keeps what was typed as long as its block keeps its id; another search is another field.
            "block_id": f"search {position.search}",
            "label": plain_text(sentence(f"home.search.{position.conversation_list}")),
            "dispatch_action": True,
            "element": element,
        }
    ]
    if position.search:
        element["initial_value"] = position.search
        value = actions.home_value(ListPosition(position.conversation_list))
        clear = button(actions.HOME_CLEAR, sentence("home.search.clear"), value)
        drawn.append(button_row("clear", [clear]))
    return drawn


def _row(found: ListedConversation, position: ListPosition) -> list[Block]:
    conversation = found.conversation
    title = escaped(shortened(conversation.title or UNTITLED, HOME_TITLE_LENGTH))
    status = SENTENCES.get(f"home.status.{conversation.status.name.lower()}")
    about = [status] if status else []
    if conversation.last_activity_at:
        about.append(date_text(conversation.last_activity_at))
    if found.thread:
        direct = found.thread.channel.startswith("D")
        about.append(sentence("home.direct_message") if direct else place_text(found.thread.channel))
    action_id = actions.HOME_THREAD if found.link else actions.HOME_TRANSCRIPT
    row = [button(action_id, sentence("home.open"), actions.transcript_value(conversation.id))]
    if found.link:
        row[0]["url"] = found.link
    if found.turn_id:
        archived = position.conversation_list is ConversationList.ARCHIVED
        entries = (READ_ENTRY, RENAME_ENTRY, UNARCHIVE_ENTRY if archived else ARCHIVE_ENTRY, DELETE_ENTRY)
        menu = [
            option(sentence(f"home.{each}"), actions.button_value(found.turn_id, each)) for each in entries
        ]
        row.append(overflow_menu(actions.HOME_MORE, menu))
    drawn = section_block(f"*{title}*\n{'  ·  '.join(about)}")
    return [{"type": "divider"}, drawn, button_row(f"row {conversation.id}", row)]


def _empty(listed: ConversationListPage) -> Block:
    position = listed.position
    if not listed.has_account:
        return section_block(sentence("home.no_account"))
    words = escaped(shortened(position.search, SHOWN_SEARCH))
    key = "home.nothing_found" if words else f"home.empty.{position.conversation_list}"
    return section_block(sentence(key, words=words))


def _foot(listed: ConversationListPage) -> list[Block]:
    position, blocks = listed.position, list[Block]()
    first = (position.page - 1) * CONVERSATIONS_PER_PAGE + 1
    last = first + len(listed.conversations) - 1
    if listed.conversations:
        span = f"{first}\N{EN DASH}{last}" if last > first else str(first)
        shown = context_block(sentence("home.shown", shown=span, total=listed.total))
        blocks += [{"type": "divider"}, shown]
    pages = (
        (actions.HOME_PREVIOUS, "home.previous", position.page - 1, position.page > 1),
        (actions.HOME_NEXT, "home.next", position.page + 1, last < listed.total),
    )
    turning = [
        button(action_id, sentence(key), actions.home_value(replace(position, page=page)))
        for action_id, key, page, shown in pages
        if shown
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
