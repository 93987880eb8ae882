"""The weekly report: which questions were answered weakly, posted to a channel."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.domain.conversations import Conversation, Speaker
from bot.domain.errors import PipesHubError
from bot.domain.report import ChannelGaps, Counts, Gap, Report, Told, counted
from bot.domain.turns import Turn
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import NEWEST
from bot.store.retention import Gaps

log = structlog.get_logger(__name__)

WEEK = 7 * 86_400.0

TOLD = 30
"""Questions told in all: what one message holds, with some room."""

TOLD_IN_CHANNEL = 10


class Reporting:
    """Says which questions of a week went unanswered and which answers were voted down, channel by channel.

    What is asked in private channels and direct messages is counted and not told, and nobody who asked
    or voted is named. A question whose message was deleted is counted too and not told: its text is
    fetched when the note is written, since the store erases it with the answer.
    """

    def __init__(
        self,
        gaps: Gaps,
        identities: Identities,
        workspace: Callable[[], Awaitable[str]],
        is_public: Callable[[str], Awaitable[bool]],
        link: Callable[[str, str], Awaitable[str | None]],
        readable: Callable[[str, str], Awaitable[str]],
        post: Callable[[Report], Awaitable[None]],
    ) -> None:
        """Bring the parts together.

        `workspace` tells whose questions these are, `is_public` whether everybody there may read a channel,
        `link` the address of a message that is not deleted, `readable` Slack's markup as plain text;
        `post` posts the note.
        """
        self._gaps = gaps
        self._identities = identities
        self._workspace = workspace
        self._is_public = is_public
        self._link = link
        self._readable = readable
        self._post = post

    async def report(self, until: float) -> None:
        """Post the note of the week before `until` (seconds since 1970), unless nothing happened in it.

        Raises SlackError.
        """
        since, workspace = until - WEEK, await self._workspace()
        asked = await self._gaps.asked(workspace, since, until)
        gaps = await self._gaps.between(workspace, since, until)
        if not asked and not gaps:
            log.info("nothing to report")
            return
        channels, hidden = await self._sorted(gaps)
        await self._post(Report(since, until, asked, channels, hidden))
        log.info("reported", gaps=len(gaps), channels=len(channels), hidden=hidden.gaps)

    async def _sorted(self, gaps: Sequence[Gap]) -> tuple[tuple[ChannelGaps, ...], Counts]:
        """Return the gaps of the public channels, where most are first, and the counts of all the others."""
        by_channel: dict[str, list[Gap]] = defaultdict(list)
        for gap in gaps:
            by_channel[gap.turn.question.thread.channel].append(gap)
        hidden: list[Gap] = []
        channels: list[ChannelGaps] = []
        left = TOLD
        for channel, found in sorted(by_channel.items(), key=lambda each: len(each[1]), reverse=True):
            if not await self._is_public(channel):
                hidden += found
                continue
            told = await self._told(found, min(left, TOLD_IN_CHANNEL))
            left -= len(told)
            channels.append(ChannelGaps(channel, counted(found), told))
        return tuple(channels), counted(hidden)

    async def _told(self, gaps: Sequence[Gap], most: int) -> tuple[Told, ...]:
        """Tell some gaps: those first that most people felt, and of the others the newest."""
        told: list[Told] = []
        for gap in sorted(gaps, key=lambda each: (each.down_votes, each.turn.question.ts), reverse=True):
            if len(told) >= most:
                break
            thread = gap.turn.question.thread
            link = await self._link(thread.channel, gap.turn.question.ts)
            if link is not None:
                told.append(Told(gap, link, await self._question(gap.turn)))
        return tuple(told)

    async def _question(self, turn: Turn) -> str:
        """Return a question as plain text, empty where nobody has it any more."""
        if turn.question.text:
            return await self._readable(turn.question.thread.workspace, turn.question.text)
        if turn.conversation_id is None or turn.message_id is None:
            return ""
        try:
            conversations = self._identities.conversations(turn.identity)
            conversation = await conversations.get_by_id(turn.conversation_id, page=1, limit=NEWEST)
        except PipesHubError as error:
            log.info("a question stays untold", turn=turn.id, reason=error.detail)
            return ""
        return _asked(conversation, turn.message_id)


def _asked(conversation: Conversation, answer: str) -> str:
    """Return what was asked before an answer, empty where that is not among the messages."""
    asked = ""
    for message in conversation.messages:
        if message.id == answer:
            return asked
        if message.speaker is Speaker.USER:
            asked = message.content
    return ""
