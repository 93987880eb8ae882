"""The database: whether it is there, and at which revision."""

from sqlalchemy.exc import SQLAlchemyError

from bot.checks.findings import Finding, fail, note, ok
from bot.settings import Settings
from bot.store import database as schema
from bot.store.database import Database

ABOUT = "DATABASE_URL"
UNREADABLE = (SQLAlchemyError, OSError, TimeoutError, TypeError)
"""What a database raises that is not there or lets nobody in; TypeError for a word in the URL that the
driver does not know."""


async def revision(database: Database) -> Finding:
    """Report whether the database is at the revision this code works with."""
    try:
        current = await schema.current(database)
    except UNREADABLE as error:
        return fail(
            ABOUT,
            f"the database cannot be reached ({_reason(error)})",
            "check that it runs, that the name exists and that the user may read it",
        )
    head = schema.head()
    if current == head:
        return ok(ABOUT, f"the database is at head ({head})")
    if current is not None and not schema.knows(current):
        return fail(ABOUT, f"the database is ahead, at {current}", "run the bot's newer version")
    behind = f"the database is at {current}, not at {head}" if current else "the database is empty"
    return fail(ABOUT, behind, "run python -m bot migrate")


async def at_start(settings: Settings) -> Finding:
    """Report whether the bot would find its database usable; a file is made, and kept at head, by itself."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        folder = file.absolute().parent
        if not folder.is_dir():
            return fail(ABOUT, f"there is no folder {folder}", "make it or name another")
        return ok(ABOUT, f"{file} is made at the first start")
    database = Database(settings.database_url)
    try:
        found = await revision(database)
    finally:
        await database.dispose()
    if file is not None and found.mend == "run python -m bot migrate":
        return note(ABOUT, f"{found.says}: the next start brings it to head")
    return found


def _reason(error: Exception) -> str:
    """Return the driver's own name for what went wrong: its words can quote the URL, with the password."""
    innermost: BaseException = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    return type(innermost).__name__
