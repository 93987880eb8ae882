"""What an operator sees of a bot at work: the figures of /metrics, and the ids in the log."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import structlog

from bot.demo.knowledge.faults import Fault as PipesHubFault
from bot.demo.knowledge.faults import Trouble
from bot.demo.workspace.faults import Fault
from bot.demo.workspace.model import Message
from tests.house import House, house, labels

LEAVE = "@pipeshub how many days of annual leave do I have?"
NO_TURNS = {"job.started", "retention.claims_deleted", "retention.turns_deleted", "process.draining"}
STREAM = "POST /conversations/stream"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def scraped(home: House) -> dict[str, float]:
    """Return every figure by its name without the prefix, labels and all."""
    address = (home.workspace.app.request_url or "").replace("/slack/events", "/metrics")
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        lines = (await answer.text()).splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name.removeprefix("pipeshub_bot_"): float(value) for name, value in pairs}


async def settled(home: House) -> dict[str, float]:
    await home.settle()
    return await scraped(home)


async def test_a_question_and_its_answer_show_in_the_figures(home: House) -> None:
    before = await scraped(home)
    assert before['questions_total{surface="channel"}'] == before['answers_total{outcome="done"}'] == 0
    ts = await home.ask("mara", LEAVE)
    await home.ending(ts)
    direct = home.workspace.direct_message("mara").id
    await home.ending(await home.ask("mara", LEAVE, where=direct), where=direct)
    figures = await settled(home)
    assert figures['questions_total{surface="channel"}'] == 1
    assert figures['questions_total{surface="direct"}'] == 1
    assert figures['answers_total{outcome="done"}'] == 2
    for series in ("placeholder", "first_text", "answer"):
        assert figures[f"{series}_seconds_count"] == 2
    assert 0 < figures["placeholder_seconds_sum"] < figures["answer_seconds_sum"] < 20
    assert figures["placeholder_seconds_sum"] < figures["first_text_seconds_sum"]
    assert figures["first_text_seconds_sum"] <= figures["answer_seconds_sum"]
    assert figures['slack_calls_total{method="chat.postMessage",outcome="ok"}'] == 2
    assert figures[f'pipeshub_calls_total{{operation="{STREAM}",outcome="ok"}}'] == 2
    assert figures[f'pipeshub_call_seconds_count{{operation="{STREAM}"}}'] == 2
    assert 0 < figures['slack_calls_left{method="chat.update"}'] < 50
    assert figures["live_answers"] == figures['turns{state="running"}'] == figures["recoveries_total"] == 0


async def test_answers_that_are_written_and_questions_that_wait_are_counted_live(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 20}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.workspace.until(lambda: "Leave" in home.replies(ts)[0].text if home.replies(ts) else None)
        await home.ask("tomasz", "and for interns?", thread_ts=ts)
        await home.reply(ts, 2)
        figures = await scraped(home)
        assert figures["live_answers"] == 1
        assert figures["waiting_answers"] == 0
        assert figures['turns{state="running"}'] == figures['turns{state="waiting"}'] == 1
        assert (await settled(home))['turns{state="waiting"}'] == 0


async def test_answers_that_wait_for_a_free_place_are_counted(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 20}, max_live_answers=1) as home:
        for _ in range(2):
            ts = await home.ask("mara", LEAVE)
        await home.workspace.until(
            lambda: "free place" in str([each.blocks for each in home.replies(ts)]) or None
        )
        figures = await scraped(home)
        assert (figures["live_answers"], figures["waiting_answers"]) == (1, 1)
        figures = await settled(home)
        assert (figures["live_answers"], figures["waiting_answers"]) == (0, 0)


async def test_a_slack_in_trouble_shows_by_method_and_outcome(home: House) -> None:
    home.workspace.faults.add(Fault("chat.postMessage", status=429, retry_after=1))
    home.workspace.faults.add(Fault("users.info", times=2, status=503))
    home.workspace.faults.add(Fault("chat.update", error="message_not_found"))
    home.workspace.faults.add(Fault("chat.update", error="an_error_nobody_knows"))
    await home.ask("mara", "@pipeshub how many days of annual leave does @tomasz have?")
    await home.workspace.until(lambda: len(home.workspace.calls.of("chat.update")) > 1 or None, 10)
    calls = {
        name: count for name, count in (await settled(home)).items() if name.startswith("slack_calls_total")
    }
    series = 'slack_calls_total{{method="{}",outcome="{}"}}'
    assert calls[series.format("chat.postMessage", "ratelimited")] == 1
    assert calls[series.format("chat.postMessage", "ok")] == 1
    assert calls[series.format("users.info", "unreachable")] >= 1
    assert calls[series.format("chat.update", "message_not_found")] == 1
    assert calls[series.format("chat.update", "other")] == 1


async def test_a_pipeshub_in_trouble_shows_by_operation_and_outcome(home: House) -> None:
    home.knowledge.faults.add(PipesHubFault(Trouble.STATUS, path="stream", status=503))
    await home.ending(await home.ask("mara", LEAVE), patience=10)
    home.knowledge.faults.add(PipesHubFault(Trouble.ERROR, path="stream"))
    ts = await home.ask("mara", LEAVE)
    failed = await home.ending(ts)
    figures = await settled(home)
    assert figures['answers_total{outcome="failed"}'] == figures['answers_total{outcome="done"}'] == 1
    assert figures["recoveries_total"] == 1
    assert figures[f'pipeshub_calls_total{{operation="{STREAM}",outcome="ok"}}'] == 2
    assert figures[f'pipeshub_calls_total{{operation="{STREAM}",outcome="ServerFailed"}}'] == 1
    await home.press("mara", failed, "Try again")
    await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None)
    figures = await settled(home)
    assert figures['retries_total{of="question"}'] == 1
    assert figures['answers_total{outcome="done"}'] == 2
    assert figures["answer_seconds_count"] == 1

    home.knowledge.faults.add(PipesHubFault(Trouble.RESET, path="stream", after_words=2))
    assert "28 days" in (await home.ending(await home.ask("mara", LEAVE))).text
    figures = await settled(home)
    assert figures['answers_total{outcome="done"}'] == 3
    assert figures["recoveries_total"] == 2


async def test_no_label_holds_an_id_a_name_or_what_people_wrote(home: House) -> None:
    ts = await home.ask("mara", LEAVE)
    await home.ending(ts)
    figures = await settled(home)
    values = {value for name in figures for value in re.findall(r'="([^"]*)"', name)}
    assert not [each for each in values if re.search(r"\b[UCDTBA][0-9A-Z]{6,}|[0-9a-f]{24}|\d{10}\.", each)]
    assert not [each for each in values if "leave" in each or "mara" in each or "token" in each]


@pytest.mark.parametrize("delivery", ["edit", "stream"])
async def test_the_first_words_are_timed_however_they_reach_the_reader(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, knowledge={"speed": 20}, answer_delivery=delivery) as home:
        await home.ending(await home.ask("mara", LEAVE), patience=10)
        figures = await settled(home)
        assert figures["first_text_seconds_count"] == figures["answer_seconds_count"] == 1
        assert figures["first_text_seconds_sum"] < figures["answer_seconds_sum"] - 0.2


async def test_every_line_logged_for_a_turn_names_it_and_its_thread(home: House) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        home.knowledge.faults.add(PipesHubFault(Trouble.ERROR, path="stream"))
        home.workspace.faults.add(Fault("chat.postMessage", status=503))
        ts = await home.ask("mara", LEAVE)
        failed = await home.ending(ts, patience=10)
        await home.press("mara", failed, "Try again")
        await home.workspace.until(lambda: any("28 days" in each.text for each in home.replies(ts)) or None)
        await home.settle()
    where = {
        "workspace": home.workspace.state.team.id,
        "channel": failed.channel,
        "thread": ts,
    }
    told = [line for line in lines if line["event"] not in NO_TURNS]
    assert {"answer.failed", "answer.finished", "slack.call_retried"} <= {line["event"] for line in told}
    for line in told:
        assert where.items() <= line.items(), line
    assert len({line["turn"] for line in told if line["event"] in {"answer.failed", "answer.finished"}}) == 1
    assert "leave" not in str(lines)


async def test_an_answer_that_was_stopped_is_counted_as_one_written_or_waiting(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 10}) as home:
        for waits in (False, True):
            ts = await home.ask("mara", LEAVE)
            reply = await home.reply(ts)
            if waits:
                await home.ask("mara", "and for interns?", thread_ts=ts)
                reply = await home.reply(ts, 2)
            await home.press("mara", reply, "Stop")
            await home.workspace.until(partial(is_stopped, reply))
            figures = await settled(home)
            assert figures['answers_total{outcome="stopped"}'] == 1 + waits
            assert figures['answers_total{outcome="done"}'] == int(waits)


def is_stopped(reply: Message) -> bool:
    return "Stop" not in labels(reply)
