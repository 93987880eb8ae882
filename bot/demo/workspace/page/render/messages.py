"""Messages as they stand in a channel or a thread."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from bot.demo.workspace.model import Json, Message, User
from bot.demo.workspace.options import Shortcut
from bot.demo.workspace.page.render.blocks import attachments, blocks
from bot.demo.workspace.page.render.html import EMPTY, avatar, dom_id, filled, tag
from bot.demo.workspace.page.render.mrkdwn import QUICK, drawn, mrkdwn
from bot.demo.workspace.page.render.reader import Frame, Reader

KEPT = 3000
"""Drawings remembered: ten windows of 150 messages, each in the channel and in a thread."""


class Memory:
    """The newest drawing of each message in each window. `fresh` counts the drawings really made."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._drawn: OrderedDict[str, tuple[Hashable, Markup]] = OrderedDict()
        self.fresh = 0

    def recall(self, key: str, looks: Hashable, draw: Callable[[], Markup]) -> Markup:
        """Return the drawing under `key` as long as it would look the same, else draw it again.

        `looks` is everything the drawing depends on.
        """
        known = self._drawn.get(key)
        if known is None or known[0] != looks:
            known = (looks, draw())
            self._drawn[key] = known
            self.fresh += 1
        self._drawn.move_to_end(key)
        if len(self._drawn) > self._kept:
            self._drawn.popitem(last=False)
        return known[1]


GROUPED_WITHIN = 300.0
"""Seconds within which one author's messages share one name and picture."""

Item = tuple[str, Markup]
"""An element's id and its HTML, id included."""


@dataclass(frozen=True, slots=True)
class Replies:
    """What a message's thread link tells: the replies' authors in order, the newest `ts`."""

    authors: tuple[str, ...]
    latest: str

    @property
    def count(self) -> int:
        """How many replies there are."""
        return len(self.authors)


@dataclass(frozen=True, slots=True)
class Pane:
    """Where messages are drawn: `key` begins their ids; in a thread no reply opens another."""

    key: str
    reader: Reader
    shortcuts: Sequence[Shortcut] = ()
    is_thread: bool = False
    channel_path: str = ""
    may_delete_all: bool = False
    memory: Memory = field(default_factory=Memory)


def message_list(messages: Sequence[Message], replies: dict[str, Replies], pane: Pane) -> list[Item]:
    """Return messages, the oldest first, with a divider before each day."""
    items: list[Item] = []
    for before, message in pairwise([None, *messages]):
        assert message is not None  # only the first of the pairs begins with None  # noqa: S101
        day = pane.reader.day(message.ts)
        new_day = before is None or pane.reader.day(before.ts) != day
        if new_day:
            items.append(_divider(message, day, pane))
        grouped = before is not None and not new_day and _belongs(before, message)
        items.append((_id(message, pane), _recalled(message, replies.get(message.ts), pane, grouped=grouped)))
    return items


def reply_count(count: int, key: str) -> Item:
    """Return the line between the head of a thread and its replies."""
    words = "1 reply" if count == 1 else f"{count} replies"
    line = dom_id(key, "count")
    return line, tag("div", {"id": line, "class": "reply-count", "role": "separator"}, words)


def _id(message: Message, pane: Pane) -> str:
    return dom_id(pane.key, message.ts)


def _divider(message: Message, day: str, pane: Pane) -> Item:
    key = dom_id(pane.key, "day", f"{pane.reader.at(message.ts):%Y%m%d}")
    return key, tag("div", {"id": key, "class": "day", "role": "separator"}, tag("span", None, day))


def _belongs(before: Message, message: Message) -> bool:
    return (
        (before.user, before.username, before.visible_to)
        == (message.user, message.username, message.visible_to)
        and before.subtype == message.subtype
        and float(message.ts) - float(before.ts) < GROUPED_WITHIN
    )


def _recalled(message: Message, replies: Replies | None, pane: Pane, *, grouped: bool) -> Markup:
    reader = pane.reader
    looks = (
        repr(message),
        replies and (replies, reader.ago(replies.latest)),
        grouped,
        reader.day(message.ts),
        len(reader.people),
        tuple(reader.channels.items()),
    )
    return pane.memory.recall(
        _id(message, pane), looks, lambda: _message(message, replies, pane, grouped=grouped)
    )


def _message(message: Message, replies: Replies | None, pane: Pane, *, grouped: bool) -> Markup:
    reader = pane.reader
    author = reader.people.get(message.user) or User(message.user, message.user, message.user)
    own = message.user == reader.user
    return filled(
        "message.html",
        id=_id(message, pane),
        message=message,
        name=message.username or author.real_name or author.name,
        avatar=avatar(author),
        is_app=author.is_bot or message.bot_id is not None,
        grouped=grouped,
        # Slack marks no message as edited that an app composed of blocks.
        edited=bool(message.edited) and not (message.bot_id and message.blocks),
        time=reader.clock(message.ts),
        moment=f"{reader.day(message.ts)} at {reader.clock(message.ts)}",
        body=_body(message, pane),
        reactions=[_reaction(name, users, reader) for name, users in message.reactions.items()],
        replies=None if replies is None or pane.is_thread else _thread_link(replies, reader),
        thread_path=f"{pane.channel_path}/{message.root}",
        quick=[(name, drawn(name)) for name in QUICK],
        shortcuts=pane.shortcuts,
        is_thread=pane.is_thread,
        may_edit=own and not message.subtype,
        may_delete=own or pane.may_delete_all,
    )


def _body(message: Message, pane: Pane) -> Markup:
    frame = Frame(pane.reader, _id(message, pane), message.inputs.get(pane.reader.user) or {})
    # What people type is stored as one plain rich text section; its text still says what is bold.
    if message.blocks and message.bot_id is not None:
        words = blocks(message.blocks, frame)
    else:
        words = tag("div", {"class": "blocks"}, mrkdwn(message.text, pane.reader))
    return words + attachments(message.attachments, frame) + _files(message)


def _files(message: Message) -> Markup:
    cards = [
        tag(
            "details",
            {"class": "file"},
            tag("summary", None, tag("span", {"aria-hidden": "true"}, "📄 "), each.name),
            tag("pre", None, each.content),
        )
        for each in message.files
    ]
    return tag("div", {"class": "files"}, *cards) if cards else EMPTY


def _reaction(name: str, users: Sequence[str], reader: Reader) -> Json:
    who = ", ".join("you" if user == reader.user else reader.name(user) for user in users)
    return {
        "name": name,
        "emoji": drawn(name),
        "count": len(users),
        "mine": reader.user in users,
        "label": f"{len(users)} {name} ({who})",
    }


def _thread_link(replies: Replies, reader: Reader) -> dict[str, Any]:
    people = [reader.people[user] for user in dict.fromkeys(replies.authors) if user in reader.people]
    return {
        "count": replies.count,
        "avatars": [avatar(each) for each in people[:4]],
        "ago": reader.ago(replies.latest),
        "from_app": any(each.is_bot for each in people),
    }
