"""A turn as steps, with faults among them, in three stream vocabularies."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from bot.demo.knowledge.answers.composing import Citation
from bot.demo.knowledge.answers.text import marker
from bot.demo.knowledge.documents.index import Record
from bot.demo.knowledge.faults import Fault, Faults, Trouble
from bot.demo.knowledge.generations import GENERATIONS
from bot.demo.knowledge.model import Conversation, Kind, Message, Status
from bot.demo.knowledge.streams.agui import AgUi
from bot.demo.knowledge.streams.legacy import Documented, Legacy
from bot.demo.knowledge.streams.script import (
    APOLOGY,
    Broke,
    Frame,
    Opened,
    Pace,
    Pause,
    Saved,
    Step,
    Told,
    Turn,
    Vocabulary,
    disturbed,
    script,
)
from bot.demo.knowledge.turns import kept_citations

TEXT = (
    f"You get twenty-seven days.{marker(1)} Ask two weeks ahead.{marker(2)} Naïve words — and more of them."
)
RECORDS = [Record(f"0000-{number}", f"{number}.md", f"Page {number}", "docs") for number in (1, 2)]
CITATIONS = kept_citations(
    [
        Citation(at, record, "Part", "part", f"Excerpt {at}", 0.9)
        for at, record in enumerate(RECORDS, start=1)
    ],
    "http://front",
)
LINKED = (
    "You get twenty-seven days. [1](http://front/record/0000-1#part) Ask two weeks ahead."
    " [2](http://front/record/0000-2#part) Naïve words — and more of them."
)
BARE = "You get twenty-seven days. [1] Ask two weeks ahead. [2] Naïve words — and more of them."
TOLD = Told("How many days?", TEXT, CITATIONS, "High", 5, 15, (), "call_1")
FAST = Pace(0, 0)
ANSWER = Message("a" * 24, Kind.ANSWER, LINKED, 1_000, 2_000, CITATIONS, "High")
KEPT = Conversation("c" * 24, "u" * 24, "How many", Status.COMPLETE, 0, 0, 0, messages=(ANSWER,))


def steps(*faults: Fault, pace: Pace = FAST) -> list[Step]:
    course = disturbed(script(TOLD, pace), faults, Turn.NEW, pace)
    ending: list[Step] = (
        [] if any(isinstance(step, Broke) for step in course) else [Saved(KEPT, Turn.NEW, 2, 0.1)]
    )
    return [Opened(KEPT.id, "How many", Turn.NEW), *course, *ending]


def told(vocabulary: Vocabulary, course: list[Step]) -> list[Frame]:
    return [frame for step in course for frame in vocabulary.frames(step)]


def named(frames: list[Frame], event: str) -> list[dict[str, Any]]:
    return [frame.data for frame in frames if frame.event == event]


def normalised(frames: list[Frame]) -> list[str]:
    operations = [each for data in named(frames, "STATE_DELTA") for each in data["delta"]]
    return [each["value"] for each in operations if each["path"] == "/normalizedAnswer"]


def test_documented_chunks_add_up_to_the_answer() -> None:
    frames = told(Documented(), steps())
    assert "".join(data["content"] for data in named(frames, "chunk")) == BARE
    assert [data["chunkIndex"] for data in named(frames, "citation")] == [1, 2]
    assert [frame.event for frame in frames][:: len(frames) - 1] == ["connected", "complete"]
    assert named(frames, "complete")[0]["conversation"]["status"] == "COMPLETED"


def test_legacy_chunks_hold_the_text_so_far_and_start_again_after_the_tool() -> None:
    frames = told(Legacy("r", GENERATIONS["legacy"]), steps())
    events = [frame.event for frame in frames]
    again = events.index("restreaming")
    assert named(frames[:again], "answer_chunk")[-1]["accumulated"].startswith("Let me look")
    assert named(frames[again:], "answer_chunk")[-1]["accumulated"] == BARE
    assert events.index("tool_call") < events.index("tool_success") < again
    assert "conversationId" not in named(frames, "connected")[0]
    assert set(named(frames, "complete")[0]) == {"conversation", "meta"}


def test_agui_frames_come_in_the_order_of_real_servers() -> None:
    events = [frame.event for frame in told(AgUi("r", "run"), steps())]
    order = [
        "CUSTOM",
        "RUN_STARTED",
        "STATE_SNAPSHOT",
        "REASONING_START",
        "REASONING_MESSAGE_START",
        "REASONING_MESSAGE_CONTENT",
        "REASONING_MESSAGE_END",
        "REASONING_END",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "STATE_DELTA",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
    ]
    assert list(dict.fromkeys(events))[: len(order)] == order
    assert events[-4:] == ["TEXT_MESSAGE_END", "STATE_DELTA", "STATE_SNAPSHOT", "RUN_FINISHED"]


def test_agui_types_repeat_the_event_and_the_outer_frames_name_no_run() -> None:
    frames = told(AgUi("r", "run"), steps())
    assert all(frame.data["type"] == frame.event for frame in frames)
    assert "runId" not in frames[0].data
    assert "runId" not in frames[-1].data


def test_agui_clears_the_preamble_and_ends_with_the_normalised_answer() -> None:
    frames = told(AgUi("r", "run"), steps())
    texts = normalised(frames)
    assert texts[0].startswith("Let me look")
    assert texts[1] == ""
    assert texts[-1] == LINKED
    tokens = named(frames, "TEXT_MESSAGE_CONTENT")
    answer = [data["delta"] for data in tokens if data["messageId"] == tokens[-1]["messageId"]]
    assert "[source](ref1)" in "".join(answer)
    assert named(frames, "STATE_SNAPSHOT")[-1]["snapshot"]["final"] is True


def test_live_citations_are_raw() -> None:
    final = named(told(AgUi("r", "run"), steps()), "STATE_SNAPSHOT")[-1]["snapshot"]["citations"]
    assert [each["chunkIndex"] for each in final] == [1, 2]
    assert all("_id" not in each and each["metadata"]["recordType"] == "FILE" for each in final)


@pytest.mark.parametrize("vocabulary", [Documented(), Legacy("r", GENERATIONS["legacy"]), AgUi("r", "run")])
def test_a_failure_after_some_words_ends_every_vocabulary(vocabulary: Vocabulary) -> None:
    frames = told(
        vocabulary, steps(Fault(Trouble.ERROR, after_words=4, message="Overloaded", code="rate_limit"))
    )
    assert frames[-1].event in {"error", "RUN_ERROR"}
    assert "Overloaded" in frames[-1].data.values()


def test_an_apology_succeeds_and_tells_its_code_in_the_final_snapshot() -> None:
    frames = told(AgUi("r", "run"), steps(Fault(Trouble.GRACEFUL_FAILURE, code="content_filter")))
    final = named(frames, "STATE_SNAPSHOT")[-1]["snapshot"]
    assert (final["answer"], final["answerMatchType"], final["errorCode"]) == (
        APOLOGY,
        "Error",
        "content_filter",
    )
    assert frames[-1].event == "RUN_FINISHED"


def test_child_runs_name_their_parent_and_end_before_the_root() -> None:
    frames = told(AgUi("r", "run"), steps(Fault(Trouble.CHILD_RUN)))
    children = [frame.event for frame in frames if "parentRunId" in frame.data]
    assert children == ["RUN_STARTED", "RUN_ERROR", "RUN_STARTED", "RUN_FINISHED"]
    assert frames[-1].event == "RUN_FINISHED"
    assert "parentRunId" not in frames[-1].data


def test_renumbering_shortens_the_text_and_is_put_right_at_the_end() -> None:
    texts = normalised(told(AgUi("r", "run"), steps(Fault(Trouble.RENUMBERING))))[2:]
    assert any(len(after) < len(before) for before, after in pairwise(texts))
    assert any("[2](http://front/record/0000-1#part)" in text for text in texts)
    assert texts[-1] == LINKED


def test_heartbeats_and_artifacts_are_told_in_agui_alone() -> None:
    course = steps(Fault(Trouble.HEARTBEATS, count=3), Fault(Trouble.ARTIFACT))
    frames = told(AgUi("r", "run"), course)
    assert len(named(frames, "HEARTBEAT")) == 6
    assert any(
        each["path"] == "/artifacts/-" for data in named(frames, "STATE_DELTA") for each in data["delta"]
    )
    assert told(Documented(), course) == told(Documented(), steps())


def test_a_final_frame_can_be_made_large() -> None:
    *course, saved = steps()
    assert isinstance(saved, Saved)
    for vocabulary in (Documented(), Legacy("r", GENERATIONS["legacy"]), AgUi("r", "run")):
        frames = told(vocabulary, [*course, replace(saved, padding=1_000_000)])
        assert len(frames[-1].encoded()) > 1_000_000


def test_a_frame_is_an_event_line_a_line_of_json_and_a_blank_line() -> None:
    assert (
        Frame("status", {"message": "Größe"}).encoded()
        == 'event: status\ndata: {"message": "Größe"}\n\n'.encode()
    )


def test_speed_sets_the_pauses() -> None:
    written = [step.seconds for step in steps(pace=Pace(20, 1)) if isinstance(step, Pause)]
    assert sum(written) == pytest.approx(1 + len(TEXT.split()) / 20, rel=0.2)
    assert not any(isinstance(step, Pause) for step in steps())


def test_a_fault_meets_so_many_requests_and_is_gone() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.STATUS, path="/stream", times=2))
    assert faults.take("GET", "/conversations") == ()
    assert [len(faults.take("POST", "/conversations/stream")) for _ in range(3)] == [1, 1, 0]


def test_a_fault_without_number_stays_until_all_are_cleared() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.HTML, times=None))
    assert all(faults.take("GET", "/") for _ in range(5))
    faults.clear()
    assert faults.take("GET", "/") == ()


def test_method_and_question_choose_the_request() -> None:
    faults = Faults()
    faults.add(Fault(Trouble.ERROR, method="POST", query="leave", times=None))
    assert faults.take("GET", "/", "leave") == ()
    assert faults.take("POST", "/", "holidays") == ()
    assert faults.take("POST", "/", "my leave") != ()


def test_chance_is_repeatable() -> None:
    def met(seed: int) -> list[int]:
        faults = Faults(seed)
        faults.add(Fault(Trouble.STATUS, times=None, probability=0.5))
        return [len(faults.take("GET", "/")) for _ in range(40)]

    assert met(7) == met(7) != met(8)
    assert 5 < sum(met(7)) < 35


def test_a_fault_can_be_told_as_json_and_back() -> None:
    fault = Fault(Trouble.STATUS, status=429, retry_after=3, times=None)
    assert Fault.read(fault.described()) == fault


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "'trouble' must be one of"),
        ({"trouble": "rain"}, "'trouble' must be one of"),
        ({"trouble": "status", "colour": "red"}, "unknown field 'colour'"),
        ({"trouble": "status", "status": "five"}, "'status' cannot be 'five'"),
        ({"trouble": "silence", "seconds": -1}, "'seconds' cannot be -1"),
    ],
)
def test_a_fault_that_makes_no_sense_is_explained(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fault.read(values)
