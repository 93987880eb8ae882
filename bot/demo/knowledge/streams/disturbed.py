"""A script with something gone wrong in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.demo.knowledge.answers.text import MARKER, marker
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.ids import record_id
from bot.demo.knowledge.store.rows import Json
from bot.demo.knowledge.streams.script import Pace, written
from bot.demo.knowledge.streams.steps import (
    Artifact,
    Beat,
    Broke,
    ChildRun,
    Concluded,
    Rewrote,
    Step,
    Turn,
    Wrote,
)

APOLOGY = "I am sorry, I could not write an answer to this question just now. Please try again."


def disturbed(steps: Sequence[Step], faults: Sequence[Fault], turn: Turn, pace: Pace) -> list[Step]:
    """Return the steps as these faults make them; what only concerns the transport changes nothing."""
    changed = list(steps)
    for fault in faults:
        if change := _CHANGES.get(fault.trouble):
            changed = change(changed, fault, turn, pace)
    return changed


def _after_words(steps: Sequence[Step], words: int) -> int:
    """Return the place after that many words of the answer."""
    for at, step in enumerate(steps):
        if isinstance(step, Wrote) and len(step.text.split()) >= words:
            return at + 1
    return next((at for at, step in enumerate(steps) if isinstance(step, Concluded)), len(steps))


def _failing(steps: list[Step], fault: Fault, turn: Turn, _: Pace) -> list[Step]:
    kept = steps[: _after_words(steps, fault.after_words)] if fault.after_words else steps[:1]
    return [*kept, Broke(fault.message, fault.code, turn)]


def _apologising(steps: list[Step], fault: Fault, _: Turn, pace: Pace) -> list[Step]:
    before = [each for each in steps if not isinstance(each, Wrote | Concluded)]
    apology = written(APOLOGY, (), pace)
    return [*before, *apology, Concluded(APOLOGY, (), None, (), "Error", fault.code)]


def _with_child(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    at = _after_words(steps, 1)
    return [*steps[:at], ChildRun("researcher", failed=True), ChildRun("reviewer", failed=False), *steps[at:]]


def _with_beats(steps: list[Step], fault: Fault, _: Turn, __: Pace) -> list[Step]:
    beats: list[Step] = [Beat()] * fault.count
    at = _after_words(steps, fault.after_words or 1)
    return [*steps[:1], *beats, *steps[1:at], *beats, *steps[at:]]


def _with_artifact(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    at = _after_words(steps, 1)
    made = Artifact(record_id("artifact"), "summary.csv", "text/csv", 2048)
    return [*steps[:at], made, *steps[at:]]


def _renumbered(steps: list[Step], _: Fault, __: Turn, ___: Pace) -> list[Step]:
    """Show, half-way, other numbers and fewer words than before and after."""
    writing = [step for step in steps if isinstance(step, Wrote)]
    if not writing:
        return steps
    half = next((step for step in writing if len(step.citations) > 1), writing[len(writing) // 2])
    numbers = sorted(each["chunkIndex"] for each in half.citations)
    following = dict(pairwise(numbers)) | ({numbers[-1]: numbers[0]} if numbers else {})
    words = half.text.split(" ")
    shorter = " ".join(words[: max(1, len(words) * 3 // 4)])
    text = MARKER.sub(lambda found: marker(following.get(int(found.group(1)), int(found.group(1)))), shorter)
    citations: tuple[Json, ...] = tuple(
        each | {"chunkIndex": following[each["chunkIndex"]]} for each in half.citations
    )
    at = steps.index(half)
    return [*steps[:at], replace(half, settled=True), Rewrote(text, citations), *steps[at + 1 :]]


_CHANGES: dict[Trouble, Callable[[list[Step], Fault, Turn, Pace], list[Step]]] = {
    Trouble.ERROR: _failing,
    Trouble.DOUBLE_ERROR: _failing,
    Trouble.GRACEFUL_FAILURE: _apologising,
    Trouble.CHILD_RUN: _with_child,
    Trouble.HEARTBEATS: _with_beats,
    Trouble.ARTIFACT: _with_artifact,
    Trouble.RENUMBERING: _renumbered,
}
