"""Messages beside the replies: notes, invitations, posted questions, the report, a thread's history."""

from collections.abc import Collection

import structlog

from bot.domain.errors import NotLinked, ReplyTargetGone, SlackError
from bot.domain.people import AnswerCopy
from bot.domain.report import WeeklyReport
from bot.domain.text import ThreadMessage
from bot.domain.turns import PostedQuestion, Question, Thread
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.render import answer as show
from bot.slack.render import messages
from bot.slack.render.blocks import escaped
from bot.slack.render.messages import render_posted_question, render_weekly_report
from bot.slack.render.modals.ask import option_words

log = structlog.get_logger(__name__)


class PrivateAnswerNotes:
    """Points to private answers, and posts them once their asker shares them."""

    def __init__(self, outbox: Outbox, directory: Directory, frontend: str) -> None:
        """Relative links of sources lead to `frontend`."""
        self._outbox = outbox
        self._directory = directory
        self._frontend = frontend

    async def post_notice(self, asked_in: Thread, person: str, answered_in: Thread, first: bool) -> None:  # noqa: FBT001 (one of a kind in one call)
        """Say in a thread, with not a word of it, that `person` is answered in another one.

        The first time everybody sees that; from then on only the person. Raises SlackError.
        """
        link = await self._outbox.permalink(answered_in.channel, answered_in.ts)
        drawn = messages.render_private_answer_notice(person, link)
        if first:
            await self._outbox.post_in_thread(asked_in, drawn)
        else:
            await self._outbox.post_ephemeral(asked_in.channel, person, drawn.text, asked_in.ts, drawn.blocks)

    async def post_copy(self, copy: AnswerCopy, asked_in: Thread, person: str) -> None:
        """Post an answer with its sources for `person`. Raises InvalidInput and SlackError."""
        await self._directory.check_can_post_copy(asked_in.channel, person)
        for each in show.render_answer_copy(copy, person, "", None, self._frontend):
            await self._outbox.post_in_thread(asked_in, each)


BOT_NAME = "You"
"""How the bot's earlier answers are labelled for the model that writes the next one."""


class ThreadHistory:
    """Reads threads for conversations that have not seen all of them."""

    def __init__(self, outbox: Outbox, directory: Directory) -> None:
        self._outbox = outbox
        self._directory = directory

    async def messages_between(
        self, thread: Thread, since: str, before: str, answers: Collection[str], known: Collection[str]
    ) -> list[ThreadMessage]:
        """Return what was said between two messages, oldest first.

        Of the bot's messages those in `answers`, of people's all but those in `known`. A question is
        asked without what Slack does not tell.
        """
        try:
            found = await self._outbox.thread_messages(thread, since, before)
        except SlackError as error:
            log.info("thread_context.unavailable", thread=thread.ts, reason=error.detail)
            return []
        said: list[ThreadMessage] = []
        for message in found:
            ts, text = str(message.get("ts")), str(message.get("text") or "")
            if not since < ts < before or not text:
                continue  # the first message of a thread comes whatever was asked for
            if message.get("bot_id"):
                if ts in answers:
                    said.append(ThreadMessage(BOT_NAME, text))
            elif ts not in known and not message.get("subtype"):
                name = await self._directory.user_name(thread.workspace, str(message.get("user")))
                said.append(ThreadMessage(name, await self._directory.plain_text(thread.workspace, text)))
        return said


class AccountInvitations:
    """Sends invitations that only the asker sees."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def send(self, question: Question, missing: NotLinked) -> None:
        """Tell the asker of a question, beside it, what is missing and where to get it. Raises SlackError."""
        thread = question.thread
        # In a channel nobody looks into a thread that has no reply yet; a direct message is one.
        beside = question.ts != thread.ts or thread.channel.startswith("D")
        await self._outbox.post_ephemeral(
            thread.channel,
            question.asker,
            missing.sentence,
            thread.ts if beside else None,
            messages.sentence_blocks(missing.sentence, missing.address),
        )


class PostedQuestionMessages:
    """Posts questions, so that everybody sees what an answer answers."""

    def __init__(self, outbox: Outbox, directory: Directory) -> None:
        self._outbox = outbox
        self._directory = directory

    async def post(self, posted: PostedQuestion) -> Question:
        """Post a question and return it with the post as its message. Raises SlackError.

        PipesHub gets the message it is about with it, as a quotation.
        """
        author = await self._directory.user_name(posted.workspace, posted.asker)
        text = await self._directory.plain_text(posted.workspace, posted.text)
        drawn = render_posted_question(
            posted.asker,
            author,
            text,
            option_words(posted.options, posted.available),
            about_message=posted.quoted is not None,
            origin=await self._origin_line(posted),
        )
        channel, ts = await self._outbox.post_and_locate(posted.channel, drawn, posted.thread_ts)
        if posted.quoted is not None:
            text = f"{text}\n\n“{posted.quoted.author} wrote: {posted.quoted.text}”"
        thread = Thread(posted.workspace, channel, posted.thread_ts or ts)
        # Escaped, because what people wrote is kept as Slack markup.
        return Question(thread, ts, posted.asker, escaped(text))

    async def _origin_line(self, posted: PostedQuestion) -> str:
        """Say where a question was asked that is answered elsewhere."""
        origin = posted.origin
        if origin is None:
            return ""
        link = await self._outbox.permalink(origin.channel, origin.ts) if origin.ts else None
        return messages.question_origin_text(origin.channel, link)


NOT_IN_CHANNEL = (
    "the bot is not in this channel, or there is none: write /invite and its name there, or correct the id"
)
EXTERNALLY_SHARED = "people of another company read this channel: name one that is yours alone"
CHANNEL_CLOSED = "nobody can write in this channel any more: name another one"


class WeeklyReportChannel:
    """The channel that an operator chose for reports.

    One that cannot be used is said in the log; the next note tries again.
    """

    def __init__(self, outbox: Outbox, directory: Directory, channel: str) -> None:
        self._outbox = outbox
        self._directory = directory
        self._channel = channel

    async def post(self, report: WeeklyReport) -> None:
        """Post a report. Raises SlackError where that has nothing to do with the channel."""
        mend = await self._needed_fix()
        if mend is None:
            try:
                await self._outbox.post(self._channel, render_weekly_report(report))
            except ReplyTargetGone:
                mend = CHANNEL_CLOSED
        if mend is not None:
            log.warning("weekly_report.channel_unusable", setting="REPORT_CHANNEL", mend=mend)

    async def _needed_fix(self) -> str | None:
        """Return what has to be mended before anything can be posted."""
        try:
            room = await self._directory.channel_info(self._channel)
        except ReplyTargetGone:
            return NOT_IN_CHANNEL
        if not room.is_member:
            return NOT_IN_CHANNEL
        if room.is_ext_shared:
            return EXTERNALLY_SHARED
        return CHANNEL_CLOSED if room.is_archived else None
