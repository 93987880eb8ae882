"""One scenario with one bot: a workspace, a scripted PipesHub, and the bot between them over HTTP."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot import manifest
from bot.demo.workspace.options import Command, Options, Shortcut
from bot.demo.workspace.server import WorkspaceServer
from bot.demo.workspace.workspace import Workspace
from tests.bench import scenarios
from tests.bench.baseline import POLICIES
from tests.bench.figures import Costs, Figures, Load, Reading, figures
from tests.bench.pipeshub import SPREAD, Script, ScriptedPipesHub, serving
from tests.bench.process import BotProcess, Usage, running, unread
from tests.bench.scenarios import Asked, Scenario
from tests.bench.watching import Watching

EPOCH = time.time() - time.monotonic()
LOOK = 0.5
"""Seconds between two looks at whether everything has ended."""

BEGINNING = 60.0
"""Seconds within which PipesHub must have heard all questions."""


def clock() -> float:
    """Return the seconds since 1970 by a clock that is never put right."""
    return EPOCH + time.monotonic()


@dataclass(frozen=True, slots=True)
class Run:
    """The parts of a run while it lasts."""

    scenario: Scenario
    workspace: Workspace
    pipeshub: ScriptedPipesHub
    bot: BotProcess
    watching: Watching

    async def measured(self, policy: str) -> Figures:
        """Ask, watch until all has settled or patience ends, and return the figures."""
        idle = self.bot.usage
        sampling = asyncio.create_task(self._steady(idle)) if self.scenario.in_step else None
        asked = await scenarios.ask(self.workspace, self.scenario)
        await self._until_settled(asked)
        scenarios.collect(self.workspace, asked)
        costs = Costs(idle, self.bot.usage, await _so_far(sampling))
        watched = self.watching
        return figures(
            self.scenario,
            policy,
            self._readings(asked, clock()),
            asked.acknowledgements,
            (watched.calls, watched.limited, watched.refused),
            costs,
            self.bot.errors_logged,
        )

    def _readings(self, asked: Asked, until: float) -> list[Reading]:
        return [
            Reading(
                asked.arrived.get(ts),
                self.pipeshub.courses.get(number),
                self.watching.threads.get(ts, []),
                self.pipeshub.script.words,
                until,
            )
            for number, ts in asked.questions.items()
        ]

    async def _until_settled(self, asked: Asked) -> None:
        longest = BEGINNING + self.scenario.seconds
        deadline = clock() + longest
        while clock() < deadline:
            await asyncio.sleep(LOOK)
            if all(each.settled for each in self._readings(asked, clock())):
                return
            completions = self.pipeshub.completions()
            if completions and len(completions) == len(asked.questions):
                deadline = max(completions) + self.scenario.patience

    async def _steady(self, idle: Usage) -> Load:
        """Measure from when every stream is live until the first one ends."""
        await self.pipeshub.gate.opened.wait()
        await asyncio.sleep(2 * SPREAD)
        since, before, own = clock(), self.bot.usage, time.process_time()
        streams, written, size = self.pipeshub.live, self.pipeshub.frames, self.pipeshub.bytes
        await self.pipeshub.first_completed.wait()
        after, seconds = self.bot.usage, clock() - since
        return Load(
            seconds=seconds,
            streams=streams,
            events=self.pipeshub.frames - written,
            lag=unread(self.pipeshub.port) * seconds / (self.pipeshub.bytes - size),
            cpu=after.cpu - before.cpu,
            own_cpu=time.process_time() - own,
            memory=after.memory - idle.memory,
        )


async def _so_far(sampling: asyncio.Task[Load] | None) -> Load | None:
    """Return what was sampled, None where there was nothing to sample."""
    if sampling is None:
        return None
    sampling.cancel()
    await asyncio.wait({sampling})
    return None if sampling.cancelled() else sampling.result()


async def run(scenario: Scenario, policy: str, folder: Path, *, profiled: bool = False) -> Figures:
    """Run a scenario and return its figures.

    `policy` is a baseline's name, or how the bot is told to deliver; logs and data are left in the folder.
    """
    pipeshub = ScriptedPipesHub(
        Script.of(scenario.seconds), clock, scenario.questions if scenario.in_step else 0
    )
    async with AsyncExitStack() as stack:
        pipeshub.port = await stack.enter_async_context(serving(pipeshub))
        slack = await stack.enter_async_context(WorkspaceServer.running(_options(scenario)))
        # The workspace forgets what tests and demonstrations do not need.
        slack.workspace.deliveries.log = deque()
        bot = await stack.enter_async_context(
            running(
                ["tests.bench.baseline", policy] if policy in POLICIES else ["bot", "serve"],
                _settings(slack, pipeshub, policy, folder),
                folder,
                profiled=profiled,
            )
        )
        slack.workspace.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        watching = stack.enter_context(Watching.of(slack.workspace))
        return await Run(scenario, slack.workspace, pipeshub, bot, watching).measured(policy)


def _options(scenario: Scenario) -> Options:
    app = manifest.load()
    return Options(
        people=scenarios.people(),
        rooms=scenarios.rooms(scenario),
        events=app.events,
        scopes=app.scopes,
        commands=tuple(Command(each["command"]) for each in app.commands),
        shortcuts=tuple(Shortcut(each["callback_id"], each["name"]) for each in app.shortcuts),
        limits=scenario.limits,
        clock=clock,
    )


def _settings(
    slack: WorkspaceServer, pipeshub: ScriptedPipesHub, delivery: str, folder: Path
) -> Mapping[str, str]:
    options = slack.workspace.options
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": options.bot_token,
        "SLACK_SIGNING_SECRET": options.signing_secret,
        "PIPESHUB_SERVER_URL": f"http://127.0.0.1:{pipeshub.port}",
        "PIPESHUB_BEARER_AUTH": "bench-token",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "ANSWER_DELIVERY": delivery,
        "MAX_LIVE_ANSWERS": "1000",
        "QUESTIONS_PER_PERSON": "100000",
        "QUESTIONS_PER_WORKSPACE": "100000",
        "LOG_LEVEL": "INFO",
    }
