"""What a person chooses on the demo's command line."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.settings import Delivery


class Dialect(StrEnum):
    """The generations of PipesHub servers."""

    DOCUMENTED = "documented"
    LEGACY = "legacy"
    V05 = "v05"
    AGUI = "agui"
    V09 = "v09"


@dataclass(frozen=True)
class Choices:
    """What a person chose on the command line; `speed` is in words a second.

    With `accounts` each person asks with a PipesHub account of their own.
    """

    docs: Path | None
    port: int
    browser: bool
    data: Path | None
    dialect: Dialect
    speed: float
    delivery: Delivery
    accounts: bool = False
