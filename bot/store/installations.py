"""The workspaces that the bot is installed in, with their tokens and the leases to renew them."""

import time
from dataclasses import dataclass

from sqlalchemy import Table, or_
from sqlmodel import SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from bot.domain.people import BotTokens, GrantedInstallation, Installation
from bot.store.accounts import RENEWAL_LEASE, TokenCipher
from bot.store.database import Database, insert_if_absent
from bot.store.tables import AccountRow, FeedbackRow, InstallationRow, TurnRow, VersionRow


@dataclass(frozen=True, slots=True)
class InstallationStore:
    """Installations with their encrypted tokens.

    Workspaces that an organization's installation reaches are added when they are first seen, because Slack
    does not list them.
    """

    database: Database
    token_cipher: TokenCipher

    async def installed_at(self, workspace: str) -> float | None:
        """Return when the tokens that serve a workspace were granted, None where there are none."""
        async with self.database.transaction() as session:
            row = await _serving_installation(session, workspace)
            return row.installed_at if row else None

    async def find(self, workspace: str) -> Installation | None:
        """Return the installation that serves a workspace. Raises WrongEncryptionKey.

        Its tokens are encrypted again with the first key: those that Slack does not rotate would need their
        first key for ever.
        """
        async with self.database.transaction() as session:
            row = await _serving_installation(session, workspace)
            if row is not None:
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
        async with self.database.transaction() as session:
            row = await _lock_installation(session, holder)
            if row is None:
                return None
            found = self._installation_from(row)
            if found.tokens.access != access or row.refreshing_until > now:
                return found
            row.refreshing_until = now + RENEWAL_LEASE
            return self._installation_from(row, row.refreshing_until)

    async def save_renewed(self, installation: Installation, tokens: BotTokens | None) -> None:
        """Save new tokens, or with None release the lease; does nothing if the lease was taken."""
        async with self.database.transaction() as session:
            row = await _lock_installation(session, installation.tenant_id)
            if row is None or row.refreshing_until != installation.lease:
                return
            row.refreshing_until = 0
            if tokens is not None:
                self._encrypt_tokens(row, tokens)

    async def linked_people(self, holder: str) -> list[tuple[str, str]]:
        """Return workspace and Slack user of everyone there who linked an account."""
        async with self.database.transaction() as session:
            rows = await session.exec(
                select(AccountRow.workspace, AccountRow.person).where(
                    col(AccountRow.workspace).in_(_workspaces_of(holder))
                )
            )
            return list(rows)

    async def erase(self, holder: str, before: float) -> bool:
        """Let go of everything of a workspace, or of all that an organization's installation reached.

        Returns False, and erases nothing, if the bot was installed there after `before`. Every table with a
        workspace is meant, also those that are still to come.
        """
        async with self.database.transaction() as session:
            row = await _lock_installation(session, holder)
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
        purpose, refresh = _purpose(row.workspace), tokens.refresh
        row.access_token = self.token_cipher.encrypt(purpose, tokens.access)
        row.refresh_token = None if refresh is None else self.token_cipher.encrypt(purpose, refresh)
        row.expires_at = tokens.expires_at

    def _installation_from(self, row: InstallationRow, lease: float | None = None) -> Installation:
        purpose = _purpose(row.workspace)
        access = self.token_cipher.decrypt(purpose, row.access_token or "")
        refresh = None if row.refresh_token is None else self.token_cipher.decrypt(purpose, row.refresh_token)
        return Installation(
            row.workspace, row.installed_at, BotTokens(access, refresh, row.expires_at), lease
        )


def tables_of_workspaces() -> list[Table]:
    """Return every table whose rows belong to a workspace."""
    return [each for each in SQLModel.metadata.tables.values() if "workspace" in each.c]


def _purpose(holder: str) -> str:
    return f"installation:{holder}"


async def _serving_installation(session: AsyncSession, workspace: str) -> InstallationRow | None:
    """Return the row with the tokens that serve a workspace: its own, or its organization's."""
    row = await session.get(InstallationRow, workspace)
    if row is None or row.enterprise is None:
        return row
    return await session.get(InstallationRow, row.enterprise)


async def _lock_installation(session: AsyncSession, holder: str) -> InstallationRow | None:
    return await session.get(InstallationRow, holder, with_for_update=True)


def _workspaces_of(holder: str) -> SelectOfScalar[str]:
    """Select the ids of a workspace alone, or of an organization and its workspaces."""
    return select(InstallationRow.workspace).where(
        or_(col(InstallationRow.workspace) == holder, col(InstallationRow.enterprise) == holder)
    )
