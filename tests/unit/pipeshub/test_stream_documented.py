"""Streams as the documentation describes them."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.conversations import (
    AnswerEvent,
    CitationsSoFar,
    Completed,
    ConversationStarted,
    Failed,
    TextSoFar,
)
from bot.domain.errors import AnswerFailed

Replay = Callable[[str | list[bytes]], Awaitable[list[AnswerEvent]]]
CONVERSATION = "68b0c1d2e3f4a5b6c7d8e9f0"


async def test_chunks_of_any_shape_add_up(replayed: Replay) -> None:
    shown = [event.text for event in await replayed("documented-answer") if isinstance(event, TextSoFar)]
    assert shown == [
        "You have **30 days**",
        "You have **30 days** of paid leave [1].",
        "You have **30 days** of paid leave [1]. Parental leave",
        "You have **30 days** of paid leave [1]. Parental leave is separate [2].",
    ]


async def test_citations_add_up_and_bear_the_number_of_their_place(replayed: Replay) -> None:
    cited = [
        event.citations for event in await replayed("documented-answer") if isinstance(event, CitationsSoFar)
    ]
    assert [[each.number for each in citations] for citations in cited] == [[1], [1, 2]]
    assert cited[-1][1].excerpt == "Parental leave is separate."


async def test_the_answer_is_the_stored_one(replayed: Replay) -> None:
    events = await replayed("documented-answer")
    last = events[-1]
    assert events[0] == ConversationStarted(CONVERSATION)
    assert isinstance(last, Completed)
    assert last.answer.follow_ups == ("Can I carry days over?", "Who approves leave?")
    assert [each.relevance for each in last.answer.citations] == [0.93, 0.71]


async def test_plain_text_of_several_lines_is_text(replayed: Replay) -> None:
    events = await replayed("documented-plain-text")
    shown = [event.text for event in events if isinstance(event, TextSoFar)]
    assert shown == [
        "Leave:\n- 30 days",
        "Leave:\n- 30 days\n- 5 for study",
        "Leave:\n- 30 days\n- 5 for study42",
    ]
    last = events[-1]
    assert isinstance(last, Completed)
    assert last.answer.content == "Leave:\n- 30 days\n- 5 for study"


@pytest.mark.parametrize("envelope", [b"%s", b'{"message": %s}', b'{"data": %s}'])
async def test_the_last_word_can_be_the_message_alone(replayed: Replay, envelope: bytes) -> None:
    message = b'{"_id": "m1", "messageType": "bot_response", "content": "Thirty."}'
    opening = b'event: connected\ndata: {"conversationId": "c1"}\n\n'
    last = (await replayed([opening, b"event: complete\ndata: " + envelope % message + b"\n\n"]))[-1]
    assert isinstance(last, Completed)
    assert (last.conversation.id, last.answer.id, last.answer.content) == ("c1", "m1", "Thirty.")


async def test_an_error_ends_the_answer(replayed: Replay) -> None:
    last = (await replayed("documented-error"))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, AnswerFailed)
    assert last.error.server_message == "The model is not available"
