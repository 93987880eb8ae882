"""The schema's revision: where the database is, where it should be, and the way there."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.store.database import Database


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot:store/migrations")
    return config


def head() -> str | None:
    """Return the newest revision this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(revision: str) -> bool:
    """Return whether this code has a revision, be it the newest or not."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


async def current(database: Database) -> str | None:
    """Return the revision the database is at, or None if it is empty."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to `revision`, upward only."""

    def upgrade(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(upgrade)
