"""Answers written anew: the button, the modal with another manner, the version before."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.flows.actions.regenerate import Regenerating
from bot.flows.channel_settings import Choosing
from bot.slack import actions
from bot.slack.inbound import presses, views
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.more import Choice
from bot.slack.render import standings
from bot.slack.render.message import Block
from bot.slack.render.modals import earlier
from bot.slack.render.modals import manner as inputs
from bot.slack.render.modals import regenerate as conversation_modal
from bot.tasks import Inflight


def register(
    app: AsyncApp, regenerating: Regenerating, choosing: Choosing, errands: Errands, inflight: Inflight
) -> None:
    """Listen to the button and to the modal."""

    async def on_regenerate(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def regenerate() -> None:
            await (await regenerating.begin(turn, press.person))

        errands.run(regenerate(), press)

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        turn = actions.read(submitted.about).turn

        async def regenerate() -> str:
            manner = await choosing.manner(submitted.person, inputs.entered(submitted.entered))
            inflight.start(await regenerating.begin(turn, submitted.person, manner), f"regenerate {turn}")
            return conversation_modal.BEGUN

        await errands.carry_out(ack, submitted, conversation_modal.TITLE, regenerate)

    app.action(actions.REGENERATE)(on_regenerate)
    app.view(actions.REGENERATING)(on_submission)


def menu(
    regenerating: Regenerating, choosing: Choosing, errands: Errands, frontend: str
) -> dict[str, Choice]:
    """Return what opens the modal with another manner and the version before, by the menu's choices."""

    async def open_manner(turn: str, press: presses.Press) -> None:
        async def view() -> Block:
            return conversation_modal.regenerate(turn, await choosing.choices(press.person), choosing.default)

        async def opening() -> None:
            # First of all, so that a refusal stands beside the message; the server answers well before
            # the trigger expires.
            await regenerating.check(turn, press.person)
            await errands.open(press, conversation_modal.TITLE, view)

        errands.run(opening(), press)

    async def open_earlier(turn: str, press: presses.Press) -> None:
        async def view() -> Block:
            version = await regenerating.earlier(turn)
            return earlier.earlier(version.text, version.citations, version.replaced_at, frontend)

        await errands.open(press, earlier.TITLE, view)

    return {standings.REGENERATE_WITH: open_manner, standings.EARLIER: open_earlier}
