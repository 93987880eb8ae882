"""The buttons and menu under an answer, as Slack delivers them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.flows.actions.regenerate import Resuming, Retrying
from bot.flows.actions.share import Revealing
from bot.flows.actions.stop import Stopping
from bot.flows.conversations.browse import Browsing
from bot.flows.questions.ask import Following
from bot.flows.questions.incoming import Silencing
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.interactions import Errands
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions
from bot.slack.render import messages
from bot.slack.render.blocks import Block, escaped
from bot.slack.render.modals import conversation as conversation_modal


def register_agent(app: AsyncApp, stopping: Stopping, outbox: Outbox, errands: Errands) -> None:
    """Listen to the Stop that Slack shows beside what it streams."""

    async def on_stopped(event: dict[str, Any], context: AsyncBoltContext) -> None:
        halt = interactions.halt(event, context.team_id or "")

        async def stop() -> None:
            if not await stopping.stop_shown(halt.workspace, halt.channel, halt.messages, halt.person):
                await outbox.whisper(halt.channel, halt.person, messages.NOT_RUNNING, halt.thread_ts)

        errands.run(stop(), halt.press())

    app.event("agent_session_stopped")(on_stopped)


def register_private_answers(
    app: AsyncApp, revealing: Revealing, silencing: Silencing, errands: Errands
) -> None:
    """Listen to both buttons."""

    async def on_share(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn
        errands.run(revealing.reveal(turn, press.person), press)

    async def on_not_now(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn
        errands.run(silencing.silence(turn, press.person), press)

    app.action(actions.SHARE_IN_THREAD)(on_share)
    app.action(actions.NOT_NOW)(on_not_now)


def register_buttons(
    app: AsyncApp,
    retrying: Retrying,
    stopping: Stopping,
    resuming: Resuming,
    outbox: Outbox,
    errands: Errands,
) -> None:
    """Listen to presses."""

    async def on_stop(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def stop() -> None:
            if not await stopping.stop(turn, press.person):
                await outbox.whisper(press.channel, press.person, messages.NOT_RUNNING, press.thread_ts)

        errands.run(stop(), press)

    async def on_try_again(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def again() -> None:
            if not await retrying.again(turn, press.person):
                await outbox.whisper(press.channel, press.person, messages.NOT_FAILED, press.thread_ts)

        errands.run(again(), press)

    async def on_read_on(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def read_on() -> None:
            if not await resuming.read_on(turn):
                await outbox.whisper(press.channel, press.person, messages.NOT_STOPPED, press.thread_ts)

        errands.run(read_on(), press)

    app.action(actions.STOP)(on_stop)
    app.action(actions.TRY_AGAIN)(on_try_again)
    app.action(actions.READ_ON)(on_read_on)


def register_follow_ups(app: AsyncApp, following: Following, errands: Errands) -> None:
    """Listen to suggestions; what one asks stands in its value."""

    async def on_follow_up(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        pressed = actions.read(press.value)
        number = int(press.action_id.rpartition("_")[2])

        async def follow() -> None:
            work = await following.follow(pressed.turn, number, escaped(pressed.choice), press.person)
            if work is not None:
                await work

        errands.run(follow(), press)

    app.action(re.compile(rf"^{actions.FOLLOW_UP}_\d$"))(on_follow_up)


Choice = Callable[[str, interactions.Press], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu."""


def register_menu(app: AsyncApp, choices: Mapping[str, Choice]) -> None:
    """Listen to the menu, and to the entry that also stands alone.

    `choices` are its entries by the choice in their values.
    """

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        pressed = actions.read(press.value)
        if pressed.choice not in choices:
            raise UnreadableValueError("no such choice")
        await choices[pressed.choice](pressed.turn, press)

    app.action(actions.MORE)(on_more)
    app.action(actions.EARLIER_VERSION)(on_more)


def register_sources(app: AsyncApp, browsing: Browsing, errands: Errands, frontend: str) -> None:
    """Listen to the button that shows all of them."""

    async def on_all(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def view() -> Block:
            return conversation_modal.sources(await browsing.sources(turn, press.person), frontend)

        await errands.open(press, conversation_modal.SOURCES_TITLE, view)

    app.action(actions.ALL_SOURCES)(on_all)
