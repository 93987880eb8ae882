"""What people do with the app itself: install it, open it, chat with it as an agent, remove it."""

from collections.abc import Iterable

from bot.demo.workspace.app import App
from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.events import Events
from bot.demo.workspace.model import Channel, Json, Message
from bot.demo.workspace.payloads import view_json
from bot.demo.workspace.refusals import NotPossible
from bot.demo.workspace.state import State
from bot.demo.workspace.tokens import Tokens

GREETING = "New Assistant Thread"
"""The text of the message that Slack itself puts at the head of an assistant's thread."""


class Agent:
    """The app's own place in Slack: its Home and Messages tabs and its chats."""

    def __init__(
        self, state: State, app: App, conversations: Conversations, events: Events, changes: Changes
    ) -> None:
        self._state = state
        self._app = app
        self._conversations = conversations
        self._events = events
        self._changes = changes

    @property
    def bot_user(self) -> str:
        """The app's bot user id."""
        return self._app.bot_user

    @property
    def is_org_wide(self) -> bool:
        """Whether the app is installed for the whole organization."""
        return self._app.is_org_wide

    def open(self, user: str, tab: str) -> None:
        """Look at the app's `home` or `messages` tab."""
        if tab not in {"home", "messages"}:
            raise NotPossible(f"an app has no {tab!r} tab")
        channel = self._conversations.open_direct_message([user, self._app.bot_user])
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._state.next_ts(),
        }
        view = self._state.views.get(self._state.homes.get(user, ""))
        if tab == "home" and view is not None:
            event["view"] = view_json(view, self._state, self._app)
        self._events.send(event)

    def start_thread(self, user: str) -> str:
        """Begin a chat with an `assistant_view` app; returns its `thread_ts`."""
        if not self._app.assistant:
            raise NotPossible("this app has no assistant threads")
        channel = self._conversations.open_direct_message([user, self._app.bot_user])
        head = Message(
            ts=self._state.next_ts(),
            channel=channel.id,
            user=self._app.bot_user,
            text=GREETING,
            subtype="assistant_app_thread",
            bot_id=self._app.bot_id,
            app_id=self._app.id,
        )
        self._conversations.post(head)
        self._thread_event("assistant_thread_started", user, channel, head.ts, None)
        return head.ts

    def look_at(self, user: str, place: Channel, thread_ts: str | None) -> None:
        """Go to another channel while the app stands open beside it."""
        direct = self._conversations.open_direct_message([user, self._app.bot_user])
        if self._app.assistant and thread_ts is not None:
            self._thread_event("assistant_thread_context_changed", user, direct, thread_ts, place)
        if not self._app.agent:
            return
        entity = {"type": "slack#/types/channel_id", "value": place.id, "team_id": self._state.team.id}
        self._events.send(
            {
                "type": "app_context_changed",
                "user": user,
                "channel": direct.id,
                "context": {"entities": [entity]},
                "event_ts": self._state.next_ts(),
            }
        )

    def _thread_event(
        self, kind: str, user: str, direct: Channel, thread_ts: str, place: Channel | None
    ) -> None:
        team = self._state.team.id
        context = {"channel_id": place.id, "team_id": team, "enterprise_id": None} if place else {}
        thread = {"user_id": user, "context": context, "channel_id": direct.id, "thread_ts": thread_ts}
        self._events.send({"type": kind, "assistant_thread": thread, "event_ts": self._state.next_ts()})

    def stop(self, message: Message, user: str) -> None:
        """Press Slack's own Stop in the thread of a message.

        Slack ends the streams there and names them in the event; the app ends its session itself
        (docs.slack.dev, "agent_session_stopped event").
        """
        where, thread_ts = message.channel, message.root
        streams = [each for each in self._state.history(where) if each.streaming and each.root == thread_ts]
        thread = self._state.agent_threads.get((where, thread_ts))
        if not streams and (thread is None or thread.session_status != "processing"):
            raise NotPossible("nothing is being written here, so there is nothing to stop")
        for each in streams:
            self._conversations.change(each, {"streaming": False}, editor=None)
        event = {
            "type": "agent_session_stopped",
            "channel": where,
            "thread_ts": thread_ts,
            "user": user,
            "streaming_message_ts": [each.ts for each in streams],
            "event_ts": self._state.next_ts(),
        }
        self._events.send(event, channel=self._state.channels[where])

    def rename(self, user: str, channel: str, thread_ts: str, title: str) -> None:
        """Give a chat another title."""
        thread = self._conversations.agent_thread(channel, thread_ts)
        before, thread.title = thread.title, title
        self._conversations.agent_thread_changed(thread)
        event = {
            "type": "agent_session_title_changed",
            "channel": channel,
            "team_id": self._state.team.id,
            "thread_ts": thread_ts,
            "user": user,
            "title": title,
            "event_ts": self._state.next_ts(),
        }
        if before:
            event["previous_title"] = before
        self._events.send(event, channel=self._state.channels[channel])

    def install(self, tokens: Tokens, scopes: Iterable[str], *, org_wide: bool) -> None:
        """Install the app, or install it anew: scopes granted before stay granted."""
        self._app.tokens = tokens
        self._app.scopes |= set(scopes)
        self._app.is_installed, self._app.is_org_wide = True, org_wide
        self._state.users[self._app.bot_user].deleted = False
        self._changes.tell(What.USERS)

    def uninstall(self) -> None:
        """Remove the app: its tokens end, its bot user leaves, and it is told."""
        self._app.revoke()
        self.tokens_revoked()
        self._events.send({"type": "app_uninstalled", "event_ts": self._state.next_ts()})
        self.remove()

    def remove(self) -> None:
        """Let nothing go to the app any more."""
        self._app.scopes.clear()
        self._app.is_installed = self._app.is_org_wide = False
        self._state.users[self._app.bot_user].deleted = True
        self._changes.tell(What.USERS)

    def tokens_revoked(self) -> None:
        """Tell the app that its tokens work no more."""
        tokens = {"oauth": [], "bot": [self._app.bot_user]}
        event = {"type": "tokens_revoked", "tokens": tokens, "event_ts": self._state.next_ts()}
        self._events.send(event)
