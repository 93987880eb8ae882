"""Channels and the messages in them: every change is kept, shown and told to the app here."""

from collections.abc import Iterable
from typing import Any

from bot.demo.workspace.app import App
from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.events import Events
from bot.demo.workspace.model import AgentThread, Channel, Kind, Message, NotPossible, User
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.state import State


class Conversations:
    """Writes to channels, for people and for the app alike."""

    def __init__(self, state: State, app: App, changes: Changes, events: Events) -> None:
        self._state = state
        self._app = app
        self._changes = changes
        self._events = events

    def post(self, message: Message) -> Message:
        """Add a message; an agent's status in its thread ends when the app has posted."""
        self.check_open(self._state.channels[message.channel])
        self._state.histories.setdefault(message.channel, {})[message.ts] = message
        if message.user == self._app.bot_user and not message.streaming:
            self.set_status(message.channel, message.root, "", [], 0.0)
        self._tell(What.MESSAGE_POSTED, message)
        self._events.message_posted(message)
        return message

    def check_open(self, channel: Channel) -> None:
        """Raise NotPossible where the channel is archived."""
        if channel.is_archived:
            raise NotPossible(f"{channel.name} is archived")

    def post_ephemeral(self, message: Message) -> Message:
        """Show a message to the one person in `visible_to`."""
        self._state.ephemerals.append(message)
        self._changes.tell(
            What.EPHEMERAL_POSTED,
            channel=message.channel,
            ts=message.ts,
            thread_ts=message.thread_ts,
            user=message.visible_to,
        )
        return message

    def replace_ephemeral(self, message: Message, fields: dict[str, Any]) -> None:
        """Replace what one person sees."""
        for name, value in fields.items():
            setattr(message, name, value)
        self._changes.tell(
            What.MESSAGE_CHANGED, channel=message.channel, ts=message.ts, user=message.visible_to
        )

    def delete_ephemeral(self, message: Message) -> None:
        """Take away what one person sees."""
        self._state.ephemerals.remove(message)
        self._changes.tell(
            What.EPHEMERAL_DELETED, channel=message.channel, ts=message.ts, user=message.visible_to
        )

    def change(
        self, message: Message, fields: dict[str, Any], *, editor: str | None, told: bool = True
    ) -> None:
        """Change a message's fields. `editor` marks it as edited; `told` False keeps it from the app."""
        before = message_json(message, self._state, self._app, counts=True)
        for name, value in fields.items():
            setattr(message, name, value)
        if editor is not None:
            message.edited = {"user": editor, "ts": self._state.next_ts()}
        self._tell(What.MESSAGE_CHANGED, message)
        if told:
            self._events.message_changed(message, before)

    def delete(self, message: Message) -> None:
        """Remove a message; the replies to it stay."""
        del self._state.histories[message.channel][message.ts]
        self._state.deleted.add((message.channel, message.ts))
        self._tell(What.MESSAGE_DELETED, message)
        self._events.message_deleted(message)

    def react(self, message: Message, name: str, user: str) -> bool:
        """Add a reaction; False where this person has it there already."""
        users = message.reactions.setdefault(name, [])
        if user in users:
            return False
        users.append(user)
        self._tell(What.REACTION, message)
        self._events.reaction(message, name, user, added=True)
        return True

    def unreact(self, message: Message, name: str, user: str) -> bool:
        """Take a reaction away; False where it is not there."""
        if user not in message.reactions.get(name, []):
            return False
        message.reactions[name].remove(user)
        if not message.reactions[name]:
            del message.reactions[name]
        self._tell(What.REACTION, message)
        self._events.reaction(message, name, user, added=False)
        return True

    def open_direct_message(self, members: Iterable[str]) -> Channel:
        """Return the direct message between these user ids, made where there was none."""
        people = list(dict.fromkeys(members))
        channel = self._state.direct_message(people)
        if channel is None:
            names = [self._state.users[each].name for each in people]
            several = len(people) > 2  # noqa: PLR2004 - a direct message is between two
            name = f"mpdm-{'--'.join(names)}-1" if several else ""
            channel = self._state.add_channel(name, Kind.MPIM if several else Kind.IM, people)
            self._changes.tell(What.CHANNEL, channel=channel.id)
        return channel

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Put a user into a channel."""
        if user in channel.members:
            return
        self.check_open(channel)
        channel.members.append(user)
        self._changes.tell(What.CHANNEL, channel=channel.id)
        self._events.membership(channel, user, inviter, joined=True)

    def leave(self, channel: Channel, user: str) -> None:
        """Take a user out of a channel."""
        if user not in channel.members:
            raise NotPossible(f"{self._state.users[user].name} is not in {channel.name}")
        channel.members.remove(user)
        self._changes.tell(What.CHANNEL, channel=channel.id)
        self._events.membership(channel, user, None, joined=False)

    def deactivate(self, user: User) -> None:
        """End an account and take it out of every channel; apps are not told that it left them."""
        user.deleted = True
        for channel in self._state.channels.values():
            if channel.kind is not Kind.IM and user.id in channel.members:
                channel.members.remove(user.id)
        self._changes.tell(What.USERS)

    def archive(self, channel: Channel, user: str, *, archived: bool) -> None:
        """Archive a channel, or bring it back."""
        channel.is_archived = archived
        self._changes.tell(What.CHANNEL, channel=channel.id)
        kind = "channel_archive" if archived else "channel_unarchive"
        event = {"type": kind, "channel": channel.id, "user": user, "event_ts": self._state.next_ts()}
        self._events.send(event, channel=channel)

    def agent_thread(self, channel: str, thread_ts: str) -> AgentThread:
        """Return what the agent says about a thread, begun where there was nothing."""
        return self._state.agent_threads.setdefault((channel, thread_ts), AgentThread(channel, thread_ts))

    def set_status(
        self, channel: str, thread_ts: str, status: str, loading_messages: list[str], until: float
    ) -> None:
        """Show what the app is doing in a thread, or nothing any more, until then (seconds)."""
        if not status and (channel, thread_ts) not in self._state.agent_threads:
            return
        thread = self.agent_thread(channel, thread_ts)
        thread.status, thread.loading_messages, thread.status_until = status, loading_messages, until
        self.agent_thread_changed(thread)

    def agent_thread_changed(self, thread: AgentThread) -> None:
        """Show a change of a thread's status, title or prompts."""
        self._changes.tell(What.AGENT_THREAD, channel=thread.channel, thread_ts=thread.thread_ts)

    def _tell(self, what: What, message: Message) -> None:
        thread_ts = message.thread_ts
        self._changes.tell(what, channel=message.channel, ts=message.ts, thread_ts=thread_ts)
