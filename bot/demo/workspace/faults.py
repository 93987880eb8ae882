"""Misfortune on request: what can go wrong between Slack and an app, as data."""

import random
from dataclasses import dataclass, field

DELIVERY = "delivery"
"""The `on` of a fault that concerns what goes to the app, instead of a Web API method."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong with the next calls of a method, or with deliveries to the app.

    `on` is a method (`chat.update`), `"delivery"`, or `"*"` for every method; `times` None lasts until
    `clear()`. A call can be answered with an HTTP `status`, a Slack `error`, or a JSON `body` that is none of
    Slack's, after `delay` seconds, or with a connection `reset`; a caller that does not wait so long gets
    nothing done. With `lost_response` it takes effect, then the connection breaks.
    A delivery fails with `status` or `reset` before the app sees it, arrives `twice`, or has its
    acknowledgement lost (`drop_ack`). `retry_after` (seconds) goes with status 429.
    """

    on: str
    times: int | None = 1
    probability: float = 1.0
    status: int | None = None
    error: str | None = None
    body: str | None = None
    delay: float = 0.0
    reset: bool = False
    lost_response: bool = False
    twice: bool = False
    drop_ack: bool = False
    retry_after: int | None = None
    struck: int = field(default=0, init=False)
    """How often it has happened."""


class Faults:
    """The faults in force; with the same seed the same calls are struck."""

    def __init__(self, seed: int = 0) -> None:
        self._active: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - chance for tests, no secret

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and return it."""
        self._active.append(fault)
        return fault

    def clear(self) -> None:
        """End all faults."""
        self._active.clear()

    def take(self, on: str) -> Fault | None:
        """Return the fault that strikes this call or delivery, or None."""
        for fault in self._active:
            if fault.on != on and (fault.on != "*" or on == DELIVERY):
                continue
            if fault.times is not None and fault.struck >= fault.times:
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            fault.struck += 1
            return fault
        return None
