"""The Home tab: how to ask, and the conversations a person can look through."""

from datetime import datetime

from bot.domain.conversations import LONGEST_SEARCH, ROWS, Listed, Place, Row, Shelf, Status
from bot.domain.people import Linked
from bot.slack import actions
from bot.slack.render import messages
from bot.slack.render.blocks import Block, button, context, escaped, menu, option, section, shortened
from bot.slack.render.blocks import actions as row
from bot.slack.render.modals.base import plain

TITLE = 150
SHOWN_SEARCH = 60

GREETING = (
    "I answer questions from your company's own knowledge, with sources. "
    "Mention me in a channel with your question, or write to me under *Messages*; "
    "in the thread of an answer you can simply go on asking."
)

LABELS = {Shelf.MINE: "Mine", Shelf.SHARED: "Shared with me", Shelf.ARCHIVED: "Archived"}

SEARCH = {
    Shelf.MINE: "Search your conversations",
    Shelf.SHARED: "Search what is shared with you",
    Shelf.ARCHIVED: "Search your archived conversations",
}

EMPTY = {
    Shelf.MINE: (
        "*Nothing here yet.* Ask a question: mention me in a channel, or write to me under *Messages*. "
        "What you archived is under *Archived*."
    ),
    Shelf.SHARED: (
        "*Nothing here yet.* Whoever started a conversation can share it with you, "
        "with the *Share* button under an answer."
    ),
    Shelf.ARCHIVED: "*Nothing here yet.* The *Archive* button under an answer moves its conversation here.",
}

UNMATCHED = (
    "*I can't tell what is shared with you:* I find nobody in PipesHub with the e-mail address of your "
    "Slack profile. Please ask the people who run PipesHub to invite that address."
)

ANOTHER_VERSION = "That button was from an older version of this page. Here is the page as it is now."

UNLINKING = {
    "title": plain("Unlink your account?"),
    "text": plain(
        "I can't answer you any more until you connect an account again. What you asked stays in PipesHub."
    ),
    "confirm": plain("Unlink"),
    "deny": plain("Keep it"),
    "style": "danger",
}

READ = "read"
RENAME = "rename"
ARCHIVE = "archive"
UNARCHIVE = "unarchive"
DELETE = "delete"


def home(listed: Listed, note: str = "", account: Linked | None = None) -> Block:
    """Draw a page of a list; `note` is something to say about it first, in Slack markup.

    Whose `account` the list is from stands at the bottom, where people have accounts of their own.
    """
    blocks = [*_head(listed.place, note), *_rows(listed), *_foot(listed)]
    return _view(listed.place, [*blocks, *(_connected(listed.place, account) if account else [])])


def unavailable(place: Place, sentence: str, note: str = "", address: str = "") -> Block:
    """Draw why a list cannot be shown, in Slack markup, with what to do: connect an account, or try again."""
    if address:
        return _view(place, [*_head(place, note), *messages.saying(sentence, address)])
    again = button(actions.HOME_AGAIN, "Try again", actions.home_value(place), style="primary")
    return _view(place, [*_head(place, note), section(f":warning: {sentence}"), row("again", [again])])


def _view(place: Place, blocks: list[Block]) -> Block:
    return {"type": "home", "private_metadata": actions.home_value(place), "blocks": blocks}


def _head(place: Place, note: str) -> list[Block]:
    shelves = [
        button(
            actions.HOME_GO[shelf],
            label,
            actions.home_value(Place(shelf, search=place.search)),
            style="primary" if shelf is place.shelf else None,
        )
        for shelf, label in LABELS.items()
    ]
    return [
        {"type": "header", "text": plain("Ask your company's knowledge")},
        section(GREETING),
        {"type": "divider"},
        row("shelves", shelves),
        *_search(place),
        *([context(note)] if note else []),
    ]


