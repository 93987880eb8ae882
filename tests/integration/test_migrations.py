from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from bot.store import database as schema
from bot.store import tables
from bot.store.database import Database


async def test_migrations_make_the_tables_that_the_code_declares(database: Database) -> None:
    def drift(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    assert tables.TurnRow.__tablename__ == "turns"
    async with database.engine.connect() as connection:
        assert await connection.run_sync(drift) == []


async def test_the_revision_tells_whether_a_database_is_at_head(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert await schema.current_revision(database) is None
    await schema.migrate(database)
    assert await schema.current_revision(database) == schema.newest_revision()
    await database.dispose()


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await schema.migrate(database)
    assert await schema.current_revision(database) == schema.newest_revision()


async def test_the_way_down_and_up_again_ends_where_it_began(database: Database) -> None:
    """The database is empty: what is dropped on the way down is lost."""

    def down_and_up(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert MigrationContext.configure(connection).get_current_revision() is None
        command.upgrade(config, "head")

    async with database.engine.begin() as connection:
        await connection.run_sync(down_and_up)
    assert await schema.current_revision(database) == schema.newest_revision()


async def test_a_question_stopped_in_line_gets_the_end_it_did_not_have(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await schema.migrate(database, "0003")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO turns (id, workspace, channel, message_ts, thread_ts, identity, asker, question,"
            " state, leased_until, recorded_at) VALUES"
            " ('a', 'T1', 'C1', '1.0', '1.0', 'service', 'U1', 'how?', 'stopped', 0, 5.0),"
            " ('b', 'T1', 'C1', '2.0', '2.0', 'service', 'U1', 'how?', 'waiting', 0, 5.0)"
        )
    await schema.migrate(database)
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT id, finished_at FROM turns ORDER BY id")
        assert [tuple(row) for row in rows] == [("a", 5.0), ("b", None)]
    await database.dispose()
