"""Answers that are written anew, and what becomes of the one before."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import structlog

from bot.domain.conversations import Answer, Completed, Conversation, Event, Failed, Message, Speaker, stored
from bot.domain.errors import AnswerFailed, NoSuchTurn, PipesHubError, WentQuiet
from bot.domain.turns import Manner, Turn, TurnState
from bot.flows.identities import Identities
from bot.flows.recovering import Recovering
from bot.flows.redrawing import kept
from bot.store.turns import Versions

log = structlog.get_logger(__name__)

FELL_BACK = ":warning: {sentence} This is still the earlier answer."
LOST = ":warning: {sentence}"


@dataclass(frozen=True, slots=True)
class FallenBack:
    """The answer that stands after rewriting failed, what is to be said of it, whether the server lost it."""

    answer: Answer
    note: str = ""
    lost: bool = False


class Rewriting:
    """Has the newest answer of a conversation written anew.

    The server replaces the answer under the same id, and when it fails the old one is lost there: it is
    kept here before the server is asked.
    """

    def __init__(self, identities: Identities, recovering: Recovering, versions: Versions) -> None:
        self._identities = identities
        self._recovering = recovering
        self._versions = versions

    async def events(self, turn: Turn, manner: Manner) -> AsyncGenerator[Event, None]:
        """Yield what the server says while it writes the answer of `turn` anew.

        For a turn that was abandoned by its worker, what became of it is looked up first. Raises
        PipesHubError where the server does not begin.
        """
        conversation_id, message_id = _ids(turn)
        if turn.state is TurnState.RUNNING:
            conversation = await self._recovering.at_rest(turn.identity, conversation_id)
            message = _message(conversation, message_id)
            if conversation is None:
                yield Failed(WentQuiet("the stored conversation stayed in progress"))
                return
            if message is None or message.speaker is not Speaker.BOT:
                yield Failed(AnswerFailed("the stored conversation has no answer"))
                return
            if not await self._is_kept(turn, message):
                yield Completed(conversation, message)
                return
        stream = self._identities.conversations(turn.identity).regenerate(
            conversation_id,
            message_id,
            filters={"apps": manner.apps, "kb": manner.kb},
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )
        async with stream as events:
            async for event in events:
                yield event

    async def fallen_back(self, turn: Turn, failed: Answer) -> FallenBack:
        """Return the answer that stands after rewriting failed.

        That is the new one after all, where only the connection broke; else the earlier one.
        """
        sentence = failed.error.sentence if failed.error else ""
        conversation_id, message_id = _ids(turn)
        try:
            conversation = await self._recovering.at_rest(turn.identity, conversation_id)
        except PipesHubError as error:
            log.info("what the server has of an answer is not known", reason=error.detail)
            conversation = None
        message = _message(conversation, message_id)
        there = message is not None and message.speaker is Speaker.BOT
        if message is not None and there and not await self._is_kept(turn, message):
            return FallenBack(stored(message, conversation_id))
        version = await self._versions.last(turn.id)
        if version is None:
            return FallenBack(failed, sentence)
        if there:
            await self._versions.drop_last(turn.id)
        # Where the server does not tell what it has, nothing is known to be lost.
        lost = message is not None and not there
        return FallenBack(kept(turn, version), (LOST if lost else FELL_BACK).format(sentence=sentence), lost)

    async def _is_kept(self, turn: Turn, message: Message) -> bool:
        version = await self._versions.last(turn.id)
        return version is not None and version.text == message.content


def _ids(turn: Turn) -> tuple[str, str]:
    if turn.conversation_id is None or turn.message_id is None:
        raise NoSuchTurn
    return turn.conversation_id, turn.message_id


def _message(conversation: Conversation | None, message_id: str) -> Message | None:
    return conversation.message(message_id) if conversation else None
