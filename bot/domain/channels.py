"""The settings of a channel, and their changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.turns import NO_OPTIONS, AvailableOptions, QuestionOptions


class Audience(StrEnum):
    """Who sees an answer."""

    THREAD = "thread"
    """Everyone in the channel: it is posted in the thread of its question."""
    PRIVATE = "private"
    """The asker: it is posted in their direct message with the bot."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How the bot answers in a channel.

    `unprompted`: it answers questions there that do not mention it. `options` are those of questions for
    which the asker chose none; what they leave open is as everywhere.
    """

    on: bool = True
    audience: Audience = Audience.THREAD
    unprompted: bool = False
    options: QuestionOptions = NO_OPTIONS


DEFAULT_CHANNEL_SETTINGS = ChannelSettings()
"""The settings of a channel that has none of its own."""


@dataclass(frozen=True, slots=True)
class ChannelSettingsChange:
    """A change by `person` (a Slack user), at `changed_at` in seconds since 1970.

    `names` are those that the models and sources had then, by key and id.
    """

    person: str
    changed_at: float
    before: ChannelSettings
    after: ChannelSettings
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelSettingsPage:
    """The settings of a channel with their newest changes, newest first, and the `available` options.

    `default_options` hold where the channel leaves an option open.
    """

    channel: str
    settings: ChannelSettings
    changes: tuple[ChannelSettingsChange, ...]
    available: AvailableOptions
    default_options: QuestionOptions
