"""What holds for every stream, however it arrives and whatever it says."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversations import Answer, AnswerEvent, AnswerState, Completed, Failed, TextSoFar
from bot.pipeshub import bodies as wire
from bot.pipeshub.http import Timeouts
from bot.pipeshub.stream import StreamDecoder, read_events
from tests.examples import examples

Replay = Callable[[str | list[bytes]], Awaitable[list[AnswerEvent]]]
RECORDED = Path(__file__).parents[2] / "recorded" / "pipeshub"
STREAMS = sorted(RECORDED.glob("*.sse"))
RECORDINGS = "".join(path.read_text() for path in STREAMS)
DOCUMENTED_NAMES = ("connected", "chunk", "citation", "complete", "error")
LEGACY_NAMES = (
    *("status", "answer_chunk", "restreaming", "metadata", "artifact", "ask_user_question"),
    *("tool_call", "tool_success", "tool_error", "tool_result", "tool_unavailable"),
)
NAMES = sorted(
    {
        *re.findall(r"event: (\w+)", RECORDINGS),
        *DOCUMENTED_NAMES,
        *LEGACY_NAMES,
        "message",
        "LATER",
    }
)
KEYS = sorted(set(re.findall(r'"(\w+)":', RECORDINGS)))
WORDS = (
    "",
    "bot_response",
    "user_query",
    "/normalizedAnswer",
    "/citations",
    "conversation_created",
    "Error",
    "\ud83d",
)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(WORDS)
)
bodies = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
names = st.sampled_from(NAMES)
data = bodies.map(json.dumps) | st.text(max_size=20)


def said(replayed: Replay, pieces: list[bytes]) -> str:
    """Return all a stream says, in a form in which errors compare as well."""

    async def replay() -> str:
        return repr(await replayed(pieces))

    return asyncio.run(replay())


@pytest.mark.parametrize("recording", STREAMS, ids=lambda path: path.stem)
async def test_every_recording_ends_with_one_last_word(replayed: Replay, recording: Path) -> None:
    events = await replayed(recording.stem)
    assert [isinstance(event, Completed | Failed) for event in events] == [False] * (len(events) - 1) + [True]


@pytest.mark.parametrize("recording", STREAMS, ids=lambda path: path.stem)
def test_one_byte_at_a_time_says_the_same(replayed: Replay, recording: Path) -> None:
    whole = recording.read_bytes()
    assert said(replayed, [bytes([each]) for each in whole]) == said(replayed, [whole])


@given(cuts=st.lists(st.integers(min_value=0, max_value=9000), max_size=12), crlf=st.booleans())
@settings(max_examples=examples(60), deadline=None)
def test_where_the_pieces_end_changes_nothing(replayed: Replay, cuts: list[int], crlf: bool) -> None:
    from_file = (RECORDED / "agui-answer.sse").read_bytes()
    stream = from_file.replace(b"\n", b"\r\n") if crlf else from_file
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    assert said(replayed, pieces) == said(replayed, [from_file])


@given(frames=st.lists(st.tuples(names, data), max_size=12))
@settings(max_examples=examples(200), deadline=None)
def test_garbage_never_breaks_the_reader(frames: list[tuple[str, str]]) -> None:
    decoder = StreamDecoder()
    answer = Answer()
    for name, text in frames:
        for event in decoder.read(name, text):
            answer = answer.with_event(event)
            if isinstance(event, TextSoFar):
                event.text.encode()
    assert decoder.ended == (answer.state is not AnswerState.WRITING)


@given(body=bodies)
@settings(max_examples=examples(200), deadline=None)
def test_any_body_is_a_conversation_or_none(body: object) -> None:
    conversation = wire.parse_conversation(body)
    assert conversation is None or conversation.id
    page = wire.parse_page(body, source="owned", number=1, limit=10)
    assert page is None or all(row.id for row in page.conversations)


async def test_a_frame_of_twenty_megabytes_is_read(replayed: Replay) -> None:
    content = "x" * 20_000_000
    frame = f'event: complete\ndata: {{"answer": "{content}"}}\n\n'.encode()
    pieces = [frame[start : start + 65_536] for start in range(0, len(frame), 65_536)]
    last = (await replayed(pieces))[-1]
    assert isinstance(last, Completed)
    assert len(last.answer.content) == len(content)


async def test_deep_nesting_is_no_frame(replayed: Replay) -> None:
    frame = b"event: complete\ndata: " + b"[" * 200_000 + b"\n\n"
    assert isinstance((await replayed([frame]))[-1], Failed)


async def test_halves_of_an_emoji_are_joined(replayed: Replay) -> None:
    pieces = [
        rb"event: chunk" + b"\n" + rb'data: {"chunk": "Enjoy \ud83c"}' + b"\n\n",
        rb"event: chunk" + b"\n" + rb'data: {"chunk": "\udfd6"}' + b"\n\n",
    ]
    shown = [event.text for event in await replayed(pieces) if isinstance(event, TextSoFar)]
    assert shown == ["Enjoy \N{REPLACEMENT CHARACTER}", "Enjoy 🏖"]


@pytest.mark.parametrize(
    "kind", ["Text/Event-Stream", "TEXT/EVENT-STREAM; charset=utf-8", " text/event-stream"]
)
async def test_an_event_stream_is_known_by_its_type_in_any_case(kind: str) -> None:
    stream = (RECORDED / "agui-answer.sse").read_bytes()
    response = httpx.Response(200, headers={"content-type": kind}, content=stream)
    events = [event async for event in read_events(response, StreamDecoder(), Timeouts())]
    assert isinstance(events[-1], Completed)
