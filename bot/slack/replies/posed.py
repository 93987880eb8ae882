"""Questions written down for people who wrote no message themselves."""

from bot.domain.turns import Posed, Question, Thread
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.render import asides
from bot.slack.render.message import escaped
from bot.slack.render.modals.manner import words
from bot.slack.render.posed import posed as draw_posed


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
        return asides.origin(origin.channel, link)
