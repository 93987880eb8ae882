"""What came of the questions of a run, and the run in numbers. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.soak.plan import Plan, code, question

ENDING = "Share"
"""The label of a button that finished answers bear, once."""

UNFINISHED = "Stop"
FAILED = "Try again"


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot.

    `text` is what notifications read, `shown` everything that stands in it; `labels` are those of its
    buttons, `turn` is what it belongs to, where it tells.
    """

    ts: str
    text: str
    shown: str
    labels: tuple[str, ...]
    turn: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation at PipesHub: what was asked, and whether each question has an answer."""

    questions: tuple[str, ...]
    answered: bool


@dataclass(slots=True)
class Findings:
    """What is wrong, one line a finding; `answered` counts the questions that have their one answer."""

    answered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return any((self.lost, self.doubled, self.stray, self.disordered))

    @property
    def lines(self) -> list[str]:
        """Every finding with its kind."""
        kinds = {
            "lost": self.lost,
            "doubled": self.doubled,
            "stray": self.stray,
            "disordered": self.disordered,
        }
        return [f"{kind}: {each}" for kind, found in kinds.items() for each in found]


def judged(
    plan: Plan, threads: Mapping[int, Sequence[Said]], stored: Sequence[Stored], late: Mapping[int, int]
) -> Findings:
    """Judge what stands in the threads (by the numbers of their talks) and what PipesHub has.

    `late` says for some threads how many of their replies were tried again: those questions may come later.
    """
    found = Findings()
    numbers = {question(each.number): each.number for talk in plan.talks for each in talk.asks}
    _judge_stored(found, numbers, stored)
    asked = [[numbers.get(each, 0) for each in one.questions] for one in stored]
    places: dict[int, set[int]] = {}
    for place, those in enumerate(asked):
        for number in those:
            places.setdefault(number, set()).add(place)
    for talk in plan.talks:
        own = [each.number for each in talk.asks]
        _judge_thread(found, talk.number, own, threads.get(talk.number, ()))
        homes = [asked[place] for place in set().union(*(places.get(each, ()) for each in own))]
        if len(homes) > 1:
            found.stray.append(f"thread {talk.number} is {len(homes)} conversations: {homes}")
        for home in homes:
            if set(home) - set(own):
                found.stray.append(f"thread {talk.number} shares its conversation: {home}")
            if len(home) - _in_order(home) > late.get(talk.number, 0):
                found.disordered.append(f"thread {talk.number} goes {home}")
    return found


def _judge_thread(found: Findings, thread: int, numbers: Sequence[int], said: Sequence[Said]) -> None:
    replies = _replies(said)
    for number in numbers:
        count = sum(any(code(number) in each.shown for each in reply) for reply in replies)
        where = f"question {number} in thread {thread}"
        if count == 1:
            found.answered += 1
        elif count:
            found.doubled.append(f"{where} has {count} replies")
        else:
            found.lost.append(f"{where} has no answer")
    if len(replies) > len(numbers):
        found.stray.append(f"thread {thread} has {len(replies)} replies to {len(numbers)} questions")
    for reply in replies:
        if (endings := sum(ENDING in each.labels for each in reply)) > 1:
            found.doubled.append(f"thread {thread}: the reply at {reply[-1].ts} ends {endings} times")
        found.stray += [f"thread {thread}: {each}" for each in _blemishes(reply)]


def _replies(said: Sequence[Said]) -> list[list[Said]]:
    """Return the messages of each reply together; one that does not tell its turn is a reply by itself."""
    replies: dict[str, list[Said]] = {}
    for each in said:
        replies.setdefault(each.turn or each.ts, []).append(each)
    return list(replies.values())


def _blemishes(reply: Sequence[Said]) -> list[str]:
    *before, last = reply
    where = f"the reply at {last.ts}"
    wrong = []
    if UNFINISHED in last.labels:
        wrong.append(f"{where} is still being written")
    elif FAILED in last.labels:
        wrong.append(f"{where} asks to be tried again")
    elif ENDING not in last.labels:
        wrong.append(f"{where} has no ending")
    wrong += [f"{where} has a message with buttons above its last one" for each in before if each.labels]
    wrong += [f"{where} says the same twice" for one, other in pairwise(reply) if one.text == other.text]
    return wrong


def _judge_stored(found: Findings, numbers: Mapping[str, int], stored: Sequence[Stored]) -> None:
    times = Counter(each for conversation in stored for each in conversation.questions)
    for text, count in times.items():
        if text not in numbers:
            found.stray.append(f"PipesHub was asked what nobody asks: {text[:60]}")
        elif count > 1:
            found.doubled.append(f"PipesHub was asked question {numbers[text]} {count} times")
    for conversation in stored:
        if not conversation.answered:
            asked = [numbers.get(each, 0) for each in conversation.questions]
            found.stray.append(f"a conversation does not go question, answer, question, answer: {asked}")


def _in_order(numbers: Sequence[int]) -> int:
    """Return how many of the numbers stand in their order, if the fewest are left out for that."""
    ends: list[int] = []
    for each in numbers:
        at = bisect_left(ends, each)
        ends[at : at + 1] = [each]
    return len(ends)


MOST = 50
"""Findings that are written out: who has more of them looks into the folder."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in numbers, and everything that was wrong at its end."""

    seed: int
    seconds: float
    asked: int
    killed: int
    stopped: int
    faults: Counter[str]
    tried_again: int
    findings: Findings
    errors: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled, left lying about or out of order, and nothing was a bug."""
        return not self.findings and not self.errors

    def table(self) -> str:
        """Return the figures as people read them."""
        found = self.findings
        rows = [
            ("seed", self.seed),
            ("minutes", f"{self.seconds / 60:.1f}"),
            ("questions asked", self.asked),
            ("questions answered", found.answered),
            ("kills survived", self.killed),
            ("gentle stops", self.stopped),
            ("faults injected", self.faults.total()),
            *((f"  {name}", times) for name, times in sorted(self.faults.items())),
            ("pressed Try again", self.tried_again),
            ("answers lost", len(found.lost)),
            ("duplicates", len(found.doubled)),
            ("left lying about", len(found.stray)),
            ("out of order", len(found.disordered)),
            ("errors logged", len(self.errors)),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"{name:<{width}}  {value:>6}" for name, value in rows]
        return "\n".join([*lines, *[*found.lines, *self.errors][:MOST]])
