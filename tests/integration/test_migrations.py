from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from bot.store import schema, tables
from bot.store.database import Database


async def test_migrations_make_the_tables_that_the_code_declares(database: Database) -> None:
    def drift(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    assert tables.TurnRow.__tablename__ == "turns"
    async with database.engine.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_the_revision_tells_whether_a_database_is_at_head(database_url: str) -> None:
    database = Database(database_url)
    assert await schema.current(database) is None
    await schema.migrate(database)
    assert await schema.current(database) == schema.head()
    await database.dispose()


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await schema.migrate(database)
    assert await schema.current(database) == schema.head()
