"""The one place where errors of listeners end."""

from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.domain.errors import BotError, SlackError, Unforeseen
from bot.slack import inbound
from bot.slack.actions import UnreadableValueError
from bot.slack.outbox import Outbox
from bot.slack.render import notices

RETRY = 500
"""The status that makes Slack deliver an event again: a question that was not recorded is not lost."""

log = structlog.get_logger(__name__)


def register(app: AsyncApp, outbox: Outbox) -> None:
    """Tell the person what went wrong, and the log why."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        sentence, status = _judged(error)
        where = inbound.whereabouts(body)
        if where is not None and not (status == RETRY and "event" in body):
            channel, person, thread_ts = where
            try:
                await outbox.whisper(channel, person, sentence, thread_ts)
            except SlackError as unsaid:
                log.warning("a sentence could not be said", reason=unsaid.detail)
        return BoltResponse(status=status, body="")

    app.error(on_error)


def _judged(error: Exception) -> tuple[str, int]:
    """Log an error, and return its sentence with the status that answers the delivery."""
    if isinstance(error, UnreadableValueError):
        log.info("a button of another version was pressed", reason=str(error))
        return notices.UNREADABLE, 200
    if isinstance(error, BotError):
        log.warning("listener failed", error=type(error).__name__, reason=error.detail)
        return notices.sorry(error), 200
    code = uuid4().hex[:8]
    log.error("listener failed", incident=code, exc_info=error)
    return notices.sorry(Unforeseen(code)), RETRY
