"""Recovery: the messages and the stored answer that an interrupted worker left behind.

Servers up to v0.6 go on writing, and store the answer, when a connection breaks or the bot's process dies;
later ones stop and store the part.
They cannot recognise a question that is sent twice, so the stored conversation is looked up before
anything is sent again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic, time

import structlog

from bot.domain.conversations import (
    AnswerEvent,
    CitationsSoFar,
    Completed,
    Conversation,
    ConversationStarted,
    ConversationStatus,
    Failed,
    Message,
    MessageAuthor,
    Progress,
    TextSoFar,
)
from bot.domain.errors import (
    AnswerFailed,
    AnswerStopped,
    NotFound,
    NotTheNewest,
    SlackError,
    WentQuiet,
)
from bot.domain.turns import QuestionOptions, ShownMessages, Turn, TurnState
from bot.flows.accounts.identity import PAGE_SIZE, Identities
from bot.flows.ports import MessageFinder, PostedReplies
from bot.sentences import sentence
from bot.store.threads import ThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReplyRecovery:
    """Finds the messages that Slack has of a turn, and deletes those that show no answer any more."""

    turns: TurnStore
    posted_replies: PostedReplies
    message_finder: MessageFinder

    async def recover_messages(self, turn: Turn) -> Turn:
        """Return a turn with all messages that Slack has of it, unchanged where the bot may not look.

        Raises SlackUnreachable where Slack does not answer now: going on would show the turn twice.
        """
        try:
            found = await self.message_finder.messages_of(turn)
        except SlackError as error:
            if turn.may_wait_for(error, time()):
                raise
            log.info("reply.messages_unknown", turn=turn.id, reason=error.detail)
            return turn
        known = {ts for ts in (turn.reply_ts, *turn.further_ts) if ts}
        messages = sorted(known.union(found.messages).difference(turn.leftover_ts))
        if not messages:
            return turn
        shown = ShownMessages(tuple(messages))
        if turn.state is TurnState.RECORDED:  # before it is asked, one placeholder shows it
            shown = ShownMessages((messages[0],), leftover=tuple(messages[1:]))
        if known.symmetric_difference(messages):
            log.info("reply.messages_recovered", turn=turn.id, found=len(messages) - len(known))
            await self.turns.save_shown(turn, shown)
        reply_ts, *further = shown.messages
        return replace(turn, reply_ts=reply_ts, further_ts=tuple(further), shows_ending=found.shows_ending)

    async def delete_leftovers(self, turn: Turn) -> None:
        """Delete the leftover messages of a turn, as far as Slack's rate limits allow now."""
        if gone := await self.posted_replies.delete_leftovers(turn):
            await self.turns.remove_leftovers(turn.id, gone)


RECOVERY_POLL = 2.0  # seconds between looks at an answer that is still being written
RECOVERY_PATIENCE = 600.0
"""Seconds until the bot stops waiting for an answer that is still written: the server's own limit."""

LEFT_PATIENCE = 60.0  # seconds after which a run that should have stopped with its reader is cancelled
STORING_PATIENCE = 10.0  # seconds for storing that a run was cancelled
INTERRUPTED_PATIENCE = 60.0  # seconds for which a question waits for an answer that was stopped or broke off
PAGES = 20  # pages of conversations that are looked through: one identity can be a whole company at work
CLOCK_SKEW = 120.0  # seconds by which Slack's clock and the server's may differ
BEGINNING_PATIENCE = 30.0  # seconds for which the conversations of the same question are waited for
BEGINNING_POLL = 0.1
TITLE_LENGTH = 100
"""Characters of a question that a conversation's first title consists of (pipeshub's default title)."""


