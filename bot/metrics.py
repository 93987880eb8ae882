"""The metrics of one bot, for Prometheus.

Labels hold names from the code and from Slack's documentation, never an id or anything people wrote, so that
the number of series does not grow.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter, time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

ANSWER_TIMES = (0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300, 600)
"""Bounds in seconds, from a placeholder (a good one is shown within one) to PipesHub's own ten minutes."""

CALL_TIMES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""Bounds in seconds, from a look-up to the longest wait for a plain answer."""

OUTCOMES = ("done", "recovered", "stopped", "failed", "broken")
"""How an answer ends; recovered is done, by looking up at PipesHub what became of the question."""

SURFACES = ("channel", "direct")
RETRIED = ("question", "pipeshub_call")


class Meters:
    """The series of one bot. Times are in seconds.

    The three times of an answer begin when its question is recorded, which is as it arrives, whichever
    replica finishes it; questions that are asked again are left out.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"pipeshub_bot_{name}", about, labels, registry=registry)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"pipeshub_bot_{name}", about, labels, registry=registry)

        def seconds(name: str, about: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"pipeshub_bot_{name}_seconds", about, labels, buckets=bounds, registry=registry)

        self.questions = counter("questions", "Questions recorded", "surface")
        self.answers = counter("answers", "Answers that came to an end", "outcome")
        self.recoveries = counter("recoveries", "Turns looked up at PipesHub instead of being asked")
        self.retries = counter("retries", "Questions asked again by a press, and calls made again", "of")
        self.live = gauge("live_answers", "Answers that this process is reading from PipesHub")
        self.waiting = gauge("waiting_answers", "Answers that wait in this process for a free place")
        self._turns = gauge("turns", "Unfinished turns in the database, which replicas share", "state")
        self.placeholder = seconds("placeholder", "Until the placeholder stood in Slack", ANSWER_TIMES)
        self.first_text = seconds("first_text", "Until the first words stood in Slack", ANSWER_TIMES)
        self.answer = seconds("answer", "Until the whole answer stood in Slack", ANSWER_TIMES)
        self.slack_calls = counter("slack_calls", "Calls of Slack's Web API", "method", "outcome")
        self._slack_left = gauge(
            "slack_calls_left", "Calls left now in the workspace, or channel, that has fewest", "method"
        )
        self._pipeshub_calls = counter(
            "pipeshub_calls", "Calls of PipesHub, repetitions included", "operation", "outcome"
        )
        self._pipeshub_time = seconds(
            "pipeshub_call", "Until the whole response, or the beginning of a stream", CALL_TIMES, "operation"
        )
        for series, words in (
            (self.questions, SURFACES),
            (self.answers, OUTCOMES),
            (self.retries, RETRIED),
        ):
            for word in words:
                series.labels(word)

    def since(self, moment: float | None, series: Histogram, until: float | None = None) -> None:
        """Observe the time from `moment` until now, or `until`, both since 1970; nothing without `moment`."""
        if moment is not None:
            series.observe((time() if until is None else until) - moment)

    @contextmanager
    def pipeshub_call(self, operation: str, failure: type[Exception]) -> Iterator[None]:
        """Count and time the call in the block; its outcome is `ok` or the class of the `failure` raised."""
        began, outcome = perf_counter(), "cancelled"
        try:
            yield
            outcome = "ok"
        except failure as error:
            outcome = type(error).__name__
            raise
        finally:
            self._pipeshub_calls.labels(operation, outcome).inc()
            self._pipeshub_time.labels(operation).observe(perf_counter() - began)

    def text(self, turns: Mapping[str, int], slack_left: Mapping[str, int]) -> bytes:
        """Return everything in Prometheus' text format.

        `turns` are the unfinished ones by state, `slack_left` the calls left by method: both hold for the
        moment only, so each scrape brings its own.
        """
        for series, now in ((self._turns, turns), (self._slack_left, slack_left)):
            series.clear()
            for label, number in now.items():
                series.labels(label).set(number)
        return generate_latest(self._registry)
