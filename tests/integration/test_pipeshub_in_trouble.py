"""PipesHub fails, and people are told at once and helped on."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.demo.knowledge.faults import Fault, Trouble
from bot.pipeshub.http import FAILURE_THRESHOLD, CircuitBreaker
from tests.house import House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"
AT_ONCE = 4


async def asked(home: House) -> str:
    """Ask and return what the reply says at the end."""
    return shown(await home.ending(await home.ask("mara", LEAVE), patience=15))


def calls(home: House) -> int:
    """Return how many calls for an answer reached the server."""
    return len([path for method, path, _ in home.knowledge.requests if method == "POST" and "stream" in path])


async def test_a_refusal_before_the_stream_opens_delays_the_answer_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=429, retry_after=1))
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", status=502))
        assert "28 days" in await asked(home)
        assert calls(home) == 3
        assert len(await home.knowledge.conversations()) == 1


async def test_a_server_that_is_down_is_left_alone_and_people_are_told(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=3)
        home.knowledge.faults.add(Fault(Trouble.STATUS, times=None, status=503))
        said = await asyncio.gather(*(asked(home) for _ in range(AT_ONCE)))
        made = len(home.knowledge.requests)
        # Of each question one call at most is under way when the circuit opens.
        assert FAILURE_THRESHOLD <= made < FAILURE_THRESHOLD + AT_ONCE
        assert all("Try again" in each for each in said)
        home.bot.server.timeouts = replace(home.bot.server.timeouts, give_up=1)
        ts = await home.ask("mara", LEAVE)
        reply = await home.ending(ts, patience=15)
        assert "not asking it right now. Please try again in" in shown(reply)
        assert "Try again" in labels(reply)
        assert len(home.knowledge.requests) == made


async def test_a_question_asked_while_the_circuit_is_open_is_answered_when_it_closes(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.bot.server.circuit_breaker = CircuitBreaker(pause=4)
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="stream", times=FAILURE_THRESHOLD, status=503))
        questions = [await home.ask("mara", LEAVE) for _ in range(AT_ONCE)]
        for ts in questions:
            reply = await home.ending(ts, patience=40)
            assert "28 days" in shown(reply)
            assert "Try again" not in labels(reply)
        assert len(await home.knowledge.conversations()) == AT_ONCE
