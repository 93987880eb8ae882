"""Replies that are edited, against the local Slack alone."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.demo.workspace.model import Message
from bot.demo.workspace.options import NONE, PUBLISHED, Options
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Workspace
from bot.domain.conversations import Answer, AnswerState
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.client import SlackClient
from bot.slack.outbox import Outbox
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from tests.house import labels, shown

PARAGRAPHS = [f"Paragraph {number} " + "says what it has to say. " * 20 for number in range(80)]
LONG = "\n\n".join(PARAGRAPHS)


@dataclass
class Desk:
    """What a reply is written with."""

    workspace: Workspace
    replies: EditedReplies
    pacing: WorkspaceRateLimits = field(default_factory=WorkspaceRateLimits)
    grown: dict[str, Sequence[str]] = field(default_factory=dict)

    async def turn(self, number: int = 1) -> Turn:
        """Return a turn whose placeholder stands."""
        channel = self.workspace.channel("help-desk").id
        thread = Thread(self.workspace.state.team.id, channel, f"{number}.000001")
        turn = Turn(f"t{number}", Question(thread, thread.ts, "U1", "?"), "service", TurnState.WAITING)
        ts = await self.replies.post_placeholder(turn)
        return Turn(turn.id, turn.question, turn.identity, turn.state, reply_ts=ts)

    def messages(self, turn: Turn) -> list[Message]:
        return [
            each
            for each in self.workspace.state.history(turn.question.thread.channel)
            if each.thread_ts == turn.question.thread.ts
        ]

    async def shows(self, turn: Turn, text: str) -> None:
        await self.workspace.until(lambda: text in shown(self.messages(turn)[0]) or None)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with WorkspaceServer.running(Options(limits=NONE)) as slack:
        made = Desk(slack.workspace, None)  # type: ignore[arg-type]  # (the two know each other)

        async def note(turn: Turn, further: Sequence[str]) -> bool:
            made.grown[turn.id] = tuple(further)
            return True

        client = SlackClient(token=slack.workspace.options.bot_token, base_url=slack.api_url)
        made.replies = EditedReplies(
            Outbox(client), defaultdict(lambda: made.pacing), "https://hub.example.com", note, lambda _: None
        )
        yield made


async def test_narration_that_is_taken_away_is_not_the_first_text(desk: Desk) -> None:
    turn = await desk.turn()
    reply = desk.replies.for_turn(turn)
    reply.show(Answer(text="Let me look."))
    await desk.shows(turn, "Let me look.")
    reply.show(Answer(progress="Searching"))
    await desk.shows(turn, "Searching")
    taken_away = time.time()
    reply.show(Answer(text="28"))
    await desk.shows(turn, "28")
    ended = await reply.finish(Answer(state=AnswerState.DONE, text="28 days"))
    assert ended.readable_at is not None
    assert ended.readable_at >= taken_away


async def test_a_long_answer_goes_on_in_further_messages_while_it_is_written(desk: Desk) -> None:
    turn = await desk.turn()
    reply = desk.replies.for_turn(turn)
    for number in range(10, 81, 10):
        reply.show(Answer(text="\n\n".join(PARAGRAPHS[:number])))
        await asyncio.sleep(0.3)
    only_the_last = [[], [], [], [], ["Stop"]]
    await desk.workspace.until(
        lambda: [labels(each) for each in desk.messages(turn)] == only_the_last or None
    )
    written = desk.messages(turn)
    assert desk.grown[turn.id] == tuple(each.ts for each in written[1:])
    ended = await reply.finish(Answer(state=AnswerState.DONE, text=LONG))
    assert ended.messages == tuple(each.ts for each in written)
    assert not ended.leftover
    whole = " ".join(shown(each) for each in desk.messages(turn))
    assert all(whole.count(f"Paragraph {number} ") == 1 for number in range(80))
    assert "Regenerate" in labels(desk.messages(turn)[-1])


async def test_whoever_takes_a_long_reply_over_goes_on_in_its_messages(desk: Desk) -> None:
    turn = await desk.turn()
    first = desk.replies.for_turn(turn)
    first.show(Answer(text=LONG))
    await desk.workspace.until(lambda: len(desk.grown.get(turn.id, ())) == 4 or None)
    further = tuple(desk.grown[turn.id])
    taken = Turn(
        turn.id,
        turn.question,
        turn.identity,
        TurnState.RUNNING,
        reply_ts=turn.reply_ts,
        further_ts=further,
    )
    ended = await desk.replies.for_turn(taken).finish(
        Answer(state=AnswerState.DONE, text="\n\n".join(PARAGRAPHS[:30]))
    )
    assert ended.messages == (turn.reply_ts, further[0])
    assert ended.leftover == further[1:]
    left = Turn(turn.id, turn.question, turn.identity, TurnState.DONE, leftover_ts=ended.leftover)
    assert await desk.replies.delete_leftovers(left) == ended.leftover
    assert len(desk.messages(turn)) == 2


async def test_equal_content_is_never_sent_again(desk: Desk) -> None:
    turn = await desk.turn()
    reply = desk.replies.for_turn(turn)
    for _ in range(5):
        reply.show(Answer())
        await asyncio.sleep(0.05)
    for _ in range(10):
        reply.show(Answer(text="The same."))
        await asyncio.sleep(0.1)
    await reply.finish(Answer(state=AnswerState.DONE, text="The same."))
    drawn = [call.arguments["blocks"] for call in desk.workspace.calls.of("chat.update")]
    assert ["The same." in str(each) for each in drawn] == [True, True]
    assert drawn[0] != drawn[1]


async def test_endings_of_a_crowd_are_all_shown_once_under_slacks_limits(desk: Desk) -> None:
    desk.workspace.limits.limits = PUBLISHED
    turns = [await desk.turn(number) for number in range(2)]
    while desk.pacing.updates.try_spend():  # as a busy minute does
        continue
    endings = [
        desk.replies.for_turn(turn).finish(Answer(state=AnswerState.DONE, text="Done.")) for turn in turns
    ]
    async with asyncio.timeout(5):
        ended = await asyncio.gather(*endings)
    for turn, where in zip(turns, ended, strict=True):
        assert where.leftover == (turn.reply_ts,)
        left = Turn(turn.id, turn.question, turn.identity, TurnState.DONE, leftover_ts=where.leftover)
        await desk.replies.delete_leftovers(left)
        assert [each.text for each in desk.messages(turn)] == ["Done."]
    assert not [each for each in desk.workspace.calls.of("") if each.error]
