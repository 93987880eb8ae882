"""Messages beside the replies: notes, invitations, posted questions, the report, a thread's history."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.errors import NotLinked, ReplyTargetGone, SlackError, Unforeseen
from bot.domain.people import AnswerCopy
from bot.domain.report import WeeklyReport
from bot.domain.text import ThreadMessage, quotation
from bot.domain.turns import PostedQuestion, Question, Thread
from bot.slack.client import TokenRefused
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.payloads import message_text
from bot.slack.render.answer import render_answer_copy
from bot.slack.render.blocks import RenderedMessage, escaped, section_block, sentence_blocks
from bot.slack.render.messages import (
    question_origin_text,
    render_posted_question,
    render_private_answer_notice,
    render_weekly_report,
    reply_refused_text,
)
from bot.slack.render.modals.ask import option_words

_BODY = ("markdown", "section")  # blocks that hold an answer's text, the latter in plainer messages

log = structlog.get_logger(__name__)

BOT_NAME = "You"  # how the bot's earlier answers are labelled for the model that writes the next one


def _body(message: Mapping[str, Any]) -> str:
    """Return the text of an answer's blocks; the `text` beside them is its first sentences only."""
    texts = (each.get("text") for each in message.get("blocks") or [] if each.get("type") in _BODY)
    return "\n".join(each["text"] if isinstance(each, dict) else str(each) for each in texts if each)


@dataclass(frozen=True)
class Notes:
    """Posts what belongs to no reply, and reads what a thread says.

    Relative links of sources lead to `frontend`.
    """

    outbox: Outbox
    directory: Directory
    frontend: str

    async def post_notice(self, asked_in: Thread, person: str, answered_in: Thread, first: bool) -> None:  # noqa: FBT001 (one of a kind in one call)
        """Say in a thread that `person` is answered in another one, without a word of the answer.

        The first time everyone sees that; from then on only the person. Raises SlackError.
        """
        link = await self.outbox.permalink(answered_in.channel, answered_in.ts)
        drawn = render_private_answer_notice(person, link)
        if first:
            await self.outbox.post(asked_in.channel, drawn, asked_in.ts)
        else:
            await self.outbox.post_ephemeral(asked_in.channel, person, drawn.text, asked_in.ts, drawn.blocks)

    async def post_copy(self, copy: AnswerCopy, asked_in: Thread, person: str) -> None:
        """Post an answer with its sources for `person`. Raises ChannelClosed and SlackError."""
        await self.directory.check_can_post_copy(asked_in.channel, person)
        drawn = await asyncio.to_thread(render_answer_copy, copy, person, "", None, self.frontend)
        for each in drawn:
            await self.outbox.post(asked_in.channel, each, asked_in.ts)

    async def messages_between(
        self, thread: Thread, since: str, before: str, answers: Collection[str], known: Collection[str]
    ) -> list[ThreadMessage]:
        """Return what was said between two messages, oldest first.

        Of the bot's messages those in `answers`, of people's all but those in `known`; nothing where Slack
        does not tell: the question is asked without its thread.
        """
        try:
            found = await self.outbox.thread_messages(thread, since, before)
        except SlackError as error:
            log.info("thread_context.unavailable", thread=thread.ts, reason=error.detail)
            return []
        said: list[ThreadMessage] = []
        for message in found:
            ts, text = str(message.get("ts")), message_text.whole_text(message)
            if not since < ts < before or not text:
                continue  # Slack returns the first message of a thread whatever was asked for
            if message.get("bot_id"):
                if ts in answers:
                    said.append(ThreadMessage(BOT_NAME, _body(message) or text))
            elif ts not in known and not message.get("subtype"):
                name = await self.directory.user_name(thread.workspace, str(message.get("user")))
                said.append(ThreadMessage(name, await self.directory.plain_text(thread.workspace, text)))
        return said

    async def invite(self, question: Question, missing: NotLinked) -> None:
        """Tell the asker of a question, beside it, what is missing and where to get it. Raises SlackError."""
        thread = question.thread
        # In a channel a thread without a reply is not shown yet; a direct message is one thread.
        beside = question.ts != thread.ts or thread.channel.startswith("D")
        await self.outbox.post_ephemeral(
            thread.channel,
            question.asker,
            missing.sentence,
            thread.ts if beside else None,
            sentence_blocks(missing.sentence, missing.address),
        )

    async def tell_refused(self, question: Question, error: SlackError | Unforeseen) -> None:
        """Tell the asker alone that no reply to their question can be posted, beside it or in private.

        Nothing is told where the question is gone, and where Slack does not take the bot's token.
        """
        thread = question.thread
        if isinstance(error, Unforeseen):
            text = error.sentence
        elif isinstance(error, TokenRefused) or error.code == "thread_not_found":
            return
        else:
            text = reply_refused_text(thread.channel, error)
        beside = question.ts != thread.ts or question.is_direct
        try:
            await self.outbox.post_ephemeral(
                thread.channel, question.asker, text, thread.ts if beside else None
            )
        except SlackError as refusal:
            log.info("slack.ephemeral_undeliverable", reason=refusal.detail)
            if not question.is_direct:
                await self._write_directly(question.asker, text)

    async def _write_directly(self, person: str, text: str) -> None:
        try:
            await self.outbox.post(person, RenderedMessage(text, (section_block(text),)))
        except SlackError as error:
            log.warning("slack.refusal_not_told", reason=error.detail)

    async def post_question(self, posted: PostedQuestion) -> Question:
        """Post a question and return it with the post as its message. Raises SlackError.

        The message it is about is quoted in the question to PipesHub.
        """
        origin, link = posted.origin, None
        if origin is not None and origin.ts:
            link = await self.outbox.permalink(origin.channel, origin.ts)
        author = await self.directory.user_name(posted.workspace, posted.asker)
        text = await self.directory.plain_text(posted.workspace, posted.text)
        drawn = render_posted_question(
            posted.asker,
            author,
            text,
            option_words(posted.options, posted.available),
            about_message=posted.quoted is not None,
            origin="" if origin is None else question_origin_text(origin.channel, link),
        )
        channel, ts = await self.outbox.post_and_locate(posted.channel, drawn, posted.thread_ts)
        if posted.quoted is not None:
            text = f"{text}\n\n{quotation(posted.quoted.author, posted.quoted.text)}"
        thread = Thread(posted.workspace, channel, posted.thread_ts or ts)
        # Escaped, because what people wrote is kept as Slack markup.
        return Question(thread, ts, posted.asker, escaped(text))


