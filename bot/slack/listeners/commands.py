"""The slash command, the shortcuts, and the forms that they open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.channels import Audience
from bot.domain.errors import BotError, ChannelClosed, NotAMember, RecordIdsRefused
from bot.domain.turns import About, Posed, Thread
from bot.flows import channel_settings as rules
from bot.flows.channel_settings import Choosing, Configuring, Wanted
from bot.flows.conversations.browse import Recalled, Recalling
from bot.flows.questions.ask import Posing
from bot.slack import actions
from bot.slack.client import UNREACHABLE
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Errands, judged
from bot.slack.outbox import Outbox
from bot.slack.payloads import events, interactions
from bot.slack.render import messages as asides
from bot.slack.render.blocks import Block, Drawn
from bot.slack.render.modals import ask as ask_modal
from bot.tasks import Inflight

log = structlog.get_logger(__name__)


class SettingsForm:
    """Opens the form for people who may decide."""

    def __init__(self, configuring: Configuring, errands: Errands) -> None:
        self._configuring = configuring
        self._errands = errands

    async def open(self, command: events.Command) -> None:
        """Open the form for the channel of a command. Raises BotError where that may not be."""
        await self._configuring.check(command.channel, command.person)

        async def view() -> Block:
            return ask_modal.settings(
                await self._configuring.page(command.workspace, command.channel, command.person)
            )

        await self._errands.open(command, ask_modal.TITLE, view)


def register_channel_settings(app: AsyncApp, configuring: Configuring, errands: Errands) -> None:
    """Listen to the form."""

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        channel = actions.read_channel(submitted.about)

        async def save() -> str:
            change = await configuring.change(
                submitted.workspace, channel, submitted.person, _wanted(submitted)
            )
            return ask_modal.saved(channel, change)

        await errands.carry_out(ack, submitted, ask_modal.TITLE, save)

    app.view(actions.CHANNEL_SETTINGS)(on_submission)


def _wanted(submitted: interactions.Submission) -> Wanted:
    entered = submitted.entered
    return Wanted(
        on=entered.get(ask_modal.ON) != ask_modal.NO,
        audience=Audience.PRIVATE if entered.get(ask_modal.AUDIENCE) == Audience.PRIVATE else Audience.THREAD,
        unprompted=entered.get(ask_modal.UNPROMPTED) == ask_modal.YES,
        chosen=ask_modal.entered(entered),
        models=ask_modal.MODEL in entered,
        limits=ask_modal.SOURCES in entered,
    )


def register_command(
    app: AsyncApp,
    posing: Posing,
    recalling: Recalling,
    settings: SettingsForm,
    outbox: Outbox,
    inflight: Inflight,
) -> None:
    """Listen to `/ask`."""

    async def on_ask(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        command = events.command(body)
        match command.text.casefold():
            case "" | "help":
                shown = asides.command_how_to()
                await ack(text=shown.text, blocks=list(shown.blocks), response_type="ephemeral")
            case "list":
                await ack()
                inflight.start(_answer(respond, lambda: listing(command)), "command list")
            case "settings":
                await ack()
                inflight.start(_answer(respond, lambda: settings.open(command)), "command settings")
            case _:
                await ack()
                inflight.start(_answer(respond, lambda: asking(command)), "command question")

    async def listing(command: events.Command) -> Drawn:
        found = await recalling.newest(command.workspace, command.person)
        return asides.listing([await _listed(each, outbox) for each in found])

    async def asking(command: events.Command) -> Drawn | None:
        posed = Posed(command.workspace, command.channel, command.person, command.text)
        question, work = await posing.pose(posed)
        if work is not None:
            inflight.start(work, f"question {question.thread.channel} {question.ts}")
        if question.thread.channel == command.channel:
            return None
        link = await outbox.permalink(question.thread.channel, question.ts)
        return asides.pointer(command.person, link)

    app.command("/ask")(on_ask)


async def _listed(recalled: Recalled, outbox: Outbox) -> asides.Listed:
    thread, conversation = recalled.thread, recalled.conversation
    at = conversation.last_activity_at
    link = await outbox.permalink(thread.channel, thread.ts)
    return asides.Listed(conversation.title, thread.channel, link, at.timestamp() if at else None)


async def _answer(respond: AsyncRespond, work: Callable[[], Awaitable[Drawn | None]]) -> None:
    """Answer a command with what `work` draws, or with why it could not; for who wrote it alone.

    By its response URL, which works also where the bot may not write.
    """
    try:
        said = await work()
    except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
        found = judged(error)
        said = Drawn(found.sentence, asides.saying(found.sentence, found.address))
    if said is None:
        return
    try:
        await respond(text=said.text, blocks=list(said.blocks), response_type="ephemeral")
    except UNREACHABLE as error:
        log.warning("a command could not be answered", error=type(error).__name__)


LOOK = 2.0
"""Seconds for looking at a channel while the submission waits: Slack gives up on it after three."""

EMPTY = "Please write a question."
NO_TEXT = "(a message without text)"


def register_shortcuts(app: AsyncApp, form: "Form", errands: Errands) -> None:
    """Listen to both shortcuts and to the form."""

    async def on_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = interactions.shortcut(body)
        await errands.open(shortcut, ask_modal.ASK, lambda: form.blank(shortcut.person))

    async def on_message_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = interactions.shortcut(body)
        await errands.open(shortcut, ask_modal.ASK_ABOUT, lambda: form.about(shortcut))

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
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

    async def about(self, shortcut: interactions.Shortcut) -> Block:
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

    async def mistakes(self, submitted: interactions.Submission) -> dict[str, str]:
        """Return what is wrong with what was entered, by block id, as far as that is known in time."""
        found: dict[str, str] = {}
        if not _text(submitted):
            found[ask_modal.QUESTION] = EMPTY
        try:
            rules.record_ids(ask_modal.entered(submitted.entered).records)
        except RecordIdsRefused as error:
            found[ask_modal.RECORDS] = error.sentence
        place = submitted.entered.get(ask_modal.PLACE)
        if isinstance(place, str) and place:
            found |= await self._closed(place, submitted.person)
        return found

    async def ask(self, submitted: interactions.Submission) -> str:
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
            manner=await self._choosing.manner(submitted.person, ask_modal.entered(submitted.entered)),
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


def _text(submitted: interactions.Submission) -> str:
    return str(submitted.entered.get(ask_modal.QUESTION) or "").strip()
