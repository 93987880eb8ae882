"""Recorded streams of servers from v0.6.0 on."""

import json
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.conversations import (
    AnswerEvent,
    CitationsSoFar,
    Completed,
    ConversationStarted,
    Failed,
    Progress,
    TextSoFar,
)
from bot.domain.errors import AnswerFailed, Interrupted, NotFound

Replay = Callable[..., Awaitable[list[AnswerEvent]]]
CONVERSATION = "68b0c1d2e3f4a5b6c7d8e9f0"


def texts(events: list[AnswerEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextSoFar)]


def failure(events: list[AnswerEvent]) -> Exception:
    assert isinstance(events[-1], Failed)
    return events[-1].error


async def test_the_answer_is_the_stored_one(replayed: Replay) -> None:
    events = await replayed("agui-answer")
    last = events[-1]
    assert events[0] == ConversationStarted(CONVERSATION)
    assert isinstance(last, Completed)
    assert last.conversation.id == CONVERSATION
    assert last.answer.id == "68b0c1d2e3f4a5b6c7d8e9f2"
    assert last.answer.confidence == "Very High"
    assert last.answer == last.conversation.answer
    assert [each.title for each in last.answer.citations] == ["Holiday policy", "Leave FAQ, München"]
    assert [each.page for each in last.answer.citations] == [2, None]


async def test_a_tool_call_clears_the_narration_before_it(replayed: Replay) -> None:
    shown = texts(await replayed("agui-answer"))
    assert shown[:3] == ["Let me search", "Let me search the handbook.", ""]
    assert not any("handbook" in text for text in shown[3:])


async def test_references_never_show_in_raw_tokens(replayed: Replay) -> None:
    shown = texts(await replayed("agui-answer"))
    assert "You have **30 days** of paid leave" in shown
    assert not any("ref" in text or "[source]" in text for text in shown)


async def test_the_last_text_is_the_normalised_one(replayed: Replay) -> None:
    shown = texts(await replayed("agui-answer"))
    assert shown[-2].endswith("[1](https://ph.example.com/record/0b1f/preview#blockIndex=4).")
    assert shown[-1].endswith("separate [2](https://wiki.example.com/leave). 🏖️")


async def test_raw_words_follow_the_normalised_text_until_the_next(replayed: Replay) -> None:
    shown = texts(await replayed("agui-words-between"))
    assert shown == [
        "You have **30 days** ",
        "You have **30 days**",
        "You have **30 days** of paid",
        "You have **30 days** of paid leave",
        "You have **30 days** of paid leave [1](https://ph.example.com/record/0b1f).",
        "You have **30 days** of paid leave [1](https://ph.example.com/record/0b1f). Rental",
    ]


async def test_citations_come_while_the_answer_is_written(replayed: Replay) -> None:
    numbers = [
        [each.number for each in event.citations]
        for event in await replayed("agui-answer")
        if isinstance(event, CitationsSoFar)
    ]
    assert numbers == [[1], [1, 2]]


async def test_progress_is_told_in_words(replayed: Replay) -> None:
    doings = [event.phrase for event in await replayed("agui-answer") if isinstance(event, Progress)]
    assert doings == [
        "Thinking it through",
        "Search internal knowledge",
        "Search internal knowledge: paid leave",
        "Search internal knowledge: 8 passages in 3 documents",
        "Thinking it through",
    ]


async def test_a_child_run_neither_writes_nor_ends_the_answer(replayed: Replay) -> None:
    events = await replayed("agui-child-runs")
    assert texts(events) == [
        "Comparing the two policies. ",
        "Comparing the two policies. Both grant 30 days.",
    ]
    assert not any(isinstance(event, CitationsSoFar) for event in events)
    assert isinstance(events[-1], Completed)
    assert Progress("At work: Policy researcher") in events


@pytest.mark.parametrize(
    ("recording", "code"), [("agui-hidden-failure", "rate_limit"), ("agui-fallback", "fallback_response")]
)
async def test_a_success_that_hides_a_failure_is_one(replayed: Replay, recording: str, code: str) -> None:
    events = await replayed(recording)
    error = failure(events)
    assert isinstance(error, AnswerFailed)
    assert error.code == code
    assert texts(events) == []


async def test_the_first_of_two_errors_counts(replayed: Replay) -> None:
    events = await replayed("agui-run-errors")
    error = failure(events)
    assert isinstance(error, AnswerFailed)
    assert (error.code, error.server_message) == ("content_filter", "The model refused")
    assert sum(isinstance(event, Failed) for event in events) == 1


async def test_a_conversation_not_found_is_told_in_the_stream(replayed: Replay) -> None:
    assert isinstance(failure(await replayed("agui-not-found")), NotFound)


async def test_a_stream_without_a_last_word_is_interrupted(replayed: Replay) -> None:
    assert isinstance(failure(await replayed("agui-truncated")), Interrupted)


async def test_an_earlier_servers_error_ends_the_stream_too(replayed: Replay) -> None:
    error = failure(await replayed("agui-legacy-error"))
    assert isinstance(error, AnswerFailed)
    assert error.server_message == "Stream broke"


async def test_a_question_asked_back_is_the_answer(replayed: Replay) -> None:
    last = (await replayed("agui-asked-back"))[-1]
    assert isinstance(last, Completed)
    assert last.answer.content == "Which country do you work in?\n- Germany\n- France"


async def test_generated_files_are_links(replayed: Replay) -> None:
    events = await replayed("agui-generated-file")
    assert texts(events) == [
        "Here is the table.\n\n",
        "Here is the table.\n\n[leave.csv](/record/0b1f-77)",
    ]
    last = events[-1]
    assert isinstance(last, Completed)
    assert last.answer.content == (
        "Here is the table.\n\n[leave.csv](/record/0b1f-77)\n[all.zip](https://ph.example.com/dl/1)"
    )


async def test_an_answer_delivered_by_a_tool_is_kept(replayed: Replay) -> None:
    assert texts(await replayed("agui-final-answer-tool")) == ["Thirty days.", "Thirty days. Really."]


async def test_of_a_long_answer_no_word_is_shown_twice_or_lost(replayed: Replay) -> None:
    words = [f"word{number} " for number in range(400)]
    frames: list[dict[str, object]] = [
        {"type": "RUN_STARTED", "threadId": CONVERSATION},
        {"type": "TEXT_MESSAGE_START"},
    ]
    for number, word in enumerate(words, 1):
        frames.append({"type": "TEXT_MESSAGE_CONTENT", "delta": word})
        if number % 4 == 0:
            so_far = "".join(words[:number])
            patch = {"/normalizedAnswer": so_far.strip(), "/rawLength": len(so_far)}
            delta = [{"op": "replace", "path": path, "value": value} for path, value in patch.items()]
            frames.append({"type": "STATE_DELTA", "delta": delta})
    stream = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in frames)
    shown = [text.split() for text in texts(await replayed([stream.encode()]))]
    assert all(text == [word.strip() for word in words[: len(text)]] for text in shown)
    assert list(dict.fromkeys(map(len, shown))) == list(range(1, 401))
