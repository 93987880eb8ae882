"""Words with which Slack refuses a call: those that last, and those that may pass."""

from pathlib import Path
from time import time

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.demo.workspace.faults import Fault as SlackFault
from bot.domain.errors import NotAMember, SlackError, SlackRefused, SlackUnreachable, UnknownSlackError
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.client import RateLimited, slack_error
from tests.house import OPENING, house, labels
from tests.integration.test_asking_elsewhere import whispered

LEAVE = "@pipeshub how many days of annual leave do I have?"
PASSING = ("ratelimited", "team_added_to_org", "message_limit_exceeded", "a_word_of_tomorrow")


def refusal(code: str, method: str = "chat.update") -> SlackError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url=method,
        req_args={},
        data={"ok": False, "error": code},
        headers={},
        status_code=200,
    )

    class Raised(Exception):
        def __init__(self) -> None:
            self.response = response

    return slack_error(Raised(), method)


@pytest.mark.parametrize(
    ("code", "method", "kind"),
    [
        ("ratelimited", "chat.update", RateLimited),
        ("rate_limited", "chat.postMessage", RateLimited),
        ("update_failed", "chat.update", UnknownSlackError),
        ("message_limit_exceeded", "chat.postMessage", UnknownSlackError),
        ("a_word_of_tomorrow", "chat.stopStream", UnknownSlackError),
        ("", "views.open", UnknownSlackError),
        ("internal_error", "chat.update", SlackUnreachable),
        ("restricted_action_read_only_channel", "chat.postMessage", SlackRefused),
        ("ekm_access_denied", "chat.postMessage", SlackRefused),
        ("not_in_channel", "chat.postMessage", NotAMember),
        ("user_not_found", "users.info", SlackRefused),
        ("a_word_of_tomorrow", "oauth.v2.access", SlackRefused),
        ("a_word_of_tomorrow", "auth.test", SlackRefused),
        ("a_word_of_tomorrow", "apps.connections.open", SlackRefused),
    ],
)
def test_a_word_that_nobody_knows_may_pass_but_gives_no_access(
    code: str, method: str, kind: type[SlackError]
) -> None:
    assert type(refusal(code, method)) is kind


@pytest.mark.parametrize(
    ("error", "age", "waits"),
    [
        (UnknownSlackError(), 599, True),
        (UnknownSlackError(), 601, False),
        (SlackUnreachable(), 601, True),
        (SlackUnreachable(), 86_401, False),
        (SlackRefused(), 1, False),
    ],
)
def test_unknown_words_are_borne_for_ten_minutes(error: SlackError, age: float, waits: bool) -> None:
    now = time()
    question = Question(Thread("T1", "C1", f"{now - age:.6f}"), f"{now - age:.6f}", "U1", "how?")
    turn = Turn("t1", question, "service", TurnState.RUNNING, asked_at=now - age)
    assert turn.may_wait_for(error, now) is waits


@pytest.mark.parametrize("delivery", ["edit", "stream"])
async def test_what_passes_costs_no_answer(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, answer_delivery=delivery) as home:
        for word in PASSING:
            for method in ("chat.postMessage", "chat.startStream", "chat.stopStream", "chat.update"):
                home.workspace.faults.add(SlackFault(method, error=word))
            ts = await home.ask("mara", LEAVE)
            reply = await home.ending(ts)
            assert OPENING in reply.text, word
            assert "Share" in labels(reply), word
            home.workspace.faults.clear()
        await home.settle()
        assert all(len(home.replies(each.ts)) == 1 for each in home.workspace.messages("help-desk"))


async def test_an_ending_that_slack_refuses_for_good_is_told_to_the_asker(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"thinking": 0.5}) as home:
        ts = await home.ask("mara", LEAVE)
        await home.reply(ts)
        for method in ("chat.postMessage", "chat.update"):
            home.workspace.faults.add(SlackFault(method, times=None, error="ekm_access_denied"))
        assert "Slack does not let me post there" in await whispered(home, "mara")
