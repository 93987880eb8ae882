"""Endings that cannot be drawn: an ending is shown all the same, and the log says what happened."""

from dataclasses import fields
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.domain.conversations import DEFAULT_FOOTER, Answer, AnswerState, FooterState
from bot.domain.errors import SlackRefused, SlackUnreachable, Unforeseen
from bot.domain.turns import Question, ShownMessages, Turn
from bot.flows.answers.run import AnswerRunner
from bot.flows.answers.worker import TurnWorker

DONE = Answer(state=AnswerState.DONE, text="28 days", conversation_id="c", message_id="m")


class Reply:
    """A reply that raises `errors`, one for each ending that it is asked to show, and shows what follows."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.shown: Answer | None = None

    def show(self, answer: Answer) -> None:
        raise AssertionError(f"nothing is shown on the way, and here is {answer.state}")

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        assert footer is DEFAULT_FOOTER
        if self._errors:
            raise self._errors.pop(0)
        self.shown = answer
        return ShownMessages(("1.0",))


async def end(reply: Reply) -> tuple[Answer, ShownMessages | None]:
    """Show an ending; nothing else of the runner is needed for that."""
    runner = AnswerRunner(**{each.name: cast("Any", None) for each in fields(AnswerRunner)})
    return await runner._show_ending(reply, DONE, DEFAULT_FOOTER)


@pytest.mark.parametrize("error", [TypeError("str"), KeyError("blocks"), RecursionError()], ids=repr)
async def test_in_place_of_an_ending_that_crashes_the_incident_is_told(error: Exception) -> None:
    reply = Reply(error)
    with capture_logs() as logs:
        answer, shown = await end(reply)
    assert shown == ShownMessages(("1.0",))
    assert answer is reply.shown
    assert isinstance(answer.error, Unforeseen)
    assert answer.error.sentence.count(logs[0]["incident"]) == 1
    assert (answer.conversation_id, answer.message_id) == ("c", "m")


async def test_where_nothing_at_all_can_be_drawn_the_turn_ends_without_a_message() -> None:
    with capture_logs() as logs:
        answer, shown = await end(Reply(TypeError(), TypeError()))
    assert (answer.state, shown) == (AnswerState.FAILED, None)
    assert len({line["incident"] for line in logs}) == 1


async def test_what_slack_does_is_no_incident() -> None:
    with capture_logs() as logs, pytest.raises(SlackUnreachable):
        await end(Reply(SlackUnreachable("chat.update")))
    assert logs == []


class Replies:
    """Replies whose placeholders crash."""

    async def post_placeholder(self, turn: Turn) -> str:
        raise TypeError(turn)

    def for_turn(self, turn: Turn) -> Reply:
        raise AssertionError(turn)

    async def post_how_to(self, question: Question) -> None:
        raise AssertionError(question)


async def test_a_placeholder_that_crashes_fails_its_turn_and_is_not_tried_for_ever() -> None:
    parts = {each.name: cast("Any", None) for each in fields(TurnWorker)}
    worker = TurnWorker(**{**parts, "replies": Replies()})
    with capture_logs() as logs, pytest.raises(SlackRefused) as refused:
        await worker._place(cast("Turn", None))
    assert logs[0]["incident"] in refused.value.detail
