"""Incoming messages: which are questions for the bot, and whether it answers them."""

from dataclasses import replace

import structlog

from bot.domain import question_detection
from bot.domain.channels import Audience, ChannelSettings
from bot.domain.errors import FromABot, NoSuchTurn, PipesHubError, Refusal, TooManyQuestions
from bot.domain.people import Visit
from bot.domain.turns import Question, Thread
from bot.flows.accounts.identity import Identities
from bot.flows.actions.permissions import Records, settled
from bot.flows.admission import Admitting
from bot.flows.answers.reply import Redrawing
from bot.flows.answers.worker import Work
from bot.flows.questions.ask import Asking, Confiding
from bot.store.channels import Channels
from bot.store.claims import Claims
from bot.store.threads import Asides, Overheard, Threads
from bot.store.turns import Turns

log = structlog.get_logger(__name__)


class Hearing:
    """Takes messages as questions where they are meant for the bot, each once."""

    def __init__(
        self,
        channels: Channels,
        threads: Threads,
        heard: Overheard,
        claims: Claims,
        identities: Identities,
        admitting: Admitting,
        asking: Asking,
        confiding: Confiding,
    ) -> None:
        self._channels = channels
        self._threads = threads
        self._heard = heard
        self._claims = claims
        self._identities = identities
        self._admitting = admitting
        self._asking = asking
        self._confiding = confiding

    async def hear(self, question: Question) -> Work | None:
        """Return the work that a message makes, None if it makes none.

        Raises Refusal where its asker is to be told why it is not answered, which is once.
        """
        if not (question.addressed or question.is_reply or question_detection.asks(question.text)):
            return None
        thread = question.thread
        settings = await self._channels.settings(thread.workspace, thread.channel)
        unprompted = not question.addressed and await self._is_unprompted(question)
        if unprompted and not await self._is_wanted(question, settings):
            return None
        if not (unprompted or question.addressed or await self._threads.known(thread)):
            return None
        try:
            await self._admit(question, unprompted=unprompted)
        except Refusal as refusal:
            if unprompted or isinstance(refusal, FromABot) or not await self._is_first(refusal, question):
                log.info("not answered", reason=type(refusal).__name__, person=question.asker)
                return None
            raise
        if unprompted:
            await self._heard.begin(thread, question.asker)
            question = replace(question, addressed=True)
        if settings.audience is Audience.PRIVATE and question.text:
            return await self._confiding.take(question)
        return await self._asking.take(question)

    async def _is_unprompted(self, question: Question) -> bool:
        """Return whether nobody asked the bot: into this thread, or at all."""
        return not question.is_reply or await self._heard.of(question.thread) is not None

    async def _is_wanted(self, question: Question, settings: ChannelSettings) -> bool:
        """Return whether an answer to a message that is addressed to nobody is wanted.

        In a thread that the bot began by itself it talks with one person; when somebody else says
        something there, people talk to each other, and it is silent from then on.
        """
        if not (settings.on and settings.unprompted):
            return False
        heard = await self._heard.of(question.thread)
        if heard is None:
            return True
        if heard.is_silenced:
            return False
        if heard.person != question.asker:
            await self._heard.silence(question.thread, question.asker)
            return False
        return question_detection.asks(question.text)

    async def _admit(self, question: Question, *, unprompted: bool) -> None:
        thread = question.thread
        visit = Visit(
            thread.workspace,
            thread.channel,
            question.asker,
            question.ts,
            question.outside,
            question.asker_team,
        )
        await self._admitting.check(visit)
        if unprompted:
            # Nobody is asked to connect an account for an answer they did not ask for.
            await self._identities.ready(question.asker)

    async def _is_first(self, refusal: Refusal, question: Question) -> bool:
        """Return whether this refusal is to be said: once a message, although a mention comes as two events.

        Who goes on talking in a thread hears once that the bot does not take part for them.
        """
        thread = question.thread
        once = question.ts
        if not question.addressed and not isinstance(refusal, TooManyQuestions):
            once = f"{type(refusal).__name__}:{thread.ts}:{question.asker}"
        return await self._claims.first(f"refused:{thread.workspace}:{thread.channel}:{once}")


class Silencing:
    """Keeps the bot out of a thread until somebody mentions it."""

    def __init__(
        self, turns: Turns, records: Records, heard: Overheard, asides: Asides, redrawing: Redrawing
    ) -> None:
        self._turns = turns
        self._records = records
        self._heard = heard
        self._asides = asides
        self._redrawing = redrawing

    async def silence(self, turn_id: str, person: str) -> None:
        """Let the bot say nothing more without a mention in the thread of a turn, because of `person`.

        Anybody who sees the answer may. It holds whether or not the answer can be drawn anew. Raises
        NoSuchTurn where the bot was asked into the thread.
        """
        turn = await settled(self._turns, turn_id)
        if turn is None:
            raise NoSuchTurn
        thread = turn.question.thread
        origin = await self._asides.origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        if not await self._heard.silence(thread, person):
            raise NoSuchTurn
        try:
            await self._redrawing.redraw_all(turn, await self._records.conversation(turn))
        except PipesHubError as error:
            log.info("a silenced answer keeps its buttons", turn=turn.id, reason=error.detail)
