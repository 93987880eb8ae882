"""Replies that stream, and those that edit beside them, against a local Slack and without a PipesHub."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from bot.demo.workspace.options import NONE, PUBLISHED, Options
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Workspace
from bot.domain.conversations import Answer, AnswerState, Citation
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.client import SlackClient
from bot.slack.outbox import Outbox
from bot.slack.replies.delivery import (
    DeliveredReplies,
    StreamPolicy,
    stream_when_more_calls_left,
    stream_when_possible,
)
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from bot.slack.replies.streamed import STREAM_LIFETIME
from tests.house import labels

FRONTEND = "https://pipeshub.example.com"
FIRST = "What follows is in the handbook, in the chapter about leave and absence.\n\n"
WHOLE = FIRST + "Everybody has **28 days** [1]. That is all there is to say about it."
CITED = (Citation(1, "Leave", url="/record/r1"),)
DONE = Answer(AnswerState.DONE, text=WHOLE, citations=CITED)


async def noted(_: Turn, __: Sequence[str]) -> bool:
    """Note nothing: there is no store here."""
    return True


@dataclass
class Desk:
    """One process that shows replies in a local Slack."""

    workspace: Workspace
    client: SlackClient
    wish: StreamPolicy = stream_when_possible
    lifetime: float = STREAM_LIFETIME

    def __post_init__(self) -> None:
        outbox = Outbox(self.client)
        self.paces = defaultdict[str, WorkspaceRateLimits](WorkspaceRateLimits)
        self.edited = EditedReplies(outbox, self.paces, FRONTEND, noted, lambda _: None)
        self.replies = DeliveredReplies(self.edited, self.wish, self.lifetime)

    @property
    def pacing(self) -> WorkspaceRateLimits:
        return self.paces[self.workspace.options.team.id]

    async def asked(self, where: str = "help-desk") -> Turn:
        """Let somebody ask and place the reply."""
        ts = await self.workspace.people.post("mara", where, "how many?")
        channel, mara = self.workspace.state.channel(where).id, self.workspace.user("mara").id
        question = Question(Thread(self.workspace.options.team.id, channel, ts), ts, mara, "how many?")
        turn = Turn(ts, question, "service", TurnState.RECORDED)
        return replace(turn, reply_ts=await self.replies.post_placeholder(turn), state=TurnState.WAITING)

    def shown(self, turn: Turn) -> list[Message]:
        """Return the bot's messages in the thread of a turn."""
        thread = turn.question.thread
        return self.workspace.thread(thread.channel, thread.ts)[1:]

    def calls(self, method: str) -> list[Any]:
        return self.workspace.calls.of(f"chat.{method}")


@asynccontextmanager
async def desks(options: Options | None = None, **changes: Any) -> AsyncIterator[Desk]:
    async with WorkspaceServer.running(options or Options(limits=NONE)) as server:
        token = server.workspace.options.bot_token
        yield Desk(server.workspace, SlackClient(token=token, base_url=server.api_url), **changes)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desks() as desk:
        yield desk


def body(message: Message) -> str:
    return "".join(str(block["text"]) for block in message.blocks if block["type"] == "markdown")


async def grown(desk: Desk, turn: Turn, text: str) -> None:
    await desk.workspace.until(lambda: text in body(desk.shown(turn)[0]) or None)


async def test_text_is_appended_as_it_settles_and_the_links_follow_where_they_come_late(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(progress="Searching"))
    await desk.workspace.until(lambda: "Searching" in str(desk.shown(turn)[0].blocks) or None)
    reply.show(Answer(text=FIRST + "Everybody has **28 days** [1]. That is"))
    await grown(desk, turn, "Everybody has **28 days** [1]. That is")
    assert (await reply.finish(DONE)).messages == (turn.reply_ts,)
    (message,) = desk.shown(turn)
    assert not message.streaming
    assert f"[[1]]({FRONTEND}/record/r1)" in body(message)
    assert "Archive" in labels(message)
    assert len(desk.calls("update")) == 1
    assert desk.pacing.streams.slot_count == desk.pacing.edits.slot_count == 0


async def test_without_edits_to_spare_an_ending_stays_as_it_was_streamed(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(text=WHOLE))
    await grown(desk, turn, "about it")
    desk.pacing.updates.record_refusal(30)
    await reply.finish(DONE)
    (message,) = desk.shown(turn)
    assert "28 days** [1]" in body(message)
    assert "Archive" in labels(message)
    assert desk.calls("update") == []


async def test_a_stream_is_left_for_edits_before_slack_ends_it() -> None:
    async with desks(lifetime=0.3) as desk:
        turn = await desk.asked()
        reply = desk.replies.for_turn(turn)
        reply.show(Answer(text=FIRST))
        await grown(desk, turn, "absence")
        await asyncio.sleep(0.3)
        reply.show(Answer(text=WHOLE[:-10]))
        await desk.workspace.until(lambda: "Stop" in labels(desk.shown(turn)[0]) or None)
        assert [call.error for call in desk.calls("stopStream")] == [""]
        assert len(desk.calls("appendStream")) == 1
        await reply.finish(DONE)
        (message,) = desk.shown(turn)
        assert body(message).count("28 days") == 1
        assert "Archive" in labels(message)


@pytest.mark.parametrize("other", ["Something else is said here, from the first word on, and at length.", ""])
async def test_text_that_was_taken_back_is_not_left_standing(desk: Desk, other: str) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(text=FIRST))
    await grown(desk, turn, "absence")
    reply.show(Answer(text=other, progress="Looking again"))
    await desk.workspace.until(lambda: "Stop" in labels(desk.shown(turn)[0]) or None)
    assert "absence" not in body(desk.shown(turn)[0])
    await reply.finish(replace(DONE, text="Nothing was found."))
    (message,) = desk.shown(turn)
    assert body(message) == "Nothing was found."


