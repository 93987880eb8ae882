"""The first day of a workspace: its people, its channels, the app's bot user."""

from bot.demo.workspace.model import User
from bot.demo.workspace.options import Options
from bot.demo.workspace.state import State

SLACKBOT = "USLACKBOT"


def found(state: State, options: Options, bot_id: str = "") -> User:
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
        everybody = [*members, *([bot.id] if room.with_bot else [])]
        channel = state.add_channel(room.name, room.kind, everybody, room.topic)
        channel.is_ext_shared = room.is_ext_shared
    return bot
