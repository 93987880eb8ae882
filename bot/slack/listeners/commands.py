"""The slash command, the shortcuts, and the forms that they open."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.channels import Audience
from bot.domain.conversations import Conversation
from bot.domain.errors import BotError, InvalidInput, NotAMember
from bot.domain.text import ThreadMessage
from bot.domain.turns import PostedQuestion, Thread
from bot.flows.channel_settings import EnteredChannelSettings, parse_record_ids
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.client import UNREACHABLE_EXCEPTIONS
from bot.slack.listeners.interactions import Flows, Interactions, on_submission, user_facing_error
from bot.slack.payloads.events import SlashCommand, slash_command
from bot.slack.payloads.interactions import Shortcut, Submission, shortcut
from bot.slack.render.blocks import Block, RenderedMessage, sentence_blocks
from bot.slack.render.messages import (
    RecentConversationRow,
    render_command_how_to,
    render_private_answer_notice,
    render_recent_conversations,
)
from bot.slack.render.modals import ask as ask_modal

log = structlog.get_logger(__name__)

CHANNEL_CHECK_TIMEOUT = 2.0
"""Seconds for looking at a channel while the submission waits: Slack gives up on it after three."""


def register(app: AsyncApp, flows: Flows, interactions: Interactions) -> None:
    """Listen to `/ask`, to both shortcuts, and to the forms' submissions."""
    commands = _Commands(flows, interactions)
    app.command("/ask")(commands.on_command)
    app.global_shortcut(actions.ASK_A_QUESTION)(commands.on_shortcut)
    app.message_shortcut(actions.ASK_ABOUT_MESSAGE)(commands.on_message_shortcut)
    app.view(actions.ASK_FORM)(on_submission(commands.ask_by_form))
    app.view(actions.CHANNEL_SETTINGS)(on_submission(commands.save_settings))


