"""What people in the workspace see, and what the bot called, noted at the moment it happens."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.demo.workspace.changes import Change, What
from bot.demo.workspace.model import Message
from bot.demo.workspace.workspace import Workspace
from tests.bench.pipeshub import newest_word

STOP, FINISHED, FAILED = "Stop", "Regenerate", "Try again"
"""Buttons that tell how far a message is."""

LIMITED = "ratelimited"


@dataclass(frozen=True, slots=True)
class Picture:
    """One message as it looked from `at` on: `newest` is the last word of the answer in it, -1 for none."""

    at: float
    ts: str
    newest: int = -1
    finished: bool = False
    unfinished: bool = False
    failed: bool = False
    gone: bool = False


class Watching:
    """Everything the bot did in one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.threads: defaultdict[str, list[Picture]] = defaultdict(list)
        """The pictures of each thread, by its `ts`, in the order in which they were seen."""
        self.calls: Counter[str] = Counter()
        self.limited: Counter[str] = Counter()
        """Calls that were answered with 429, by method; they are among `calls`."""
        self.refused: Counter[str] = Counter()
        """Calls that were refused otherwise, as `method: error`."""
        self._workspace = workspace
        self._bot = workspace.bot.id

    @classmethod
    @contextmanager
    def of(cls, workspace: Workspace) -> Iterator["Watching"]:
        """Watch while the block runs."""
        watching = cls(workspace)
        with workspace.changes.observed(watching._note):
            yield watching

    def _note(self, change: Change) -> None:
        match change.what:
            case What.CALLED:
                self._called()
            case What.MESSAGE_POSTED | What.MESSAGE_CHANGED | What.MESSAGE_DELETED:
                self._changed(change)

    def _called(self) -> None:
        call = self._workspace.calls.newest
        self.calls[call.method] += 1
        if call.error == LIMITED:
            self.limited[call.method] += 1
        elif call.error:
            self.refused[f"{call.method}: {call.error}"] += 1

    def _changed(self, change: Change) -> None:
        at, ts = self._workspace.clock(), change.ts or ""
        message = self._workspace.state.find_message(change.channel or "", ts)
        if message is None:
            self.threads[change.thread_ts or ts].append(Picture(at, ts, gone=True))
        elif message.user == self._bot:
            self.threads[message.root].append(picture(message, at))


def picture(message: Message, at: float) -> Picture:
    """Return what a reader sees of a message."""
    labels = [str(each.get("text", {}).get("text", "")) for each in _buttons(message.blocks)]
    return Picture(
        at,
        message.ts,
        newest_word(message.text + json.dumps(message.blocks, ensure_ascii=False)),
        finished=any(FINISHED in each for each in labels),
        unfinished=message.streaming or any(STOP in each for each in labels),
        failed=any(FAILED in each for each in labels),
    )


def _buttons(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] == "actions":
            yield from (each for each in block["elements"] if each["type"] == "button")
