"""What the members of the workspace do: write, react, click, fill in, come and go.

People and channels are named by id or as people say them (`mara`, `#help-desk`). A `Spot` says where
a button is: a message or view, the pair of channel and `ts`, or a view's id.
"""

from collections.abc import Iterable

from bot.demo.workspace.agent import Agent
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.delivery import Delivery
from bot.demo.workspace.interactions import Interactions, Spot
from bot.demo.workspace.markup import as_rich_text, as_typed
from bot.demo.workspace.model import Channel, File, Json, Kind, Message
from bot.demo.workspace.refusals import NotPossible
from bot.demo.workspace.state import State


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
            raise NotPossible(f"{user.name} cannot delete somebody else's message")
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

    async def rename_thread(self, who: str, where: str, thread_ts: str, title: str) -> None:
        """Give a chat with the agent another title."""
        channel = self._channel_of(who, where)
        self._agent.rename(self._state.user(who).id, channel.id, thread_ts, title)

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
        """Invite somebody, or the bot, to a channel."""
        channel = self._channel_of(who, where)
        self._conversations.join(channel, self._state.user(guest).id, inviter=self._state.user(who).id)

    async def remove(self, who: str, where: str, guest: str) -> None:
        """Remove somebody, or the bot, from a channel."""
        channel = self._channel_of(who, where)
        self._conversations.leave(channel, self._state.user(guest).id)

    async def deactivate(self, who: str, member: str) -> None:
        """End somebody's account; they leave every channel. Admins only."""
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
            raise NotPossible(f"{who} cannot edit somebody else's message")
        return message
