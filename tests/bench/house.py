"""How the bot is built: its modules, and how much of it a mention, a thumb and a Regenerate run through."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CoroutineType, FrameType

from sqlalchemy import Connection, Engine, event
from structlog.testing import capture_logs

import bot
from bot.demo.workspace.model import Message
from bot.slack import actions
from tests.house import House, house, labels, menu

PACKAGE = Path(bot.__file__).parent
DEMO = PACKAGE / "demo"
WHO = "mara"
FIRST, QUESTION = "@pipeshub How long is the notice period?", "@pipeshub How many vacation days do I have?"


@dataclass(frozen=True, slots=True)
class Size:
    """How many modules there are, `__init__.py` and migrations apart, and how many lines they have.

    All but `demo_modules` are of what is outside the demo.
    """

    modules: int
    median: float
    largest: int
    lines: int
    demo_modules: int


@dataclass(slots=True)
class Trace:
    """The bot's files, outside the demo, that ran during a journey, and the transactions that began."""

    files: set[str] = field(default_factory=set)
    transactions: int = 0


def size() -> Size:
    """Count the modules and their lines."""
    modules = [
        each
        for each in PACKAGE.rglob("*.py")
        if each.name != "__init__.py" and "migrations" not in each.relative_to(PACKAGE).parts
    ]
    outside = [each for each in modules if not each.is_relative_to(DEMO)]
    lines = [len(each.read_text().splitlines()) for each in outside]
    return Size(len(lines), statistics.median(lines), max(lines), sum(lines), len(modules) - len(outside))


async def journeys(repetitions: int) -> Mapping[str, Sequence[Trace]]:
    """Trace the three journeys so many times, each time in a new house."""
    found = [await _journeys() for _ in range(repetitions)]
    return {name: [each[name] for each in found] for name in found[0]}


async def _journeys() -> Mapping[str, Trace]:
    with tempfile.TemporaryDirectory(prefix="house") as folder, capture_logs(), tracing() as begin:
        async with house(Path(folder), answer_delivery="edit", knowledge={"dialect": "agui"}) as home:
            await _mention(home, FIRST)  # what a process does once, it has done by now
            traces = {"mention": begin()}
            reply = await _mention(home, QUESTION)
            traces["thumbs up"] = begin()
            await _thumbs_up(home, reply)
            traces["Regenerate"] = begin()
            await _regenerate(home, reply)
            begin()
            return traces


async def _mention(home: House, text: str) -> Message:
    """Mention the bot; Slack delivers that twice, as a `message` and as an `app_mention`."""
    ts = await home.ask(WHO, text)
    reply = await home.ending(ts)
    await home.settle()
    _make_sure("Regenerate" in labels(reply), "the mention was not answered")
    return reply


async def _thumbs_up(home: House, reply: Message) -> None:
    await home.people.choose(WHO, (reply.channel, reply.ts), actions.FEEDBACK, "👍")
    await home.settle()
    said = [each.text for each in home.workspace.ephemerals(WHO)]
    _make_sure(any("noted" in each for each in said), "the thumb was not noted")


async def _regenerate(home: House, reply: Message) -> None:
    await home.press(WHO, reply, "Regenerate")
    await home.settle()
    _make_sure("Earlier version" in menu(reply), "the answer was not written again")


def _make_sure(so: bool, otherwise: str) -> None:
    if not so:
        raise RuntimeError(otherwise)


@contextmanager
def tracing() -> Iterator[Callable[[], Trace]]:
    """Trace this thread while the block runs; each call of what is given begins a new trace.

    The clock is left out: when its work falls due has nothing to do with a journey.
    """
    trace, inside, demo = Trace(), f"{PACKAGE}/", f"{DEMO}/"

    def begin() -> Trace:
        nonlocal trace
        trace = Trace()
        return trace

    def called(frame: FrameType, what: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if what == "call" and file.startswith(inside) and not file.startswith(demo) and not _by_the_clock():
            trace.files.add(file.removeprefix(inside))

    def begun(connection: Connection) -> None:
        if not _by_the_clock():
            trace.transactions += 1

    event.listen(Engine, "begin", begun)
    sys.setprofile(called)
    try:
        yield begin
    finally:
        sys.setprofile(None)
        event.remove(Engine, "begin", begun)


def _by_the_clock() -> bool:
    """Return whether this is done by a task of the scheduler's, or by the one that keeps a worker's lock."""
    task = asyncio.current_task()
    work = task.get_coro() if task else None
    if not isinstance(work, CoroutineType):
        return False
    file = work.cr_code.co_filename
    return "apscheduler" in file or file.endswith("store/workers.py")


def seconds_of_tests() -> float:
    """Run the README's test command and return how long it took; raises where a test fails."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "pytest"], cwd=PACKAGE.parent, check=True)
    return time.monotonic() - began


def table(measured: Size, traced: Mapping[str, Sequence[Trace]], tests: float | None) -> str:
    """Return the figures as Markdown; where repetitions differ, the least and the most."""
    rows = {
        "modules outside the demo": str(measured.modules),
        "their median, largest, lines": f"{measured.median:g}, {measured.largest}, {measured.lines:,}",
        "modules in the demo": str(measured.demo_modules),
    }
    for name, found in traced.items():
        files, transactions = ([len(each.files) for each in found], [each.transactions for each in found])
        rows[f"{name}: files, transactions"] = f"{_spread(files)}, {_spread(transactions)}"
    if tests is not None:
        rows["test command"] = f"{tests:.0f} s"
    return "\n".join(
        f"| {what} | {found} |" for what, found in ({"": "measured", "---": "---"} | rows).items()
    )


def _spread(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least}..{most}"


def written(measured: Size, traced: Mapping[str, Sequence[Trace]], tests: float | None) -> dict[str, object]:
    """Return the figures as they are written to a file, with the names of all files that ran."""
    return {
        **asdict(measured),
        "journeys": {
            name: [{"files": sorted(each.files), "transactions": each.transactions} for each in found]
            for name, found in traced.items()
        },
        "test_seconds": tests,
    }
