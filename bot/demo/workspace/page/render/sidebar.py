"""The left side: who you are, the channels, direct messages and apps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.demo.workspace.model import Channel, Kind, Team, User
from bot.demo.workspace.page.place import HOME, Place
from bot.demo.workspace.page.reading import Unread
from bot.demo.workspace.page.render.avatars import avatar, initials
from bot.demo.workspace.page.templating import filled


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
    """Return the column that says which workspace this is and lets you be somebody else."""
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
