"""What passes by itself while an answer is fetched, how long the bot waits for it, and when it gives up."""

from dataclasses import dataclass
from time import monotonic

import structlog

from bot.domain.errors import (
    AnswerStopped,
    BotError,
    Interrupted,
    NotAnswering,
    PipesHubError,
    ServerFailed,
    TooLarge,
    TooManyRequests,
    Unreachable,
    WentQuiet,
)
from bot.metrics import Meters

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
"""Seconds until the server is asked again: a question on its way is stored within moments."""

LONGEST_PAUSE = 15.0  # seconds
MAX_DOUBLINGS = 4
CIRCUIT_POLL = 2.0  # seconds between looks at an open circuit: another turn may have closed it


@dataclass(slots=True)
class Outage:
    """The failures of one turn that pass by themselves; it is given up `patience` seconds after the first."""

    patience: float
    meters: Meters
    broken: PipesHubError | None = None
    """The first failure after which the server may have the question all the same."""
    _until: float | None = None
    _tries: int = 0
    _read: int = 0
    _is_over: bool = False

    def pause_after(self, error: BotError) -> float | None:
        """Return the seconds to wait after `error`, None where that does not help, or not any more."""
        if not self._may_pass(error):
            return None
        now = monotonic()
        if self._until is None:
            self._until = now + self.patience
            self.meters.recoveries.inc()
        if self.broken is None and isinstance(error, PipesHubError) and error.may_have_arrived:
            self.broken = error
        pause = min(FIRST_PAUSE * 2**self._tries, LONGEST_PAUSE)
        if isinstance(error, NotAnswering):
            pause = max(FIRST_PAUSE, min(error.retry_in, CIRCUIT_POLL))
        else:
            self._tries = min(self._tries + 1, MAX_DOUBLINGS)
        if isinstance(error, TooManyRequests) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        goes_on = now + pause <= self._until
        log.info("answer.stream_broken", reason=error.detail, goes_on=goes_on, pause=pause)
        return pause if goes_on else None

    def last_word(self, error: BotError) -> BotError:
        """Return what a turn ends with after `error`: the first failure, where it was given up."""
        return self.broken if self.broken is not None and self._may_pass(error) else error

    def seen(self, error: PipesHubError) -> PipesHubError:
        """Return what an attempt that did not begin ends with.

        Where it cannot be looked up what the server has, the question stays one that may have arrived.
        """
        if self.broken is None or self._may_pass(error):
            return error
        log.info("answer.reconnect_failed", reason=error.detail)
        self._is_over = True
        return self.broken

    def shortens(self, text: str) -> bool:
        """Return whether a text of a later attempt is shorter than what people have read already."""
        if self._until is not None and len(text) < self._read:
            return True
        self._read = len(text)
        return False

    def _may_pass(self, error: BotError) -> bool:
        if self._is_over:
            return False
        if isinstance(error, TooLarge | AnswerStopped):
            # What the server has stored can be smaller than its stream, and what it stopped by itself can be
            # written again: it is looked up once. Where a person stopped it, the reading ends meanwhile.
            return self.broken in (None, error)
        if isinstance(error, ServerFailed):
            return error.may_have_arrived
        return isinstance(error, Interrupted | WentQuiet | Unreachable | TooManyRequests)
