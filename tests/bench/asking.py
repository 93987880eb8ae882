"""People who ask: a crowd at once, or so many a second whatever comes back."""

import asyncio
from dataclasses import dataclass, field

from bot.demo.workspace.deliveries import Route
from bot.demo.workspace.model import Json, Message
from bot.demo.workspace.options import Person, Room
from bot.demo.workspace.payloads import message_json
from bot.demo.workspace.workspace import Workspace
from tests.bench.scenarios import PEOPLE, Scenario

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
