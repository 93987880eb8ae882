"""Recorded streams of servers before v0.6.0."""

from collections.abc import Awaitable, Callable

from bot.domain.conversations import (
    AnswerEvent,
    CitationsSoFar,
    Completed,
    ConversationStarted,
    Failed,
    Progress,
    TextSoFar,
)
from bot.domain.errors import AnswerFailed, NotTheNewest

Replay = Callable[[str], Awaitable[list[AnswerEvent]]]
CONVERSATION = "68b0c1d2e3f4a5b6c7d8e9f0"


async def test_text_is_replaced_by_what_the_server_accumulated(replayed: Replay) -> None:
    shown = [event.text for event in await replayed("legacy-answer") if isinstance(event, TextSoFar)]
    assert shown == [
        "Let me look",
        "",
        "You have **30",
        "You have **30 days** of paid leave [1][4]",
        "You have **30 days** of paid leave [1].",
    ]


async def test_the_answer_is_the_stored_one(replayed: Replay) -> None:
    events = await replayed("legacy-answer")
    last = events[-1]
    assert events[0] == ConversationStarted(CONVERSATION)
    assert isinstance(last, Completed)
    assert last.answer.content.startswith("You have **30 days** of paid leave [1](https://")
    assert [each.number for each in last.answer.citations] == [1, 2]


async def test_progress_is_told_in_words(replayed: Replay) -> None:
    doings = [event.phrase for event in await replayed("legacy-answer") if isinstance(event, Progress)]
    assert doings == [
        "Optimizing your search query",
        "Searching the company's knowledge",
        "Fetch full record",
        "Fetch full record: Fetched 1 record",
        "Web search did not work, going on without it",
    ]


async def test_live_citations_are_told_once(replayed: Replay) -> None:
    cited = [event for event in await replayed("legacy-answer") if isinstance(event, CitationsSoFar)]
    assert [[each.title for each in event.citations] for event in cited] == [["Holiday policy"]]


async def test_the_first_releases_tell_the_id_with_the_answer(replayed: Replay) -> None:
    events = await replayed("legacy-first-release")
    assert events[-2] == ConversationStarted(CONVERSATION)
    assert isinstance(events[-1], Completed)


async def test_the_first_of_two_errors_counts(replayed: Replay) -> None:
    events = await replayed("legacy-two-errors")
    assert events[0] == ConversationStarted(CONVERSATION)
    assert len(events) == 2
    assert isinstance(events[1], Failed)
    error = events[1].error
    assert isinstance(error, AnswerFailed)
    assert (error.code, error.server_message) == ("quota", "LLM quota is used up")


async def test_a_bare_answer_is_taken_as_it_is(replayed: Replay) -> None:
    last = (await replayed("legacy-verbatim-complete"))[-1]
    assert isinstance(last, Completed)
    assert last.conversation.id == CONVERSATION
    assert (last.answer.id, last.answer.content, last.answer.confidence) == ("", "Thirty days [1].", "High")
    assert [each.title for each in last.answer.citations] == ["Holiday policy"]


async def test_an_error_can_bring_the_conversation(replayed: Replay) -> None:
    events = await replayed("legacy-regenerate-error")
    assert events[0] == ConversationStarted(CONVERSATION)
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, NotTheNewest)


async def test_an_old_answer_is_never_taken_for_the_new_one(replayed: Replay) -> None:
    last = (await replayed("legacy-error-after-question"))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, AnswerFailed)
    assert last.error.code == "stored_error"


async def test_a_question_asked_back_is_the_answer(replayed: Replay) -> None:
    last = (await replayed("legacy-asked-back"))[-1]
    assert isinstance(last, Completed)
    assert last.answer.content.startswith("Which country do you work in?")
