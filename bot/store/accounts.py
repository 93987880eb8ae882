"""Linked PipesHub accounts, the links being made, and the encryption of their tokens."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.errors import WrongKey
from bot.domain.people import Linked, Owner, Tokens
from bot.store.database import Database
from bot.store.tables import AccountRow, LinkRow


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


RENEWING = 60.0
"""Seconds after which a renewal is anybody's: whoever began it gives up long before, or is no more."""


class LinkedAccounts:
    """Keeps each account with its tokens, encrypted; every method but `save` passes over who has none."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def find(self, workspace: str, person: str) -> Linked | None:
        """Return the account of a Slack user. Raises WrongKey."""
        async with self._database.transaction() as session:
            row = await session.get(AccountRow, (workspace, person))
        return self._linked(row) if row else None

    async def save(self, workspace: str, person: str, owner: Owner, tokens: Tokens) -> None:
        """Keep an account, in place of the one that was there."""
        purpose = _purpose(workspace, person)
        row = AccountRow(
            workspace=workspace,
            person=person,
            user_id=owner.user_id,
            email=owner.email,
            access_token=self._vault.seal(purpose, tokens.access),
            refresh_token=self._vault.seal(purpose, tokens.refresh),
            expires_at=tokens.expires_at,
            refreshing_until=0,
            refused_at=None,
            linked_at=time.time(),
        )
        async with self._database.transaction() as session:
            await session.merge(row)

    async def to_renew(self, workspace: str, person: str, access: str) -> Linked | None:
        """Return an account with the lease to renew its tokens, if `access` is still the one to renew.

        Without a lease it comes where somebody else renews it, has renewed it, or it is refused. Raises
        WrongKey.
        """
        now = time.time()
        async with self._database.transaction() as session:
            row = await _locked(session, workspace, person)
            if row is None:
                return None
            found = self._linked(row)
            if found.refused or found.tokens.access != access or row.refreshing_until > now:
                return found
            row.refreshing_until = now + RENEWING
            return self._linked(row, row.refreshing_until)

    async def renewed(self, account: Linked, tokens: Tokens) -> bool:
        """Keep the new tokens of an account; return False if the lease is not ours any more."""
        purpose = _purpose(account.workspace, account.person)
        async with self._database.transaction() as session:
            row = await _leased(session, account)
            if row is None:
                return False
            row.access_token = self._vault.seal(purpose, tokens.access)
            row.refresh_token = self._vault.seal(purpose, tokens.refresh)
            row.expires_at, row.refreshing_until = tokens.expires_at, 0
            return True

    async def release(self, account: Linked, *, refused: bool) -> None:
        """Give the lease back without new tokens; `refused` says that PipesHub will give none any more."""
        async with self._database.transaction() as session:
            row = await _leased(session, account)
            if row is not None:
                row.refreshing_until = 0
                row.refused_at = time.time() if refused else None

    async def erase(self, workspace: str, person: str) -> None:
        """Let go of an account."""
        async with self._database.transaction() as session:
            row = await _locked(session, workspace, person)
            if row is not None:
                await session.delete(row)

    def _linked(self, row: AccountRow, lease: float | None = None) -> Linked:
        purpose = _purpose(row.workspace, row.person)
        return Linked(
            row.workspace,
            row.person,
            Owner(row.user_id, row.email),
            Tokens(
                self._vault.open(purpose, row.access_token),
                self._vault.open(purpose, row.refresh_token),
                row.expires_at,
            ),
            refused=row.refused_at is not None,
            lease=lease,
        )


def _purpose(workspace: str, person: str) -> str:
    return f"account:{workspace}:{person}"


async def _locked(session: AsyncSession, workspace: str, person: str) -> AccountRow | None:
    return await session.get(AccountRow, (workspace, person), with_for_update=True)


async def _leased(session: AsyncSession, account: Linked) -> AccountRow | None:
    """Return the row of an account, if its lease is still the one that came with it."""
    row = await _locked(session, account.workspace, account.person)
    return row if row is not None and row.refreshing_until == account.lease else None


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
