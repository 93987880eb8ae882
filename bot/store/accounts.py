"""Linked PipesHub accounts, the links being made, and the encryption of their tokens."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.errors import WrongEncryptionKey
from bot.domain.people import AccountOwner, AccountTokens, LinkedAccount
from bot.store.database import Database
from bot.store.tables import AccountRow, PendingLinkRow


class TokenCipher:
    """Encrypts with the first of its keys and decrypts with any, so that keys can be rotated.

    The purpose of a secret is encrypted with it: a value that is moved to another row is refused.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take Fernet keys (32 bytes in URL-safe Base64). Raises ValueError where one is none."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._newest = Fernet(keys[0])

    def encrypt(self, purpose: str, secret: str) -> str:
        """Encrypt `secret` for a purpose, such as `account:T1:U1`, that `decrypt` has to name."""
        return self._fernet.encrypt(json.dumps([purpose, secret]).encode()).decode()

    def reencrypt(self, encrypted: str) -> str:
        """Encrypt again with the first key; return it unchanged where that was used, or no key fits."""
        try:
            self._newest.decrypt(encrypted)
        except InvalidToken:
            try:
                return self._fernet.rotate(encrypted).decode()
            except InvalidToken:
                return encrypted
        return encrypted

    def decrypt(self, purpose: str, encrypted: str) -> str:
        """Return what was encrypted for `purpose`.

        Raises WrongEncryptionKey where no key fits, and where it was encrypted for another purpose.
        """
        try:
            found = json.loads(self._fernet.decrypt(encrypted))
        except (InvalidToken, ValueError) as error:
            raise WrongEncryptionKey(
                "no key in ENCRYPTION_KEY decrypts what is stored; put the key it was encrypted with back, "
                "after the new one"
            ) from error
        if not isinstance(found, list) or found[:1] != [purpose]:
            raise WrongEncryptionKey("a stored secret was encrypted for another row than the one it is in")
        return str(found[1])


RENEWAL_LEASE = 60.0
"""Seconds after which a lease to renew tokens expires; a renewal takes far less."""


@dataclass(frozen=True, slots=True)
class AccountStore:
    """Linked accounts with their encrypted tokens."""

    database: Database
    token_cipher: TokenCipher

    async def find(self, workspace: str, person: str) -> LinkedAccount | None:
        """Return the account of a Slack user. Raises WrongEncryptionKey."""
        row = await self.database.get(AccountRow, (workspace, person))
        return self._account_from(row) if row else None

    async def save(self, workspace: str, person: str, owner: AccountOwner, tokens: AccountTokens) -> None:
        """Save an account, in place of an earlier one."""
        purpose = _purpose(workspace, person)
        row = AccountRow(
            workspace=workspace,
            person=person,
            user_id=owner.user_id,
            email=owner.email,
            access_token=self.token_cipher.encrypt(purpose, tokens.access),
            refresh_token=self.token_cipher.encrypt(purpose, tokens.refresh),
            expires_at=tokens.expires_at,
            refreshing_until=0,
            refused_at=None,
            linked_at=time.time(),
        )
        async with self.database.transaction() as session:
            await session.merge(row)

    async def claim_renewal(self, workspace: str, person: str, access: str) -> LinkedAccount | None:
        """Return an account with the lease to renew its tokens, if `access` is still its token.

        It comes without a lease where another process renews it or has renewed it, and where PipesHub
        refuses it. Raises WrongEncryptionKey.
        """
        now = time.time()
        async with self.database.transaction() as session:
            row = await _lock_account(session, workspace, person)
            if row is None:
                return None
            found = self._account_from(row)
            if found.refused or found.tokens.access != access or row.refreshing_until > now:
                return found
            row.refreshing_until = now + RENEWAL_LEASE
            return self._account_from(row, row.refreshing_until)

    async def save_renewed(self, account: LinkedAccount, tokens: AccountTokens) -> bool:
        """Save the new tokens of an account; return False if the lease has expired and was taken."""
        purpose = _purpose(account.workspace, account.person)
        async with self.database.transaction() as session:
            row = await _lock_if_leased(session, account)
            if row is None:
                return False
            row.access_token = self.token_cipher.encrypt(purpose, tokens.access)
            row.refresh_token = self.token_cipher.encrypt(purpose, tokens.refresh)
            row.expires_at, row.refreshing_until = tokens.expires_at, 0
            return True

    async def release_renewal(self, account: LinkedAccount, *, refused: bool) -> None:
        """Release the lease without new tokens; `refused` says that PipesHub will give none any more."""
        async with self.database.transaction() as session:
            row = await _lock_if_leased(session, account)
            if row is not None:
                row.refreshing_until = 0
                row.refused_at = time.time() if refused else None

    async def erase(self, workspace: str, person: str) -> None:
        """Delete an account."""
        async with self.database.transaction() as session:
            row = await _lock_account(session, workspace, person)
            if row is not None:
                await session.delete(row)

    def _account_from(self, row: AccountRow, lease: float | None = None) -> LinkedAccount:
        purpose = _purpose(row.workspace, row.person)
        return LinkedAccount(
            row.workspace,
            row.person,
            AccountOwner(row.user_id, row.email),
            AccountTokens(
                self.token_cipher.decrypt(purpose, row.access_token),
                self.token_cipher.decrypt(purpose, row.refresh_token),
                row.expires_at,
            ),
            refused=row.refused_at is not None,
            lease=lease,
        )


