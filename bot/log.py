"""The log: our lines through structlog, those of libraries through the same formatter.

Lines hold ids of turns, threads and workspaces, never tokens or what people wrote. Libraries that would log
whole payloads or addresses at DEBUG or INFO have a higher level.
"""

import logging
import sys
from typing import Literal
from uuid import uuid4

import stamina
import structlog

QUIET = {
    "slack_bolt": logging.ERROR,  # warns with the payload of events without a listener
    "slack_sdk": logging.ERROR,  # prints request and response bodies at DEBUG, response bodies at WARNING
    "httpx": logging.WARNING,  # prints every address at INFO
    "httpcore": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,  # prints every statement with its values at DEBUG
    "asyncio": logging.WARNING,
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # warns whenever it finds a job still running
    "sqlalchemy": logging.WARNING,
    "tzlocal": logging.WARNING,  # prints how it finds out where the machine is
    "markdown_it": logging.WARNING,  # prints every rule it tries at DEBUG
}

# Local variables hold what people wrote, so a traceback goes without them.
TRACEBACK = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Send everything at `level` and above to standard error, as `text` for people or `json` for machines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(TRACEBACK), structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    # Each retry is logged where it happens, with what it was for.
    stamina.instrumentation.set_on_retry_hooks(())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, floor in QUIET.items():
        logging.getLogger(name).setLevel(max(floor, root.level))


def new_incident() -> str:
    """Return a code that a person can tell, and by which the log's traceback is found."""
    return uuid4().hex[:8]
