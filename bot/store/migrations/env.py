"""Where Alembic starts: one connection to the database that `DATABASE_URL` (or the caller) names."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

from bot.settings import Settings
from bot.store import tables  # noqa: F401 (fills the metadata)
from bot.store.database import Database


def _run(connection: Connection) -> None:
    # SQLite can change a table only by copying it, which batch mode does.
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_run() -> None:
    database = Database(Settings.load().database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_run)
    await database.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    asyncio.run(_connect_and_run())
