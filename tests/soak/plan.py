"""What people ask in a run, and what happens when. Pure: the same seed draws the same plan."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.soak.troubles import PIPESHUB, SLACK, STREAMS

LOCKERS = 1000
LONG = 20
"""Every so manieth answer goes on in a second message."""


def question(number: int) -> str:
    """Return the text of a question, of which there is no second one in a run."""
    return f"Question {number}: which code opens locker {_locker(number):04}?"


def code(number: int) -> str:
    """Return what only the answer to a question says, among those of its thread."""
    return f"K{(_locker(number) * 7919 + 1234) % 100_000:05}"


def written(folder: Path) -> Path:
    """Write the documents into a folder and return it."""
    sections = "\n\n".join(_section(locker) for locker in range(LOCKERS))
    folder.mkdir()
    (folder / "lockers.md").write_text(f"# Lockers\n\n{sections}\n", encoding="utf-8")
    return folder


def _section(locker: int) -> str:
    said = f"Locker {locker:04} opens with the code {code(locker)}"
    if locker % LONG == 0:
        said += "".join(f", then part {part} of what is in it lies on shelf {part}" for part in range(250))
    return f"## Locker {locker:04}\n\n{said}."


def _locker(number: int) -> int:
    return number % LOCKERS


REPLICAS = 3
PEOPLE = ("mara", "tomasz", "amina", "jonas")

PER_THREAD = 5
"""Questions that a thread has where nobody says otherwise."""

CHAT = 25.0
"""Seconds within which the questions of one thread are asked."""

DOWN = (0.2, 3.0)
"""Seconds between the end of a process and its next start, at least and at most."""

DIRECT = 0.15
"""How many of the threads stand in direct messages."""

GENTLE = 0.15
"""How many of the stops let a process end by itself, as a deploy does."""

SEVERAL = 0.2
"""How many of the kills end more than one process at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question; `number` is its own in the run, `thread` the one that it stands in."""

    at: float
    number: int


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread: who asks, whether in a direct message, and the questions in their order."""

    number: int
    who: str
    direct: bool
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Kill:
    """The end of some replicas, each started again after `down` seconds; `gentle` ones get a SIGTERM."""

    at: float
    replicas: tuple[int, ...]
    down: float
    gentle: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault, by its name, that strikes the first thing it meets from then on."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that happens in `seconds`, in the order in which it happens. Times are from the start."""

    seed: int
    seconds: float
    talks: tuple[Talk, ...]
    kills: tuple[Kill, ...]
    troubles: tuple[Trouble, ...]

    @classmethod
    def drawn(
        cls, seed: int, seconds: float, questions: int, kills: int, troubles: int, *, streamed: bool = False
    ) -> "Plan":
        """Draw a plan with so many questions, stops and faults; `streamed` replies meet some more."""
        chance = random.Random(seed)
        names = (*SLACK, *PIPESHUB, *(STREAMS if streamed else ()))
        return cls(
            seed,
            seconds,
            _talks(chance, seconds, questions),
            tuple(_kill(chance, at) for at in _times(chance, kills, 0.0, seconds)),
            tuple(Trouble(at, chance.choice(names)) for at in _times(chance, troubles, 0.0, seconds)),
        )

    @property
    def questions(self) -> int:
        """How many questions are asked."""
        return sum(len(each.asks) for each in self.talks)


def _talks(chance: random.Random, seconds: float, questions: int) -> tuple[Talk, ...]:
    numbers = range(1, questions + 1)
    return tuple(
        _talk(chance, seconds, number, numbers[first : first + PER_THREAD])
        for number, first in enumerate(range(0, questions, PER_THREAD), start=1)
    )


def _talk(chance: random.Random, seconds: float, number: int, numbers: Sequence[int]) -> Talk:
    length = min(CHAT, seconds)
    begins = chance.uniform(0, seconds - length)
    times = _times(chance, len(numbers), begins, begins + length)
    asks = tuple(Ask(at, each) for at, each in zip(times, numbers, strict=True))
    return Talk(number, chance.choice(PEOPLE), chance.random() < DIRECT, asks)


def _kill(chance: random.Random, at: float) -> Kill:
    several = chance.random() < SEVERAL
    replicas = chance.sample(range(REPLICAS), chance.randint(2, REPLICAS) if several else 1)
    return Kill(at, tuple(sorted(replicas)), chance.uniform(*DOWN), chance.random() < GENTLE)


def _times(chance: random.Random, count: int, since: float, until: float) -> list[float]:
    return sorted(chance.uniform(since, until) for _ in range(count))
