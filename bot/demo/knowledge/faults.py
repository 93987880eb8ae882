"""What can go wrong, as data: which requests it meets, and what happens to them."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """What goes wrong. The first five answer instead of the API, the others disturb a stream."""

    STATUS = "status"
    HTML = "html"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 (the name of a fault)
    DELAY = "delay"
    DROP = "drop"
    ERROR = "error"
    DOUBLE_ERROR = "double_error"
    GRACEFUL_FAILURE = "graceful_failure"
    CHILD_RUN = "child_run"
    RENUMBERING = "renumbering"
    ARTIFACT = "artifact"
    HEARTBEATS = "heartbeats"
    GIANT_FINAL = "giant_final"
    SPLIT = "split"
    SILENCE = "silence"
    END = "end"
    RESET = "reset"


ANSWERING = frozenset({Trouble.STATUS, Trouble.HTML, Trouble.EXPIRED_TOKEN, Trouble.DROP})
"""What answers instead of the API."""
INSTEAD = ANSWERING | {Trouble.DELAY}
"""What happens to a request before the API sees it."""
IN_TRANSPORT = frozenset({Trouble.SPLIT, Trouble.SILENCE, Trouble.END, Trouble.RESET})
"""What happens on the way to the client; the answer is saved all the same, where it is not stopped then."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble and the requests it meets.

    It meets the next `times` requests (None: all) whose method is `method`, whose path contains `path` and
    whose question contains `query`, each with `probability`. `after_words` counts words of the answer;
    `seconds` is how long a delay or a silence lasts; `size` is in characters; `count` is a number of
    heartbeats. `status`, `message`, `code`, `body` and `retry_after` make the refusal or the error.
    """

    trouble: Trouble
    method: str | None = None
    path: str = ""
    query: str = ""
    times: int | None = 1
    probability: float = 1.0
    after_words: int = 0
    seconds: float = 0.0
    size: int = 0
    count: int = 1
    status: int = 503
    message: str = "The AI service is not available"
    code: str = "server_error"
    body: str | None = None
    retry_after: int | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Fault":
        """Return the fault that JSON describes; raise `ValueError` that says what is wrong."""
        names = {field.name for field in fields(cls)}
        if unknown := sorted(values.keys() - names):
            raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(names))}")
        try:
            trouble = Trouble(values.get("trouble", ""))
        except ValueError:
            raise ValueError(f"'trouble' must be one of {', '.join(Trouble)}") from None
        defaults = {field.name: field.default for field in fields(cls)}
        for name, value in values.items():
            if not _fits(value, defaults[name]):
                raise ValueError(f"{name!r} cannot be {value!r}")
        return replace(cls(trouble), **{key: value for key, value in values.items() if key != "trouble"})

    def described(self) -> dict[str, Any]:
        """Return the fault as the JSON that `read` takes."""
        return asdict(self)

    def meets(self, method: str, path: str, query: str) -> bool:
        """Return whether a request is of the kind this fault meets."""
        return (self.method or method).upper() == method and self.path in path and self.query in query


class Faults:
    """The faults that are switched on. Chance comes from `seed`, so a run can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self._active: list[Fault] = []
        self._chance = random.Random(seed)  # noqa: S311 (nothing secret)

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._active.append(fault)

    def clear(self) -> None:
        """Switch every fault off."""
        self._active.clear()

    @property
    def active(self) -> tuple[Fault, ...]:
        """What is still switched on."""
        return tuple(self._active)

    def take(self, method: str, path: str, query: str = "") -> tuple[Fault, ...]:
        """Return the faults that meet this request, and count it for them.

        Where one of them answers instead of the API, only it and the delays happen; the others wait for a
        request of their own.
        """
        met = [fault for fault in self._active if fault.meets(method, path, query) and self._happens(fault)]
        answering = next((fault for fault in met if fault.trouble in ANSWERING), None)
        if answering:
            met = [fault for fault in met if fault is answering or fault.trouble is Trouble.DELAY]
        self._active = [left for fault in self._active if (left := _counted(fault, met))]
        return tuple(met)

    def _happens(self, fault: Fault) -> bool:
        return self._chance.random() < fault.probability


def _counted(fault: Fault, met: list[Fault]) -> Fault | None:
    """Return what is left of a fault after a request, or None."""
    if fault.times is None or not any(fault is each for each in met):
        return fault
    return replace(fault, times=fault.times - 1) if fault.times > 1 else None


def _fits(value: object, default: object) -> bool:
    if value is None:
        return default is None or default == 1
    if isinstance(default, bool | str):
        return isinstance(value, str)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return isinstance(value, int | float | str)
