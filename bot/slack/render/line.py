"""What a line of Markdown is."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a line is."""

    BLANK = auto()
    PROSE = auto()
    """The first line of a paragraph, or of one inside a list or a quote."""
    MORE = auto()
    """A further line of the paragraph before it."""
    HEADING = auto()
    RULE = auto()
    """A line across, or what underlines a heading."""
    ITEM = auto()
    FENCE = auto()
    """What opens or closes a block of code."""
    CODE = auto()
    HEADER = auto()
    """The first row of a table."""
    DELIMITER = auto()
    ROW = auto()


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code that is open: how it closes, and how it is opened again elsewhere."""

    mark: str
    info: str
    depth: int
    """Quotes it stands in."""
    indent: int
    """Columns of the list item it stands in."""

    @property
    def opening(self) -> str:
        """The line that opens the same block outside of lists."""
        return f"{'> ' * self.depth}{self.mark}{self.info}"

    @property
    def closing(self) -> str:
        """The line that closes it there."""
        return "> " * self.depth + self.mark

    @property
    def closing_here(self) -> str:
        """The line that closes it where it stands."""
        return "> " * self.depth + " " * self.indent + self.mark


class Line(NamedTuple):
    """One line: where it begins, its characters without the line break, and what it is."""

    start: int
    text: str
    kind: Kind
    fence: Fence | None = None
    """The block of code that is open behind this line."""

    @property
    def end(self) -> int:
        """Where its characters end."""
        return self.start + len(self.text)


PARAGRAPH = (Kind.PROSE, Kind.MORE, Kind.ITEM)
TABLE = (Kind.HEADER, Kind.DELIMITER, Kind.ROW)
