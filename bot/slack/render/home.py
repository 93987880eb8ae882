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
    plain_text,
    section_block,
    shortened,
)
from bot.slack.render.messages import UNTITLED, sentence_blocks

HOME_TITLE_LENGTH = 150
SHOWN_SEARCH = 60

GREETING = (
    "I answer questions from your company's own knowledge, with sources. "
    "Mention me in a channel with your question, or write to me under *Messages*; "
    "in the thread of an answer you can simply go on asking."
)

LABELS = {
    ConversationList.MINE: "Mine",
    ConversationList.SHARED: "Shared with me",
    ConversationList.ARCHIVED: "Archived",
}

SEARCH = {
    ConversationList.MINE: "Search your conversations",
    ConversationList.SHARED: "Search what is shared with you",
    ConversationList.ARCHIVED: "Search your archived conversations",
}

EMPTY = {
    ConversationList.MINE: (
        "*Nothing here yet.* Ask a question: mention me in a channel, or write to me under *Messages*. "
        "What you archived is under *Archived*."
    ),
    ConversationList.SHARED: (
        "*Nothing here yet.* Whoever started a conversation can share it with you, "
        "with the *Share* button under an answer."
    ),
    ConversationList.ARCHIVED: (
        "*Nothing here yet.* The *Archive* button under an answer moves its conversation here."
    ),
}

STATUSES = {
    ConversationStatus.IN_PROGRESS: ":writing_hand: being written",
    ConversationStatus.FAILED: ":warning: failed",
}

NO_ACCOUNT_TEXT = (
    "*I can't tell what is shared with you:* I find nobody in PipesHub with the e-mail address of your "
    "Slack profile. Please ask the people who run PipesHub to invite that address."
)

OLDER_VERSION_TEXT = "That button was from an older version of this page. Here is the page as it is now."

UNLINK_CONFIRMATION = {
    "title": plain_text("Unlink your account?"),
    "text": plain_text(
        "I can't answer you any more until you connect an account again. What you asked stays in PipesHub."
    ),
    "confirm": plain_text("Unlink"),
    "deny": plain_text("Keep it"),
    "style": "danger",
}

READ_ENTRY = "read"
RENAME_ENTRY = "rename"
ARCHIVE_ENTRY = "archive"
UNARCHIVE_ENTRY = "unarchive"
DELETE_ENTRY = "delete"


def render_home(listed: ConversationListPage, note: str = "", account: LinkedAccount | None = None) -> Block:
    """Draw a page of a list; `note` is something to say about it first, in Slack markup.

    The `account` that the list is from stands at the bottom, where people have accounts of their own.
    """
    position = listed.position
    rows = [block for each in listed.conversations for block in _row(each, position)] or [_empty(listed)]
    connected = _connected(position, account) if account else []
    return _view(position, [*_head(position, note), *rows, *_foot(listed), *connected])


def render_home_error(position: ListPosition, sentence: str, note: str = "", address: str = "") -> Block:
    """Draw why a list cannot be shown, in Slack markup, with what to do: connect an account, or try again."""
    again = button(actions.HOME_RETRY, "Try again", actions.home_value(position), style="primary")
    failed = [section_block(f":warning: {sentence}"), button_row("again", [again])]
    return _view(
        position, [*_head(position, note), *(sentence_blocks(sentence, address) if address else failed)]
    )


def _view(position: ListPosition, blocks: list[Block]) -> Block:
    return {"type": "home", "private_metadata": actions.home_value(position), "blocks": blocks}


def _head(position: ListPosition, note: str) -> list[Block]:
    list_buttons = [
        button(
            actions.HOME_LISTS[conversation_list],
            label,
            actions.home_value(ListPosition(conversation_list, search=position.search)),
            style="primary" if conversation_list is position.conversation_list else None,
        )
        for conversation_list, label in LABELS.items()
    ]
    return [
        {"type": "header", "text": plain_text("Ask your company's knowledge")},
        section_block(GREETING),
        {"type": "divider"},
        button_row("shelves", list_buttons),
        *_search(position),
        *([context_block(note)] if note else []),
    ]


