"""What a server says it is doing, in short phrases for people."""

import re

from bot.domain.text import whole

_LONGEST = 140  # characters; one line under a message on a wide screen

# The states of servers before v0.6.0 (`status`) and after (`STATE_SNAPSHOT`). Those not listed,
# like `keepalive` and `idle`, tell a person nothing.
_STATES = {
    "transforming": "Rephrasing the question",
    "analyzing": "Analysing the question",
    "searching": "Searching the company's knowledge",
    "processing": "Reading what was found",
    "ranking": "Choosing the best passages",
    "checking_tools": "Choosing the tools",
    "planning": "Making a plan",
    "executing": "Carrying out the plan",
    "generating_answer": "Writing the answer",
    "calling_llm": "Thinking it through",
    "spawning_agent": "Bringing in a specialist",
    "waiting_hil": "Waiting for an approval",
}
# How servers sum up a search: by the name of its one argument.
_ONLY_QUERY = re.compile(r"^\s*(?:query|search_query|q)\s*[:=]\s*", re.IGNORECASE)
# The first two say what the placeholder says already.
_SILENT = frozenset(
    {"started", "starting", "keepalive", "idle", "checkpointing", "completed", "failed", "cancelled"}
)


def state(name: str, message: str = "") -> str:
    """Return the phrase for a state: the server's own message, else ours, else the state's name."""
    if name in _SILENT:
        return ""
    return short(message) or _STATES.get(name) or readable(name)


def tool_called(label: str, arguments: str = "") -> str:
    """Return the phrase for a tool at work, with a summary of its arguments where there is one."""
    sought = _ONLY_QUERY.sub("", arguments)
    return short(f"{label}: {sought}" if label and sought else label)


def tool_answered(label: str, result: str) -> str:
    """Return the phrase for what a tool found, empty where nothing is said of it."""
    return short(f"{label}: {result}" if label else result) if result else ""


def tool_failed(label: str) -> str:
    """Return the phrase for a tool that did not work; the answer goes on without it."""
    return short(f"{label} did not work, going on without it") if label else ""


def step(name: str) -> str:
    """Return the phrase for a step of a plan; `sub_agent:<role>` is one done by a specialist."""
    kind, _, role = name.partition(":")
    return short(f"At work: {readable(role)}" if role else readable(kind))


def short(phrase: str) -> str:
    """Return `phrase` on one line, without the dots at its end, cut where it is too long."""
    line = " ".join(whole(phrase).split()).rstrip(" .…")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def readable(name: str) -> str:
    """Return an identifier such as `search_internal_knowledge` as words."""
    words = re.sub(r"[_.\-\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]
