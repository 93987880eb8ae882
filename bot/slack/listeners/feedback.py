"""Thumbs under answers and on them, and what people say beyond a thumb."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import NothingSaid, PipesHubError
from bot.flows.actions.feedback import Rating
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import presses, views
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.mishaps import judged
from bot.slack.listeners.more import Choice
from bot.slack.outbox import Outbox
from bot.slack.render import standings
from bot.slack.render.message import Block
from bot.slack.render.modals import feedback as feedback_modal
from bot.slack.render.modals.frame import saying

_THUMBS = {actions.UP: True, actions.DOWN: False}


def register(app: AsyncApp, rating: Rating, outbox: Outbox, errands: Errands) -> None:
    """Listen to thumbs: Slack's own, plain buttons where a workspace draws none, and reactions."""

    async def rate(turn: str, press: presses.Press, *, helpful: bool) -> None:
        changed = await rating.rate(turn, press.person, helpful=helpful)
        said = feedback_modal.thanks(turn, helpful=helpful, changed=changed)
        await outbox.whisper(press.channel, press.person, said.text, press.thread_ts, said.blocks)

    async def on_thumb(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        pressed = actions.read(press.value)
        if pressed.choice not in _THUMBS:
            raise UnreadableValueError("no such thumb")
        errands.run(rate(pressed.turn, press, helpful=_THUMBS[pressed.choice]), press)

    async def on_reaction(event: dict[str, Any], context: AsyncBoltContext) -> None:
        thumb = presses.thumb(event)
        if thumb is None or thumb.person == context.bot_user_id:
            return
        turn = await rating.answer_in(context.team_id or "", thumb.channel, thumb.ts)
        if turn is not None:
            press = thumb.press(turn.question.thread.ts)
            errands.run(rate(turn.id, press, helpful=thumb.up), press)

    for action in (actions.RATE, actions.RATE_UP, actions.RATE_DOWN):
        app.action(action)(on_thumb)
    app.event("reaction_added")(on_reaction)


def modals(app: AsyncApp, rating: Rating, errands: Errands) -> dict[str, Choice]:
    """Listen to the modal for more than a thumb; return what opens it, by the menu's choice."""

    async def open_form(turn: str, press: presses.Press) -> None:
        async def view() -> Block:
            return feedback_modal.form(turn, await rating.details(turn, press.person))

        await errands.open(press, feedback_modal.TELL_MORE, view)

    async def on_tell_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        await open_form(actions.read(press.value).turn, press)

    async def on_form(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        turn, opinion = actions.read(submitted.about).turn, feedback_modal.read(submitted.entered)
        try:
            await rating.check(turn, submitted.person, opinion)
        except NothingSaid as error:
            await ack(response_action="errors", errors={feedback_modal.HELPFUL: error.sentence})
            return

        async def outcome() -> Block:
            try:
                whole = await rating.tell_more(turn, submitted.person, opinion)
            except PipesHubError as error:
                return feedback_modal.again(
                    views.drawn(body), submitted.entered, turn, judged(error).sentence
                )
            return saying(
                feedback_modal.TELL_MORE, feedback_modal.SENT if whole else feedback_modal.VOTE_SENT
            )

        await errands.replace(ack, submitted, feedback_modal.TELL_MORE, outcome)

    app.action(actions.TELL_MORE)(on_tell_more)
    app.view(actions.TELLING_MORE)(on_form)
    return {standings.TELL_MORE: open_form}
