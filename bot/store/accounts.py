"""PipesHub accounts, links being made, and installations in Slack, with their encrypted tokens."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Table, or_
from sqlmodel import SQLModel, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.errors import WrongEncryptionKey
from bot.domain.people import (
    AccountOwner,
    AccountTokens,
    BotTokens,
    GrantedInstallation,
    Installation,
    LinkedAccount,
)
from bot.store.database import Database, Session, insert_if_absent
from bot.store.tables import AccountRow, FeedbackRow, InstallationRow, PendingLinkRow, TurnRow, VersionRow


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
        with suppress(InvalidToken):
            self._newest.decrypt(encrypted)
            return encrypted
        with suppress(InvalidToken):
            return self._fernet.rotate(encrypted).decode()
        return encrypted

    def decrypt(self, purpose: str, encrypted: str) -> str:
        """Return what was encrypted for `purpose`; else, or where no key fits, raise WrongEncryptionKey."""
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


RENEWAL_LEASE = 60.0  # seconds after which a lease to renew tokens expires; a renewal takes far less


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
        purpose = _account_purpose(workspace, person)
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
        async with self.database.locked(AccountRow, (workspace, person)) as row:
            if row is None:
                return None
            found = self._account_from(row)
            if found.refused or found.tokens.access != access or row.refreshing_until > now:
                return found
            row.refreshing_until = now + RENEWAL_LEASE
            return replace(found, lease=row.refreshing_until)

    async def save_renewed(self, account: LinkedAccount, tokens: AccountTokens) -> bool:
        """Save the new tokens of an account; return False if the lease has expired and was taken."""
        purpose = _account_purpose(account.workspace, account.person)
        async with self._locked_if_leased(account) as row:
            if row is None:
                return False
            row.access_token = self.token_cipher.encrypt(purpose, tokens.access)
            row.refresh_token = self.token_cipher.encrypt(purpose, tokens.refresh)
            row.expires_at, row.refreshing_until = tokens.expires_at, 0
            return True

    async def release_renewal(self, account: LinkedAccount, *, refused: bool) -> None:
        """Release the lease without new tokens; `refused` says that PipesHub will give none any more."""
        async with self._locked_if_leased(account) as row:
            if row is not None:
                row.refreshing_until = 0
                row.refused_at = time.time() if refused else None

    async def erase(self, workspace: str, person: str) -> None:
        """Delete an account."""
        account = (col(AccountRow.workspace) == workspace, col(AccountRow.person) == person)
        async with self.database.transaction() as session:
            await session.exec(delete(AccountRow).where(*account))

    @asynccontextmanager
    async def _locked_if_leased(self, account: LinkedAccount) -> AsyncIterator[AccountRow | None]:
        """Give the locked row of an account, if its lease is still the one that came with it."""
        async with self.database.locked(AccountRow, (account.workspace, account.person)) as row:
            yield row if row is not None and row.refreshing_until == account.lease else None

    def _account_from(self, row: AccountRow) -> LinkedAccount:
        purpose = _account_purpose(row.workspace, row.person)
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
        )


def _account_purpose(workspace: str, person: str) -> str:
    return f"account:{workspace}:{person}"


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
        """Return the link saved under `secret`, once and while it lasts. Raises WrongEncryptionKey."""
        key = hash_secret(secret)
        async with self.database.transaction() as session:
            row = await session.get(PendingLinkRow, key, with_for_update=True)
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


@dataclass(frozen=True, slots=True)
class InstallationStore:
    """Installations; an organization's workspaces are added when first seen, as Slack does not list them."""

    database: Database
    token_cipher: TokenCipher

    async def installed_at(self, workspace: str) -> float | None:
        """Return when the tokens that serve a workspace were granted, None where there are none."""
        async with self.database.transaction() as session:
            row = await _serving_installation(session, workspace)
            return row.installed_at if row else None

    async def find(self, workspace: str) -> Installation | None:
        """Return the installation that serves a workspace. Raises WrongEncryptionKey."""
        async with self.database.transaction() as session:
            row = await _serving_installation(session, workspace)
            if row is not None:
                # Tokens that Slack does not rotate would need their first key for ever.
                row.access_token = self.token_cipher.reencrypt(row.access_token or "")
                row.refresh_token = row.refresh_token and self.token_cipher.reencrypt(row.refresh_token)
        return self._installation_from(row) if row else None

    async def save(self, granted: GrantedInstallation) -> Installation:
        """Save an installation, in place of an earlier one."""
        row = InstallationRow(
            workspace=granted.tenant_id,
            name=granted.name,
            installed_by=granted.installed_by,
            installed_at=time.time(),
        )
        self._encrypt_tokens(row, granted.tokens)
        async with self.database.transaction() as session:
            await session.merge(row)
        return self._installation_from(row)

    async def add_workspace(self, workspace: str, enterprise: str) -> None:
        """Add a workspace to its organization, if the bot is installed there."""
        async with self.database.transaction() as session:
            if await session.get(InstallationRow, enterprise) is not None:
                row = InstallationRow(workspace=workspace, enterprise=enterprise, installed_at=time.time())
                await insert_if_absent(session, row)

    async def claim_renewal(self, holder: str, access: str) -> Installation | None:
        """Return an installation with the lease to renew its tokens, if `access` is still its token.

        It comes without a lease where another process renews it or has renewed it. Raises WrongEncryptionKey.
        """
        now = time.time()
        async with self.database.locked(InstallationRow, holder) as row:
            if row is None:
                return None
            found = self._installation_from(row)
            if found.tokens.access != access or row.refreshing_until > now:
                return found
            row.refreshing_until = now + RENEWAL_LEASE
            return replace(found, lease=row.refreshing_until)

    async def save_renewed(self, installation: Installation, tokens: BotTokens | None) -> None:
        """Save new tokens, or with None release the lease; does nothing if the lease was taken."""
        async with self.database.locked(InstallationRow, installation.tenant_id) as row:
            if row is None or row.refreshing_until != installation.lease:
                return
            row.refreshing_until = 0
            if tokens is not None:
                self._encrypt_tokens(row, tokens)

    async def linked_people(self, holder: str) -> list[tuple[str, str]]:
        """Return workspace and Slack user of everyone there who linked an account."""
        rows = await self.database.all(
            select(AccountRow).where(col(AccountRow.workspace).in_(_workspaces_of(holder)))
        )
        return [(row.workspace, row.person) for row in rows]

    async def erase(self, holder: str, before: float) -> bool:
        """Let go of everything of a workspace, or of all that an organization's installation reached.

        Returns False, and erases nothing, if the bot was installed there after `before`. Every table with a
        workspace is meant, also those that are still to come.
        """
        async with self.database.transaction() as session:
            row = await session.get(InstallationRow, holder, with_for_update=True)
            if row is None or row.installed_at > before:
                return False
            workspaces = list(await session.exec(_workspaces_of(holder)))
            turns = select(TurnRow.id).where(col(TurnRow.workspace).in_(workspaces)).scalar_subquery()
            await session.exec(delete(VersionRow).where(col(VersionRow.turn_id).in_(turns)))
            await session.exec(delete(FeedbackRow).where(col(FeedbackRow.turn_id).in_(turns)))
            for table in tables_of_workspaces():
                await session.exec(delete(table).where(table.c.workspace.in_(workspaces)))
            return True

    def _encrypt_tokens(self, row: InstallationRow, tokens: BotTokens) -> None:
        purpose, refresh = _installation_purpose(row.workspace), tokens.refresh
        row.access_token = self.token_cipher.encrypt(purpose, tokens.access)
        row.refresh_token = None if refresh is None else self.token_cipher.encrypt(purpose, refresh)
        row.expires_at = tokens.expires_at

    def _installation_from(self, row: InstallationRow) -> Installation:
        purpose = _installation_purpose(row.workspace)
        access = self.token_cipher.decrypt(purpose, row.access_token or "")
        refresh = None if row.refresh_token is None else self.token_cipher.decrypt(purpose, row.refresh_token)
        return Installation(row.workspace, row.installed_at, BotTokens(access, refresh, row.expires_at))


def tables_of_workspaces() -> list[Table]:
    """Return every table whose rows belong to a workspace."""
    return [each for each in SQLModel.metadata.tables.values() if "workspace" in each.c]


def _installation_purpose(holder: str) -> str:
    return f"installation:{holder}"


async def _serving_installation(session: Session, workspace: str) -> InstallationRow | None:
    """Return the row with the tokens that serve a workspace: its own, or its organization's."""
    row = await session.get(InstallationRow, workspace)
    if row is None or row.enterprise is None:
        return row
    return await session.get(InstallationRow, row.enterprise)


def _workspaces_of(holder: str) -> SelectOfScalar[str]:
    """Select the ids of a workspace alone, or of an organization and its workspaces."""
    return select(InstallationRow.workspace).where(
        or_(col(InstallationRow.workspace) == holder, col(InstallationRow.enterprise) == holder)
    )
