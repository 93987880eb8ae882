"""Everything one person sees at one place, drawn from the workspace as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.demo.workspace.model import Channel, Kind, Message, User
from bot.demo.workspace.page.panes import (
    Entry,
    Seat,
    app_entry,
    channel_entry,
    channel_pane,
    foot,
    home_pane,
    intro,
    modal,
    name_of,
    person_entry,
    rail,
    sidebar,
    thread_pane,
)
from bot.demo.workspace.page.place import HOME, Place, Reading, Unread
from bot.demo.workspace.page.render.html import EMPTY, avatar, dom_id, filled
from bot.demo.workspace.page.render.messages import Item, Memory, Pane, Replies, message_list, reply_count
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.state import SLACKBOT
from bot.demo.workspace.workspace import Workspace

SHOWN = 150
"""The newest messages of a channel that are drawn; older ones stay in the workspace."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a window shows: HTML by region, messages by list, and the window's title."""

    title: str
    regions: Mapping[str, Markup]
    lists: Mapping[str, Sequence[Item]] = field(default_factory=dict)


class Board:
    """Draws the workspace for one reader at a time. `addresses` are shown in the demo menu, by name."""

    def __init__(self, workspace: Workspace, addresses: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._addresses = addresses
        self.reading = Reading()
        self._memory = Memory()

    def first_place(self) -> Place:
        """Return where an address without a person leads: the first person in their first channel."""
        person = self._people()[0]
        return Place(person.id, self._first_channel(person))

    def exists(self, place: Place) -> bool:
        """Whether that person is there, and in that channel."""
        if place.user not in {person.id for person in self._people()}:
            return False
        channel = self._workspace.state.channels.get(place.channel)
        return place.channel in {"", HOME} or (channel is not None and place.user in channel.members)

    def reader(self, user: str) -> Reader:
        """Return the person as a reader: the names they know, the time where they are."""
        state = self._workspace.state
        known = {
            each.id: name_of(self._workspace, each, user)
            for each in state.channels.values()
            if each.kind is Kind.PUBLIC or user in each.members
        }
        zone = ZoneInfo(state.users[user].tz)
        return Reader(user, zone, self._workspace.clock(), state.users, known)

    def draw(self, place: Place) -> Drawing:
        """Return everything to show at a place; what the channel shows counts as read."""
        reader = self.reader(place.user)
        channel = self._workspace.state.channels.get(place.channel)
        regions: dict[str, Markup] = {"thread": EMPTY, "modals": self._modals(reader)}
        lists: dict[str, Sequence[Item]] = {}
        if channel is not None:
            self._draw_channel(channel, place, reader, regions, lists)
        elif place.channel == HOME:
            regions["main"] = home_pane(self._workspace, reader)
        else:
            regions["main"] = filled("welcome.html", team=self._workspace.state.team)
        regions["rail"] = self._rail(place)
        regions["sidebar"] = self._sidebar(place)
        return Drawing(self._title(place, reader), regions, lists)

    def is_busy(self, place: Place) -> bool:
        """Whether the app is said to be at work here, so that the page must look again soon."""
        threads = self._workspace.state.agent_threads.values()
        now = self._workspace.clock()
        return any(
            each.channel == place.channel and each.status and each.status_until > now for each in threads
        )

    def _draw_channel(
        self,
        channel: Channel,
        place: Place,
        reader: Reader,
        regions: dict[str, Markup],
        lists: dict[str, Sequence[Item]],
    ) -> None:
        log = dom_id("log", place.user, channel.id)
        under_it = foot(self._workspace, channel, None, reader, log)
        regions["main"] = channel_pane(self._workspace, channel, reader, log, under_it)
        lists[log] = self._messages(channel, place, reader, log)
        if place.thread_ts is not None:
            key = dom_id("thread", place.user, channel.id, place.thread_ts)
            under_it = foot(self._workspace, channel, place.thread_ts, reader, key)
            regions["thread"] = thread_pane(self._workspace, channel, place, reader, key, under_it)
            lists[key] = self._thread(channel, place.thread_ts, reader, key)

    def _messages(self, channel: Channel, place: Place, reader: Reader, key: str) -> list[Item]:
        shown = self._workspace.messages(channel.id)
        if shown:
            self.reading.saw(place.user, channel.id, shown[-1].ts)
        whispers = [each for each in self._ephemerals(channel, place.user) if not each.is_reply]
        together = sorted([*shown, *whispers], key=lambda each: each.ts)[-SHOWN:]
        items = message_list(together, self._replies(channel), self._pane(channel, reader, key))
        return items if len(together) == SHOWN else [intro(self._workspace, channel, reader, key), *items]

    def _thread(self, channel: Channel, thread_ts: str, reader: Reader, key: str) -> list[Item]:
        whispers = [each for each in self._ephemerals(channel, reader.user) if each.thread_ts == thread_ts]
        together = sorted([*self._workspace.thread(channel.id, thread_ts), *whispers], key=lambda m: m.ts)
        items = message_list(together, {}, self._pane(channel, reader, key, is_thread=True))
        replies = sum(each.is_reply for each in together)
        parent = next((at for at, (item, _) in enumerate(items) if item == dom_id(key, thread_ts)), None)
        if parent is not None and replies:
            items.insert(parent + 1, reply_count(replies, key))
        return items

    def _pane(self, channel: Channel, reader: Reader, key: str, *, is_thread: bool = False) -> Pane:
        return Pane(
            key=key,
            reader=reader,
            shortcuts=[each for each in self._workspace.app.shortcuts if each.on_messages],
            is_thread=is_thread,
            channel_path=Place(reader.user, channel.id).path,
            may_delete_all=self._workspace.state.users[reader.user].is_admin,
            memory=self._memory,
        )

    def _ephemerals(self, channel: Channel, user: str) -> list[Message]:
        return [each for each in self._workspace.ephemerals(user) if each.channel == channel.id]

    def _replies(self, channel: Channel) -> dict[str, Replies]:
        found: dict[str, list[Message]] = {}
        for each in self._workspace.state.history(channel.id):
            if each.is_reply:
                found.setdefault(each.root, []).append(each)
        return {
            root: Replies(tuple(each.user for each in replies), replies[-1].ts)
            for root, replies in found.items()
        }

    def _modals(self, reader: Reader) -> Markup:
        stack = self._workspace.modals(reader.user)
        return modal(stack[-1], len(stack) - 1, self._workspace.bot, reader) if stack else EMPTY

    def _rail(self, place: Place) -> Markup:
        seats = [self._seat(person, place) for person in self._people()]
        return rail(self._workspace.state.team, seats, self._addresses)

    def _seat(self, person: User, place: Place) -> Seat:
        channels = {each.id for each in self._channels(person.id)}
        stays = place.channel in channels or place.channel == HOME
        there = place.channel if stays else self._counterpart(place, person)
        thread_ts = place.thread_ts if there == place.channel else None
        calls = sum(self._unread(person.id, each).calls for each in self._channels(person.id))
        path = Place(person.id, there, thread_ts).path
        return Seat(person.real_name, person.title, avatar(person), path, person.id == place.user, calls)

    def _counterpart(self, place: Place, person: User) -> str:
        """Return where another person goes who cannot follow: from one's chat with the app to theirs."""
        channel = self._workspace.state.channels.get(place.channel)
        if channel is not None and channel.kind is Kind.IM and self._workspace.bot.id in channel.members:
            return self._workspace.direct_message(person.id).id
        return self._first_channel(person) if place.channel else ""

    def _first_channel(self, person: User) -> str:
        return next((each.id for each in self._channels(person.id)), "")

    def _sidebar(self, place: Place) -> Markup:
        messages = self._workspace.direct_message(place.user)
        mine = self._channels(place.user)
        rooms = [each for each in mine if each.kind in {Kind.PUBLIC, Kind.PRIVATE}]
        public = (c for c in self._workspace.state.channels.values() if c.kind is Kind.PUBLIC)
        return sidebar(
            self._workspace.state.team,
            self._workspace.state.users[place.user],
            [channel_entry(each, place, self._unread(place.user, each)) for each in rooms],
            self._direct(place),
            app_entry(self._workspace.bot, messages, place, self._unread(place.user, messages)),
            [each for each in public if place.user not in each.members and not each.is_archived],
        )

    def _direct(self, place: Place) -> list[Entry]:
        entries = []
        for person in self._people():
            channel = self._workspace.state.direct_message([place.user, person.id])
            unread = self._unread(place.user, channel) if channel else Unread()
            label = f"{person.real_name} (you)" if person.id == place.user else person.real_name
            entries.append(person_entry(label, person, channel, place, unread))
        return entries

    def _unread(self, user: str, channel: Channel) -> Unread:
        return self.reading.unread(user, channel, self._workspace.messages(channel.id))

    def _people(self) -> list[User]:
        users = self._workspace.state.users.values()
        return [each for each in users if not each.is_bot and not each.deleted and each.id != SLACKBOT]

    def _channels(self, user: str) -> list[Channel]:
        return self._workspace.channels_of(user)

    def _title(self, place: Place, reader: Reader) -> str:
        name = self._workspace.bot.real_name if place.channel == HOME else reader.channels.get(place.channel)
        return f"{name} · {self._workspace.state.team.name}" if name else self._workspace.state.team.name
