"""Identifiers and instants as PipesHub writes them."""

import secrets
import time
import uuid
from datetime import UTC, datetime

RECORDS = uuid.uuid5(uuid.NAMESPACE_URL, "local-knowledge/records")
ORGANISATION = "64b7f0a1c2d3e4f5a6b7c8d9"


def object_id() -> str:
    """Return a new id of 24 hex digits; later ids sort after earlier ones, as MongoDB's do."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def record_id(*names: str) -> str:
    """Return the UUID that always belongs to these names."""
    return str(uuid.uuid5(RECORDS, "\x00".join(names)))


def now() -> int:
    """Return the present instant in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(milliseconds: int) -> str:
    """Return an instant as ISO 8601 with milliseconds and `Z`, the way JSON dates leave Node."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
