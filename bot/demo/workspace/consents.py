"""What admins agreed to on the consent page, until the app exchanges the codes for tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.refusals import Refusal

CODE_LIFETIME = 600.0
"""Seconds a code lives; it works once (docs.slack.dev, "Installing with OAuth")."""


@dataclass(slots=True)
class Consent:
    """One consent: the id of the workspace or organization, where the code went, and the scopes."""

    place: str
    redirect: str
    scopes: frozenset[str]
    until: float = 0.0
    used: bool = False


class Consents:
    """The codes given out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: dict[str, Consent] = {}

    def give(self, consent: Consent) -> str:
        """Return a code that stands for a consent."""
        consent.until = self._clock() + CODE_LIFETIME
        code = secrets.token_urlsafe(24)
        self._given[code] = consent
        return code

    def redeem(self, code: str, redirect: str) -> Consent:
        """Return what a code stands for, once.

        Raises Refusal `invalid_code`, `code_already_used` or `bad_redirect_uri`.
        """
        consent = self._given.get(code)
        if consent is None or consent.until <= self._clock():
            raise Refusal("invalid_code")
        if consent.used:
            raise Refusal("code_already_used")
        if consent.redirect != redirect:
            raise Refusal("bad_redirect_uri")
        consent.used = True
        return consent
