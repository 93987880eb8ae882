"""The buttons and menu under an answer, as Slack delivers them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.flows.actions.regenerate import ResumeService, RetryService
from bot.flows.actions.share import ShareInThreadService
from bot.flows.actions.stop import StopService
from bot.flows.conversations.browse import BrowseService
from bot.flows.questions.ask import FollowUpService
from bot.flows.questions.incoming import StopReplyingService
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.interactions import Interactions
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions as payloads
from bot.slack.render import messages
from bot.slack.render.blocks import Block, escaped
from bot.slack.render.modals import conversation as conversation_modal


def register_agent(
    app: AsyncApp, stop_service: StopService, outbox: Outbox, interactions: Interactions
) -> None:
    """Listen to the Stop that Slack shows beside what it streams."""

    async def on_stopped(event: dict[str, Any], context: AsyncBoltContext) -> None:
        halt = payloads.stop_request(event, context.team_id or "")

        async def stop() -> None:
            if not await stop_service.stop_messages(halt.workspace, halt.channel, halt.messages, halt.person):
                await outbox.post_ephemeral(halt.channel, halt.person, messages.NOT_RUNNING, halt.thread_ts)

        interactions.run(stop(), halt.as_press())

    app.event("agent_session_stopped")(on_stopped)


def register_private_answers(
    app: AsyncApp,
    share_in_thread_service: ShareInThreadService,
    stop_replying_service: StopReplyingService,
    interactions: Interactions,
) -> None:
    """Listen to both buttons."""

    async def on_share(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id
        interactions.run(share_in_thread_service.share(turn, press.person), press)

    async def on_not_now(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id
        interactions.run(stop_replying_service.stop_replying(turn, press.person), press)

    app.action(actions.SHARE_IN_THREAD)(on_share)
    app.action(actions.STOP_REPLYING)(on_not_now)


def register_buttons(
    app: AsyncApp,
    retry_service: RetryService,
    stop_service: StopService,
    resume_service: ResumeService,
    outbox: Outbox,
    interactions: Interactions,
) -> None:
    """Listen to presses."""

    async def on_stop(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def stop() -> None:
            if not await stop_service.stop(turn, press.person):
                await outbox.post_ephemeral(
                    press.channel, press.person, messages.NOT_RUNNING, press.thread_ts
                )

        interactions.run(stop(), press)

    async def on_try_again(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def again() -> None:
            if not await retry_service.retry(turn, press.person):
                await outbox.post_ephemeral(press.channel, press.person, messages.NOT_FAILED, press.thread_ts)

        interactions.run(again(), press)

    async def on_read_on(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def read_on() -> None:
            if not await resume_service.resume(turn):
                await outbox.post_ephemeral(
                    press.channel, press.person, messages.NOT_STOPPED, press.thread_ts
                )

        interactions.run(read_on(), press)

    app.action(actions.STOP)(on_stop)
    app.action(actions.TRY_AGAIN)(on_try_again)
    app.action(actions.RESUME)(on_read_on)


def register_follow_ups(
    app: AsyncApp, follow_up_service: FollowUpService, interactions: Interactions
) -> None:
    """Listen to suggestions; what one asks stands in its value."""

    async def on_follow_up(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        pressed = actions.read_button_value(press.value)
        number = int(press.action_id.rpartition("_")[2])

        async def follow() -> None:
            work = await follow_up_service.ask(pressed.turn_id, number, escaped(pressed.choice), press.person)
            if work is not None:
                await work

        interactions.run(follow(), press)

    app.action(re.compile(rf"^{actions.FOLLOW_UP}_\d$"))(on_follow_up)


MenuEntry = Callable[[str, payloads.ButtonPress], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu."""


def register_menu(app: AsyncApp, choices: Mapping[str, MenuEntry]) -> None:
    """Listen to the menu, and to the entry that also stands alone.

    `choices` are its entries by the choice in their values.
    """

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        pressed = actions.read_button_value(press.value)
        if pressed.choice not in choices:
            raise UnreadableValueError("no such choice")
        await choices[pressed.choice](pressed.turn_id, press)

    app.action(actions.MORE_MENU)(on_more)
    app.action(actions.EARLIER_VERSION)(on_more)


def register_sources(
    app: AsyncApp, browse_service: BrowseService, interactions: Interactions, frontend: str
) -> None:
    """Listen to the button that shows all of them."""

    async def on_all(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def view() -> Block:
            return conversation_modal.sources_modal(
                await browse_service.sources(turn, press.person), frontend
            )

        await interactions.open_modal(press, conversation_modal.SOURCES_TITLE, view)

    app.action(actions.ALL_SOURCES)(on_all)
