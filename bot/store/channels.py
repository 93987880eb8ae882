"""Channel settings and the record of their changes; question options are stored as JSON."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from bot.domain.channels import DEFAULT_CHANNEL_SETTINGS, Audience, ChannelSettings, ChannelSettingsChange
from bot.domain.turns import NO_OPTIONS, QuestionOptions
from bot.store.database import Database, insert_if_absent
from bot.store.tables import ChannelChangeRow, ChannelRow


def options_to_json(options: QuestionOptions) -> str | None:
    """Return the JSON of options, None where there are none."""
    return None if options == NO_OPTIONS else json.dumps(asdict(options))


def options_from_json(kept: str | None) -> QuestionOptions:
    """Return the options of stored JSON."""
    if kept is None:
        return NO_OPTIONS
    fields = json.loads(kept)
    lists: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return QuestionOptions(**(fields | lists))


@dataclass(frozen=True, slots=True)
class ChannelSettingsStore:
    """The settings of channels, with the record of their changes, which is kept for good."""

    database: Database

    async def get(self, workspace: str, channel: str) -> ChannelSettings:
        """Return the settings of a channel, the defaults where it has none."""
        return _settings(await self.database.get(ChannelRow, (workspace, channel)))

    async def change(
        self,
        workspace: str,
        channel: str,
        person: str,
        after: ChannelSettings,
        names: Mapping[str, str],
    ) -> ChannelSettingsChange | None:
        """Save the settings that `person` entered; return the change, None where nothing differs.

        `names` are those of models and sources, by key and id.
        """
        row = ChannelRow(workspace=workspace, channel=channel, **_fields(DEFAULT_CHANNEL_SETTINGS))
        async with self.database.transaction() as session:
            await insert_if_absent(session, row)
            kept = await session.get_one(ChannelRow, (workspace, channel), with_for_update=True)
            change = ChannelSettingsChange(person, time.time(), _settings(kept), after, names)
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
                    changed_at=change.changed_at,
                    what=json.dumps(
                        {
                            "before": _settings_to_json(change.before),
                            "after": _settings_to_json(after),
                            "names": dict(names),
                        }
                    ),
                )
            )
            return change

    async def changes(self, workspace: str, channel: str, most: int) -> tuple[ChannelSettingsChange, ...]:
        """Return the newest changes of a channel's settings, newest first."""
        rows = await self.database.all(
            select(ChannelChangeRow)
            .where(col(ChannelChangeRow.workspace) == workspace)
            .where(col(ChannelChangeRow.channel) == channel)
            .order_by(col(ChannelChangeRow.changed_at).desc())
            .limit(most)
        )
        stored = [(row, json.loads(row.what)) for row in rows]
        return tuple(
            ChannelSettingsChange(
                row.person,
                row.changed_at,
                _settings_from_json(what["before"]),
                _settings_from_json(what["after"]),
                what["names"],
            )
            for row, what in stored
        )


def _fields(settings: ChannelSettings) -> dict[str, Any]:
    return {
        "is_on": settings.on,
        "audience": settings.audience.value,
        "unprompted": settings.unprompted,
        "manner": options_to_json(settings.options),
    }


def _settings(row: ChannelRow | None) -> ChannelSettings:
    if row is None:
        return DEFAULT_CHANNEL_SETTINGS
    return ChannelSettings(row.is_on, Audience(row.audience), row.unprompted, options_from_json(row.manner))


def _settings_to_json(settings: ChannelSettings) -> dict[str, Any]:
    """Return settings under the keys that are stored: they outlive the names in the code."""
    return {
        "on": settings.on,
        "audience": settings.audience.value,
        "unprompted": settings.unprompted,
        "manner": asdict(settings.options),
    }


def _settings_from_json(fields: dict[str, Any]) -> ChannelSettings:
    options = options_from_json(json.dumps(fields["manner"]))
    return ChannelSettings(fields["on"], Audience(fields["audience"]), fields["unprompted"], options)