NOT_IN_CHANNEL = (
    "the bot is not in this channel, or there is none: write /invite and its name there, or correct the id"
)
EXTERNALLY_SHARED = "people of another company read this channel: name one that is yours alone"
CHANNEL_CLOSED = "nobody can write in this channel any more: name another one"


@dataclass(frozen=True)
class WeeklyReportChannel:
    """The channel that an operator chose for reports.

    The log says when it cannot be used; the next report tries again.
    """

    outbox: Outbox
    directory: Directory
    channel: str

    async def post(self, report: WeeklyReport) -> None:
        """Post a report. Raises SlackError where that has nothing to do with the channel."""
        fix = await self._needed_fix()
        if fix is None:
            try:
                await self.outbox.post(self.channel, render_weekly_report(report))
            except ReplyTargetGone:
                fix = CHANNEL_CLOSED
        if fix is not None:
            log.warning("weekly_report.channel_unusable", setting="REPORT_CHANNEL", fix=fix)

    async def _needed_fix(self) -> str | None:
        """Return what has to be fixed before anything can be posted."""
        try:
            room = await self.directory.channel_info(self.channel)
        except ReplyTargetGone:
            return NOT_IN_CHANNEL
        if not room.is_member:
            return NOT_IN_CHANNEL
        if room.is_ext_shared:
            return EXTERNALLY_SHARED
        return CHANNEL_CLOSED if room.is_archived else None
