"""The weekly report: which questions were answered weakly, posted to a channel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.errors import PipesHubError
from bot.domain.report import (
    ChannelReport,
    ReportedQuestion,
    WeakAnswer,
    WeakAnswerCounts,
    WeeklyReport,
    count_weak_answers,
)
from bot.domain.turns import Turn
from bot.flows.accounts.identity import Identities
from bot.flows.ports import Chat, Directory, WeeklyReportChannel
from bot.store.retention import WeakAnswerStore

log = structlog.get_logger(__name__)

WEEK = 7 * 86_400.0

MAX_QUESTIONS = 30  # questions in the whole report: what one message holds, with some room
MAX_QUESTIONS_PER_CHANNEL = 10


@dataclass(frozen=True)
class WeeklyReportService:
    """Reports which questions of a week went unanswered or had answers voted down, channel by channel.

    Questions in private channels and direct messages, and those whose message was deleted, are counted
    and not quoted; askers and voters are not named. The texts are fetched when the report is written,
    since the store erases them with the answer.
    """

    weak_answers: WeakAnswerStore
    identities: Identities
    directory: Directory
    chat: Chat
    channel: WeeklyReportChannel

    async def post_report(self, until: float) -> None:
        """Post the report of the week before `until` (seconds since 1970), unless nothing happened in it.

        Raises SlackError.
        """
        since, workspace = until - WEEK, await self.directory.workspace_id()
        asked = await self.weak_answers.count_questions(workspace, since, until)
        weak_answers = await self.weak_answers.find_between(workspace, since, until)
        if not asked and not weak_answers:
            log.info("weekly_report.skipped")
            return
        channels, hidden = await self._by_channel(weak_answers)
        await self.channel.post(WeeklyReport(since, until, asked, channels, hidden))
        log.info(
            "weekly_report.posted",
            weak_answers=len(weak_answers),
            channels=len(channels),
            hidden=hidden.total,
        )

    async def _by_channel(
        self, weak_answers: Sequence[WeakAnswer]
    ) -> tuple[tuple[ChannelReport, ...], WeakAnswerCounts]:
        """Return the weak answers of public channels, most first, and the counts of all others."""
        by_channel: dict[str, list[WeakAnswer]] = defaultdict(list)
        for weak_answer in weak_answers:
            by_channel[weak_answer.turn.question.thread.channel].append(weak_answer)
        hidden: list[WeakAnswer] = []
        channels: list[ChannelReport] = []
        left = MAX_QUESTIONS
        for channel, found in sorted(by_channel.items(), key=lambda each: len(each[1]), reverse=True):
            if not await self.directory.is_public(channel):
                hidden += found
                continue
            told = await self._reported_questions(found, min(left, MAX_QUESTIONS_PER_CHANNEL))
            left -= len(told)
            channels.append(ChannelReport(channel, count_weak_answers(found), told))
        return tuple(channels), count_weak_answers(hidden)

    async def _reported_questions(
        self, weak_answers: Sequence[WeakAnswer], most: int
    ) -> tuple[ReportedQuestion, ...]:
        """Choose some weak answers: the most voted down first, then the newest."""
        told: list[ReportedQuestion] = []
        for weak_answer in sorted(
            weak_answers, key=lambda each: (each.down_votes, each.turn.question.ts), reverse=True
        ):
            if len(told) >= most:
                break
            thread = weak_answer.turn.question.thread
            link = await self.chat.permalink(thread.channel, weak_answer.turn.question.ts)
            if link is not None:
                told.append(ReportedQuestion(weak_answer, link, await self._question_text(weak_answer.turn)))
        return tuple(told)

    async def _question_text(self, turn: Turn) -> str:
        """Return a question as plain text, empty where neither store nor server has it."""
        if turn.question.text:
            return await self.directory.plain_text(turn.question.thread.workspace, turn.question.text)
        if turn.conversation_id is None or turn.message_id is None:
            return ""
        try:
            conversation = await self.identities.conversation(turn.identity, turn.conversation_id)
        except PipesHubError as error:
            log.info("weekly_report.question_unavailable", turn=turn.id, reason=error.detail)
            return ""
        return conversation.question_before(turn.message_id)
