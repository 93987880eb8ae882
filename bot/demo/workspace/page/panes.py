"""The parts of the window: sidebar, channel or Home tab, thread, modal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.demo.workspace.model import AgentThread, Channel, Kind, Team, User, View
from bot.demo.workspace.page.place import HOME, Place, Unread
from bot.demo.workspace.page.render.blocks import blocks
from bot.demo.workspace.page.render.html import avatar, dom_id, filled, initials, plain, tag
from bot.demo.workspace.page.render.messages import Item
from bot.demo.workspace.page.render.reader import Frame, Reader
from bot.demo.workspace.workspace import Workspace


def modal(view: View, depth: int, app: User, reader: Reader) -> Markup:
    """Return a modal; `depth` is how many views lie under it."""
    frame = Frame(reader, dom_id(view.id), view.state, view.errors)
    has_input = any(block.get("type") == "input" for block in view.blocks)
    return filled(
        "modal.html",
        view=view,
        depth=depth,
        app=app,
        picture=avatar(app),
        title=plain(view.payload.get("title")),
        submit=plain(view.payload.get("submit")) or ("Submit" if has_input else ""),
        close=plain(view.payload.get("close")) or "Cancel",
        body=blocks(view.blocks, frame),
        error=view.errors.get("", ""),
    )


def home(view: View | None, app_name: str, reader: Reader) -> Markup:
    """Return the Home tab, or a word about its absence until the app publishes one."""
    if view is None:
        return tag("div", {"class": "home-empty"}, f"{app_name} has not published its Home tab yet.")
    frame = Frame(reader, dom_id(view.id), view.state, view.errors)
    return tag(
        "div", {"id": f"home-{view.id}", "class": "home", "data-view": view.id}, blocks(view.blocks, frame)
    )


LOADING_TURN = 2.0
"""Seconds each of the app's loading messages is shown before the next one."""


def name_of(workspace: Workspace, channel: Channel, user: str) -> str:
    """Return a channel's name, or the names of the others in a direct message."""
    if channel.kind in {Kind.PUBLIC, Kind.PRIVATE}:
        return channel.name
    others = [workspace.state.users[each] for each in channel.members if each != user]
    return ", ".join(each.real_name or each.name for each in others) or workspace.state.users[user].real_name


def channel_pane(
    workspace: Workspace, channel: Channel, reader: Reader, log: str, under_it: Markup
) -> Markup:
    """Return the middle column of a channel or direct message, its messages left out."""
    people = [workspace.state.users[each] for each in channel.members]
    other = _other(people, reader) if channel.kind is Kind.IM else None
    is_app = other is not None and other.is_bot
    invitable = workspace.bot if _lacks_app(workspace, channel) else None
    return filled(
        "main.html",
        base=reader.base,
        tabs=_tabs(workspace, reader, channel.id) if is_app else None,
        picture=avatar(other) if other else None,
        title=name_of(workspace, channel, reader.user),
        title_icon={Kind.PUBLIC: "hash", Kind.PRIVATE: "lock"}.get(channel.kind, "people"),
        topic=channel.topic,
        members=[{"picture": avatar(each), "name": each.real_name, "is_app": each.is_bot} for each in people],
        invitable=invitable,
        channel=channel.id,
        home=None,
        log=log,
        foot=under_it,
    )


def home_pane(workspace: Workspace, reader: Reader) -> Markup:
    """Return the middle column with the app's Home tab."""
    app = workspace.bot
    return filled(
        "main.html",
        base=reader.base,
        tabs=_tabs(workspace, reader, HOME),
        picture=avatar(app),
        title=app.real_name or app.name,
        home=home(workspace.home(reader.user), app.real_name or app.name, reader),
    )


def thread_pane(
    workspace: Workspace, channel: Channel, place: Place, reader: Reader, log: str, under_it: Markup
) -> Markup:
    """Return the right column, its messages left out."""
    agent = workspace.agent_thread(channel.id, place.thread_ts or "")
    name = name_of(workspace, channel, reader.user)
    return filled(
        "thread.html",
        path=place.without_thread().path,
        name=f"#{name}" if channel.kind in {Kind.PUBLIC, Kind.PRIVATE} else name,
        title=agent.title if agent else "",
        log=log,
        foot=under_it,
    )


def intro(workspace: Workspace, channel: Channel, reader: Reader, log: str) -> Item:
    """Return what stands above the first message of a channel or direct message."""
    people = [workspace.state.users[each] for each in channel.members]
    name, key = name_of(workspace, channel, reader.user), dom_id(log, "intro")
    direct = channel.kind in {Kind.IM, Kind.MPIM}
    picture = avatar(_other(people, reader)) if direct else tag("div", {"class": "intro-mark"}, "#")
    words = f"This is the very beginning of your messages with {name}." if direct else channel.topic
    heading = name if direct else f"Welcome to #{name}"
    return key, tag(
        "div", {"id": key, "class": "intro"}, picture, tag("h3", None, heading), tag("p", None, words)
    )