def _search(position: ListPosition) -> list[Block]:
    element: Block = {
        "type": "plain_text_input",
        "action_id": actions.HOME_SEARCH,
        "placeholder": plain_text("Words in a title or a message, then Enter"),
        "max_length": MAX_SEARCH_LENGTH,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if position.search:
        element["initial_value"] = position.search
    field: Block = {
        "type": "input",
        # A field keeps what was typed as long as its block keeps its id; another search is another field.
        "block_id": f"search {position.search}",
        "label": plain_text(SEARCH[position.conversation_list]),
        "dispatch_action": True,
        "element": element,
    }
    if not position.search:
        return [field]
    clear = button(
        actions.HOME_CLEAR, "Clear search", actions.home_value(ListPosition(position.conversation_list))
    )
    return [field, button_row("clear", [clear])]


def _row(found: ListedConversation, position: ListPosition) -> list[Block]:
    conversation = found.conversation
    title = escaped(shortened(conversation.title or UNTITLED, HOME_TITLE_LENGTH))
    about = (
        STATUSES.get(conversation.status),
        date_text(conversation.last_activity_at) if conversation.last_activity_at else None,
        _where(found.thread.channel) if found.thread else None,
    )
    value = actions.transcript_value(conversation.id)
    opening = (
        button(actions.HOME_THREAD, "Open", value) | {"url": found.link}
        if found.link
        else button(actions.HOME_TRANSCRIPT, "Open", value)
    )
    more = [overflow_menu(actions.HOME_MORE, _more(found.turn_id, position))] if found.turn_id else []
    drawn = section_block(f"*{title}*\n{'  ·  '.join(filter(None, about))}")
    return [{"type": "divider"}, drawn, button_row(f"row {conversation.id}", [opening, *more])]


def _more(turn: str, position: ListPosition) -> list[Block]:
    archived = position.conversation_list is ConversationList.ARCHIVED
    entries = (
        ("Read here", READ_ENTRY),
        ("Rename", RENAME_ENTRY),
        ("Unarchive", UNARCHIVE_ENTRY) if archived else ("Archive", ARCHIVE_ENTRY),
        ("Delete", DELETE_ENTRY),
    )
    return [option(label, actions.button_value(turn, entry)) for label, entry in entries]


def _empty(listed: ConversationListPage) -> Block:
    position = listed.position
    if not listed.has_account:
        return section_block(NO_ACCOUNT_TEXT)
    if not position.search:
        return section_block(EMPTY[position.conversation_list])
    words = escaped(shortened(position.search, SHOWN_SEARCH))
    return section_block(
        f"*No conversation here mentions “{words}”.* Try other words, or look at another list."
    )


def _foot(listed: ConversationListPage) -> list[Block]:
    position, blocks = listed.position, [{"type": "divider"}] if listed.conversations else []
    first = (position.page - 1) * CONVERSATIONS_PER_PAGE + 1
    last = first + len(listed.conversations) - 1
    if listed.conversations:
        span = f"{first}\N{EN DASH}{last}" if last > first else str(first)
        blocks.append(context_block(f"{span} of {listed.total}"))
    turning = [
        *([_turn(actions.HOME_PREVIOUS, "Previous", position, -1)] if position.page > 1 else []),
        *([_turn(actions.HOME_NEXT, "Next", position, 1)] if last < listed.total else []),
    ]
    if turning:
        blocks.append(button_row("pages", turning))
    if not listed.complete:
        blocks.append(
            context_block("I looked through the newest conversations only. Search to find older ones.")
        )
    return blocks


def _connected(position: ListPosition, account: LinkedAccount) -> list[Block]:
    unlink = button(actions.UNLINK, "Unlink", actions.home_value(position)) | {"confirm": UNLINK_CONFIRMATION}
    whose = escaped(account.owner.email or "an account without an e-mail address")
    return [
        {"type": "divider"},
        context_block(f"Connected to PipesHub as {whose}"),
        button_row("account", [unlink]),
    ]


def _turn(action_id: str, label: str, position: ListPosition, step: int) -> Block:
    there = ListPosition(position.conversation_list, position.page + step, position.search)
    return button(action_id, label, actions.home_value(there))


def _where(channel: str) -> str:
    return "in a direct message" if channel.startswith("D") else f"in <#{channel}>"