@dataclass(frozen=True)
class _Commands:
    """Questions by the slash command and by forms, and the subcommands with the form of one of them."""

    flows: Flows
    interactions: Interactions

    async def on_command(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        command = slash_command(body)
        if command.text.casefold() in ("", "help"):
            shown = render_command_how_to()
            await ack(text=shown.text, blocks=list(shown.blocks), response_type="ephemeral")
            return
        await ack()
        subcommands: dict[str, Callable[[SlashCommand], Awaitable[RenderedMessage | None]]] = {
            "list": self.list_recent,
            "settings": self.open_settings,
        }
        work = subcommands.get(command.text.casefold(), self.ask)
        self.interactions.background_tasks.start(
            _respond(respond, partial(work, command)), f"command {work.__name__}"
        )

    async def list_recent(self, command: SlashCommand) -> RenderedMessage:
        found = await self.flows.browse.newest(command.workspace, command.person)
        return render_recent_conversations(
            [await self._row(thread, conversation) for thread, conversation in found]
        )

    async def ask(self, command: SlashCommand) -> RenderedMessage | None:
        posted = PostedQuestion(command.workspace, command.channel, command.person, command.text)
        question = await self.flows.posted_questions.post_question(posted)
        if question.thread.channel == command.channel:
            return None
        link = await self.interactions.outbox.permalink(question.thread.channel, question.ts)
        return render_private_answer_notice(command.person, link)

    async def _row(self, thread: Thread, conversation: Conversation) -> RecentConversationRow:
        at = conversation.last_activity_at
        link = await self.interactions.outbox.permalink(thread.channel, thread.ts)
        return RecentConversationRow(conversation.title, thread.channel, link, at.timestamp() if at else None)

    async def open_settings(self, command: SlashCommand) -> None:
        settings = self.flows.channel_settings
        await settings.check(command.channel, command.person)

        async def draw() -> Block:
            return ask_modal.channel_settings_modal(
                await settings.settings_page(command.workspace, command.channel, command.person)
            )

        await self.interactions.open_modal(command, ask_modal.CHANNEL_SETTINGS_TITLE, draw)

    async def save_settings(self, ack: AsyncAck, submitted: Submission) -> None:
        channel = actions.read_channel_value(submitted.metadata)

        async def save() -> str:
            change = await self.flows.channel_settings.change(
                submitted.workspace, channel, submitted.person, _entered_settings(submitted)
            )
            return ask_modal.settings_saved_text(channel, change)

        title = ask_modal.CHANNEL_SETTINGS_TITLE
        await self.interactions.acknowledge_and_report(ack, submitted, title, save)

    async def on_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        chosen = shortcut(body)
        await self.interactions.open_modal(chosen, ask_modal.ASK, partial(self._draw, chosen.person))

    async def on_message_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        chosen = shortcut(body)
        draw = partial(self._draw_about_message, chosen)
        await self.interactions.open_modal(chosen, ask_modal.ASK_ABOUT, draw)

    async def ask_by_form(self, ack: AsyncAck, submitted: Submission) -> None:
        if mistakes := await self._errors(submitted):
            await ack(response_action="errors", errors=mistakes)
            return
        ask = partial(self._ask_submitted, submitted)
        await self.interactions.acknowledge_and_report(ack, submitted, ask_modal.ASK, ask)

    async def _draw(self, person: str) -> Block:
        options = self.flows.question_options
        return ask_modal.ask_modal(await options.available_options(person), options.default_options)

    async def _draw_about_message(self, chosen: Shortcut) -> Block:
        """Return the form, about the message. Raises NotAMember where its thread cannot be answered in."""
        message, person, directory = chosen.message, chosen.person, self.interactions.directory
        if message is None:
            return await self._draw(person)
        await directory.check_can_ask_in(message.channel, person)
        text = await directory.plain_text(chosen.workspace, message.text)
        author = message.app
        if message.author and not author:
            author = await directory.user_name(chosen.workspace, message.author)
        author = author or sentence("ask.quote.no_author")
        subject = ask_modal.QuestionSubject(
            message.channel, message.thread_ts, author, text or sentence("ask.quote.no_text")
        )
        thread = Thread(chosen.workspace, message.channel, message.thread_ts)
        begins = await self.flows.posted_questions.starts_conversation(thread, person)
        options = self.flows.question_options
        return ask_modal.ask_about_modal(
            subject, await options.available_options(person), options.default_options, begins=begins
        )

    async def _errors(self, submitted: Submission) -> dict[str, str]:
        """Return what is wrong with what was entered, by block id, as far as that is known in time."""
        found: dict[str, str] = {}
        if not submitted.text(ask_modal.QUESTION).strip():
            found[ask_modal.QUESTION] = sentence("ask.question_missing")
        try:
            parse_record_ids(ask_modal.read_options(submitted.entered).records)
        except InvalidInput as error:
            found[ask_modal.RECORDS] = error.sentence
        if channel := submitted.text(ask_modal.CHANNEL):
            found |= await self._channel_error(channel, submitted.person)
        return found

    async def _channel_error(self, channel: str, person: str) -> dict[str, str]:
        """Return why nothing can be asked in a channel; what Slack does not tell in time is no reason."""
        try:
            async with asyncio.timeout(CHANNEL_CHECK_TIMEOUT):
                await self.interactions.directory.check_can_ask_in(channel, person)
        except (NotAMember, InvalidInput) as error:
            return {ask_modal.CHANNEL: error.sentence}
        except (BotError, TimeoutError):
            return {}
        return {}

    async def _ask_submitted(self, submitted: Submission) -> str:
        person, options = submitted.person, self.flows.question_options
        subject = ask_modal.read_subject(submitted.metadata)
        channel = subject.channel if subject else submitted.text(ask_modal.CHANNEL)
        if channel:
            await self.interactions.directory.check_can_ask_in(channel, person)
        posted = PostedQuestion(
            submitted.workspace,
            channel or person,
            person,
            submitted.text(ask_modal.QUESTION).strip(),
            thread_ts=subject.thread_ts if subject else None,
            options=await options.resolve(person, ask_modal.read_options(submitted.entered)),
            quoted=ThreadMessage(subject.author, subject.text) if subject else None,
            available=await options.available_options(person),
        )
        question = await self.flows.posted_questions.post_question(posted)
        link = await self.interactions.outbox.permalink(question.thread.channel, question.ts)
        return ask_modal.asked_text(question.thread.channel, link)


def _entered_settings(submitted: Submission) -> EnteredChannelSettings:
    entered = submitted.entered
    return EnteredChannelSettings(
        on=entered.get(ask_modal.ON) != ask_modal.NO,
        audience=Audience.PRIVATE if entered.get(ask_modal.AUDIENCE) == Audience.PRIVATE else Audience.THREAD,
        unprompted=entered.get(ask_modal.UNPROMPTED) == ask_modal.YES,
        options=ask_modal.read_options(entered),
        models_offered=ask_modal.MODEL in entered,
        sources_offered=ask_modal.SOURCES in entered,
    )


async def _respond(respond: AsyncRespond, work: Callable[[], Awaitable[RenderedMessage | None]]) -> None:
    """Answer a command, for its writer alone, with what `work` draws or with why it could not.

    By its response URL, which works also where the bot may not write.
    """
    try:
        said = await work()
    except Exception as error:  # noqa: BLE001 (user_facing_error logs it, bugs with their traceback)
        found = user_facing_error(error)
        said = RenderedMessage(found.sentence, sentence_blocks(found.sentence, found.address))
    if said is None:
        return
    try:
        await respond(text=said.text, blocks=list(said.blocks), response_type="ephemeral")
    except UNREACHABLE_EXCEPTIONS as error:
        log.warning("command.response_failed", error=type(error).__name__)