def foot(workspace: Workspace, channel: Channel, thread_ts: str | None, reader: Reader, log: str) -> Markup:
    """Return what stands under the messages: prompts, what the app is doing, the composer."""
    agent = workspace.agent_thread(channel.id, thread_ts or "")
    return filled(
        "foot.html",
        channel=channel.id,
        thread_ts=thread_ts,
        prompts=agent.prompts if agent else [],
        prompts_title=agent.prompts_title if agent else "",
        status=_status(workspace, channel, thread_ts),
        stoppable=_stoppable(workspace, channel, thread_ts),
        archived=channel.is_archived,
        composer=_composer(workspace, channel, thread_ts, reader, log),
    )


def _composer(
    workspace: Workspace, channel: Channel, thread_ts: str | None, reader: Reader, log: str
) -> Markup:
    name = name_of(workspace, channel, reader.user)
    shown = f"#{name}" if channel.kind in {Kind.PUBLIC, Kind.PRIVATE} else name
    return filled(
        "composer.html",
        key=dom_id(log, "composer"),
        channel=channel.id,
        thread_ts=thread_ts,
        label="Reply…" if thread_ts else f"Message {shown}",
        channel_name=shown if channel.kind in {Kind.PUBLIC, Kind.PRIVATE} else "",
        shortcuts=[each for each in workspace.app.shortcuts if not each.on_messages],
    )


def _status(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str:
    """Return what the app is doing in the thread; under a direct message, in any of its threads."""
    now, app = workspace.clock(), workspace.bot
    direct = channel.kind is Kind.IM and thread_ts is None
    for each in workspace.state.agent_threads.values():
        here = each.channel == channel.id and (direct or each.thread_ts == thread_ts)
        if here and each.status and each.status_until > now:
            return f"{app.real_name or app.name} {_words(each, now)}"
    return ""


def _words(thread: AgentThread, now: float) -> str:
    if not thread.loading_messages:
        return thread.status
    return thread.loading_messages[int(now / LOADING_TURN) % len(thread.loading_messages)]


def _stoppable(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    if thread_ts is None:
        return None
    replies = workspace.thread(channel.id, thread_ts)
    return next((each.ts for each in replies if each.streaming), None)


def _tabs(workspace: Workspace, reader: Reader, current: str) -> list[tuple[str, str, bool]]:
    messages = workspace.direct_message(reader.user).id
    tabs = (("Home", HOME), ("Messages", messages))
    return [(name, Place(reader.user, where).path, where == current) for name, where in tabs]


def _other(people: list[User], reader: Reader) -> User:
    return next((each for each in people if each.id != reader.user), people[0])


def _lacks_app(workspace: Workspace, channel: Channel) -> bool:
    rooms = {Kind.PUBLIC, Kind.PRIVATE}
    return channel.kind in rooms and not channel.is_archived and workspace.bot.id not in channel.members


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar; without a `path` it opens a direct message with `person`."""

    label: str
    path: str
    icon: str | Markup
    current: bool
    unread: Unread = field(default_factory=Unread)
    person: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person of the switch on the far left."""

    name: str
    title: str
    picture: Markup
    path: str
    current: bool
    unread: int


def rail(team: Team, seats: Sequence[Seat], addresses: Mapping[str, str]) -> Markup:
    """Return the column that says which workspace this is and lets you be another person."""
    return filled("rail.html", team=team, mark=initials(team.name), seats=seats, addresses=addresses)


def sidebar(
    team: Team,
    reader: User,
    channels: Sequence[Entry],
    people: Sequence[Entry],
    app: Entry,
    joinable: Sequence[Channel],
) -> Markup:
    """Return the list of what this person can open."""
    return filled(
        "sidebar.html",
        team=team,
        reader=reader,
        picture=avatar(reader),
        channels=channels,
        people=people,
        app=app,
        joinable=joinable,
    )


def channel_entry(channel: Channel, place: Place, unread: Unread) -> Entry:
    """Return the line of a channel."""
    return Entry(
        label=channel.name,
        path=Place(place.user, channel.id).path,
        icon="lock" if channel.kind is Kind.PRIVATE else "hash",
        current=place.channel == channel.id,
        unread=unread,
    )


def person_entry(label: str, person: User, channel: Channel | None, place: Place, unread: Unread) -> Entry:
    """Return the line of a direct message, opened already or not."""
    return Entry(
        label=label,
        path=Place(place.user, channel.id).path if channel else "",
        icon=avatar(person),
        current=channel is not None and place.channel == channel.id,
        unread=unread,
        person=person.id,
    )


def app_entry(app: User, messages: Channel, place: Place, unread: Unread) -> Entry:
    """Return the line of the app, which leads to its Home tab."""
    return Entry(
        label=app.real_name or app.name,
        path=Place(place.user, messages.id if unread.messages else HOME).path,
        icon=avatar(app),
        current=place.channel in {HOME, messages.id},
        unread=unread,
    )
