"""Errors that nothing foresaw, as an older slack-sdk raises them: logged as incidents, and answers end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from structlog.testing import capture_logs

from bot.domain.conversations import Answer, AnswerState
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.client import SlackClient
from bot.slack.outbox import Outbox
from bot.slack.replies.delivery import DeliveredReplies, StreamPolicy, stream_when_possible
from bot.slack.replies.edited import EditedReplies
from bot.slack.replies.rate_limits import WorkspaceRateLimits

WORDS = "You have 28 days of annual leave."
TURN = Turn(
    "t1", Question(Thread("T1", "D1", "1.0"), "1.0", "U1", "How many days?"), "service", TurnState.WAITING
)


class ScriptedClient(SlackClient):
    """Slack's client that keeps its calls and raises, instead of making them, what `crashes` says."""

    def __init__(self, crashes: Mapping[str, Exception]) -> None:
        super().__init__("xoxb-test")
        self.crashes = crashes
        self.crashed = asyncio.Event()
        self.made: list[tuple[str, str]] = []
        """Method and arguments of the calls that were answered."""

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        if error := self.crashes.get(api_method):
            self.crashed.set()
            raise error
        self.made.append((api_method, str(options)))
        return AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url="",
            req_args={},
            data={"ok": True, "ts": f"2.{len(self.made)}", "messages": []},
            headers={},
            status_code=200,
        )


def replies(client: ScriptedClient, policy: StreamPolicy | None = None) -> DeliveredReplies:
    async def save(turn: Turn, messages: Sequence[str]) -> bool:
        return True

    limits = WorkspaceRateLimits()
    return DeliveredReplies(
        EditedReplies(Outbox(client), {"T1": limits}, "https://hub.example", save, lambda _: None), policy
    )


async def answer_with(client: ScriptedClient, policy: StreamPolicy | None, partial: Answer) -> None:
    """Post a placeholder, show a part of an answer, then its end."""
    opened = replies(client, policy)
    turn = replace(TURN, reply_ts=await opened.post_placeholder(TURN))
    reply = opened.for_turn(turn)
    for each in (Answer(progress="Searching"), partial, partial):
        reply.show(each)
        await asyncio.sleep(0.1)
    if "chat.appendStream" in client.crashes:  # which waits for its turn
        await asyncio.wait_for(client.crashed.wait(), 10)
    await reply.finish(Answer(state=AnswerState.DONE, text=WORDS, conversation_id="c", message_id="m"))


@pytest.fixture
async def unretrieved() -> AsyncIterator[Callable[[], list[str]]]:
    """Return what gives the errors of tasks that nothing looked at."""
    found: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(str(context["message"])))

    def told() -> list[str]:
        gc.collect()
        return found

    yield told
    loop.set_exception_handler(None)


CRASHES = [
    ("chat.startStream", "chat.update", stream_when_possible),
    ("chat.appendStream", "chat.update", stream_when_possible),
    ("chat.stopStream", "chat.update", stream_when_possible),
    ("chat.update", "chat.postMessage", None),
    ("assistant.threads.setStatus", "chat.update", None),
]


@pytest.mark.parametrize(
    "error", [TypeError("unexpected keyword argument"), AttributeError("get"), KeyError("ts")], ids=repr
)
@pytest.mark.parametrize(("crashing", "ends_with", "policy"), CRASHES, ids=[each[0] for each in CRASHES])
async def test_a_call_that_crashes_is_an_incident_and_the_answer_ends_in_a_plainer_way(
    unretrieved: Callable[[], list[str]],
    crashing: str,
    ends_with: str,
    policy: StreamPolicy | None,
    error: Exception,
) -> None:
    client = ScriptedClient({crashing: error})
    with capture_logs() as logs:
        await answer_with(client, policy, Answer(text="You have some days left. " * 40))
    endings = [method for method, arguments in client.made if WORDS in arguments]
    assert endings[-1] == ends_with
    incidents = [line for line in logs if "incident" in line]
    assert 1 <= len(incidents) <= 2
    assert all(line["log_level"] == "error" for line in incidents)
    assert unretrieved() == []


@pytest.mark.parametrize("policy", [None, stream_when_possible], ids=["edits", "stream"])
@pytest.mark.parametrize("text", [28, ["28 days"], {"days": 28}], ids=str)
async def test_a_part_that_cannot_be_drawn_is_an_incident_and_the_ending_is_shown(
    unretrieved: Callable[[], list[str]], policy: StreamPolicy | None, text: object
) -> None:
    client = ScriptedClient({})
    with capture_logs() as logs:
        await answer_with(client, policy, Answer(text=cast("str", text)))
    assert [method for method, arguments in client.made if WORDS in arguments] != []
    assert 1 <= len([line for line in logs if "incident" in line]) <= 2
    assert unretrieved() == []
