"""The way to an account: tickets that people bring along, and states that come back with them."""

import time
from dataclasses import dataclass, field
from hashlib import sha256

from sqlmodel import col, delete, select

from bot.store.database import Database
from bot.store.secrets import Vault
from bot.store.tables import LinkRow


@dataclass(frozen=True, slots=True)
class Begun:
    """Who is on the way, and with what: for a state the PKCE verifier and the browser's cookie, hashed."""

    workspace: str
    person: str
    verifier: str | None = field(default=None, repr=False)
    browser: str | None = None


class Links:
    """Keeps what is on its way. Of what people bring only a hash is kept, and each is taken once."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def keep(self, brought: str, begun: Begun, seconds: float) -> None:
        """Remember for `seconds` who will bring `brought`, a random text, and forget what nobody brought."""
        key, now = hashed(brought), time.time()
        row = LinkRow(
            key=key,
            workspace=begun.workspace,
            person=begun.person,
            verifier=None if begun.verifier is None else self._vault.seal(f"link:{key}", begun.verifier),
            browser=begun.browser,
            expires_at=now + seconds,
        )
        async with self._database.transaction() as session:
            await session.exec(delete(LinkRow).where(col(LinkRow.expires_at) < now))
            session.add(row)

    async def take(self, brought: str) -> Begun | None:
        """Return who brings `brought`, once; None where it was taken before, is too old or was never kept.

        Raises WrongKey.
        """
        key = hashed(brought)
        async with self._database.transaction() as session:
            rows = await session.exec(select(LinkRow).where(col(LinkRow.key) == key).with_for_update())
            row = rows.first()
            if row is None:
                return None
            await session.delete(row)
        if row.expires_at < time.time():
            return None
        verifier = None if row.verifier is None else self._vault.open(f"link:{key}", row.verifier)
        return Begun(row.workspace, row.person, verifier, row.browser)


def hashed(brought: str) -> str:
    """Return what is kept of a random text that somebody will bring."""
    return sha256(brought.encode()).hexdigest()
