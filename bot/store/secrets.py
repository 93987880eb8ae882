"""Secrets, encrypted for the place where they are kept."""

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.domain.errors import WrongKey


class Vault:
    """Encrypts with the first of its keys and decrypts with any, so that a key is changed without a stop.

    What a secret is for is sealed in with it: a sealed value that is moved to another row does not open.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take Fernet keys (32 bytes in URL-safe Base64). Raises ValueError where one is none."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._newest = Fernet(keys[0])

    def seal(self, purpose: str, secret: str) -> str:
        """Return `secret` so that only `open` for the same purpose (such as `account:T1:U1`) gives it."""
        return self._fernet.encrypt(json.dumps([purpose, secret]).encode()).decode()

    def resealed(self, sealed: str) -> str:
        """Return what is sealed, under the first key; as it is where that is so already, or no key fits."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            try:
                return self._fernet.rotate(sealed).decode()
            except InvalidToken:
                return sealed
        return sealed

    def open(self, purpose: str, sealed: str) -> str:
        """Return what was sealed for `purpose`.

        Raises WrongKey where no key fits, and where it was sealed for another purpose.
        """
        try:
            found = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError) as error:
            raise WrongKey(
                "no key in ENCRYPTION_KEY opens what is stored; put the key it was sealed with back, "
                "after the new one"
            ) from error
        if not isinstance(found, list) or found[:1] != [purpose]:
            raise WrongKey("a stored secret was sealed for another row than the one it stands in")
        return str(found[1])
