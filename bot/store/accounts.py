"""The PipesHub accounts of Slack users, and who renews their tokens."""

import time

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Linked, Owner, Tokens
from bot.store.database import Database
from bot.store.secrets import Vault
from bot.store.tables import AccountRow

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
