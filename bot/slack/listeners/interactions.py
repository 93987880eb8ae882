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
    Refusal,
    ReplyGone,
    SlackError,
    SlackUnreachable,
    Unforeseen,
)
from bot.flows.actions.permissions import Belonging
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.payloads import events, interactions
from bot.slack.payloads.events import NO_RETRY
from bot.slack.payloads.fields import Malformed
from bot.slack.render import messages
from bot.slack.render.blocks import Block
from bot.slack.render.modals.base import saying, waiting
from bot.tasks import Inflight

log = structlog.get_logger(__name__)

# Copies of an answer stand elsewhere, and its sources are there for everybody who sees one.
ANYWHERE = frozenset({actions.ALL_SOURCES})


def register_place_check(app: AsyncApp, belonging: Belonging) -> None:
    """Look at everything that carries a turn, before any listener does."""

    async def check(
        body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        match body.get("type"), "view" in body:
            case "block_actions", False:
                await _check_press(body, belonging)
            case (("block_actions" | "view_submission"), True):
                await _check_view(body, belonging)
        return await next_()

    app.use(check)


async def _check_press(body: dict[str, Any], belonging: Belonging) -> None:
    try:
        press = interactions.press(body)
        turn = actions.read(press.value).turn
    except (Malformed, UnreadableValueError):
        return  # whoever listens refuses it
    if press.action_id not in ANYWHERE:
        await belonging.check(turn, press.workspace, press.channel, press.thread_ts)


async def _check_view(body: dict[str, Any], belonging: Belonging) -> None:
    """Look at what a view was drawn about, and at what was pressed in it."""
    try:
        pressed = interactions.view_press(body) if "actions" in body else None
        about = pressed.about if pressed else interactions.submission(body).about
    except Malformed:
        return
    for value in (about, pressed.value if pressed else None):
        turn = _turn(value)
        if turn:
            await belonging.check(turn, interactions.workspace(body))


def _turn(value: object) -> str:
    """Return the turn in a value of any kind, empty where there is none."""
    try:
        return actions.read(value).turn
    except UnreadableValueError:
        pass
    try:
        return actions.read_home(value).turn
    except UnreadableValueError:
        return ""


RETRY = 500
"""The status that makes Slack deliver an event again: a question that was not recorded is not lost."""

MALFORMED = HTTPStatus.BAD_REQUEST
"""The status for what will be as unreadable when it comes again."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person is told, in Slack markup, and the status that answers the delivery.

    `address` is where they connect an account, where that is missing: for them alone.
    """

    sentence: str
    status: int
    address: str = ""


def register_errors(app: AsyncApp, outbox: Outbox) -> None:
    """Tell the person what went wrong, and the log why."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        found = judged(error)
        title = interactions.submitted(body)
        if title is not None:
            view = saying(title, found.sentence, found.address)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        where = events.whereabouts(body)
        # An event that came while Slack did not say who the bot is comes again: nobody did anything with it.
        status = RETRY if "event" in body and isinstance(error, SlackUnreachable) else found.status
        if where is not None and not (status == RETRY and "event" in body):
            channel, person, thread_ts = where
            await say(outbox, channel, person, found, thread_ts)
        response = BoltResponse(status=status, body="")
        if status == MALFORMED:
            response.headers[NO_RETRY] = ["1"]
        return response

    app.error(on_error)


async def say(outbox: Outbox, channel: str, person: str, found: Judged, thread_ts: str | None) -> None:
    """Tell one person in a channel what went wrong, if they are still there to read it."""
    blocks = messages.saying(found.sentence, found.address) if found.address else ()
    try:
        await outbox.whisper(channel, person, found.sentence, thread_ts, blocks)
    except ReplyGone as error:
        log.info("nobody is there for a sentence", reason=error.detail)
    except SlackError as error:
        log.warning("a sentence could not be said", reason=error.detail)


def judged(error: Exception) -> Judged:
    """Log an error, and return what becomes of it."""
    if isinstance(error, UnreadableValueError):
        log.info("a button of another version was pressed", reason=str(error))
        return Judged(messages.UNREADABLE, 200)
    if isinstance(error, Malformed):
        log.warning("a delivery is malformed", key=str(error))
        return Judged(messages.MALFORMED, MALFORMED)
    if isinstance(error, Refusal):
        log.info("refused", refusal=type(error).__name__)
        return Judged(error.sentence, 200, error.address if isinstance(error, NotLinked) else "")
    if isinstance(error, BotError):
        log.warning("listener failed", error=type(error).__name__, reason=error.detail)
        return Judged(messages.sorry(error), 200)
    code = uuid4().hex[:8]
    log.error("listener failed", incident=code, exc_info=error)
    return Judged(messages.sorry(Unforeseen(code)), RETRY)


ACKNOWLEDGING = 0.2
"""Seconds that an acknowledgement gets to arrive: it would cover an outcome that is shown before it."""


class Errands:
    """Carries out what takes longer than Slack waits for an acknowledgement.

    Whatever goes wrong ends in a sentence: beside the message that was pressed, or in the open modal.
    """

    def __init__(self, outbox: Outbox, directory: Directory, inflight: Inflight) -> None:
        self._outbox = outbox
        self._directory = directory
        self._inflight = inflight

    def run(self, work: Coroutine[Any, Any, None], press: interactions.Press) -> None:
        """Do what a press asks for; only who pressed hears of a failure.

        A press on a message that is deleted changes nothing, nor does one of a deactivated account: both
        can be on their way still.
        """

        async def errand() -> None:
            try:
                await gather(
                    self._directory.active(press.person),
                    self._outbox.stands(press.channel, press.message_ts),
                )
                await work
            except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
                await say(self._outbox, press.channel, press.person, judged(error), press.thread_ts)
            finally:
                work.close()

        self._inflight.start(errand(), f"press {press.channel} {press.message_ts}")

    async def open(
        self,
        press: interactions.Press | interactions.ViewPress | interactions.Shortcut | events.Command,
        title: str,
        draw: Callable[[], Awaitable[Block]],
    ) -> None:
        """Open a modal at once, and show in it what `draw` returns, or why it could not be drawn."""
        view_id = await self._outbox.open_modal(press.trigger_id, waiting(title))
        self._inflight.start(self._show(view_id, title, draw), f"modal {title}")

    def turn_over(
        self, press: interactions.ViewPress, title: str, draw: Callable[[], Awaitable[Block]]
    ) -> None:
        """Show what `draw` returns in the modal that was pressed, or why it could not be drawn."""
        self._inflight.start(self._show(press.view_id, title, draw), f"page {title}")

    async def carry_out(
        self,
        ack: AsyncAck,
        submitted: interactions.Submission,
        title: str,
        work: Callable[[], Awaitable[str]],
    ) -> None:
        """Acknowledge a submission and tell its outcome, a sentence in Slack markup, in its modal."""

        async def outcome() -> Block:
            return saying(title, await work())

        await self.replace(ack, submitted, title, outcome)

    async def replace(
        self,
        ack: AsyncAck,
        submitted: interactions.Submission,
        title: str,
        draw: Callable[[], Awaitable[Block]],
    ) -> None:
        """Acknowledge a submission and show in its modal what `draw` returns, or why it could not."""
        await ack(response_action="update", view=waiting(title))

        async def outcome() -> Block:
            await sleep(ACKNOWLEDGING)
            await self._directory.active(submitted.person)
            return await draw()

        self._inflight.start(self._show(submitted.view_id, title, outcome), f"submission {title}")

    async def _show(self, view_id: str, title: str, draw: Callable[[], Awaitable[Block]]) -> None:
        try:
            view = await draw()
        except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
            found = judged(error)
            view = saying(title, found.sentence, found.address)
        try:
            await self._outbox.update_modal(view_id, view)
        except SlackError as error:
            log.info("a modal was closed before it could be filled", reason=error.detail)
