"""One local Slack workspace: what is in it, who acts in it, and the app it talks to."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.demo.workspace.agent import Agent
from bot.demo.workspace.answers import Answers
from bot.demo.workspace.app import Address, App
from bot.demo.workspace.calls import Calls
from bot.demo.workspace.changes import PATIENCE, Changes
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.delivery import Deliveries
from bot.demo.workspace.envelopes import Envelopes
from bot.demo.workspace.events import Events
from bot.demo.workspace.faults import Faults
from bot.demo.workspace.founding import found
from bot.demo.workspace.interactions import Interactions
from bot.demo.workspace.limits import Allowance
from bot.demo.workspace.model import AgentThread, Channel, Message, User, View
from bot.demo.workspace.options import Options
from bot.demo.workspace.people import People
from bot.demo.workspace.request_url import RequestUrl
from bot.demo.workspace.socket_mode import Sockets
from bot.demo.workspace.state import State
from bot.demo.workspace.tickets import ResponseUrls, Triggers
from bot.demo.workspace.tokens import Tokens
from bot.demo.workspace.views import Views

Found = TypeVar("Found")


class Workspace:
    """The workspace as its people, its app and its tests meet it.

    `people` acts as the members do. `state` holds everything there is; `changes` tells what happens
    to it. `deliveries` and `calls` are what went to the app and what came from it, for tests. A workspace
    `beside` another one has the same app, reached at the same address and over the same sockets.
    """

    def __init__(self, options: Options, beside: "Workspace | None" = None, bot_user: str = "") -> None:
        self.options = options
        self.clock = options.clock
        self.state = State(options.team, options.clock, options.first_id)
        self.changes = Changes()
        self.faults = Faults()
        self.limits = Allowance(options.limits, options.clock)
        self.calls = Calls(self.changes)
        bot = found(self.state, options, bot_user)
        address = beside.app.address if beside else Address(options.request_url)
        self.app: App = App.founded(options, bot.id, address)
        self.deliveries = Deliveries(self.app, self.faults, self.changes, options)
        self.request_url = RequestUrl(self.app, options.ack_timeout)
        self.sockets: Sockets = beside.sockets if beside else Sockets(self.app, options.ack_timeout)
        self.events = Events(self.state, self.app, self.deliveries)
        self.conversations = Conversations(self.state, self.app, self.changes, self.events)
        self.agent = Agent(self.state, self.app, self.conversations, self.events, self.changes)
        self.triggers = Triggers(options.clock, options.trigger_lifetime)
        self.response_urls = ResponseUrls(self.state)
        self.views = Views(self.state, self.changes)
        self.answers = Answers(self.state, self.app, self.conversations, self.views)
        envelopes = Envelopes(self.state, self.app, self.triggers, self.response_urls)
        self.interactions = Interactions(
            self.state, self.app, self.deliveries, self.views, envelopes, self.answers
        )
        self.people = People(self.state, self.conversations, self.interactions, self.agent)

    @property
    def bot(self) -> User:
        """The app's bot user."""
        return self.state.users[self.app.bot_user]

    def new_tokens(self) -> Tokens:
        """Return tokens of a new installation, none given yet."""
        return Tokens(self.clock, self.options.token_lifetime)

    def start(self, base_url: str) -> None:
        """Begin to deliver; `base_url` is where the workspace is served, without a slash at the end."""
        self.state.base_url = base_url
        self.deliveries.connect(self.request_url, self.sockets)

    async def stop(self) -> None:
        """Give up what is on its way to the app and close its connections."""
        await self.deliveries.close()

    def user(self, who: str) -> User:
        """Find somebody by id or handle; raises NotPossible."""
        return self.state.user(who)

    def channel(self, where: str) -> Channel:
        """Find a channel by id or name; raises NotPossible."""
        return self.state.channel(where)

    def channels_of(self, who: str) -> list[Channel]:
        """Return the channels and direct messages this person is in."""
        user = self.state.user(who)
        return [each for each in self.state.channels.values() if user.id in each.members]

    def direct_message(self, who: str) -> Channel:
        """Return the direct message between this person and the bot, opened where it was not."""
        return self.conversations.open_direct_message([self.state.user(who).id, self.app.bot_user])

    def messages(self, channel: str) -> list[Message]:
        """Return the messages at the top level of a channel, the oldest first."""
        found_channel = self.state.channel(channel)
        return [
            each
            for each in self.state.history(found_channel.id)
            if not each.is_reply or each.subtype == "thread_broadcast"
        ]

    def thread(self, channel: str, thread_ts: str) -> list[Message]:
        """Return a thread: its parent, then the replies, the oldest first."""
        where = self.state.channel(channel).id
        parent = self.state.find_message(where, thread_ts)
        return [*([parent] if parent else []), *self.state.replies(where, thread_ts)]

    def message(self, channel: str, ts: str) -> Message:
        """Return one message; raises NotPossible where it is not there."""
        return self.state.message(self.state.channel(channel).id, ts)

    def ephemerals(self, who: str) -> list[Message]:
        """Return the messages only this person sees, the oldest first."""
        user = self.state.user(who)
        return [each for each in self.state.ephemerals if each.visible_to == user.id]

    def modals(self, who: str) -> list[View]:
        """Return this person's open modals, the one on top last."""
        stack = self.state.stacks.get(self.state.user(who).id, [])
        return [self.state.views[each] for each in stack]

    def modal(self, who: str) -> View | None:
        """Return the modal this person has in front, or None."""
        return next(reversed(self.modals(who)), None)

    def home(self, who: str) -> View | None:
        """Return the Home tab the app published for this person, or None."""
        return self.state.views.get(self.state.homes.get(self.state.user(who).id, ""))

    def agent_thread(self, channel: str, thread_ts: str = "") -> AgentThread | None:
        """Return the status, title and prompts of a thread; without one, of the Messages tab."""
        return self.state.agent_threads.get((self.state.channel(channel).id, thread_ts))

    def status(self, channel: str, thread_ts: str) -> str:
        """Return what the app is said to be doing in a thread; empty when nothing, or no longer."""
        thread = self.agent_thread(channel, thread_ts)
        return thread.status if thread and thread.status_until > self.clock() else ""

    def until(
        self, condition: Callable[[], Found | None], timeout: float = PATIENCE
    ) -> Coroutine[Any, Any, Found]:
        """Wait until `condition()` is truthy and return it; raises TimeoutError after `timeout` seconds."""
        return self.changes.until(condition, timeout)
