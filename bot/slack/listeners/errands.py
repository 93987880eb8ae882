"""What a press or a submission starts, with a place where its outcome is told."""

from asyncio import gather, sleep
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from bot.domain.errors import SlackError
from bot.slack.directory import Directory
from bot.slack.inbound import messages, presses, views
from bot.slack.listeners.mishaps import judged, say
from bot.slack.outbox import Outbox
from bot.slack.render.message import Block
from bot.slack.render.modals.frame import saying, waiting
from bot.tasks import Inflight

log = structlog.get_logger(__name__)

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

    def run(self, work: Coroutine[Any, Any, None], press: presses.Press) -> None:
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
        press: presses.Press | views.ViewPress | presses.Shortcut | messages.Command,
        title: str,
        draw: Callable[[], Awaitable[Block]],
    ) -> None:
        """Open a modal at once, and show in it what `draw` returns, or why it could not be drawn."""
        view_id = await self._outbox.open_modal(press.trigger_id, waiting(title))
        self._inflight.start(self._show(view_id, title, draw), f"modal {title}")

    def turn_over(self, press: views.ViewPress, title: str, draw: Callable[[], Awaitable[Block]]) -> None:
        """Show what `draw` returns in the modal that was pressed, or why it could not be drawn."""
        self._inflight.start(self._show(press.view_id, title, draw), f"page {title}")

    async def carry_out(
        self, ack: AsyncAck, submitted: views.Submission, title: str, work: Callable[[], Awaitable[str]]
    ) -> None:
        """Acknowledge a submission and tell its outcome, a sentence in Slack markup, in its modal."""

        async def outcome() -> Block:
            return saying(title, await work())

        await self.replace(ack, submitted, title, outcome)

    async def replace(
        self, ack: AsyncAck, submitted: views.Submission, title: str, draw: Callable[[], Awaitable[Block]]
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
