"""One PipesHub server: where it is, how long to wait for it, and what was learnt about it."""

from dataclasses import dataclass, field

import httpx

from bot.metrics import Meters
from bot.pipeshub.circuit import Circuit

_API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    `connect` and `call` are patience rather than limits: within 10 s a network answers or does not,
    and no call but those for an answer asks more of the server than its database.
    """

    connect: float = 10
    call: float = 30
    plain_answer: float = 300
    """For a whole answer in one JSON body: Node gives up on the AI service after 300 s (undici's default)."""
    idle_with_heartbeats: float = 60
    """Servers from v0.6.0 send a HEARTBEAT every 15 s: four missed ones."""
    idle_without_heartbeats: float = 300
    """Earlier servers are silent during a long model call, until Node gives up on it after 300 s."""
    whole_answer: float = 600
    """What PipesHub's own Slack bot grants an answer."""


@dataclass(slots=True)
class Server:
    """A PipesHub server, shared by everybody who asks it.

    `url` may carry a path prefix and may end in `/api/v1`, with or without slashes. `answers_plainly`
    is what was learnt: from v0.4 on the operations that answer in one JSON body always fail. `circuit` keeps
    calls from a server that does not answer.
    Raises ValueError where `url` is no http address.
    """

    http: httpx.AsyncClient
    url: str
    timeouts: Timeouts = field(default_factory=Timeouts)
    answers_plainly: bool = True
    meters: Meters = field(default_factory=Meters)
    circuit: Circuit = field(default_factory=Circuit)

    def __post_init__(self) -> None:
        self.url = _base(self.url)

    def address(self, path: str) -> str:
        """Return the whole address of an API path."""
        return f"{self.url}{path}"


OTHER_CALLS = 100
"""Connections for everything but answers: as many as httpx grants a whole client (its `DEFAULT_LIMITS`)."""


def http_client(max_live_answers: int = 200) -> httpx.AsyncClient:
    """Return an HTTP client with room for that many streams at once and for other calls beside them."""
    return httpx.AsyncClient(
        limits=httpx.Limits(
            max_connections=max_live_answers + OTHER_CALLS, max_keepalive_connections=OTHER_CALLS
        )
    )


def _base(url: str) -> str:
    stripped = url.strip()
    try:
        parsed = httpx.URL(stripped)
    except httpx.InvalidURL as error:
        raise ValueError(f"not an address of a PipesHub server: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError("the address of a PipesHub server looks like https://pipeshub.example.com")
    return stripped.rstrip("/").removesuffix(_API).rstrip("/") + _API
