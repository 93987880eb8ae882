"""The faults of a run: what can go wrong, and a person would still expect an answer."""

from collections.abc import Mapping

from bot.demo.knowledge.faults import Fault as PipesHubFault
from bot.demo.knowledge.faults import Trouble
from bot.demo.workspace.faults import DELIVERY
from bot.demo.workspace.faults import Fault as SlackFault

SLOW = 3.0
"""Seconds of a call that takes long."""

_STREAM = "/stream"
_STORED = "/conversations"


def _slack(method: str) -> dict[str, SlackFault]:
    """Return what can go wrong with a method of Slack's."""
    return {
        f"{method} 429": SlackFault(method, status=429, retry_after=2),
        f"{method} 503": SlackFault(method, status=503),
        f"{method} internal_error": SlackFault(method, error="internal_error"),
        f"{method} reset": SlackFault(method, reset=True),
        f"{method} response lost": SlackFault(method, lost_response=True),
        f"{method} slow": SlackFault(method, delay=SLOW),
    }


SLACK: Mapping[str, SlackFault] = {
    **_slack("chat.postMessage"),
    **_slack("chat.update"),
    **_slack("chat.delete"),
    **_slack("conversations.replies"),
    **_slack("auth.test"),
    "delivery refused": SlackFault(DELIVERY, status=503),
    "delivery lost": SlackFault(DELIVERY, reset=True),
    "delivery twice": SlackFault(DELIVERY, twice=True),
    "acknowledgement lost": SlackFault(DELIVERY, drop_ack=True),
}
STREAMS: Mapping[str, SlackFault] = {
    **_slack("chat.startStream"),
    **_slack("chat.appendStream"),
    **_slack("chat.stopStream"),
}
"""What only bots meet that use Slack's own streaming."""

PIPESHUB: Mapping[str, PipesHubFault] = {
    "question 429": PipesHubFault(Trouble.STATUS, "POST", _STREAM, status=429, retry_after=1),
    "question 502": PipesHubFault(Trouble.STATUS, "POST", _STREAM, status=502),
    "question 503": PipesHubFault(Trouble.STATUS, "POST", _STREAM, status=503),
    "question reset": PipesHubFault(Trouble.DROP, "POST", _STREAM),
    "question slow": PipesHubFault(Trouble.DELAY, "POST", _STREAM, seconds=SLOW),
    "stream cut": PipesHubFault(Trouble.END, "POST", _STREAM, after_words=3),
    "stream reset": PipesHubFault(Trouble.RESET, "POST", _STREAM, after_words=3),
    "stream silent": PipesHubFault(Trouble.SILENCE, "POST", _STREAM, after_words=3, seconds=SLOW),
    "stream in pieces": PipesHubFault(Trouble.SPLIT, "POST", _STREAM),
    "read 429": PipesHubFault(Trouble.STATUS, "GET", _STORED, status=429, retry_after=1),
    "read 502": PipesHubFault(Trouble.STATUS, "GET", _STORED, status=502),
    "read reset": PipesHubFault(Trouble.DROP, "GET", _STORED),
    "read slow": PipesHubFault(Trouble.DELAY, "GET", _STORED, seconds=SLOW),
}
