"""When a call is made again."""

from dataclasses import dataclass

from bot.domain.errors import NotAnswering, PipesHubError, TooManyRequests, Unreachable

FIRST_WAIT = (
    0.6  # seconds; what PipesHub waits before it calls its own AI service again (600 ms, then 1200 ms)
)
_NOT_NOW = frozenset({429, 502, 503})


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call is tried in all, and the longest wait, in seconds, between two tries.

    Three tries, as PipesHub itself makes for its AI service; somebody is looking at the placeholder
    meanwhile, so that a server which asks for more than a few seconds is not waited for.
    """

    attempts: int = 3
    max_wait: float = 5.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.max_wait < 0:
            raise ValueError(f"at least one attempt and no negative wait, not {self}")

    def worth(self, method: str, error: Exception) -> bool | float:
        """Whether to try again after `error`; a number is the wait the server asked for, in seconds.

        What reads is repeated whenever the server could not be reached; what writes only while
        nothing can have arrived, since nothing makes PipesHub take the same question once only.
        """
        if isinstance(error, TooManyRequests) and error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.max_wait else False
        if isinstance(error, NotAnswering):
            return False
        if isinstance(error, Unreachable):
            return method == "GET" or not error.arrived
        return isinstance(error, PipesHubError) and error.status in _NOT_NOW
