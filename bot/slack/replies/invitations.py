"""Telling people, and nobody else, where they connect their account."""

from bot.domain.errors import NotLinked
from bot.domain.turns import Question
from bot.slack.outbox import Outbox
from bot.slack.render import notices


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
            notices.saying(missing.sentence, missing.address),
        )
