"""Everything the workspace knows, how to find it, and what is there on its first day."""

from collections.abc import Callable, Iterable

from bot.demo.workspace.model import AgentThread, Channel, File, Kind, Message, NotPossible, Team, User, View
from bot.demo.workspace.options import Options

_FIRST_LETTER = {Kind.PUBLIC: "C", Kind.PRIVATE: "C", Kind.IM: "D", Kind.MPIM: "G"}


class State:
    """The people, channels, messages and views of one workspace, and the ids it gives out."""

    def __init__(self, team: Team, clock: Callable[[], float], first_id: int = 0) -> None:
        self.team = team
        self.clock = clock
        self.base_url = ""
        """Where this workspace is served, without a slash at the end; known once it is."""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.histories: dict[str, dict[str, Message]] = {}
        self.deleted: set[tuple[str, str | None]] = set()
        """The channel and `ts` of deleted messages."""
        self.ephemerals: list[Message] = []
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.agent_threads: dict[tuple[str, str], AgentThread] = {}
        self.last_stamp = 0
        """The newest message `ts`, in microseconds."""
        self.count = first_id
        """The number of the newest id."""

    def next_ts(self) -> str:
        """Return a message `ts`: seconds with six digits, each larger than the one before."""
        self.last_stamp = max(self.last_stamp + 100, int(self.clock() * 10_000) * 100)
        return f"{self.last_stamp // 1_000_000}.{self.last_stamp % 1_000_000:06d}"

    def next_id(self, letter: str) -> str:
        """Return a fresh id that begins with `letter`, as Slack's do."""
        self.count += 1
        return f"{letter}0{self.count:09X}"

    def user(self, who: str) -> User:
        """Find a user by id or by handle (with or without `@`); raises NotPossible."""
        handle = who.removeprefix("@")
        found = self.users.get(who) or next((u for u in self.users.values() if u.name == handle), None)
        if found is None:
            raise NotPossible(f"there is no user called {who!r} here")
        return found

    def channel(self, where: str) -> Channel:
        """Find a channel by id or by name (with or without `#`); raises NotPossible."""
        name = where.removeprefix("#")
        found = self.channels.get(where) or next((c for c in self.channels.values() if c.name == name), None)
        if found is None:
            raise NotPossible(f"there is no channel {where!r} here")
        return found

    def message(self, channel: str, ts: str) -> Message:
        """Find a message that all members of the channel see; raises NotPossible."""
        found = self.find_message(channel, ts)
        if found is None:
            raise NotPossible(f"there is no message {ts} in {channel}")
        return found

    def find_message(self, channel: str, ts: str) -> Message | None:
        """Return the message, or None."""
        return self.histories.get(channel, {}).get(ts)

    def history(self, channel: str) -> list[Message]:
        """Return the messages of a channel, replies included, the oldest first."""
        return sorted(self.histories.get(channel, {}).values(), key=lambda each: each.ts)

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """Return the replies of a thread without its parent, the oldest first."""
        return [each for each in self.history(channel) if each.is_reply and each.thread_ts == thread_ts]

    def direct_message(self, members: Iterable[str]) -> Channel | None:
        """Return the direct message between exactly these user ids, where one was opened."""
        wanted = set(members)
        direct = (c for c in self.channels.values() if c.kind in {Kind.IM, Kind.MPIM})
        return next((each for each in direct if set(each.members) == wanted), None)

    def add_channel(self, name: str, kind: Kind, members: Iterable[str], topic: str = "") -> Channel:
        """Make a channel with these user ids in it."""
        channel = Channel(
            id=self.next_id(_FIRST_LETTER[kind]),
            name=name,
            kind=kind,
            members=list(members),
            topic=topic,
            created=int(self.clock()),
        )
        self.channels[channel.id] = channel
        return channel


SLACKBOT = "USLACKBOT"


def populate(state: State, options: Options, bot_id: str = "") -> User:
    """Fill a new workspace with the people and channels of `options`; returns the bot user.

    The bot user has `bot_id`, or the next id. It is in its channels from the first day; until the app is
    installed it is deactivated.
    """
    state.users[SLACKBOT] = User(id=SLACKBOT, name="slackbot", real_name="Slackbot")
    for person in options.people:
        user = User(
            id=state.next_id("U"),
            name=person.name,
            real_name=person.real_name,
            email=f"{person.name}@{options.team.domain}.example",
            title=person.title,
            color=person.color,
            is_admin=person.is_admin,
            is_restricted=person.is_guest,
            team_id=person.team_id,
        )
        state.users[user.id] = user
    bot = User(
        id=bot_id or state.next_id("U"),
        name=options.bot_name,
        real_name=options.app_name,
        is_bot=True,
        deleted=not options.installed,
    )
    state.users[bot.id] = bot
    handles = [person.name for person in options.people]
    for room in options.rooms:
        members = [state.user(each).id for each in (handles if room.members is None else room.members)]
        inside = [*members, *([bot.id] if room.with_bot else [])]
        channel = state.add_channel(room.name, room.kind, inside, room.topic)
        channel.is_ext_shared = room.is_ext_shared
    return bot