def _search(place: Place) -> list[Block]:
    element: Block = {
        "type": "plain_text_input",
        "action_id": actions.HOME_SEARCH,
        "placeholder": plain("Words in a title or a message, then Enter"),
        "max_length": LONGEST_SEARCH,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if place.search:
        element["initial_value"] = place.search
    field: Block = {
        "type": "input",
        # A field keeps what was typed as long as its block keeps its id; another search is another field.
        "block_id": f"search {place.search}",
        "label": plain(SEARCH[place.shelf]),
        "dispatch_action": True,
        "element": element,
    }
    if not place.search:
        return [field]
    clear = button(actions.HOME_CLEAR, "Clear search", actions.home_value(Place(place.shelf)))
    return [field, row("clear", [clear])]


def _rows(listed: Listed) -> list[Block]:
    if not listed.rows:
        return _empty(listed)
    return [block for each in listed.rows for block in _row(each, listed.place)]


def _row(found: Row, place: Place) -> list[Block]:
    conversation = found.conversation
    title = escaped(shortened(conversation.title or "Conversation without a title", TITLE))
    about = [
        *({Status.IN_PROGRESS: [":writing_hand: being written"], Status.FAILED: [":warning: failed"]}).get(
            conversation.status, []
        ),
        *([_date(conversation.last_activity_at)] if conversation.last_activity_at else []),
        *([_where(found.thread.channel)] if found.thread else []),
    ]
    value = actions.reading_value(conversation.id)
    opening = (
        button(actions.HOME_THREAD, "Open", value) | {"url": found.link}
        if found.link
        else button(actions.HOME_READ, "Open", value)
    )
    more = [menu(actions.HOME_MORE, _more(found.turn, place))] if found.turn else []
    drawn = section("\n".join([f"*{title}*", "  ·  ".join(about)]))
    return [{"type": "divider"}, drawn, row(f"row {conversation.id}", [opening, *more])]


def _more(turn: str, place: Place) -> list[Block]:
    archived = place.shelf is Shelf.ARCHIVED
    return [
        option("Read here", actions.value(turn, READ)),
        option("Rename", actions.value(turn, RENAME)),
        option("Unarchive", actions.value(turn, UNARCHIVE))
        if archived
        else option("Archive", actions.value(turn, ARCHIVE)),
        option("Delete", actions.value(turn, DELETE)),
    ]


def _empty(listed: Listed) -> list[Block]:
    place = listed.place
    if not listed.matched:
        return [section(UNMATCHED)]
    if not place.search:
        return [section(EMPTY[place.shelf])]
    words = escaped(shortened(place.search, SHOWN_SEARCH))
    return [section(f"*No conversation here mentions “{words}”.* Try other words, or look at another list.")]


def _foot(listed: Listed) -> list[Block]:
    place, blocks = listed.place, [{"type": "divider"}] if listed.rows else []
    first = (place.number - 1) * ROWS + 1
    last = first + len(listed.rows) - 1
    if listed.rows:
        span = f"{first}\N{EN DASH}{last}" if last > first else str(first)
        blocks.append(context(f"{span} of {listed.total}"))
    turning = [
        *([_turn(actions.HOME_PREVIOUS, "Previous", place, -1)] if place.number > 1 else []),
        *([_turn(actions.HOME_NEXT, "Next", place, 1)] if last < listed.total else []),
    ]
    if turning:
        blocks.append(row("pages", turning))
    if not listed.complete:
        blocks.append(context("I looked through the newest conversations only. Search to find older ones."))
    return blocks


def _connected(place: Place, account: Linked) -> list[Block]:
    unlink = button(actions.UNLINK, "Unlink", actions.home_value(place)) | {"confirm": UNLINKING}
    whose = escaped(account.owner.email or "an account without an e-mail address")
    return [{"type": "divider"}, context(f"Connected to PipesHub as {whose}"), row("account", [unlink])]


def _turn(action_id: str, label: str, place: Place, step: int) -> Block:
    there = Place(place.shelf, place.number + step, place.search)
    return button(action_id, label, actions.home_value(there))


def _where(channel: str) -> str:
    return "in a direct message" if channel.startswith("D") else f"in <#{channel}>"


def _date(when: datetime) -> str:
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%d %b %Y}>"
