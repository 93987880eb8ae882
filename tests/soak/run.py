"""A run: people ask, replicas die, Slack and PipesHub fail; at the end it is looked at what stands."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.demo.workspace.model import Message
from tests.house import buttons, labels
from tests.soak.findings import FAILED, Figures, Findings, judged
from tests.soak.plan import Plan, Talk, question
from tests.soak.scene import Scene, scene

MINUTE = 60.0
LOOK = 0.25
"""Seconds between two looks of a person."""

AGAIN = 3.0
"""Seconds until a person presses the same button once more."""

CALM = 12.0
"""Seconds without a change after which a run is over: the bots look for abandoned turns every 10."""

Tell = Callable[[str], None]


class Run:
    """One plan, carried out."""

    def __init__(self, plan: Plan, here: Scene, tell: Tell) -> None:
        self._plan = plan
        self._here = here
        self._tell = tell
        self._began = time.monotonic()
        self._asked = 0
        self._pressed: dict[str, float] = {}
        self._failed: dict[int, set[str]] = {}
        self._tried = 0

    async def carried_out(self, patience: float) -> Figures:
        """Do what is planned, let everything settle for `patience` seconds at most, and judge."""
        watching = [asyncio.create_task(each) for each in (self._press(), self._report())]
        try:
            await _all(*(self._talk(each) for each in self._plan.talks), self._kill(), self._disturb())
            findings = await self._settled(patience)
        finally:
            for each in watching:
                each.cancel()
            await asyncio.wait(watching)
        return Figures(
            seed=self._plan.seed,
            seconds=time.monotonic() - self._began,
            asked=self._asked,
            killed=self._here.replicas.killed,
            stopped=self._here.replicas.stopped,
            faults=self._here.struck,
            tried_again=self._tried,
            findings=findings,
            errors=tuple(self._here.replicas.errors),
        )

    async def _talk(self, talk: Talk) -> None:
        """Ask the questions of a thread, each when the one before is taken: that much a person sees."""
        here = self._here
        room, thread_ts = here.room(talk), None
        for before, ask in enumerate(talk.asks):
            await self._until(ask.at)
            await self._placed(talk, before)
            mention = "" if talk.direct or thread_ts else "@pipeshub "
            ts = await here.workspace.people.post(
                talk.who, room, mention + question(ask.number), thread_ts=thread_ts
            )
            self._asked += 1
            if thread_ts is None:
                thread_ts = ts
                here.threads[talk.number] = (room, ts)

    async def _placed(self, talk: Talk, count: int) -> None:
        while len(self._here.own(talk.number)) < count:  # noqa: ASYNC110 (people look, nobody tells them)
            await asyncio.sleep(LOOK)

    async def _kill(self) -> None:
        for each in self._plan.kills:
            await self._until(each.at)
            await self._here.replicas.end(each)

    async def _disturb(self) -> None:
        for each in self._plan.troubles:
            await self._until(each.at)
            self._here.disturb(each.name)

    async def _press(self) -> None:
        """Press Try again wherever that is asked for, as often as it is."""
        while True:
            await asyncio.sleep(LOOK)
            for talk in self._plan.talks:
                for message in self._here.own(talk.number):
                    if FAILED in labels(message) and self._may_press(message):
                        await self._try_again(talk, message)

    def _may_press(self, message: Message) -> bool:
        return time.monotonic() - self._pressed.get(message.ts, 0.0) > AGAIN

    async def _try_again(self, talk: Talk, message: Message) -> None:
        self._pressed[message.ts] = time.monotonic()
        self._tried += 1
        self._failed.setdefault(talk.number, set()).add(message.ts)
        button = next(each for each in buttons(message) if each["text"]["text"] == FAILED)
        await self._here.workspace.people.press(
            talk.who, (message.channel, message.ts), str(button["action_id"])
        )

    async def _report(self) -> None:
        minute = 0
        while True:
            minute += 1
            await self._until(minute * MINUTE)
            replicas, found = self._here.replicas, await self._judged()
            self._tell(
                f"minute {minute}: asked {self._asked}, answered {found.answered}, kills {replicas.killed}, "
                f"faults {self._here.struck.total()}, tried again {self._tried}, doubled {len(found.doubled)}"
            )

    async def _settled(self, patience: float) -> Findings:
        """Return what is found once nothing is wrong and stays so, or after all patience."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not await self._judged():
                await asyncio.sleep(CALM)
                return await self._judged()
            await asyncio.sleep(1)
        return await self._judged()

    async def _judged(self) -> Findings:
        late = {talk: len(failed) for talk, failed in self._failed.items()}
        return judged(self._plan, self._here.said(), await self._here.stored(), late)

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, self._began + moment - time.monotonic()))


async def _all(*work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(each)


async def run(
    plan: Plan, folder: Path, database_url: str, delivery: str, patience: float, tell: Tell = print
) -> Figures:
    """Carry out a plan with replicas that deliver as `delivery` says, and return the figures.

    The database is empty; logs, data and what stands in every thread are left in the folder.
    """
    async with scene(folder, database_url, delivery) as here:
        figures = await Run(plan, here, tell).carried_out(patience)
        threads = {talk: [asdict(each) for each in said] for talk, said in here.said().items()}
        (folder / "threads.json").write_text(json.dumps(threads, indent=1), encoding="utf-8")
        return figures
