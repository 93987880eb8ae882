"""The payloads of interactions, as Slack builds them around what a person did."""

from bot.demo.workspace.app import App
from bot.demo.workspace.elements import find
from bot.demo.workspace.inputs import state_values
from bot.demo.workspace.model import Channel, Json, Kind, Message, User, View
from bot.demo.workspace.payloads import message_json, view_json
from bot.demo.workspace.state import State
from bot.demo.workspace.tickets import ResponseUrls, Triggers

_CHANNEL_NAMES = {Kind.IM: "directmessage", Kind.PRIVATE: "privategroup"}


class Envelopes:
    """Builds payloads, each with its own trigger id and response URL."""

    def __init__(self, state: State, app: App, triggers: Triggers, response_urls: ResponseUrls) -> None:
        self._state = state
        self._app = app
        self._triggers = triggers
        self._response_urls = response_urls

    def envelope(self, who: str, kind: str, view: View | None = None) -> Json:
        """Return what every interaction begins with; `view` is the modal it happens in."""
        user, team = self._state.user(who), self._state.team
        home = user.team_id or team.id
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": home},
            "api_app_id": self._app.id,
            "token": self._app.verification_token,
            "trigger_id": self._triggers.issue(user.id, view.id if view else None),
            # With an organization's installation the workspace is told by `user` and `view` alone.
            "team": None if self._app.is_org_wide else {"id": team.id, "domain": team.domain},
            "enterprise": team.enterprise.as_json if team.enterprise else None,
            "is_enterprise_install": self._app.is_org_wide,
        }

    def surroundings(self, who: str, place: Message | View) -> Json:
        """Return what tells the app where it happened: the message or view as it stands."""
        if isinstance(place, View):
            shown = view_json(place, self._state, self._app)
            return {"container": {"type": "view", "view_id": place.id}, "view": shown}
        ephemeral = place.visible_to is not None
        container: Json = {
            "type": "message",
            "message_ts": place.ts,
            "channel_id": place.channel,
            "is_ephemeral": ephemeral,
        }
        if place.thread_ts:
            container["thread_ts"] = place.thread_ts
        user = self._state.user(who)
        surroundings = {
            "container": container,
            "channel": self.channel(place.channel),
            "state": {"values": state_values(place.blocks, place.inputs.get(user.id, {}))},
            "response_url": self._response_urls.issue(
                place.channel, user.id, message_ts=place.ts, ephemeral=ephemeral, thread_ts=place.thread_ts
            ),
        }
        if not ephemeral:
            surroundings["message"] = message_json(place, self._state, self._app, counts=True)
        return surroundings

    def reply_urls(self, view: View) -> list[Json]:
        """Return the response URLs of a submission: one a select that asks for it and has a channel."""
        urls = []
        for block_id, actions in state_values(view.blocks, view.state).items():
            for action_id, held in actions.items():
                chosen = held.get("selected_conversation") or held.get("selected_channel")
                element = find(view.blocks, action_id, block_id)[1]
                if chosen and element.get("response_url_enabled"):
                    url = self._response_urls.issue(chosen, view.user)
                    ids = {"block_id": block_id, "action_id": action_id, "channel_id": chosen}
                    urls.append(ids | {"response_url": url})
        return urls

    def channel(self, channel_id: str) -> Json:
        """Return a channel as interactions name it."""
        channel = self._state.channels[channel_id]
        return {"id": channel.id, "name": _CHANNEL_NAMES.get(channel.kind, channel.name)}

    def chosen_message(self, message: Message, user: User) -> Json:
        """Return what a shortcut in a message's menu says of the message."""
        return {
            "message_ts": message.ts,
            "channel": self.channel(message.channel),
            "message": message_json(message, self._state, self._app, counts=True),
            "response_url": self._response_urls.issue(message.channel, user.id, thread_ts=message.thread_ts),
        }

    def command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        """Return the form fields of a slash command."""
        team = self._state.team
        fields = {
            "token": self._app.verification_token,
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": channel.id,
            "channel_name": _CHANNEL_NAMES.get(channel.kind, channel.name),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": self._app.id,
            "is_enterprise_install": "true" if self._app.is_org_wide else "false",
            "response_url": self._response_urls.issue(channel.id, user.id),
            "trigger_id": self._triggers.issue(user.id),
        }
        if team.enterprise is not None:
            fields |= {"enterprise_id": team.enterprise.id, "enterprise_name": team.enterprise.name}
        return fields
