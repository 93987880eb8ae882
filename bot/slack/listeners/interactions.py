"""What every press and submission passes: the check of its place, its background task, its errors."""

from asyncio import gather, sleep
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.domain.errors import (
    BotError,
    NotLinked,
    Refused,
    ReplyTargetGone,
    SlackError,
    SlackUnreachable,
    Unforeseen,
)
from bot.flows.actions.permissions import PressCheck
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.payloads import events
from bot.slack.payloads import interactions as payloads
from bot.slack.payloads.events import NO_RETRY
from bot.slack.payloads.fields import MalformedPayload
from bot.slack.render import messages
from bot.slack.render.blocks import Block
from bot.slack.render.modals.base import loading_modal, sentence_modal
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)

# Copies of an answer stand elsewhere, and its sources are there for everybody who sees one.
PLACE_INDEPENDENT = frozenset({actions.ALL_SOURCES})


def register_place_check(app: AsyncApp, press_check: PressCheck) -> None:
    """Look at everything that carries a turn, before any listener does."""

    async def check(
        body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        match body.get("type"), "view" in body:
            case "block_actions", False:
                await _check_press(body, press_check)
            case (("block_actions" | "view_submission"), True):
                await _check_view(body, press_check)
        return await next_()

    app.use(check)


async def _check_press(body: dict[str, Any], press_check: PressCheck) -> None:
    try:
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id
    except (MalformedPayload, UnreadableValueError):
        return  # whoever listens refuses it
    if press.action_id not in PLACE_INDEPENDENT:
        await press_check.check(turn, press.workspace, press.channel, press.thread_ts)


async def _check_view(body: dict[str, Any], press_check: PressCheck) -> None:
    """Look at what a view was drawn about, and at what was pressed in it."""
    try:
        pressed = payloads.view_press(body) if "actions" in body else None
        about = pressed.metadata if pressed else payloads.submission(body).metadata
    except MalformedPayload:
        return
    for value in (about, pressed.value if pressed else None):
        turn = _turn(value)
        if turn:
            await press_check.check(turn, payloads.workspace_of(body))


def _turn(value: object) -> str:
    """Return the turn in a value of any kind, empty where there is none."""
    try:
        return actions.read_button_value(value).turn_id
    except UnreadableValueError:
        pass
    try:
        return actions.read_home_value(value).turn_id
    except UnreadableValueError:
        return ""


RETRY_STATUS = 500
"""The status that makes Slack deliver an event again: a question that was not recorded is not lost."""

MALFORMED_STATUS = HTTPStatus.BAD_REQUEST
"""The status for what will be as unreadable when it comes again."""


@dataclass(frozen=True, slots=True)
class UserFacingError:
    """What a person is told, in Slack markup, and the status that answers the delivery.

    `address` is where they connect an account, where that is missing: for them alone.
    """

    sentence: str
    status: int
    address: str = ""


def register_errors(app: AsyncApp, outbox: Outbox) -> None:
    """Tell the person what went wrong, and the log why."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        found = user_facing_error(error)
        title = payloads.submitted_title(body)
        if title is not None:
            view = sentence_modal(title, found.sentence, found.address)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        where = events.reply_address(body)
        # An event that came while Slack did not say who the bot is comes again: nobody did anything with it.
        status = RETRY_STATUS if "event" in body and isinstance(error, SlackUnreachable) else found.status
        if where is not None and not (status == RETRY_STATUS and "event" in body):
            channel, person, thread_ts = where
            await post_error(outbox, channel, person, found, thread_ts)
        response = BoltResponse(status=status, body="")
        if status == MALFORMED_STATUS:
            response.headers[NO_RETRY] = ["1"]
        return response

    app.error(on_error)


async def post_error(
    outbox: Outbox, channel: str, person: str, found: UserFacingError, thread_ts: str | None
) -> None:
    """Tell one person in a channel what went wrong, if they are still there to read it."""
    blocks = messages.sentence_blocks(found.sentence, found.address) if found.address else ()
    try:
        await outbox.post_ephemeral(channel, person, found.sentence, thread_ts, blocks)
    except ReplyTargetGone as error:
        log.info("slack.ephemeral_undeliverable", reason=error.detail)
    except SlackError as error:
        log.warning("slack.ephemeral_failed", reason=error.detail)


def user_facing_error(error: Exception) -> UserFacingError:
    """Log an error, and return what becomes of it."""
    if isinstance(error, UnreadableValueError):
        log.info("interaction.value_unreadable", reason=str(error))
        return UserFacingError(messages.UNREADABLE_TEXT, 200)
    if isinstance(error, MalformedPayload):
        log.warning("delivery.malformed", key=str(error))
        return UserFacingError(messages.MALFORMED_TEXT, MALFORMED_STATUS)
    if isinstance(error, Refused):
        log.info("interaction.refused", refusal=error.reason)
        return UserFacingError(error.sentence, 200, error.address if isinstance(error, NotLinked) else "")
    if isinstance(error, BotError):
        log.warning("interaction.failed", error=error.reason, reason=error.detail)
        return UserFacingError(messages.error_text(error), 200)
    code = uuid4().hex[:8]
    log.error("interaction.failed", incident=code, exc_info=error)
    return UserFacingError(messages.error_text(Unforeseen(code)), RETRY_STATUS)


ACKNOWLEDGE_DELAY = 0.2
"""Seconds that an acknowledgement gets to arrive: it would cover an outcome that is shown before it."""


class Interactions:
    """Carries out what takes longer than Slack waits for an acknowledgement.

    Whatever goes wrong ends in a sentence: beside the message that was pressed, or in the open modal.
    """

    def __init__(self, outbox: Outbox, directory: Directory, background_tasks: BackgroundTasks) -> None:
        self._outbox = outbox
        self._directory = directory
        self._background_tasks = background_tasks

    def run(self, work: Coroutine[Any, Any, None], press: payloads.ButtonPress) -> None:
        """Do what a press asks for; only who pressed hears of a failure.

        A press on a message that is deleted changes nothing, nor does one of a deactivated account: both
        can be on their way still.
        """

        async def interaction() -> None:
            try:
                await gather(
                    self._directory.check_active(press.person),
                    self._outbox.ensure_message_exists(press.channel, press.message_ts),
                )
                await work
            except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
                await post_error(
                    self._outbox, press.channel, press.person, user_facing_error(error), press.thread_ts
                )
            finally:
                work.close()

        self._background_tasks.start(interaction(), f"press {press.channel} {press.message_ts}")

    async def open_modal(
        self,
        press: payloads.ButtonPress | payloads.ViewPress | payloads.Shortcut | events.SlashCommand,
        title: str,
        draw: Callable[[], Awaitable[Block]],
    ) -> None:
        """Open a modal at once, and show in it what `draw` returns, or why it could not be drawn."""
        view_id = await self._outbox.open_modal(press.trigger_id, loading_modal(title))
        self._background_tasks.start(self._show_in_modal(view_id, title, draw), f"modal {title}")

    def update_modal(
        self, press: payloads.ViewPress, title: str, draw: Callable[[], Awaitable[Block]]
    ) -> None:
        """Show what `draw` returns in the modal that was pressed, or why it could not be drawn."""
        self._background_tasks.start(self._show_in_modal(press.view_id, title, draw), f"page {title}")

    async def acknowledge_and_report(
        self,
        ack: AsyncAck,
        submitted: payloads.Submission,
        title: str,
        work: Callable[[], Awaitable[str]],
    ) -> None:
        """Acknowledge a submission and tell its outcome, a sentence in Slack markup, in its modal."""

        async def outcome() -> Block:
            return sentence_modal(title, await work())

        await self.acknowledge_and_show(ack, submitted, title, outcome)

    async def acknowledge_and_show(
        self,
        ack: AsyncAck,
        submitted: payloads.Submission,
        title: str,
        draw: Callable[[], Awaitable[Block]],
    ) -> None:
        """Acknowledge a submission and show in its modal what `draw` returns, or why it could not."""
        await ack(response_action="update", view=loading_modal(title))

        async def outcome() -> Block:
            await sleep(ACKNOWLEDGE_DELAY)
            await self._directory.check_active(submitted.person)
            return await draw()

        self._background_tasks.start(
            self._show_in_modal(submitted.view_id, title, outcome), f"submission {title}"
        )

    async def _show_in_modal(self, view_id: str, title: str, draw: Callable[[], Awaitable[Block]]) -> None:
        try:
            view = await draw()
        except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
            found = user_facing_error(error)
            view = sentence_modal(title, found.sentence, found.address)
        try:
            await self._outbox.update_modal(view_id, view)
        except SlackError as error:
            log.info("modal.update_failed", reason=error.detail)
