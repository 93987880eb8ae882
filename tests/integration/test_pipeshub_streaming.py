"""The client over real HTTP: streams, whole, broken and silent."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.conversations import Completed, ConversationStarted, TextSoFar
from bot.domain.errors import Interrupted, TookTooLong, WentQuiet
from bot.domain.turns import QuestionOptions
from bot.pipeshub.client import Conversations
from bot.pipeshub.http import Timeouts
from tests.integration.scripted_pipeshub import (
    ANSWERED,
    DONE,
    ID,
    LEGACY_TOKEN,
    MESSAGE,
    OPENING,
    TOKEN,
    Say,
    Scripted,
    asking,
    failure,
    heard,
    scripted,
)


@pytest.fixture
async def pipeshub() -> AsyncIterator[Scripted]:
    async with scripted() as server:
        yield server


@pytest.fixture
def conversations(pipeshub: Scripted) -> Conversations:
    return asking(pipeshub)


async def test_a_stream_is_followed_to_its_last_word(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(frames=(OPENING, TOKEN, DONE)))
    events = await heard(
        conversations.create_with_streaming(query="How many?", options=QuestionOptions("balanced"))
    )
    assert events[:2] == [ConversationStarted(ID), TextSoFar("Thir")]
    assert isinstance(events[-1], Completed)
    assert events[-1].answer.id == MESSAGE
    assert pipeshub.seen[0].body == {"query": "How many?", "chatMode": "internal_search"}


async def test_characters_split_across_reads_are_whole(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    frame = 'event: chunk\r\ndata: {"text": "Grüße 🏖"}\r\n\r\n'.encode()
    pipeshub.says(Say(frames=tuple(bytes([each]) for each in frame)))
    assert TextSoFar("Grüße 🏖") in await heard(conversations.create_with_streaming(query="q"))


async def test_a_regenerated_answer_may_come_as_json(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(body=ANSWERED["conversation"]))
    events = await heard(conversations.regenerate(ID, MESSAGE))
    assert [type(event) for event in events] == [ConversationStarted, Completed]


@pytest.mark.parametrize("then", ["end", "reset"])
async def test_a_stream_that_breaks_is_interrupted_and_not_asked_again(
    pipeshub: Scripted, conversations: Conversations, then: str
) -> None:
    pipeshub.says(Say(frames=(OPENING, TOKEN), then=then))
    assert isinstance(await failure(conversations.create_with_streaming(query="q")), Interrupted)
    assert len(pipeshub.seen) == 1


@pytest.mark.parametrize(
    ("token", "with_heartbeats", "without"), [(TOKEN, 0.05, 9.0), (LEGACY_TOKEN, 9.0, 0.05)]
)
async def test_silence_is_borne_as_long_as_the_vocabulary_allows(
    pipeshub: Scripted, token: bytes, with_heartbeats: float, without: float
) -> None:
    pipeshub.says(Say(frames=(token,), then="silence"))
    timeouts = Timeouts(idle_with_heartbeats=with_heartbeats, idle_without_heartbeats=without)
    impatient = asking(pipeshub, timeouts)
    if token is LEGACY_TOKEN:
        assert isinstance(await failure(impatient.create_with_streaming(query="q")), WentQuiet)
    else:
        assert isinstance(await failure(impatient.regenerate(ID, MESSAGE)), WentQuiet)


async def test_comments_are_signs_of_life_but_not_for_ever(pipeshub: Scripted) -> None:
    pipeshub.says(Say(frames=(LEGACY_TOKEN,), then="comments"))
    impatient = asking(pipeshub, Timeouts(idle_without_heartbeats=0.5, whole_answer=0.9))
    assert isinstance(await failure(impatient.create_with_streaming(query="q")), TookTooLong)


async def test_leaving_a_stream_early_leaves_the_client_usable(
    pipeshub: Scripted, conversations: Conversations
) -> None:
    pipeshub.says(Say(frames=(OPENING, TOKEN), then="silence"), Say(body={"conversations": []}))
    async with conversations.create_with_streaming(query="q") as events:
        assert await anext(events) == ConversationStarted(ID)
    assert (await conversations.list()).conversations == ()