async def test_an_ending_with_another_text_replaces_what_was_streamed(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(text=FIRST))
    await grown(desk, turn, "absence")
    await reply.finish(replace(DONE, text="Nothing was found."))
    (message,) = desk.shown(turn)
    assert body(message) == "Nothing was found."
    assert not message.streaming


async def test_what_one_message_does_not_hold_goes_on_in_the_next(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    text = "".join(f"Line {number} of a very long answer.\n\n" for number in range(600))
    reply.show(Answer(text=text[:5_000]))
    await grown(desk, turn, "Line 100 ")
    reply.show(Answer(text=text[:15_000]))
    await desk.workspace.until(lambda: len(desk.shown(turn)) == 2 or None)
    shown = await reply.finish(replace(DONE, text=text))
    messages = desk.shown(turn)
    assert [each.ts for each in messages] == list(shown.messages)
    assert "".join(map(body, messages)).count("Line 599 ") == 1
    assert [bool(labels(each)) for each in messages] == [False] * (len(messages) - 1) + [True]


async def test_a_reply_still_streaming_is_finished_by_another_process(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(text=FIRST))
    await grown(desk, turn, "absence")
    other = Desk(desk.workspace, desk.client)
    shown = await other.replies.for_turn(replace(turn, state=TurnState.RUNNING)).finish(DONE)
    assert shown.messages == (turn.reply_ts,)
    (message,) = desk.shown(turn)
    assert body(message).count("28 days") == 1
    assert [call.error for call in desk.calls("update")] == ["streaming_state_conflict", ""]


async def test_an_ending_that_no_call_can_stop_the_stream_for_is_a_new_message(desk: Desk) -> None:
    turn = await desk.asked()
    reply = desk.replies.for_turn(turn)
    desk.pacing.stops.record_refusal(0.5)
    shown = await reply.finish(DONE)
    assert shown.leftover == (turn.reply_ts,)
    growing, ending = desk.shown(turn)
    assert growing.streaming
    assert "Archive" in labels(ending)
    left = replace(turn, state=TurnState.DONE, leftover_ts=shown.leftover)
    assert await desk.edited.delete_leftovers(left) == ()
    await asyncio.sleep(0.5)
    assert await desk.edited.delete_leftovers(left) == shown.leftover
    assert desk.shown(turn) == [ending]


async def test_a_turn_that_another_process_takes_gives_its_place_up_here() -> None:
    async with desks(lifetime=0.2) as desk:
        await desk.asked()
        assert desk.pacing.streams.slot_count == 1
        await asyncio.sleep(0.3)
        assert desk.pacing.streams.slot_count == 0


async def test_a_stopped_turn_that_nobody_began_ends_its_stream(desk: Desk) -> None:
    turn = replace(await desk.asked(), state=TurnState.STOPPED)
    await desk.replies.for_turn(turn).finish(Answer().stopped("U1"))
    (message,) = desk.shown(turn)
    assert "Stopped by" in str(message.blocks)
    assert not message.streaming
    assert desk.pacing.streams.slot_count == 0


async def test_thirty_answers_together_use_both_allowances_and_are_never_refused() -> None:
    async with desks(Options(limits=PUBLISHED), wish=stream_when_more_calls_left) as desk:
        rooms = ["help-desk", "general", "leads", desk.workspace.direct_message("mara").id]
        turns = await asyncio.gather(*(desk.asked(rooms[number % 4]) for number in range(30)))
        assert len(desk.calls("startStream")) == 20
        assert len(desk.calls("postMessage")) == 10
        replies = [desk.replies.for_turn(turn) for turn in turns]
        for reply in replies:
            reply.show(Answer(text=WHOLE, citations=CITED))
        await asyncio.sleep(1)
        await asyncio.gather(*(reply.finish(DONE) for reply in replies))
        for turn in turns:
            (message,) = desk.shown(turn)
            assert body(message).count("28 days") == 1
            assert "Archive" in labels(message)
        assert [call.error for call in desk.workspace.calls.of() if call.error] == []
        assert len(desk.calls("stopStream")) == 20


async def test_a_slow_status_never_comes_after_its_end(desk: Desk) -> None:
    turn = await desk.asked(desk.workspace.direct_message("mara").id)
    desk.workspace.faults.add(Fault("assistant.threads.setStatus", times=1, delay=0.5))
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(progress="Searching"))
    await asyncio.sleep(0.1)
    await reply.finish(DONE)
    said = [call.arguments["status"] for call in desk.workspace.calls.of("assistant.threads.setStatus")]
    assert said == ["is searching…", ""]


@pytest.mark.parametrize("streaming", [True, False])
async def test_progress_that_waits_for_room_becomes_text_as_soon_as_there_is_text(streaming: bool) -> None:
    async with desks(wish=lambda _: streaming) as desk:
        turn = await desk.asked()
        budget = desk.pacing.appends if streaming else desk.pacing.updates
        for _ in range(budget.left() - 4):
            budget.spend()
        reply = desk.replies.for_turn(turn)
        reply.show(Answer(progress="Searching"))
        await asyncio.sleep(0.2)
        assert "Searching" not in str(desk.shown(turn)[0].blocks)
        reply.show(Answer(text=FIRST))
        await grown(desk, turn, "absence")
        await reply.finish(DONE)
