"""What the app says in an acknowledgement or at a response URL, and what people see of it."""

from typing import Any

from bot.demo.workspace.app import App
from bot.demo.workspace.block_kit.blocks import check_message_blocks, check_view
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.delivery import Delivery
from bot.demo.workspace.elements import with_ids
from bot.demo.workspace.founding import SLACKBOT
from bot.demo.workspace.model import Channel, Json, Message, View
from bot.demo.workspace.refusals import NotPossible, Refusal
from bot.demo.workspace.state import State
from bot.demo.workspace.tickets import ResponseUrl
from bot.demo.workspace.views import Views

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
