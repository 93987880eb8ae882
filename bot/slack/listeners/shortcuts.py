"""The shortcuts, and the form they open."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import BotError, ChannelClosed, NotAMember, RecordIdsRefused
from bot.domain.turns import About, Posed, Thread
from bot.flows import channel_settings as rules
from bot.flows.channel_settings import Choosing
from bot.flows.questions.ask import Posing
from bot.slack import actions
from bot.slack.directory import Directory
from bot.slack.inbound import presses, views
from bot.slack.listeners.errands import Errands
from bot.slack.outbox import Outbox
from bot.slack.render.message import Block
from bot.slack.render.modals import ask as ask_modal
from bot.slack.render.modals import manner as inputs
from bot.tasks import Inflight

LOOK = 2.0
"""Seconds for looking at a channel while the submission waits: Slack gives up on it after three."""

EMPTY = "Please write a question."
NO_TEXT = "(a message without text)"


def register(app: AsyncApp, form: "Form", errands: Errands) -> None:
    """Listen to both shortcuts and to the form."""

    async def on_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = presses.shortcut(body)
        await errands.open(shortcut, ask_modal.ASK, lambda: form.blank(shortcut.person))

    async def on_message_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = presses.shortcut(body)
        await errands.open(shortcut, ask_modal.ASK_ABOUT, lambda: form.about(shortcut))

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        if mistakes := await form.mistakes(submitted):
            await ack(response_action="errors", errors=mistakes)
            return
        await errands.carry_out(ack, submitted, ask_modal.ASK, lambda: form.ask(submitted))

    app.global_shortcut(actions.ASK_A_QUESTION)(on_shortcut)
    app.message_shortcut(actions.ASK_ABOUT_MESSAGE)(on_message_shortcut)
    app.view(actions.ASKING)(on_submission)


class Form:
    """Draws the form, checks what was entered, and asks."""

    def __init__(
        self, posing: Posing, choosing: Choosing, outbox: Outbox, directory: Directory, inflight: Inflight
    ) -> None:
        self._posing = posing
        self._choosing = choosing
        self._outbox = outbox
        self._directory = directory
        self._inflight = inflight

    async def blank(self, person: str) -> Block:
        """Return the form for a question that is about no message."""
        return ask_modal.ask(await self._choosing.choices(person), self._choosing.default)

    async def about(self, shortcut: presses.Shortcut) -> Block:
        """Return the form for a question about the message of a shortcut.

        Raises NotAMember where its thread could not be answered in.
        """
        message = shortcut.message
        if message is None:
            return await self.blank(shortcut.person)
        await self._directory.hears(message.channel, shortcut.person)
        text, author = await asyncio.gather(
            self._directory.readable(shortcut.workspace, message.text),
            self._directory.name(shortcut.workspace, message.author),
        )
        subject = ask_modal.Subject(message.channel, message.thread_ts, author, text or NO_TEXT)
        thread = Thread(shortcut.workspace, message.channel, message.thread_ts)
        begins = await self._posing.begins(thread, shortcut.person)
        choices = await self._choosing.choices(shortcut.person)
        return ask_modal.ask_about(subject, choices, self._choosing.default, begins=begins)

    async def mistakes(self, submitted: views.Submission) -> dict[str, str]:
        """Return what is wrong with what was entered, by block id, as far as that is known in time."""
        found: dict[str, str] = {}
        if not _text(submitted):
            found[ask_modal.QUESTION] = EMPTY
        try:
            rules.record_ids(inputs.entered(submitted.entered).records)
        except RecordIdsRefused as error:
            found[inputs.RECORDS] = error.sentence
        place = submitted.entered.get(ask_modal.PLACE)
        if isinstance(place, str) and place:
            found |= await self._closed(place, submitted.person)
        return found

    async def ask(self, submitted: views.Submission) -> str:
        """Ask what was entered and say where the answer comes. Raises BotError."""
        subject = ask_modal.read(submitted.about)
        place = submitted.entered.get(ask_modal.PLACE)
        channel = subject.channel if subject else place if isinstance(place, str) and place else ""
        if channel:
            await self._directory.hears(channel, submitted.person)
        posed = Posed(
            submitted.workspace,
            channel or submitted.person,
            submitted.person,
            _text(submitted),
            thread_ts=subject.thread_ts if subject else None,
            manner=await self._choosing.manner(submitted.person, inputs.entered(submitted.entered)),
            about=About(subject.author, subject.text) if subject else None,
            offered=await self._choosing.choices(submitted.person),
        )
        question, work = await self._posing.pose(posed)
        if work is not None:
            self._inflight.start(work, f"question {question.thread.channel} {question.ts}")
        link = await self._outbox.permalink(question.thread.channel, question.ts)
        return ask_modal.asked(question.thread.channel, link)

    async def _closed(self, channel: str, person: str) -> dict[str, str]:
        """Return why nothing can be asked in a channel; what Slack does not tell in time is no reason."""
        try:
            await asyncio.wait_for(self._directory.hears(channel, person), LOOK)
        except (NotAMember, ChannelClosed) as error:
            return {ask_modal.PLACE: error.sentence}
        except (BotError, TimeoutError):
            return {}
        return {}


def _text(submitted: views.Submission) -> str:
    return str(submitted.entered.get(ask_modal.QUESTION) or "").strip()
