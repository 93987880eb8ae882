"""The bot tokens of one installation: given, refreshed, expired, revoked."""

import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.demo.workspace.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Given:
    """An access token; with rotation its refresh token and the whole seconds it works."""

    access: str
    refresh: str = ""
    expires_in: int = 0


class Tokens:
    """Every token there is or was. With a `lifetime` (seconds) those given from now on expire.

    As docs.slack.dev has it ("Using token rotation"): a refresh token works once, and the access token
    it replaces works until it expires.
    """

    def __init__(
        self, clock: Callable[[], float], lifetime: float | None, lasting: Iterable[str] = ()
    ) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._ends = dict.fromkeys(lasting, math.inf)
        self._refreshing: set[str] = set()
        self.revoked: set[str] = set()

    @property
    def live(self) -> set[str]:
        """The access tokens that work."""
        now = self._clock()
        return {token for token, end in self._ends.items() if end > now}

    @property
    def lasting(self) -> set[str]:
        """Those of them that never expire."""
        return {token for token, end in self._ends.items() if end == math.inf}

    def restore(self, lasting: Iterable[str], revoked: Iterable[str]) -> None:
        """Take up what worked, and what did not, when the workspace was saved."""
        self.revoked |= set(revoked)
        self._ends |= dict.fromkeys(lasting, math.inf)
        self._ends = {token: end for token, end in self._ends.items() if token not in self.revoked}

    def give(self) -> Given:
        """Return a new token, with a refresh token where tokens expire."""
        if self._lifetime is None:
            access = f"xoxb-{secrets.token_hex(16)}"
            self._ends[access] = math.inf
            return Given(access)
        given = Given(
            f"xoxe.xoxb-1-{secrets.token_hex(24)}", f"xoxe-1-{secrets.token_hex(24)}", int(self._lifetime)
        )
        self._ends[given.access] = self._clock() + self._lifetime
        self._refreshing.add(given.refresh)
        return given

    def refreshes(self, refresh_token: str) -> bool:
        """Whether this is one of the refresh tokens that work."""
        return refresh_token in self._refreshing

    def refresh(self, refresh_token: str) -> Given:
        """Exchange a refresh token; raises Refusal `invalid_refresh_token`."""
        if not self.refreshes(refresh_token):
            raise Refusal("invalid_refresh_token")
        self._refreshing.discard(refresh_token)
        return self.give()

    def knows(self, token: str) -> bool:
        """Whether the access token works here, or once did."""
        return token in self._ends or token in self.revoked

    def works(self, token: str) -> bool:
        """Whether the access token works; raises Refusal `token_expired` where its time is over."""
        if token not in self._ends:
            return False
        if self._ends[token] <= self._clock():
            raise Refusal("token_expired")
        return True

    def expire(self) -> None:
        """Let the time of every access token be over, as it is after twelve hours."""
        self._ends = dict.fromkeys(self._ends, self._clock())

    def revoke(self, token: str | None = None) -> None:
        """End one access token, or everything."""
        ended = self._ends.keys() if token is None else {token}
        self.revoked |= set(ended)
        self._ends = {each: end for each, end in self._ends.items() if each not in self.revoked}
        if token is None:
            self._refreshing.clear()