def _purpose(workspace: str, person: str) -> str:
    return f"account:{workspace}:{person}"


async def _lock_account(session: AsyncSession, workspace: str, person: str) -> AccountRow | None:
    return await session.get(AccountRow, (workspace, person), with_for_update=True)


async def _lock_if_leased(session: AsyncSession, account: LinkedAccount) -> AccountRow | None:
    """Return the row of an account, if its lease is still the one that came with it."""
    row = await _lock_account(session, account.workspace, account.person)
    return row if row is not None and row.refreshing_until == account.lease else None


@dataclass(frozen=True, slots=True)
class PendingLink:
    """A link being made: for an OAuth state also the PKCE verifier and the hash of the browser's cookie."""

    workspace: str
    person: str
    verifier: str | None = field(default=None, repr=False)
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class PendingLinkStore:
    """Links being made, under the hash of a ticket or state; each can be taken once."""

    database: Database
    token_cipher: TokenCipher

    async def save(self, secret: str, begun: PendingLink, seconds: float) -> None:
        """Save a link for `seconds` under `secret`, a random text, and delete expired ones."""
        key, now = hash_secret(secret), time.time()
        row = PendingLinkRow(
            key=key,
            workspace=begun.workspace,
            person=begun.person,
            verifier=begun.verifier and self.token_cipher.encrypt(f"link:{key}", begun.verifier),
            browser=begun.browser,
            expires_at=now + seconds,
        )
        async with self.database.transaction() as session:
            await session.exec(delete(PendingLinkRow).where(col(PendingLinkRow.expires_at) < now))
            session.add(row)

    async def take(self, secret: str) -> PendingLink | None:
        """Return the link saved under `secret`, once; None where it was taken, has expired or never was.

        Raises WrongEncryptionKey.
        """
        key = hash_secret(secret)
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(PendingLinkRow).where(col(PendingLinkRow.key) == key).with_for_update()
            )
            row = rows.first()
            if row is None:
                return None
            await session.delete(row)
        if row.expires_at < time.time():
            return None
        verifier = row.verifier and self.token_cipher.decrypt(f"link:{key}", row.verifier)
        return PendingLink(row.workspace, row.person, verifier, row.browser)


def hash_secret(secret: str) -> str:
    """Return the hash under which a random text is stored."""
    return sha256(secret.encode()).hexdigest()
