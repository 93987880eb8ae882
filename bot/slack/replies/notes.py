"""Messages beside the replies: notes, invitations, posted questions, the report, a thread's history."""

from collections.abc import Collection

import structlog

from bot.domain.errors import NotLinked, ReplyGone, SlackError
from bot.domain.people import Copy
from bot.domain.report import Report
from bot.domain.text import Said
from bot.domain.turns import Posed, Question, Thread
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.render import answer as show
from bot.slack.render import messages
from bot.slack.render.blocks import escaped
from bot.slack.render.messages import posed as draw_posed
from bot.slack.render.messages import report as draw_report
from bot.slack.render.modals.ask import words

log = structlog.get_logger(__name__)


class AsideNotes:
    """Points to private answers, and posts them once their asker shares them."""

    def __init__(self, outbox: Outbox, directory: Directory, frontend: str) -> None:
        """Relative links of sources lead to `frontend`."""
        self._outbox = outbox
        self._directory = directory
        self._frontend = frontend

    async def point(self, asked_in: Thread, person: str, answered_in: Thread, first: bool) -> None:  # noqa: FBT001 (one of a kind in one call)
        """Say in a thread, with not a word of it, that `person` is answered in another one.

        The first time everybody sees that; from then on only the person. Raises SlackError.
        """
        link = await self._outbox.permalink(answered_in.channel, answered_in.ts)
        drawn = messages.pointer(person, link)
        if first:
            await self._outbox.post(asked_in, drawn)
        else:
            await self._outbox.whisper(asked_in.channel, person, drawn.text, asked_in.ts, drawn.blocks)

    async def post(self, copy: Copy, asked_in: Thread, person: str) -> None:
        """Post an answer with its sources for `person`. Raises ChannelClosed and SlackError."""
        await self._directory.open_to(asked_in.channel, person)
        for each in show.copy(copy, person, "", None, self._frontend):
            await self._outbox.post(asked_in, each)


SELF = "You"
"""How the bot's earlier answers are labelled for the model that writes the next one."""


class ThreadHistory:
    """Reads threads for conversations that have not seen all of them."""

    def __init__(self, outbox: Outbox, directory: Directory) -> None:
        self._outbox = outbox
        self._directory = directory

    async def said(
        self, thread: Thread, since: str, before: str, answers: Collection[str], known: Collection[str]
    ) -> list[Said]:
        """Return what was said between two messages, oldest first.

        Of the bot's messages those in `answers`, of people's all but those in `known`. A question is
        asked without what Slack does not tell.
        """
        try:
            found = await self._outbox.replies(thread, since, before)
        except SlackError as error:
            log.info("a question goes without its thread", thread=thread.ts, reason=error.detail)
            return []
        said: list[Said] = []
        for message in found:
            ts, text = str(message.get("ts")), str(message.get("text") or "")
            if not since < ts < before or not text:
                continue  # the first message of a thread comes whatever was asked for
            if message.get("bot_id"):
                if ts in answers:
                    said.append(Said(SELF, text))
            elif ts not in known and not message.get("subtype"):
                name = await self._directory.name(thread.workspace, str(message.get("user")))
                said.append(Said(name, await self._directory.readable(thread.workspace, text)))
        return said


class Invitations:
    """Sends invitations that only the asker sees."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def send(self, question: Question, missing: NotLinked) -> None:
        """Tell the asker of a question, beside it, what is missing and where to get it. Raises SlackError."""
        thread = question.thread
        # In a channel nobody looks into a thread that has no reply yet; a direct message is one.
        beside = question.ts != thread.ts or thread.channel.startswith("D")
        await self._outbox.whisper(
            thread.channel,
            question.asker,
            missing.sentence,
            thread.ts if beside else None,
            messages.saying(missing.sentence, missing.address),
        )


class PosedQuestions:
    """Posts questions, so that everybody sees what an answer answers."""

    def __init__(self, outbox: Outbox, directory: Directory) -> None:
        self._outbox = outbox
        self._directory = directory

    async def write(self, posed: Posed) -> Question:
        """Post a question and return it with the post as its message. Raises SlackError.

        PipesHub gets the message it is about with it, as a quotation.
        """
        author = await self._directory.name(posed.workspace, posed.asker)
        text = await self._directory.readable(posed.workspace, posed.text)
        drawn = draw_posed(
            posed.asker,
            author,
            text,
            words(posed.manner, posed.offered),
            about_message=posed.about is not None,
            origin=await self._origin(posed),
        )
        channel, ts = await self._outbox.begin(posed.channel, drawn, posed.thread_ts)
        if posed.about is not None:
            text = f"{text}\n\n“{posed.about.author} wrote: {posed.about.text}”"
        thread = Thread(posed.workspace, channel, posed.thread_ts or ts)
        # Escaped, because what people wrote is kept as Slack markup.
        return Question(thread, ts, posed.asker, escaped(text))

    async def _origin(self, posed: Posed) -> str:
        """Say where a question was asked that is answered elsewhere."""
        origin = posed.origin
        if origin is None:
            return ""
        link = await self._outbox.permalink(origin.channel, origin.ts) if origin.ts else None
        return messages.origin(origin.channel, link)


UNSEEN = (
    "the bot is not in this channel, or there is none: write /invite and its name there, or correct the id"
)
SHARED = "people of another company read this channel: name one that is yours alone"
CLOSED = "nobody can write in this channel any more: name another one"


class ReportChannel:
    """The channel that an operator chose for reports.

    One that cannot be used is said in the log; the next note tries again.
    """

    def __init__(self, outbox: Outbox, directory: Directory, channel: str) -> None:
        self._outbox = outbox
        self._directory = directory
        self._channel = channel

    async def post(self, report: Report) -> None:
        """Post a report. Raises SlackError where that has nothing to do with the channel."""
        mend = await self._mend()
        if mend is None:
            try:
                await self._outbox.post_in(self._channel, draw_report(report))
            except ReplyGone:
                mend = CLOSED
        if mend is not None:
            log.warning("no report can be posted", setting="REPORT_CHANNEL", mend=mend)

    async def _mend(self) -> str | None:
        """Return what has to be mended before anything can be posted."""
        try:
            room = await self._directory.room(self._channel)
        except ReplyGone:
            return UNSEEN
        if not room.is_member:
            return UNSEEN
        if room.is_ext_shared:
            return SHARED
        return CLOSED if room.is_archived else None
