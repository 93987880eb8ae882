"""How fresh pictures can be at best, by what Slack allows an app in a minute."""

from collections.abc import Mapping


def bound(answers: int, seconds: float, per_minute: Mapping[str, int], *, streaming: bool) -> float:
    """Return the mean staleness, in seconds, below which no bot can come that keeps to the allowance.

    For `answers` that are written within the same minute, `seconds` long each: an ending is reserved for
    every one of them, and the rest is spread evenly. With `streaming` as many as may be started are
    streamed and share the appends; the others are edited.
    """
    edits = per_minute["chat.update"]
    streamed = min(answers, per_minute["chat.startStream"], per_minute["chat.stopStream"]) if streaming else 0
    edited = answers - streamed
    stale = _evenly(streamed, seconds, per_minute["chat.appendStream"])
    stale += _evenly(edited, seconds, max(0, edits - edited))
    return stale / answers


def _evenly(answers: int, seconds: float, updates: int) -> float:
    """Return the summed mean staleness of answers that share so many updates, each spread over its time.

    n updates cut an answer into n + 1 stretches, and over each of them staleness grows from nothing.
    """
    if not answers:
        return 0.0
    each, more = divmod(updates, answers)
    return seconds / 2 * (more / (each + 2) + (answers - more) / (each + 1))
