"""What is measured, and the people who ask: a crowd at once, or so many a second whatever comes back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.demo.workspace.deliveries import Route
from bot.demo.workspace.model import Json, Message
from bot.demo.workspace.options import NONE, PUBLISHED, Person, RateLimits, Room
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.workspace import Workspace

CHANNELS_OF = 4
"""Questions in one channel at most: as many messages as a channel takes at once."""

WORDS = 16
"""Words a second of every answer. Each is an event, and with every fourth comes the normalised text: 20."""

SHORTEST_IN_STEP = 3.0
"""Seconds of an answer that leave some in which all are being written."""

PEOPLE = 8
"""People who ask, in turns."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Some questions and the answers to them.

    `questions` are asked together, each in a thread of its own, at most `CHANNELS_OF` in a channel; or, where
    `events_per_second` is set, one after the other, with `chatter` messages of people among themselves
    after each. The text of each answer takes `seconds`. With `in_step` no answer begins before all have been
    asked. `patience` is how many seconds after the last completion an ending may come. `bounded` says that
    the allowance bounds how fresh the pictures can be.
    """

    name: str
    about: str
    questions: int
    seconds: float
    limits: RateLimits = PUBLISHED
    events_per_second: float = 0.0
    chatter: int = 0
    in_step: bool = False
    bounded: bool = False
    with_baselines: bool = True
    patience: float = 180.0

    @property
    def channels(self) -> int:
        """How many channels the questions are spread over."""
        return -(-self.questions // CHANNELS_OF)

    def scaled(self, scale: float) -> "Scenario":
        """Return a smaller one of the same kind: fewer questions, shorter answers."""
        if scale == 1:
            return self
        return replace(
            self,
            questions=max(1, round(self.questions * scale)),
            seconds=max(SHORTEST_IN_STEP if self.in_step else 1.0, self.seconds * scale),
            patience=max(5.0, self.patience * scale),
        )


ALL: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario("quiet", "1 answer of 10 s", 1, 10.0),
        Scenario("thirty", "30 answers of 20 s started together", 30, 20.0, bounded=True),
        Scenario("hundred", "100 answers of 30 s started together", 100, 30.0),
        Scenario(
            "streams",
            "500 live streams of 20 events a second, no limits of Slack's",
            500,
            30.0,
            limits=NONE,
            in_step=True,
            with_baselines=False,
            patience=60.0,
        ),
        # Slack takes 600 messages a minute: a placeholder and an ending for each of 5 questions a second.
        Scenario(
            "acknowledgements",
            "50 events a second for 10 s: 5 questions, each told twice, and 40 other messages",
            50,
            5.0,
            events_per_second=50.0,
            chatter=8,
            with_baselines=False,
            patience=90.0,
        ),
    )
}


MENTION = "app_mention"


@dataclass(slots=True)
class Asked:
    """The questions, by their numbers: the `ts` of each, and when its first event reached the bot.

    `acknowledgements` are seconds, one for every event that was delivered.
    """

    questions: dict[int, str] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    acknowledgements: list[float] = field(default_factory=list)

    def arrive(self, ts: str, at: float) -> None:
        """Note that an event of a question reached the bot."""
        self.arrived[ts] = min(at, self.arrived.get(ts, at))


def people() -> tuple[Person, ...]:
    """Return those who ask."""
    return tuple(Person(f"person{number}", f"Person {number}") for number in range(PEOPLE))


def rooms(scenario: Scenario) -> tuple[Room, ...]:
    """Return the channels the questions are spread over."""
    return tuple(Room(f"room{number}") for number in range(scenario.channels))


async def ask(workspace: Workspace, scenario: Scenario) -> Asked:
    """Ask everything; returns as soon as the last question is on its way."""
    asked = Asked()
    if scenario.events_per_second:
        await _steadily(workspace, scenario, asked)
    else:
        for number in range(scenario.questions):
            await _post(workspace, scenario, number, asked)
    return asked


def collect(workspace: Workspace, asked: Asked) -> None:
    """Note how the events went that the workspace delivered, those of the bot's own messages included."""
    for delivery in workspace.deliveries.log:
        if not delivery.attempts:
            continue
        first, event = delivery.attempts[0], delivery.body.get("event", {})
        asked.acknowledgements.append(first.took)
        if event.get("type") == MENTION:
            asked.arrive(event["ts"], first.at)


async def _post(workspace: Workspace, scenario: Scenario, number: int, asked: Asked) -> Message:
    where, who = f"room{number % scenario.channels}", f"person{number % PEOPLE}"
    text = f"@{workspace.bot.name} what about question number {number}?"
    ts = await workspace.people.post(who, where, text)
    asked.questions[number] = ts
    return workspace.message(where, ts)


async def _steadily(workspace: Workspace, scenario: Scenario, asked: Asked) -> None:
    """Deliver at a fixed rate, without waiting for any acknowledgement.

    The workspace itself would hold an event back until the one before it is acknowledged, and a slow bot
    would get fewer. So it tells nothing here, and the events go out beside it.
    """
    workspace.app.events = set()
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    async with asyncio.TaskGroup() as sending:
        for number in range(scenario.questions):
            for event in await _happening(workspace, scenario, number, asked):
                await asyncio.sleep(max(0.0, began + sent / scenario.events_per_second - loop.time()))
                sending.create_task(_send(workspace, event, asked))
                sent += 1


async def _happening(workspace: Workspace, scenario: Scenario, number: int, asked: Asked) -> list[Json]:
    """Let a question be asked and others talk; return the events, the question told twice as Slack does."""
    question = await _post(workspace, scenario, number, asked)
    where, who = question.channel, f"person{(number + 1) % PEOPLE}"
    opener = await workspace.people.post(who, where, "anybody for lunch?")
    replies = [
        await workspace.people.post(who, where, f"at {hour}?", thread_ts=opener)
        for hour in range(1, scenario.chatter)
    ]
    talk = [opener, *replies] if scenario.chatter else []
    return [
        _event(workspace, question) | {"type": MENTION},
        _event(workspace, question),
        *(_event(workspace, workspace.message(where, ts)) for ts in talk),
    ]


async def _send(workspace: Workspace, event: Json, asked: Asked) -> None:
    began = workspace.clock()
    if event["type"] == MENTION:
        asked.arrive(event["ts"], began)
    await workspace.request_url.send(Route.EVENTS, _envelope(workspace, event), None)
    asked.acknowledgements.append(workspace.clock() - began)


def _event(workspace: Workspace, message: Message) -> Json:
    event = message_json(message, workspace.state, workspace.app)
    return event | {"channel": message.channel, "event_ts": message.ts, "channel_type": "channel"}


def _envelope(workspace: Workspace, event: Json) -> Json:
    team = workspace.state.team.id
    return {
        "team_id": team,
        "context_team_id": team,
        "api_app_id": workspace.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.state.next_id("Ev"),
        "event_time": int(workspace.clock()),
        "authorizations": [{"team_id": team, "user_id": workspace.bot.id, "is_bot": True}],
    }
