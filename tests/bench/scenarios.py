"""What is asked in the benchmark, of whom, and how fast the answers come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.demo.workspace.options import NONE, PUBLISHED, RateLimits

CHANNELS_OF = 4
"""Questions in one channel at most: as many messages as a channel takes at once."""

WORDS = 16
"""Words a second of every answer. Each is an event, and with every fourth comes the normalised text: 20."""

SHORTEST_IN_STEP = 3.0
"""Seconds of an answer that leave some in which all are being written."""

PEOPLE = 8
"""People who ask, in turns."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Some questions and the answers to them.

    `questions` are asked together, each in a thread of its own, at most `CHANNELS_OF` in a channel; or, where
    `events_per_second` is set, one after the other, with `chatter` messages of people among themselves
    after each. The text of each answer takes `seconds`. With `in_step` no answer begins before all have been
    asked. `patience` is how many seconds after the last completion an ending may come. `bounded` says that
    the allowance bounds how fresh the pictures can be.
    """

    name: str
    about: str
    questions: int
    seconds: float
    limits: RateLimits = PUBLISHED
    events_per_second: float = 0.0
    chatter: int = 0
    in_step: bool = False
    bounded: bool = False
    with_baselines: bool = True
    patience: float = 180.0

    @property
    def channels(self) -> int:
        """How many channels the questions are spread over."""
        return -(-self.questions // CHANNELS_OF)

    def scaled(self, scale: float) -> "Scenario":
        """Return a smaller one of the same kind: fewer questions, shorter answers."""
        if scale == 1:
            return self
        return replace(
            self,
            questions=max(1, round(self.questions * scale)),
            seconds=max(SHORTEST_IN_STEP if self.in_step else 1.0, self.seconds * scale),
            patience=max(5.0, self.patience * scale),
        )


ALL: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario("quiet", "1 answer of 10 s", 1, 10.0),
        Scenario("thirty", "30 answers of 20 s started together", 30, 20.0, bounded=True),
        Scenario("hundred", "100 answers of 30 s started together", 100, 30.0),
        Scenario(
            "streams",
            "500 live streams of 20 events a second, no limits of Slack's",
            500,
            30.0,
            limits=NONE,
            in_step=True,
            with_baselines=False,
            patience=60.0,
        ),
        # Slack takes 600 messages a minute: a placeholder and an ending for each of 5 questions a second.
        Scenario(
            "acknowledgements",
            "50 events a second for 10 s: 5 questions, each told twice, and 40 other messages",
            50,
            5.0,
            events_per_second=50.0,
            chatter=8,
            with_baselines=False,
            patience=90.0,
        ),
    )
}
