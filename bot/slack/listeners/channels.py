"""The settings of a channel: the form, and its submission."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.channels import Audience
from bot.flows.channel_settings import Configuring, Wanted
from bot.slack import actions
from bot.slack.inbound import messages, views
from bot.slack.listeners.errands import Errands
from bot.slack.render.message import Block
from bot.slack.render.modals import channel as ask_modal
from bot.slack.render.modals import manner as inputs


class SettingsForm:
    """Opens the form for people who may decide."""

    def __init__(self, configuring: Configuring, errands: Errands) -> None:
        self._configuring = configuring
        self._errands = errands

    async def open(self, command: messages.Command) -> None:
        """Open the form for the channel of a command. Raises BotError where that may not be."""
        await self._configuring.check(command.channel, command.person)

        async def view() -> Block:
            return ask_modal.settings(
                await self._configuring.page(command.workspace, command.channel, command.person)
            )

        await self._errands.open(command, ask_modal.TITLE, view)


def register(app: AsyncApp, configuring: Configuring, errands: Errands) -> None:
    """Listen to the form."""

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        channel = actions.read_channel(submitted.about)

        async def save() -> str:
            change = await configuring.change(
                submitted.workspace, channel, submitted.person, _wanted(submitted)
            )
            return ask_modal.saved(channel, change)

        await errands.carry_out(ack, submitted, ask_modal.TITLE, save)

    app.view(actions.CHANNEL_SETTINGS)(on_submission)


def _wanted(submitted: views.Submission) -> Wanted:
    entered = submitted.entered
    return Wanted(
        on=entered.get(ask_modal.ON) != ask_modal.NO,
        audience=Audience.PRIVATE if entered.get(ask_modal.AUDIENCE) == Audience.PRIVATE else Audience.THREAD,
        unprompted=entered.get(ask_modal.UNPROMPTED) == ask_modal.YES,
        chosen=inputs.entered(entered),
        models=inputs.MODEL in entered,
        limits=inputs.SOURCES in entered,
    )
