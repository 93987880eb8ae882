"""What the app says in return: acknowledgements, response URLs, trigger ids, and what people see of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.demo.workspace.app import App
from bot.demo.workspace.block_kit.blocks import check_message_blocks, check_view
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.deliveries import Delivery
from bot.demo.workspace.inputs import with_ids
from bot.demo.workspace.model import Channel, Json, Message, NotPossible, Refusal, View
from bot.demo.workspace.state import SLACKBOT, State
from bot.demo.workspace.views import Views

WORTH_NAMING = 600.0
"""Seconds an old trigger id is still told apart from an unknown one; after that it is forgotten."""

RESPONSE_LIFETIME = 1800.0
"""Seconds a response URL lives (docs.slack.dev, "Handling user interaction")."""

RESPONSE_USES = 5
"""How often a response URL can be used (docs.slack.dev, "Handling user interaction")."""


@dataclass(slots=True)
class Trigger:
    """A right to open one modal for one person; `view` is the modal it came from, if any."""

    user: str
    until: float
    view: str | None = None
    used: bool = False


class Triggers:
    """The trigger ids given out: each lives for `lifetime` seconds and works once."""

    def __init__(self, clock: Callable[[], float], lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._given: dict[str, Trigger] = {}

    def issue(self, user: str, view: str | None = None) -> str:
        """Return a new trigger id for this person."""
        now = self._clock()
        outdated = [each for each, trigger in self._given.items() if trigger.until < now - WORTH_NAMING]
        for each in outdated:
            del self._given[each]
        trigger_id = f"{int(now * 1000)}.{len(self._given)}.{secrets.token_hex(16)}"
        self._given[trigger_id] = Trigger(user, now + self._lifetime, view)
        return trigger_id

    def knows(self, trigger_id: str) -> bool:
        """Whether this trigger id was given out here."""
        return trigger_id in self._given

    def use(self, trigger_id: str) -> Trigger:
        """Redeem a trigger id; raises Refusal where it is unknown, too old or used."""
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if trigger.until < self._clock():
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Where an app can answer an interaction: the message it came from, if any, and its reader."""

    channel: str
    user: str
    until: float
    message_ts: str | None = None
    ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """The response URLs given out."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._given: dict[str, ResponseUrl] = {}

    def issue(
        self,
        channel: str,
        user: str,
        *,
        message_ts: str | None = None,
        ephemeral: bool = False,
        thread_ts: str | None = None,
    ) -> str:
        """Return a new URL that answers this person in this channel."""
        now = self._state.clock()
        for each in [key for key, ticket in self._given.items() if ticket.until < now]:
            del self._given[each]
        key = secrets.token_urlsafe(24)
        self._given[key] = ResponseUrl(
            channel, user, now + RESPONSE_LIFETIME, message_ts, ephemeral, thread_ts
        )
        return f"{self._state.base_url}/actions/{self._state.team.id}/{key}"

    def use(self, key: str) -> ResponseUrl:
        """Count one use; raises Refusal `expired_url`, or `used_url` beyond the fifth."""
        ticket = self._given.get(key)
        if ticket is None or ticket.until < self._state.clock():
            raise Refusal("expired_url")
        if ticket.uses >= RESPONSE_USES:
            raise Refusal("used_url")
        ticket.uses += 1
        return ticket


NO_CONNECTION = "We had some trouble connecting. Try again?"
"""What Slack writes into a modal whose submission the app did not acknowledge."""


class Answers:
    """Carries out what an app answers."""

    def __init__(self, state: State, app: App, conversations: Conversations, views: Views) -> None:
        self._state = state
        self._app = app
        self._conversations = conversations
        self._views = views

    def to_submission(self, view: View, delivery: Delivery) -> None:
        """Close, update or replace a submitted modal, or show what is wrong with it."""
        if not delivery.acknowledged:
            self._views.show_errors(view, {"": NO_CONNECTION})
            return
        answer = delivery.answer if isinstance(delivery.answer, dict) else {}
        try:
            self._respond(view, answer)
        except Refusal as refusal:
            said = refusal.extra.get("errors", [])
            self._views.show_errors(view, {"": f"{NO_CONNECTION} ({', '.join([refusal.code, *said])})"})

    def _respond(self, view: View, answer: Json) -> None:
        match answer.get("response_action"):
            case None:
                # The listener may have updated or pushed a view in the meantime; the submitted one goes.
                if self._state.stacks.get(view.user, [""])[-1] == view.id:
                    self._views.close(view.user, clear=False)
            case "errors":
                self._check_errors(view, answer.get("errors"))
                self._views.show_errors(view, answer["errors"])
            case "update":
                self._views.update(view, self._checked(answer))
            case "push":
                self._views.push(view.user, self._checked(answer))
            case "clear":
                self._views.close(view.user, clear=True)
            case other:
                raise Refusal(f"unknown response_action {other}")

    def _checked(self, answer: Json) -> Json:
        return check_view(answer.get("view"), "modal", self._app.refused_blocks)

    def _check_errors(self, view: View, errors: object) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or set(errors) - inputs:
            raise Refusal("errors must name input blocks of the view")

    def to_command(self, channel: Channel, user: str, command: str, delivery: Delivery) -> None:
        """Show what the app answered to a slash command, or that it did not."""
        if not delivery.acknowledged:
            why = "operation_timeout" if "timeout" in delivery.problem else "dispatch_failed"
            self._from_slackbot(channel.id, user, f'{command} failed with the error "{why}"')
            return
        said = {"text": delivery.answer} if isinstance(delivery.answer, str) else delivery.answer
        if isinstance(said, dict) and (said.get("text") or said.get("blocks")):
            try:
                self.post(ResponseUrl(channel.id, user, until=0.0), said)
            except Refusal as refusal:
                self._from_slackbot(channel.id, user, f'{command} failed with the error "{refusal.code}"')

    def post(self, ticket: ResponseUrl, said: Json) -> None:
        """Do what was sent to a response URL: post, replace or delete; raises Refusal."""
        where = ticket.channel
        source = self._source(ticket)
        if said.get("delete_original"):
            if source is None:
                raise Refusal("message_not_found")
            if ticket.ephemeral:
                self._conversations.delete_ephemeral(source)
            else:
                self._conversations.delete(source)
            return
        fields = self._fields(said)
        if said.get("replace_original"):
            if source is None:
                raise Refusal("message_not_found")
            if ticket.ephemeral:
                self._conversations.replace_ephemeral(source, fields)
            else:
                self._conversations.change(source, fields, editor=self._app.bot_user)
            return
        self._new(ticket, where, said, fields)

    def _new(self, ticket: ResponseUrl, where: str, said: Json, fields: dict[str, Any]) -> None:
        open_to_all = said.get("response_type") == "in_channel"
        message = Message(
            ts=self._state.next_ts(),
            channel=where,
            user=self._app.bot_user,
            bot_id=self._app.bot_id,
            app_id=self._app.id,
            thread_ts=said.get("thread_ts") or ticket.thread_ts,
            visible_to=None if open_to_all else ticket.user,
            **fields,
        )
        try:
            if open_to_all:
                self._conversations.post(message)
            else:
                self._conversations.post_ephemeral(message)
        except NotPossible as reason:
            raise Refusal("is_archived") from reason

    def _source(self, ticket: ResponseUrl) -> Message | None:
        if ticket.message_ts is None:
            return None
        if ticket.ephemeral:
            mine = (m for m in self._state.ephemerals if m.visible_to == ticket.user)
            return next((m for m in mine if m.ts == ticket.message_ts), None)
        return self._state.find_message(ticket.channel, ticket.message_ts)

    def _fields(self, said: Json) -> dict[str, Any]:
        blocks = check_message_blocks(said.get("blocks") or [], self._app.refused_blocks)
        text = str(said.get("text") or "")
        if not text and not blocks and not said.get("attachments"):
            raise Refusal("no_text")
        return {"text": text, "blocks": with_ids(blocks), "attachments": said.get("attachments") or []}

    def _from_slackbot(self, channel: str, user: str, text: str) -> None:
        ts = self._state.next_ts()
        self._conversations.post_ephemeral(
            Message(ts=ts, channel=channel, user=SLACKBOT, text=text, visible_to=user)
        )
