"""Long answers whose messages Slack no longer lets be edited: each part is there once, in its order."""

import asyncio
import re
from collections import defaultdict
from dataclasses import replace

import pytest

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.options import NONE, Options
from bot.demo.workspace.server import WorkspaceServer
from bot.domain.conversations import Answer, AnswerState
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.client import SlackClient
from bot.slack.outbox import Outbox
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.rate_limits import WorkspaceRateLimits
from tests.house import labels, shown

PARAGRAPHS = [f"Paragraph {number} " + "says what it has to say. " * 20 for number in range(80)]
WRITTEN = 50  # paragraphs that are shown before the answer ends
PARTS = 5  # messages that the whole answer needs


@pytest.mark.parametrize(
    ("refused_from", "refusal"),
    [(0, "edit_window_closed"), (30, "cant_update_message"), (WRITTEN, "edit_window_closed")],
)
async def test_a_long_answer_keeps_the_parts_that_are_right_and_goes_on_below_them(
    refused_from: int, refusal: str
) -> None:
    async with WorkspaceServer.running(Options(limits=NONE)) as slack:
        workspace, limits = slack.workspace, WorkspaceRateLimits()
        client = SlackClient(token=workspace.options.bot_token, base_url=slack.api_url)

        async def saved(*_: object) -> bool:
            return True

        replies = EditedReplies(
            Outbox(client), defaultdict(lambda: limits), "https://hub.example.com", saved, lambda _: None
        )
        thread = Thread(workspace.state.team.id, workspace.channel("help-desk").id, "1.000001")
        turn = Turn("t1", Question(thread, thread.ts, "U1", "?"), "service", TurnState.WAITING)
        turn = replace(turn, reply_ts=await replies.post_placeholder(turn))
        reply = replies.for_turn(turn)
        for number in range(10, WRITTEN + 1, 10):
            if number > refused_from:
                workspace.faults.add(Fault("chat.update", times=None, error=refusal))
            reply.show(Answer(text="\n\n".join(PARAGRAPHS[:number])))
            await asyncio.sleep(0.3)
        workspace.faults.add(Fault("chat.update", times=None, error=refusal))
        ended = await reply.finish(Answer(state=AnswerState.DONE, text="\n\n".join(PARAGRAPHS)))
        await replies.delete_leftovers(replace(turn, leftover_ts=ended.leftover))

        messages = [each for each in workspace.state.history(thread.channel) if each.thread_ts == thread.ts]
        assert tuple(each.ts for each in messages) == ended.messages
        read = [int(each) for message in messages for each in re.findall(r"Paragraph (\d+) ", shown(message))]
        assert read == list(range(80))
        assert [bool(labels(each)) for each in messages] == [False] * (PARTS - 1) + [True]
        assert len(workspace.calls.of("chat.postMessage")) <= PARTS + 2, "only what was not right is repeated"
