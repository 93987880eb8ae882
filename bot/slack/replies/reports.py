"""The weekly note on its way into its channel."""

import structlog

from bot.domain.errors import ReplyGone
from bot.domain.report import Report
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.render.report import report as draw_report

log = structlog.get_logger(__name__)

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