@dataclass(frozen=True)
class AnswerRecovery:
    """Looks up what became of a question."""

    identities: Identities
    threads: ThreadStore
    turns: TurnStore
    _finding: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _beginning: Counter[tuple[str, str]] = field(default_factory=Counter, init=False)
    """How many questions with an identity and a title are on their way, their conversations not known yet."""

    @contextmanager
    def beginning(self, turn: Turn, text: str) -> Iterator[None]:
        """Keep other turns from finding the conversation that `turn` begins with `text` in this block."""
        key = turn.identity, _title(text)
        self._beginning[key] += 1
        try:
            yield
        finally:
            self._beginning[key] -= 1
            if not self._beginning[key]:
                del self._beginning[key]

    async def events(
        self, turn: Turn, text: str, conversation_id: str | None, options: QuestionOptions
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Yield the ending of `turn`, which asked `text`, waiting for it while it is written.

        Where the server keeps a part only, because it stopped, the answer is written again with `options`.
        Yields nothing where the server never got the question. Raises PipesHubError where it does not tell.
        """
        finished = await self.turns.in_thread(turn.question.thread, turn.identity, TurnState.DONE)
        others = {each.message_id for each in finished if each.message_id and each.id != turn.id}
        # Two turns that asked the same at once must not find the same: each is stored before the next looks.
        async with self._finding if conversation_id is None else nullcontext():
            found = conversation_id or await self._find_conversation(turn, text)
            if found is None:
                return
            try:
                began = await self.identities.conversation(turn.identity, found)
            except NotFound:
                return
            if _messages_after_question(began, turn, text, others) is None:
                return
            yield ConversationStarted(found)
        yield Progress(sentence("answer.recovering"))
        conversation = await self.wait_until_idle(turn.identity, found, run_id=turn.id)
        if conversation is None:
            yield Failed(WentQuiet("the stored conversation stayed in progress"))
            return
        after = _messages_after_question(conversation, turn, text, others) or ()
        answer = next((each for each in reversed(after) if each.author is MessageAuthor.BOT), None)
        if answer is None:
            stopped = conversation.status is ConversationStatus.STOPPED
            why = "the stored conversation has no answer"
            yield Failed(AnswerStopped(why) if stopped else AnswerFailed(why))
        elif answer.content.strip() and not self._is_part(conversation, answer):
            yield Completed(conversation, answer)
        elif answer.id != conversation.messages[-1].id:
            yield Failed(NotTheNewest("a part of the answer is stored, and later questions"))
        else:
            async for event in self._write_again(turn, conversation, answer, options):
                yield event

    def _is_part(self, conversation: Conversation, answer: Message) -> bool:
        """Return whether an answer may be a part, written until its reader left or a person stopped it."""
        if answer.id == conversation.messages[-1].id:
            return conversation.status is ConversationStatus.STOPPED
        # The status is about the newest answer: of an earlier one the server does not tell.
        return self.identities.server.stops_when_left is True

    async def _write_again(
        self, turn: Turn, conversation: Conversation, part: Message, options: QuestionOptions
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Have an answer of which the server keeps `part` written again; the part is shown until then."""
        log.info("answer.written_again", characters=len(part.content))
        yield TextSoFar(part.content)
        yield CitationsSoFar(part.citations)
        yield Progress(sentence("answer.asking_again"))
        stream = self.identities.conversations(turn.identity).regenerate(
            conversation.id, part.id, options=options, run_id=turn.id
        )
        async with stream as events:
            async for event in events:
                # What is read does not get shorter.
                if not isinstance(event, TextSoFar) or len(event.text) > len(part.content):
                    yield event

    async def wait_until_over(self, left: Turn, text: str, conversation_id: str | None) -> str | None:
        """Return the conversation of a thread once the server has finished `left`, which asked `text`.

        Two questions at once would leave the conversation out of order. Raises PipesHubError.
        """
        unknown = conversation_id is None and left.conversation_id is None
        found = await self._find_conversation(left, text) if unknown else conversation_id
        if found is not None:
            with suppress(NotFound):
                await self.wait_until_idle(left.identity, found, INTERRUPTED_PATIENCE)
        return found

    async def wait_until_idle(
        self, identity: str, conversation_id: str, patience: float = RECOVERY_PATIENCE, run_id: str = ""
    ) -> Conversation | None:
        """Return a conversation once no answer is being written in it, None where that takes too long.

        A server that stops when its reader leaves need not store that: there the run is cancelled after a
        while. Raises PipesHubError.
        """
        began = monotonic()
        while True:
            conversation = await self.identities.conversation(identity, conversation_id)
            if conversation.status is not ConversationStatus.IN_PROGRESS:
                if conversation.status is ConversationStatus.STOPPED:
                    self.identities.server.stops_when_left = True
                return conversation
            waited = monotonic() - began
            if run_id and waited > LEFT_PATIENCE:
                await self.identities.cancel_run(identity, conversation_id, run_id)
                run_id = ""
                if self.identities.server.stops_when_left:
                    patience = min(patience, waited + STORING_PATIENCE)
            if waited > patience:
                return None
            await asyncio.sleep(RECOVERY_POLL)

    async def _find_conversation(self, turn: Turn, text: str) -> str | None:
        """Return the conversation that `turn` began with `text`, and that belongs to no other thread.

        One of the same question that another turn has just asked is not known to be that turn's for moments.
        """
        conversations = self.identities.conversations(turn.identity)
        title, workspace = _title(text), turn.question.thread.workspace
        until = monotonic() + BEGINNING_PATIENCE
        while self._beginning[turn.identity, title] and monotonic() < until:  # noqa: ASYNC110 (waits with a bound)
            await asyncio.sleep(BEGINNING_POLL)
        for number in range(1, PAGES + 1):
            page = await conversations.list(page=number, limit=PAGE_SIZE)
            for row in page.conversations:
                if _normalized(row.title) != title or _is_before(row.last_activity_at, turn):
                    continue
                if await self.threads.find_by_conversation(workspace, row.id) is None:
                    return row.id
            # The newest come first: those on the next page are older still.
            if (
                not page.has_next
                or not page.conversations
                or _is_before(page.conversations[-1].last_activity_at, turn)
            ):
                break
        return None


def _messages_after_question(
    conversation: Conversation, turn: Turn, text: str, others: Collection[str]
) -> tuple[Message, ...] | None:
    """Return what follows the question of `turn` until the next question, None where it was never asked.

    The same question can stand there twice: one whose answer is among those of `others` is not this one.
    """
    after: list[Message] = []
    for message in reversed(conversation.messages):
        if message.author is not MessageAuthor.USER:
            after.insert(0, message)
            continue
        same = _normalized(message.content) == _normalized(text) and not _is_before(message.created_at, turn)
        if same and not any(each.id in others for each in after):
            return tuple(after)
        after.clear()
    return None


def _is_before(moment: datetime | None, turn: Turn) -> bool:
    """Return whether something is known to have happened before the question of `turn` was written."""
    return moment is not None and moment.timestamp() < float(turn.question.ts) - CLOCK_SKEW


def _title(text: str) -> str:
    return _normalized(text[:TITLE_LENGTH])


def _normalized(text: str) -> str:
    return " ".join(text.split()).casefold()
