"""What happens in the workspace, told to the app as Slack's Events API tells it."""

import copy
import secrets

from bot.demo.workspace.app import App
from bot.demo.workspace.deliveries import Deliveries
from bot.demo.workspace.markup import mentions
from bot.demo.workspace.model import Channel, Json, Kind, Message
from bot.demo.workspace.payloads import CHANNEL_TYPES, message_json
from bot.demo.workspace.state import State

_SUBSCRIPTIONS = {
    Kind.PUBLIC: "message.channels",
    Kind.PRIVATE: "message.groups",
    Kind.IM: "message.im",
    Kind.MPIM: "message.mpim",
}


_OF_NO_INSTALLATION = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that name no installation, since there may be none any more (docs.slack.dev, of each event)."""


class Events:
    """Builds events and sends those the app is subscribed to and may see."""

    def __init__(self, state: State, app: App, deliveries: Deliveries) -> None:
        self._state = state
        self._app = app
        self._deliveries = deliveries

    def send(self, event: Json, *, channel: Channel | None = None, subscription: str = "") -> None:
        """Send an event, where the app asked for its kind and is in the channel it happened in."""
        if not self._app.is_installed or (subscription or event["type"]) not in self._app.events:
            return
        if channel is not None and self._app.bot_user not in channel.members:
            return
        self._deliveries.event(self._envelope(copy.deepcopy(event), channel))

    def _envelope(self, event: Json, channel: Channel | None) -> Json:
        team, enterprise = self._state.team.id, self._state.team.enterprise
        enterprise_id = enterprise.id if enterprise else None
        envelope: Json = {
            "token": self._app.verification_token,
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": enterprise_id,
            "api_app_id": self._app.id,
            "event": event,
            "type": "event_callback",
            # Unlike other ids these are never the same in two workspaces.
            "event_id": f"Ev0{secrets.token_hex(5).upper()}",
            "event_time": int(self._state.clock()),
            "authorizations": [
                {
                    "enterprise_id": enterprise_id,
                    "team_id": team,
                    "user_id": self._app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": self._app.is_org_wide,
                }
            ],
            "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
            "event_context": self._state.next_id("4-"),
        }
        if enterprise_id:
            envelope["enterprise_id"] = enterprise_id
        if event["type"] in _OF_NO_INSTALLATION:
            del envelope["authorizations"]
            if self._app.is_org_wide:
                envelope["team_id"] = enterprise_id
        return envelope

    def message_posted(self, message: Message) -> None:
        """Tell of a new message; one that mentions the bot is told twice, as Slack does."""
        channel = self._state.channels[message.channel]
        if channel.kind is not Kind.IM and message.user != self._app.bot_user:
            self._mention(message, channel)
        event = message_json(message, self._state, self._app) | {
            "channel": channel.id,
            "event_ts": message.ts,
            "channel_type": CHANNEL_TYPES[channel.kind],
        }
        author = self._state.users.get(message.user)
        if author is not None and author.team_id:
            event |= {"user_team": author.team_id, "source_team": author.team_id}
        self.send(event, channel=channel, subscription=_SUBSCRIPTIONS[channel.kind])

    def _mention(self, message: Message, channel: Channel) -> None:
        if mentions(message.text, self._app.bot_user):
            event = message_json(message, self._state, self._app)
            event |= {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}
            event.pop("subtype", None)
            self.send(event, channel=channel)

    def message_changed(self, message: Message, before: Json) -> None:
        """Tell of an edit, the app's own included; an edited mention is a mention once more."""
        channel = self._state.channels[message.channel]
        after = message_json(message, self._state, self._app, counts=True)
        if channel.kind is not Kind.IM and message.user != self._app.bot_user and message.edited:
            self._mention(message, channel)
        self._hidden(channel, {"subtype": "message_changed", "message": after, "previous_message": before})

    def message_deleted(self, message: Message) -> None:
        """Tell that a message is gone."""
        before = message_json(message, self._state, self._app)
        channel = self._state.channels[message.channel]
        gone = {"subtype": "message_deleted", "deleted_ts": message.ts, "previous_message": before}
        self._hidden(channel, gone)

    def _hidden(self, channel: Channel, event: Json) -> None:
        ts = self._state.next_ts()
        event |= {
            "type": "message",
            "channel": channel.id,
            "hidden": True,
            "ts": ts,
            "event_ts": ts,
            "channel_type": CHANNEL_TYPES[channel.kind],
        }
        self.send(event, channel=channel, subscription=_SUBSCRIPTIONS[channel.kind])

    def reaction(self, message: Message, name: str, user: str, *, added: bool) -> None:
        """Tell of a reaction added or taken back."""
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self._state.next_ts(),
        }
        self.send(event, channel=self._state.channels[message.channel])

    def membership(self, channel: Channel, user: str, inviter: str | None, *, joined: bool) -> None:
        """Tell that a member joined or left; the bot hears of its own leaving too."""
        event: Json = {
            "type": "member_joined_channel" if joined else "member_left_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "C" if channel.kind is Kind.PUBLIC else "G",
            "team": self._state.team.id,
            "event_ts": self._state.next_ts(),
        }
        if inviter:
            event["inviter"] = inviter
        own = user == self._app.bot_user
        self.send(event, channel=None if own else channel)
