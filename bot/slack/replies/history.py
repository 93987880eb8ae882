"""What was said in a thread, as people read it."""

from collections.abc import Collection

import structlog

from bot.domain.errors import SlackError
from bot.domain.text import Said
from bot.domain.turns import Thread
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox

log = structlog.get_logger(__name__)

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
