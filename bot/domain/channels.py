"""What is decided for a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.turns import NO_AVAILABLE_OPTIONS, NO_OPTIONS, AvailableOptions, QuestionOptions


class Audience(StrEnum):
    """Who hears an answer."""

    THREAD = "thread"
    """Everybody in the channel: it stands in the thread of its question."""
    PRIVATE = "private"
    """Who asked: it stands in their direct message with the bot."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How the bot answers in a channel.

    `unprompted`: it answers what somebody asks there without a mention. `manner` is how questions are asked
    there where nobody chooses; what it leaves open is as everywhere.
    """

    on: bool = True
    audience: Audience = Audience.THREAD
    unprompted: bool = False
    options: QuestionOptions = NO_OPTIONS


DEFAULT_CHANNEL_SETTINGS = ChannelSettings()
"""The settings of a channel for which nobody decided anything."""


@dataclass(frozen=True, slots=True)
class ChannelSettingsChange:
    """What a Slack user decided, at a moment in seconds since 1970.

    `names` are those of the models and sources in question as they were then, by key and id.
    """

    person: str
    changed_at: float
    before: ChannelSettings
    after: ChannelSettings
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelSettingsPage:
    """The settings of a channel with their newest changes, newest first, and what could be chosen.

    `default` is the manner of questions where a channel leaves it open.
    """

    channel: str
    settings: ChannelSettings
    changes: tuple[ChannelSettingsChange, ...] = ()
    available: AvailableOptions = NO_AVAILABLE_OPTIONS
    default_options: QuestionOptions = NO_OPTIONS
