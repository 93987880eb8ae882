"""The slash command, the shortcuts, and the forms that they open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.channels import Audience
from bot.domain.errors import BotError, InvalidInput, NotAMember
from bot.domain.turns import PostedQuestion, QuotedMessage, Thread
from bot.flows import channel_settings as rules
from bot.flows.channel_settings import ChannelSettingsService, EnteredChannelSettings, QuestionOptionsService
from bot.flows.conversations.browse import RecentConversation, RecentConversationsService
from bot.flows.questions.ask import PostedQuestionService
from bot.slack import actions
from bot.slack.client import UNREACHABLE_EXCEPTIONS
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Interactions, user_facing_error
from bot.slack.outbox import Outbox
from bot.slack.payloads import events
from bot.slack.payloads import interactions as payloads
from bot.slack.render import messages
from bot.slack.render.blocks import Block, RenderedMessage
from bot.slack.render.modals import ask as ask_modal
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)


class ChannelSettingsForm:
    """Opens the form for people who may decide."""

    def __init__(self, channel_settings_service: ChannelSettingsService, interactions: Interactions) -> None:
        self._channel_settings_service = channel_settings_service
        self._interactions = interactions

    async def open(self, command: events.SlashCommand) -> None:
        """Open the form for the channel of a command. Raises BotError where that may not be."""
        await self._channel_settings_service.check(command.channel, command.person)

        async def view() -> Block:
            return ask_modal.channel_settings_modal(
                await self._channel_settings_service.settings_page(
                    command.workspace, command.channel, command.person
                )
            )

        await self._interactions.open_modal(command, ask_modal.CHANNEL_SETTINGS_TITLE, view)


def register_channel_settings(
    app: AsyncApp, channel_settings_service: ChannelSettingsService, interactions: Interactions
) -> None:
    """Listen to the form."""

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        channel = actions.read_channel_value(submitted.metadata)

        async def save() -> str:
            change = await channel_settings_service.change(
                submitted.workspace, channel, submitted.person, _entered_settings(submitted)
            )
            return ask_modal.settings_saved_text(channel, change)

        await interactions.acknowledge_and_report(ack, submitted, ask_modal.CHANNEL_SETTINGS_TITLE, save)

    app.view(actions.CHANNEL_SETTINGS)(on_submission)


def _entered_settings(submitted: payloads.Submission) -> EnteredChannelSettings:
    entered = submitted.entered
    return EnteredChannelSettings(
        on=entered.get(ask_modal.ON) != ask_modal.NO,
        audience=Audience.PRIVATE if entered.get(ask_modal.AUDIENCE) == Audience.PRIVATE else Audience.THREAD,
        unprompted=entered.get(ask_modal.UNPROMPTED) == ask_modal.YES,
        options=ask_modal.read_options(entered),
        models_offered=ask_modal.MODEL in entered,
        sources_offered=ask_modal.SOURCES in entered,
    )


def register_command(
    app: AsyncApp,
    posted_question_service: PostedQuestionService,
    recent_conversations_service: RecentConversationsService,
    settings: ChannelSettingsForm,
    outbox: Outbox,
    background_tasks: BackgroundTasks,
) -> None:
    """Listen to `/ask`."""

    async def on_ask(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        command = events.slash_command(body)
        match command.text.casefold():
            case "" | "help":
                shown = messages.render_command_how_to()
                await ack(text=shown.text, blocks=list(shown.blocks), response_type="ephemeral")
            case "list":
                await ack()
                background_tasks.start(_respond(respond, lambda: listing(command)), "command list")
            case "settings":
                await ack()
                background_tasks.start(_respond(respond, lambda: settings.open(command)), "command settings")
            case _:
                await ack()
                background_tasks.start(_respond(respond, lambda: asking(command)), "command question")

    async def listing(command: events.SlashCommand) -> RenderedMessage:
        found = await recent_conversations_service.newest(command.workspace, command.person)
        return messages.render_recent_conversations([await _list_row(each, outbox) for each in found])

    async def asking(command: events.SlashCommand) -> RenderedMessage | None:
        posted = PostedQuestion(command.workspace, command.channel, command.person, command.text)
        question, work = await posted_question_service.post_question(posted)
        if work is not None:
            background_tasks.start(work, f"question {question.thread.channel} {question.ts}")
        if question.thread.channel == command.channel:
            return None
        link = await outbox.permalink(question.thread.channel, question.ts)
        return messages.render_private_answer_notice(command.person, link)

    app.command("/ask")(on_ask)


async def _list_row(recent: RecentConversation, outbox: Outbox) -> messages.RecentConversationRow:
    thread, conversation = recent.thread, recent.conversation
    at = conversation.last_activity_at
    link = await outbox.permalink(thread.channel, thread.ts)
    return messages.RecentConversationRow(
        conversation.title, thread.channel, link, at.timestamp() if at else None
    )


async def _respond(respond: AsyncRespond, work: Callable[[], Awaitable[RenderedMessage | None]]) -> None:
    """Answer a command with what `work` draws, or with why it could not; for who wrote it alone.

    By its response URL, which works also where the bot may not write.
    """
    try:
        said = await work()
    except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
        found = user_facing_error(error)
        said = RenderedMessage(found.sentence, messages.sentence_blocks(found.sentence, found.address))
    if said is None:
        return
    try:
        await respond(text=said.text, blocks=list(said.blocks), response_type="ephemeral")
    except UNREACHABLE_EXCEPTIONS as error:
        log.warning("command.response_failed", error=type(error).__name__)


CHANNEL_CHECK_TIMEOUT = 2.0
"""Seconds for looking at a channel while the submission waits: Slack gives up on it after three."""

NO_QUESTION = "Please write a question."
NO_TEXT = "(a message without text)"


def register_shortcuts(app: AsyncApp, form: "AskForm", interactions: Interactions) -> None:
    """Listen to both shortcuts and to the form."""

    async def on_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = payloads.shortcut(body)
        await interactions.open_modal(shortcut, ask_modal.ASK, lambda: form.draw(shortcut.person))

    async def on_message_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shortcut = payloads.shortcut(body)
        await interactions.open_modal(
            shortcut, ask_modal.ASK_ABOUT, lambda: form.draw_about_message(shortcut)
        )

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        if mistakes := await form.errors(submitted):
            await ack(response_action="errors", errors=mistakes)
            return
        await interactions.acknowledge_and_report(ack, submitted, ask_modal.ASK, lambda: form.ask(submitted))

    app.global_shortcut(actions.ASK_A_QUESTION)(on_shortcut)
    app.message_shortcut(actions.ASK_ABOUT_MESSAGE)(on_message_shortcut)
    app.view(actions.ASK_FORM)(on_submission)


class AskForm:
    """Draws the form, checks what was entered, and asks."""

    def __init__(
        self,
        posted_question_service: PostedQuestionService,
        options_service: QuestionOptionsService,
        outbox: Outbox,
        directory: Directory,
        background_tasks: BackgroundTasks,
    ) -> None:
        self._posted_question_service = posted_question_service
        self._options_service = options_service
        self._outbox = outbox
        self._directory = directory
        self._background_tasks = background_tasks

    async def draw(self, person: str) -> Block:
        """Return the form for a question that is about no message."""
        return ask_modal.ask_modal(
            await self._options_service.available_options(person), self._options_service.default_options
        )

    async def draw_about_message(self, shortcut: payloads.Shortcut) -> Block:
        """Return the form for a question about the message of a shortcut.

        Raises NotAMember where its thread could not be answered in.
        """
        message = shortcut.message
        if message is None:
            return await self.draw(shortcut.person)
        await self._directory.check_can_ask_in(message.channel, shortcut.person)
        text, author = await asyncio.gather(
            self._directory.plain_text(shortcut.workspace, message.text),
            self._directory.user_name(shortcut.workspace, message.author),
        )
        subject = ask_modal.QuestionSubject(message.channel, message.thread_ts, author, text or NO_TEXT)
        thread = Thread(shortcut.workspace, message.channel, message.thread_ts)
        begins = await self._posted_question_service.starts_conversation(thread, shortcut.person)
        choices = await self._options_service.available_options(shortcut.person)
        return ask_modal.ask_about_modal(
            subject, choices, self._options_service.default_options, begins=begins
        )

    async def errors(self, submitted: payloads.Submission) -> dict[str, str]:
        """Return what is wrong with what was entered, by block id, as far as that is known in time."""
        found: dict[str, str] = {}
        if not _text(submitted):
            found[ask_modal.QUESTION] = NO_QUESTION
        try:
            rules.parse_record_ids(ask_modal.read_options(submitted.entered).records)
        except InvalidInput as error:
            found[ask_modal.RECORDS] = error.sentence
        channel = submitted.entered.get(ask_modal.CHANNEL)
        if isinstance(channel, str) and channel:
            found |= await self._channel_error(channel, submitted.person)
        return found

    async def ask(self, submitted: payloads.Submission) -> str:
        """Ask what was entered and say where the answer comes. Raises BotError."""
        subject = ask_modal.read_subject(submitted.metadata)
        chosen_channel = submitted.entered.get(ask_modal.CHANNEL)
        channel = (
            subject.channel
            if subject
            else chosen_channel
            if isinstance(chosen_channel, str) and chosen_channel
            else ""
        )
        if channel:
            await self._directory.check_can_ask_in(channel, submitted.person)
        posted = PostedQuestion(
            submitted.workspace,
            channel or submitted.person,
            submitted.person,
            _text(submitted),
            thread_ts=subject.thread_ts if subject else None,
            options=await self._options_service.resolve(
                submitted.person, ask_modal.read_options(submitted.entered)
            ),
            quoted=QuotedMessage(subject.author, subject.text) if subject else None,
            available=await self._options_service.available_options(submitted.person),
        )
        question, work = await self._posted_question_service.post_question(posted)
        if work is not None:
            self._background_tasks.start(work, f"question {question.thread.channel} {question.ts}")
        link = await self._outbox.permalink(question.thread.channel, question.ts)
        return ask_modal.asked_text(question.thread.channel, link)

    async def _channel_error(self, channel: str, person: str) -> dict[str, str]:
        """Return why nothing can be asked in a channel; what Slack does not tell in time is no reason."""
        try:
            await asyncio.wait_for(self._directory.check_can_ask_in(channel, person), CHANNEL_CHECK_TIMEOUT)
        except (NotAMember, InvalidInput) as error:
            return {ask_modal.CHANNEL: error.sentence}
        except (BotError, TimeoutError):
            return {}
        return {}


def _text(submitted: payloads.Submission) -> str:
    return str(submitted.entered.get(ask_modal.QUESTION) or "").strip()
