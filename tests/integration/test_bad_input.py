"""Payloads that are signed and wrong: the bot refuses them or says a sentence, and lives on."""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.demo.workspace.deliveries import Delivery, Route, signature
from bot.demo.workspace.faults import DELIVERY, Fault
from bot.domain.conversations import ConversationList
from bot.slack import actions
from tests.databases import postgres_database
from tests.examples import examples
from tests.house import House, house
from tests.integration.test_asking_elsewhere import whispered
from tests.integration.test_forms import FORMS, opened
from tests.promises.test_actions import SLACK, names

LEAVE = "@pipeshub how many days of annual leave do I have?"
AT_HOME = (
    *actions.HOME_LISTS.values(),
    actions.HOME_SEARCH,
    actions.HOME_TRANSCRIPT,
    actions.HOME_MORE,
    actions.TRANSCRIPT_LATER,
)

Json = dict[str, Any]
Way = tuple[str | int, ...]

DEEP = "[" * 1_500
FORGED = [
    "",
    "null",
    "[]",
    DEEP,
    '{"v":1}',
    '{"v":99,"turn":"t1"}',
    '{"v":1,"turn":{}}',
    '{"v":1,"turn":"t1","choice":7}',
    '{"v":1,"turn":"\\u0000"}',
    '{"v":1,"turn":"\\ud800","choice":"up"}',
    '{"v":1,"turn":"t1\' OR 1=1 --","choice":"\\ud83d"}',
    '{"v":1,"shelf":"mine","page":1e99,"search":""}',
    '{"v":1,"shelf":"mine","page":1,"search":"\\u0000"}',
    '{"v":1,"conversation":"../../users","page":1}',
    '{"v":1,"conversation":"\\udfff","page":999}',
    '{"v":1,"channel":"C1","thread":"1","author":"\\ud800","text":"\\u0000"}',
]
TEXTS = [
    "\x00",
    "\ud800",
    "a\udc00b\x00",
    "\u202e\u2066x",
    "😀" * 50,
    "x" * 200_000,
    "<@U1|",
    "&lt;!channel&gt;",
    "%s{}",
]
BODIES = [
    b"",
    b"[]",
    b"null",
    b"payload=",
    b"payload=[]",
    b"payload=%FF",
    b"ssl_check=1",
    DEEP.encode(),
    b'{"type":1}',
]
ODD = st.one_of(
    st.sampled_from([None, True, 0, -1, 1e308, 10**40, [], {}, [None], [[]], {"id": None}, {"id": {}}]),
    st.sampled_from(TEXTS),
    st.sampled_from(FORGED),
    st.text(st.characters(), max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers(), lambda each: st.lists(each, max_size=2), max_leaves=4
    ),
)


def paths(found: Any, path: Way = ()) -> Iterator[Way]:
    """Yield the way to everything in a payload."""
    if path:
        yield path
    for key, each in (
        found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    ):
        yield from paths(each, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn, body: Json) -> Json:
    """Draw a payload in which one to three things are missing, or something odd."""
    body = deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(paths(body), key=str)))
        holder: Any = body
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.integers(0, 3)) == 0:
            del holder[path[-1]]
        else:
            holder[path[-1]] = deepcopy(draw(ODD))
        if not body:
            break
    return body


class Slack:
    """Sends payloads as Slack does, from any thread, and keeps how they are answered."""

    def __init__(self, home: House, http: aiohttp.ClientSession) -> None:
        self._home = home
        self._loop = asyncio.get_running_loop()
        self._http = http
        self._numbers = itertools.count(1)
        self.statuses: list[int] = []

    def fresh(self, body: Json) -> Json:
        """Give a payload ids of its own, where it has any left: the same one is handled only once."""
        for name in ("event_id", "trigger_id"):
            if isinstance(body.get(name), str):
                body[name] = uuid.uuid4().hex
        event = body.get("event")
        if isinstance(event, dict) and isinstance(event.get("ts"), str) and "deleted_ts" not in event:
            event["ts"] = f"{int(time.time())}.{next(self._numbers):06}"
        return body

    def send(self, route: Route, body: Json) -> int:
        if route is Route.EVENTS:
            return self.raw(json.dumps(body).encode(), "application/json")
        fields = body if route is Route.COMMANDS else {"payload": json.dumps(body)}
        spelled = {str(key): str(value).encode("utf-8", "surrogatepass") for key, value in fields.items()}
        return self.raw(urlencode(spelled).encode(), "application/x-www-form-urlencoded")

    def raw(self, data: bytes, content_type: str) -> int:
        return asyncio.run_coroutine_threadsafe(self._post(data, content_type), self._loop).result(20)

    async def _post(self, data: bytes, content_type: str) -> int:
        options = self._home.workspace.options
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(options.signing_secret, stamp, data),
        }
        url = self._home.workspace.app.request_url or ""
        async with self._http.post(url, data=data, headers=headers) as answer:
            await answer.read()
            self.statuses.append(answer.status)
            return answer.status


