"""Replies that lose their buttons and keep everything else."""

import structlog

from bot.domain.errors import SlackError
from bot.domain.turns import Turn
from bot.slack.outbox import Outbox
from bot.slack.render.message import Drawn

log = structlog.get_logger(__name__)


class BaredReplies:
    """Takes the buttons off replies whose text nobody but Slack has."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def bare(self, turn: Turn) -> None:
        """Take the buttons off the reply of a turn.

        One that Slack does not give keeps them: what they do is checked when they are pressed.
        """
        ts = turn.bearing_ts
        if ts is None:
            return
        try:
            message = await self._outbox.message(turn.question.thread, ts)
            if message is None:
                return
            kept = tuple(each for each in message.get("blocks") or () if each.get("type") != "actions")
            drawn = Drawn(str(message.get("text") or "…"), kept)
            await self._outbox.update_once(turn.question.thread.channel, ts, drawn)
        except SlackError as error:
            log.info("a reply keeps its buttons", turn=turn.id, reason=error.detail)
