"""Clicks, submissions, shortcuts and commands: from what a person does to the payload the app receives."""

from collections.abc import Sequence

from bot.demo.workspace.app import App
from bot.demo.workspace.deliveries import Deliveries, Delivery, Route
from bot.demo.workspace.inputs import STATELESS, entered, find, state_values, unfilled
from bot.demo.workspace.model import Channel, Json, Kind, Message, NotPossible, Surface, User, View
from bot.demo.workspace.payloads import message_json, view_json
from bot.demo.workspace.responses import Answers, ResponseUrls, Triggers
from bot.demo.workspace.state import State
from bot.demo.workspace.views import Views

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


Spot = Message | View | str | tuple[str, str]
"""Where a button is: a message or view as found, a view's id, or channel and `ts` of a message.

A message as found is what a person's window still shows: it can be pressed whatever has become of it,
of its channel and of them since. What is named by its `ts` is looked up as it is now.
"""

_PRESSED = frozenset({"button", "icon_button", "workflow_button"})


class Interactions:
    """Sends what people do with the app's buttons, views, shortcuts and commands."""

    def __init__(
        self,
        state: State,
        app: App,
        deliveries: Deliveries,
        views: Views,
        envelopes: Envelopes,
        answers: Answers,
    ) -> None:
        self._state = state
        self._app = app
        self._deliveries = deliveries
        self._views = views
        self._envelopes = envelopes
        self._answers = answers
        self._offered: dict[tuple[str, str], list[Json]] = {}

    def ephemeral(self, who: str, ts: str) -> Message:
        """Return the message only this person sees; raises NotPossible where it is gone."""
        user = self._state.user(who)
        for message in self._state.ephemerals:
            if message.ts == ts and message.visible_to == user.id:
                return message
        raise NotPossible(f"{user.name} sees no such message any more")

    async def press(self, who: str, spot: Spot, action_id: str, block_id: str | None) -> Delivery:
        """Press a button and wait for the acknowledgement."""
        place = self._place(who, spot)
        block, element = find(place.blocks, action_id, block_id)
        if element["type"] not in _PRESSED:
            raise NotPossible(f"{action_id!r} is a {element['type']}, no button")
        action: Json = {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        return await self._act(who, place, block, element, {"type": element["type"]} | action)

    async def choose(
        self, who: str, spot: Spot, action_id: str, values: Sequence[str], block_id: str | None
    ) -> Delivery | None:
        """Choose or write; None where the app is not told until the view is submitted."""
        place = self._place(who, spot)
        block, element = find(place.blocks, action_id, block_id)
        held = entered(element, values, self._offered.get((block["block_id"], action_id), []))
        if element["type"] not in STATELESS:
            touched = self._touched(who, place)
            touched.setdefault(block["block_id"], {})[element["action_id"]] = held
            if isinstance(place, View):
                place.errors.pop(block["block_id"], None)
                self._views.entered(place)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return await self._act(who, place, block, element, held)

    async def suggestions(self, who: str, spot: Spot, action_id: str, typed: str) -> list[Json]:
        """Ask the app for the options of an external select."""
        place = self._place(who, spot)
        block, element = find(place.blocks, action_id, None)
        if not str(element["type"]).endswith("external_select"):
            raise NotPossible(f"{action_id!r} does not ask the app for options")
        payload = self._envelopes.envelope(who, "block_suggestion") | self._envelopes.surroundings(who, place)
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": typed}
        delivery = await self._deliveries.interaction(Route.OPTIONS, payload)
        answer = delivery.answer if isinstance(delivery.answer, dict) else {}
        offered: list[Json] = answer.get("options") or answer.get("option_groups") or []
        self._offered[(block["block_id"], action_id)] = offered
        return offered

    async def submit_view(self, who: str) -> Delivery:
        """Submit the modal in front and do what the app answers."""
        view = self._front(who)
        if not view.payload.get("submit"):
            raise NotPossible("this modal has no submit button")
        wrong = unfilled(view.blocks, view.state)
        if wrong:
            self._views.show_errors(view, wrong)
            raise NotPossible(f"fields to fill in first: {', '.join(wrong)}")
        payload = self._envelopes.envelope(who, "view_submission", view)
        payload |= {
            "view": view_json(view, self._state, self._app),
            "response_urls": self._envelopes.reply_urls(view),
        }
        delivery = await self._deliveries.interaction(Route.INTERACTIVE, payload)
        self._answers.to_submission(view, delivery)
        return delivery

    async def close_view(self, who: str, *, clear: bool) -> Delivery | None:
        """Close the modal in front, or all; the app hears of it where it asked to."""
        front = self._front(who)
        shown = {
            each: view_json(self._state.views[each], self._state, self._app) for each in self._stack(who)
        }
        closed = self._views.close(front.user, clear=clear or bool(front.payload.get("clear_on_close")))
        delivery = None
        for view in closed:
            if view.payload.get("notify_on_close"):
                payload = self._envelopes.envelope(who, "view_closed") | {
                    "view": shown[view.id],
                    "is_cleared": clear,
                }
                payload.pop("trigger_id")
                delivery = await self._deliveries.interaction(Route.INTERACTIVE, payload)
        return delivery

    async def shortcut(self, who: str, callback_id: str, message: Message | None) -> Delivery:
        """Choose a global shortcut, or one in the menu of a message."""
        on_messages = message is not None
        offered = {each.callback_id for each in self._app.shortcuts if each.on_messages == on_messages}
        if callback_id not in offered:
            raise NotPossible(f"the app has no shortcut {callback_id!r} here")
        kind = "message_action" if on_messages else "shortcut"
        payload = self._envelopes.envelope(who, kind) | {
            "callback_id": callback_id,
            "action_ts": self._state.next_ts(),
        }
        if message is not None:
            payload |= self._envelopes.chosen_message(message, self._state.user(who))
        return await self._deliveries.interaction(Route.INTERACTIVE, payload)

    async def slash(self, who: str, channel: Channel, command: str, text: str) -> Delivery:
        """Send a slash command and show what the app answers at once."""
        if command not in {each.name for each in self._app.commands}:
            raise NotPossible(f"{command} is not a valid command")
        user = self._state.user(who)
        fields = self._envelopes.command(user, channel, command, text)
        delivery = await self._deliveries.interaction(Route.COMMANDS, fields)
        self._answers.to_command(channel, user.id, command, delivery)
        return delivery

    async def _act(
        self, who: str, place: Message | View, block: Json, element: Json, action: Json
    ) -> Delivery:
        view = place if isinstance(place, View) and place.type is Surface.MODAL else None
        payload = self._envelopes.envelope(who, "block_actions", view) | self._envelopes.surroundings(
            who, place
        )
        ids = {"action_id": element["action_id"], "block_id": block["block_id"]}
        payload["actions"] = [action | ids | {"action_ts": self._state.next_ts()}]
        return await self._deliveries.interaction(Route.INTERACTIVE, payload)

    def _stack(self, who: str) -> list[str]:
        return self._state.stacks.get(self._state.user(who).id, [])

    def _front(self, who: str) -> View:
        stack = self._stack(who)
        if not stack:
            raise NotPossible(f"{who} has no modal open")
        return self._state.views[stack[-1]]

    def _touched(self, who: str, place: Message | View) -> Json:
        if isinstance(place, View):
            return place.state
        return place.inputs.setdefault(self._state.user(who).id, {})

    def _place(self, who: str, spot: Spot) -> Message | View:
        user = self._state.user(who)
        match spot:
            case View(id=view_id) | str(view_id):
                view = self._state.views.get(view_id)
                if view is None or view.user != user.id:
                    raise NotPossible(f"{user.name} has no view {view_id} open")
                if view.type is Surface.MODAL and self._stack(who)[-1] != view.id:
                    raise NotPossible("another modal is in front of this one")
                return view
            case Message(visible_to=None):
                return spot
            case Message(channel=where, ts=ts) | (where, ts):
                channel = self._state.channel(where)
                message = self._state.find_message(channel.id, ts)
                if message is None:
                    return self.ephemeral(who, ts)
                if user.id not in channel.members:
                    raise NotPossible(f"{user.name} is not in {channel.name or channel.id}")
                return message