@contextmanager
def on_its_way(home: House) -> Iterator[None]:
    """Let what people do now never reach the bot; it is on record all the same."""
    fault = home.workspace.faults.add(Fault(DELIVERY, times=None, status=503))
    try:
        yield
    finally:
        home.workspace.faults.clear()
        assert fault.struck


async def recorded(home: House) -> list[Delivery]:
    """Let Mara do one thing of each kind, and return what Slack sends for it."""
    people, log = home.people, home.workspace.deliveries.log
    ts = await home.ask("mara", LEAVE)
    reply = await home.ending(ts)
    await people.open_home("mara")
    place = await home.workspace.until(
        lambda: view if (view := home.workspace.home("mara")) and "of 1" in str(view.blocks) else None
    )
    forms = []
    for form in FORMS:
        await opened(home, form, reply)
        with on_its_way(home):
            forms.append(await people.submit_view("mara"))
        await people.close_view("mara", all_of_them=True)
    with on_its_way(home):
        await home.press("mara", reply, "Archive")
        at_home = await people.press("mara", place, actions.HOME_LISTS[ConversationList.ARCHIVED])
        await people.message_shortcut("mara", "help-desk", ts, actions.ASK_ABOUT_MESSAGE)
        await people.slash("mara", "help-desk", "/ask", "how much leave do interns have?")
    press = next(each for each in log if "Archive" in str(each.body.get("actions")))
    await people.react("mara", "help-desk", reply.ts, "+1")
    await people.edit("mara", "help-desk", ts, LEAVE + " And interns?")
    await people.delete("mara", "help-desk", ts)
    await home.workspace.until(lambda: home.workspace.deliveries.settled() or None)
    once = {(each.name, each.body.get("event", {}).get("subtype")): each for each in log if each.name}
    halted = deepcopy(once["reaction_added", None].body)
    halted["event"] = {
        "type": "agent_session_stopped",
        "user": halted["event"]["user"],
        "channel": reply.channel,
        "thread_ts": ts,
        "streaming_message_ts": [reply.ts],
    }
    heard = {found for name in names(SLACK / "listeners") if isinstance(found := getattr(actions, name), str)}
    pressed = [*_with(press, heard | {f"{actions.FOLLOW_UP}_1"}), *_with(at_home, AT_HOME)]
    return [*once.values(), *forms, *pressed, Delivery(Route.EVENTS, halted)]


def _with(press: Delivery, action_ids: Iterable[str]) -> Iterator[Delivery]:
    """Yield a press once for each button there is."""
    for action_id in sorted(action_ids):
        body = deepcopy(press.body)
        body["actions"][0]["action_id"] = action_id
        yield Delivery(press.route, body)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, knowledge={"speed": 0, "thinking": 0}) as home:
        yield home


@pytest.fixture
async def slack(home: House) -> AsyncIterator[Slack]:
    async with aiohttp.ClientSession() as http:
        yield Slack(home, http)


async def lives_on(home: House) -> None:
    """Make sure that the bot answers the next question."""
    await home.settle()
    assert "28 days" in (await home.ending(await home.ask("tomasz", LEAVE), patience=10)).text


