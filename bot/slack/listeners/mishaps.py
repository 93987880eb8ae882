"""The one place where errors of listeners end."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.domain.errors import (
    BotError,
    NotLinked,
    Refusal,
    ReplyGone,
    SlackError,
    SlackUnreachable,
    Unforeseen,
)
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import envelopes, views
from bot.slack.inbound.envelopes import NO_RETRY
from bot.slack.inbound.fields import Malformed
from bot.slack.outbox import Outbox
from bot.slack.render import notices
from bot.slack.render.modals.frame import saying

RETRY = 500
"""The status that makes Slack deliver an event again: a question that was not recorded is not lost."""

MALFORMED = HTTPStatus.BAD_REQUEST
"""The status for what will be as unreadable when it comes again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person is told, in Slack markup, and the status that answers the delivery.

    `address` is where they connect an account, where that is missing: for them alone.
    """

    sentence: str
    status: int
    address: str = ""


def register(app: AsyncApp, outbox: Outbox) -> None:
    """Tell the person what went wrong, and the log why."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        found = judged(error)
        title = views.submitted(body)
        if title is not None:
            view = saying(title, found.sentence, found.address)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        where = envelopes.whereabouts(body)
        # An event that came while Slack did not say who the bot is comes again: nobody did anything with it.
        status = RETRY if "event" in body and isinstance(error, SlackUnreachable) else found.status
        if where is not None and not (status == RETRY and "event" in body):
            channel, person, thread_ts = where
            await say(outbox, channel, person, found, thread_ts)
        response = BoltResponse(status=status, body="")
        if status == MALFORMED:
            response.headers[NO_RETRY] = ["1"]
        return response

    app.error(on_error)


async def say(outbox: Outbox, channel: str, person: str, found: Judged, thread_ts: str | None) -> None:
    """Tell one person in a channel what went wrong, if they are still there to read it."""
    blocks = notices.saying(found.sentence, found.address) if found.address else ()
    try:
        await outbox.whisper(channel, person, found.sentence, thread_ts, blocks)
    except ReplyGone as error:
        log.info("nobody is there for a sentence", reason=error.detail)
    except SlackError as error:
        log.warning("a sentence could not be said", reason=error.detail)


def judged(error: Exception) -> Judged:
    """Log an error, and return what becomes of it."""
    if isinstance(error, UnreadableValueError):
        log.info("a button of another version was pressed", reason=str(error))
        return Judged(notices.UNREADABLE, 200)
    if isinstance(error, Malformed):
        log.warning("a delivery is malformed", key=str(error))
        return Judged(notices.MALFORMED, MALFORMED)
    if isinstance(error, Refusal):
        log.info("refused", refusal=type(error).__name__)
        return Judged(error.sentence, 200, error.address if isinstance(error, NotLinked) else "")
    if isinstance(error, BotError):
        log.warning("listener failed", error=type(error).__name__, reason=error.detail)
        return Judged(notices.sorry(error), 200)
    code = uuid4().hex[:8]
    log.error("listener failed", incident=code, exc_info=error)
    return Judged(notices.sorry(Unforeseen(code)), RETRY)
