"""Sending a question to PipesHub: streamed, or whole where that is wanted or all the server does."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from http import HTTPStatus

import structlog

from bot.domain.conversations import Completed, Conversation, Event, Failed, Opened
from bot.domain.errors import AnswerFailed, Interrupted, PipesHubError, Unreachable
from bot.domain.turns import Manner
from bot.pipeshub.client import Conversations, Stream

log = structlog.get_logger(__name__)

_NO_CONVERSATION = re.compile(r"conversation not found", re.IGNORECASE)


class Sending:
    """Asks in new conversations and in those that go on, and gives one kind of events for all of it."""

    def __init__(self, *, streaming: bool = True) -> None:
        """Ask without `streaming` by the plain operations only."""
        self._streaming = streaming

    @asynccontextmanager
    async def ask(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Ask `text`, in a new conversation where none is named, and give the events of its answer.

        A server that does not know the address of the stream is asked by the plain operation. Raises
        PipesHubError, on entering or in place of the first event.
        """
        async with AsyncExitStack() as stack:
            opened: AsyncIterator[Event] | None = None
            if self._streaming:
                try:
                    opened = await stack.enter_async_context(
                        self._streamed(conversations, text, manner, conversation_id)
                    )
                except PipesHubError as error:
                    if not _unknown(error):
                        raise
                    log.info("the stream is refused", status=error.status)
            if opened is None:
                opened = await stack.enter_async_context(
                    aclosing(self._whole(conversations, text, manner, conversation_id))
                )
            yield opened

    def _streamed(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> Stream:
        filters = {"apps": manner.apps, "kb": manner.kb}
        if conversation_id is None:
            return conversations.create_with_streaming(
                query=text,
                record_ids=manner.record_ids,
                filters=filters,
                model_key=manner.model_key,
                model_name=manner.model_name,
                chat_mode=manner.chat_mode,
            )
        return conversations.add_message_stream(
            conversation_id,
            query=text,
            filters=filters,
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )

    async def _whole(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> AsyncGenerator[Event, None]:
        try:
            conversation = await self._answered(conversations, text, manner, conversation_id)
        except Unreachable as error:
            if not error.arrived:
                raise
            # The server may go on with it, just as with a stream that breaks.
            raise Interrupted(error.detail) from error
        yield Opened(conversation.id)
        if conversation.answer is None:
            yield Failed(AnswerFailed("the conversation came without an answer"))
        else:
            yield Completed(conversation, conversation.answer)

    async def _answered(
        self, conversations: Conversations, text: str, manner: Manner, conversation_id: str | None
    ) -> Conversation:
        filters = {"apps": manner.apps, "kb": manner.kb}
        if conversation_id is None:
            return await conversations.create(
                query=text,
                record_ids=manner.record_ids,
                filters=filters,
                model_key=manner.model_key,
                model_name=manner.model_name,
                chat_mode=manner.chat_mode,
            )
        return await conversations.add_message(
            conversation_id,
            query=text,
            filters=filters,
            model_key=manner.model_key,
            model_name=manner.model_name,
            chat_mode=manner.chat_mode,
        )


def _unknown(error: PipesHubError) -> bool:
    """Whether the server has no such address, rather than no such conversation."""
    gone = error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    return gone and not _NO_CONVERSATION.search(error.said)
