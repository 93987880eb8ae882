"""Channels' settings, with question options kept as JSON."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from bot.domain.channels import AS_EVERYWHERE, Audience, Change, ChannelSettings
from bot.domain.turns import NOTHING_CHOSEN, Manner
from bot.store.database import Database, inserted
from bot.store.tables import ChannelChangeRow, ChannelRow


def written(manner: Manner) -> str | None:
    """Return what is kept of a manner."""
    return None if manner == NOTHING_CHOSEN else json.dumps(asdict(manner))


def read(kept: str | None) -> Manner:
    """Return the manner that is kept."""
    if kept is None:
        return NOTHING_CHOSEN
    fields = json.loads(kept)
    lists: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Manner(**(fields | lists))


class Channels:
    """The settings of channels, with the record of their changes, which is never erased."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settings(self, workspace: str, channel: str) -> ChannelSettings:
        """Return how the bot answers in a channel."""
        async with self._database.transaction() as session:
            return _settings(await session.get(ChannelRow, (workspace, channel)))

    async def change(
        self,
        workspace: str,
        channel: str,
        person: str,
        after: ChannelSettings,
        names: Mapping[str, str],
    ) -> Change | None:
        """Keep the settings that `person` decided on; return the change, None where it changes nothing.

        `names` are those of models and sources, by key and id.
        """
        row = ChannelRow(workspace=workspace, channel=channel, **_fields(AS_EVERYWHERE))
        async with self._database.transaction() as session:
            await inserted(session, row)
            kept = await session.get_one(ChannelRow, (workspace, channel), with_for_update=True)
            change = Change(person, time.time(), _settings(kept), after, names)
            if change.before == after:
                return None
            for name, value in _fields(after).items():
                setattr(kept, name, value)
            session.add(
                ChannelChangeRow(
                    id=uuid4().hex,
                    workspace=workspace,
                    channel=channel,
                    person=person,
                    changed_at=change.at,
                    what=json.dumps(
                        {"before": asdict(change.before), "after": asdict(after), "names": dict(names)}
                    ),
                )
            )
            return change

    async def changes(self, workspace: str, channel: str, most: int) -> tuple[Change, ...]:
        """Return the newest changes of a channel's settings, newest first."""
        async with self._database.transaction() as session:
            rows = await session.exec(
                select(ChannelChangeRow)
                .where(col(ChannelChangeRow.workspace) == workspace)
                .where(col(ChannelChangeRow.channel) == channel)
                .order_by(col(ChannelChangeRow.changed_at).desc())
                .limit(most)
            )
            return tuple(map(_change, rows))


def _fields(settings: ChannelSettings) -> dict[str, Any]:
    return {
        "is_on": settings.on,
        "audience": settings.audience.value,
        "unprompted": settings.unprompted,
        "manner": written(settings.manner),
    }


def _settings(row: ChannelRow | None) -> ChannelSettings:
    if row is None:
        return AS_EVERYWHERE
    return ChannelSettings(row.is_on, Audience(row.audience), row.unprompted, read(row.manner))


def _change(row: ChannelChangeRow) -> Change:
    what = json.loads(row.what)
    return Change(row.person, row.changed_at, _state(what["before"]), _state(what["after"]), what["names"])


def _state(fields: dict[str, Any]) -> ChannelSettings:
    manner = read(json.dumps(fields["manner"]))
    return ChannelSettings(fields["on"], Audience(fields["audience"]), fields["unprompted"], manner)
