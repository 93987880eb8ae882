"""What members do: write, react, click, fill in, come and go; install, open and remove the app."""

from collections.abc import Iterable

from bot.demo.workspace.app import App, Tokens
from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.deliveries import Delivery
from bot.demo.workspace.events import Events
from bot.demo.workspace.interactions import Interactions, Spot
from bot.demo.workspace.markup import as_rich_text, as_typed
from bot.demo.workspace.model import Channel, File, Json, Kind, Message, NotPossible
from bot.demo.workspace.payloads import view_json
from bot.demo.workspace.state import State

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

    def install(self, tokens: Tokens, scopes: Iterable[str], *, org_wide: bool) -> None:
        """Install the app, or install it again: scopes granted before stay granted."""
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
        """Tell the app that its tokens are revoked."""
        tokens = {"oauth": [], "bot": [self._app.bot_user]}
        event = {"type": "tokens_revoked", "tokens": tokens, "event_ts": self._state.next_ts()}
        self._events.send(event)


class People:
    """Everything a person can do in Slack; each method raises NotPossible where Slack would not let them."""

    def __init__(
        self, state: State, conversations: Conversations, interactions: Interactions, agent: Agent
    ) -> None:
        self._state = state
        self._agent = agent
        self._conversations = conversations
        self._interactions = interactions

    async def post(
        self,
        who: str,
        where: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: Iterable[File] = (),
        broadcast: bool = False,
    ) -> str:
        """Write a message as a person types it (`@name`, `#channel`, links) and return its `ts`."""
        user, channel = self._state.user(who), self._channel_of(who, where)
        shared = list(files)
        if not text.strip() and not shared:
            raise NotPossible("a message needs a text or a file")
        if thread_ts is not None:
            self._state.message(channel.id, thread_ts)
        self._state.files.update((each.id, each) for each in shared)
        stored = as_typed(text, self._state)
        message = Message(
            ts=self._state.next_ts(),
            channel=channel.id,
            user=user.id,
            text=stored,
            blocks=[as_rich_text(stored)] if stored else [],
            thread_ts=thread_ts,
            files=shared,
            subtype="file_share" if shared else "thread_broadcast" if broadcast else None,
        )
        self._conversations.post(message)
        return message.ts

    async def edit(self, who: str, where: str, ts: str, text: str) -> None:
        """Change the text of one's own message."""
        message = self._own(who, where, ts)
        stored = as_typed(text, self._state)
        self._conversations.change(
            message, {"text": stored, "blocks": [as_rich_text(stored)]}, editor=message.user
        )

    async def delete(self, who: str, where: str, ts: str) -> None:
        """Delete one's own message; admins delete anybody's."""
        channel = self._channel_of(who, where)
        message = self._state.message(channel.id, ts)
        user = self._state.user(who)
        if message.user != user.id and not user.is_admin:
            raise NotPossible(f"{user.name} cannot delete another person's message")
        self._conversations.delete(message)

    async def dismiss(self, who: str, ts: str) -> None:
        """Dismiss a message only this person sees."""
        self._conversations.delete_ephemeral(self._interactions.ephemeral(who, ts))

    async def reload(self, who: str) -> None:
        """Reload Slack: what only this person saw in channels is gone."""
        user = self._state.user(who)
        for message in [each for each in self._state.ephemerals if each.visible_to == user.id]:
            self._conversations.delete_ephemeral(message)

    async def react(self, who: str, where: str, ts: str, name: str) -> None:
        """Add a reaction; `name` is without colons."""
        message = self._state.message(self._channel_of(who, where).id, ts)
        if not self._conversations.react(message, name, self._state.user(who).id):
            raise NotPossible(f"{who} has already reacted with {name}")

    async def unreact(self, who: str, where: str, ts: str, name: str) -> None:
        """Take a reaction back."""
        message = self._state.message(self._channel_of(who, where).id, ts)
        if not self._conversations.unreact(message, name, self._state.user(who).id):
            raise NotPossible(f"{who} has not reacted with {name}")

    async def press(self, who: str, spot: Spot, action_id: str, *, block_id: str | None = None) -> Delivery:
        """Press a button or icon button and wait until the app acknowledged, or did not."""
        return await self._interactions.press(who, spot, action_id, block_id)

    async def choose(
        self, who: str, spot: Spot, action_id: str, *values: str, block_id: str | None = None
    ) -> Delivery | None:
        """Choose in a select, overflow, radio, checkbox, date or feedback element.

        `values` are option values or their labels, user, channel or conversation ids, a date or time.
        Returns None where the element stands in an input block that tells the app nothing yet.
        """
        return await self._interactions.choose(who, spot, action_id, values, block_id)

    async def type(
        self, who: str, spot: Spot, action_id: str, text: str, *, block_id: str | None = None
    ) -> Delivery | None:
        """Write into a text field; the app hears of it only where `dispatch_action` is on."""
        return await self._interactions.choose(who, spot, action_id, (text,), block_id)

    async def suggestions(self, who: str, spot: Spot, action_id: str, typed: str) -> list[Json]:
        """Return what an external select offers for the letters typed so far (options or groups)."""
        return await self._interactions.suggestions(who, spot, action_id, typed)

    async def submit_view(self, who: str) -> Delivery:
        """Submit the modal in front; what the app says to the fields is then in its `errors`."""
        return await self._interactions.submit_view(who)

    async def close_view(self, who: str, *, all_of_them: bool = False) -> Delivery | None:
        """Close the modal in front, or the whole stack; None where the app did not ask to be told."""
        return await self._interactions.close_view(who, clear=all_of_them)

    async def open_home(self, who: str, *, tab: str = "home") -> None:
        """Open the app and look at its `home` or `messages` tab."""
        self._agent.open(self._state.user(who).id, tab)

    async def open_direct_message(self, who: str, *others: str) -> Channel:
        """Open the direct message with others, or with the bot where none is named."""
        members = [self._state.user(each).id for each in (who, *others)]
        return self._conversations.open_direct_message(
            members if others else [*members, self._agent.bot_user]
        )

    async def start_thread(self, who: str) -> str:
        """Begin a new chat with the assistant of `assistant_view`, and return its `thread_ts`."""
        return self._agent.start_thread(self._state.user(who).id)

    async def look_at(self, who: str, where: str, *, thread_ts: str | None = None) -> None:
        """Go to a channel while the app stands open beside it: the app's context changes."""
        self._agent.look_at(self._state.user(who).id, self._channel_of(who, where), thread_ts)

    async def stop_stream(self, who: str, where: str, ts: str) -> None:
        """Press Slack's own Stop in the thread of this message, while the app works there."""
        message = self._state.message(self._channel_of(who, where).id, ts)
        self._agent.stop(message, self._state.user(who).id)

    async def slash(
        self, who: str, where: str, command: str, text: str = "", *, thread_ts: str | None = None
    ) -> Delivery:
        """Send a slash command; what the app answers at once appears as it says."""
        channel = self._channel_of(who, where)
        if thread_ts is not None:
            raise NotPossible(f"{command} is not supported in threads")
        return await self._interactions.slash(who, channel, command, text)

    async def global_shortcut(self, who: str, callback_id: str) -> Delivery:
        """Choose one of the app's global shortcuts."""
        return await self._interactions.shortcut(who, callback_id, None)

    async def message_shortcut(self, who: str, where: str, ts: str, callback_id: str) -> Delivery:
        """Choose one of the app's shortcuts in the menu of a message."""
        message = self._state.message(self._channel_of(who, where).id, ts)
        return await self._interactions.shortcut(who, callback_id, message)

    async def join(self, who: str, where: str) -> None:
        """Join a public channel."""
        user, channel = self._state.user(who), self._state.channel(where)
        if channel.kind is not Kind.PUBLIC or user.is_restricted:
            raise NotPossible(f"{user.name} cannot join {where} without an invitation")
        self._conversations.join(channel, user.id)

    async def leave(self, who: str, where: str) -> None:
        """Leave a channel."""
        self._conversations.leave(self._channel_of(who, where), self._state.user(who).id)

    async def invite(self, who: str, where: str, guest: str) -> None:
        """Invite a person, or the bot, to a channel."""
        channel = self._channel_of(who, where)
        self._conversations.join(channel, self._state.user(guest).id, inviter=self._state.user(who).id)

    async def remove(self, who: str, where: str, guest: str) -> None:
        """Remove a person, or the bot, from a channel."""
        channel = self._channel_of(who, where)
        self._conversations.leave(channel, self._state.user(guest).id)

    async def deactivate(self, who: str, member: str) -> None:
        """End a person's account; they leave every channel. Admins only."""
        if not self._state.user(who).is_admin:
            raise NotPossible(f"{who} is not an admin")
        self._conversations.deactivate(self._state.user(member))

    async def archive(self, who: str, where: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self._conversations.archive(self._channel_of(who, where), self._state.user(who).id, archived=archived)

    async def uninstall_app(self, who: str) -> None:
        """Remove the app from the workspace; its tokens end at once. Admins only."""
        if not self._state.user(who).is_admin:
            raise NotPossible(f"{who} is not an admin")
        if self._agent.is_org_wide:
            raise NotPossible("the app is installed for the whole organization, which alone can remove it")
        self._agent.uninstall()

    def _channel_of(self, who: str, where: str) -> Channel:
        user, channel = self._state.user(who), self._state.channel(where)
        if user.id not in channel.members:
            raise NotPossible(f"{user.name} is not in {channel.name or channel.id}")
        return channel

    def _own(self, who: str, where: str, ts: str) -> Message:
        message = self._state.message(self._channel_of(who, where).id, ts)
        if message.user != self._state.user(who).id:
            raise NotPossible(f"{who} cannot edit another person's message")
        return message