async def test_whatever_is_wrong_in_a_payload_the_bot_lives_on(home: House, slack: Slack) -> None:
    known = await recorded(home)

    @settings(
        max_examples=examples(120),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def each(data: st.DataObject) -> None:
        sent = data.draw(st.sampled_from(known))
        body = data.draw(spoiled(slack.fresh(deepcopy(sent.body))))
        assert slack.send(sent.route, body) < 500, (sent.name, body)

    with capture_logs() as logs:
        await asyncio.to_thread(each)
        await lives_on(home)
    assert [line for line in logs if "incident" in line or line["event"] == "task.failed"] == []
    assert {200, 400} <= set(slack.statuses)


async def test_whatever_is_no_payload_at_all_is_refused(home: House, slack: Slack) -> None:
    @settings(max_examples=examples(120), derandomize=True, deadline=None, database=None)
    @given(
        st.sampled_from(["application/json", "application/x-www-form-urlencoded", "a/b; charset=no"]),
        st.binary(max_size=50) | st.text(max_size=50).map(str.encode) | st.sampled_from(BODIES),
    )
    def each(content_type: str, body: bytes) -> None:
        status = slack.raw(body, content_type)
        if body.startswith(b"ssl_check=") and "form" in content_type:  # how Slack looks at a certificate
            assert status == 200
        else:
            assert 400 <= status < 500

    with capture_logs() as logs:
        await asyncio.to_thread(each)
        await lives_on(home)
    assert [line for line in logs if "incident" in line] == []


QUESTIONS = [
    "\x00 a\udc00b\x00 \ud800",
    f"\u202e\u2066x {'😀' * 50} <@U1| &lt;!channel&gt; %s{{}}",
    "x" * 200_000,
]


async def test_whatever_a_question_is_made_of_it_is_answered(tmp_path: Path) -> None:
    """On PostgreSQL, which takes fewer letters than SQLite."""
    async with (
        postgres_database(migrated=True) as database_url,
        house(tmp_path, database_url=database_url, knowledge={"speed": 0}) as home,
        aiohttp.ClientSession() as http,
    ):
        slack = Slack(home, http)
        await home.ending(await home.ask("mara", LEAVE))
        (mention,) = home.workspace.deliveries.of("app_mention")
        with capture_logs() as logs:
            for text in QUESTIONS:
                body = slack.fresh(deepcopy(mention.body))
                body["event"]["text"] += text
                assert await asyncio.to_thread(slack.send, Route.EVENTS, body) == 200
            await lives_on(home)
        assert [line for line in logs if "incident" in line or line["event"] == "task.failed"] == []
        answered = [each for each in await home.knowledge.conversations() if each.messages[1:]]
        assert len(answered) == len(QUESTIONS) + 2


async def test_what_this_version_did_not_draw_is_answered_with_a_sentence(home: House, slack: Slack) -> None:
    reply = await home.ending(await home.ask("mara", LEAVE))
    with on_its_way(home):
        await home.press("mara", reply, "Archive")
    pressed = home.workspace.deliveries.log[-1].body
    before = await home.knowledge.conversations()
    for number, value in enumerate(FORGED, 1):
        body = slack.fresh(deepcopy(pressed))
        body["actions"][0]["value"] = value
        assert await asyncio.to_thread(slack.send, Route.INTERACTIVE, body) == 200
        said = await whispered(home, number=number)
        assert "older message of mine" in said or "no longer have this answer on record" in said, value
    for number, action_id in enumerate(["from_the_future", "rate_answer_sideways"], len(FORGED) + 1):
        button = {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "New"}}
        reply.blocks.append({"type": "actions", "block_id": action_id, "elements": [button]})
        delivery = await home.people.press("mara", (reply.channel, reply.ts), action_id)
        assert delivery.attempts[-1].ack.status == 200
        assert "which I can't read any more" in await whispered(home, number=number), action_id
        button["url"] = "https://example.com"
        delivery = await home.people.press("mara", (reply.channel, reply.ts), action_id)
        assert delivery.attempts[-1].ack.status == 200
        assert len(home.workspace.ephemerals("mara")) == number, action_id
    assert await home.knowledge.conversations() == before


async def test_what_is_asked_by_the_me_command_in_a_direct_message_is_answered(home: House) -> None:
    direct = home.workspace.direct_message("mara").id
    await home.ending(await home.ask("mara", LEAVE.removeprefix("@pipeshub "), where=direct), where=direct)
    body = deepcopy(home.workspace.deliveries.of("message")[0].body)
    asked = home.workspace.state.next_ts()
    body["event"] |= {"ts": asked, "subtype": "me_message", "text": "asks how many days of leave there are"}
    before = len(home.workspace.calls.of("chat.postMessage"))
    await home.workspace.request_url.send(Route.EVENTS, body | {"event_id": "EvMe"}, None)
    await home.settle()
    assert len(home.workspace.calls.of("chat.postMessage")) == before + 1
