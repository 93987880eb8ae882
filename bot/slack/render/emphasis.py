"""Bold, italic and struck-through text: which of its marks are open where a text ends."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.slack.render.inline import Piece

_RUN = re.compile(r"(?<![\\*])\*{1,3}(?!\*)|(?<![\\_])_{1,3}(?!_)|(?<![\\~])~~(?!~)")


class Mark(NamedTuple):
    """A mark that opens emphasis, and where it stands."""

    text: str
    start: int


class Marks(NamedTuple):
    """What is open at the end of a text, and where a mark stands that nothing follows yet."""

    opened: list[Mark]
    dangling: int | None


def marks(prose: str, pieces: Sequence[Piece]) -> Marks:
    """Return the marks that are open at the end of one paragraph; those inside its `pieces` are none."""
    prose = _without(prose, pieces)
    opened: list[Mark] = []
    for run in _RUN.finditer(prose):
        mark, before, after = run[0], prose[: run.start()][-1:], prose[run.end() : run.end() + 1]
        left = len(mark)
        closes = before and not before.isspace() and not (mark[0] == "_" and after.isalnum())
        while closes and opened and opened[-1].text[0] == mark[0] and len(opened[-1].text) <= left:
            left -= len(opened.pop().text)
        if not left:
            continue
        if not after:
            return Marks(opened, run.start())
        if not after.isspace() and not (mark[0] == "_" and before.isalnum()):
            opened.append(Mark(mark[:left], run.start()))
    return Marks(opened, None)


def _without(prose: str, pieces: Sequence[Piece]) -> str:
    """Return `prose` with its pieces blanked out, every other character in its place."""
    done: list[str] = []
    end = 0
    for piece in pieces:
        done += [prose[end : piece.start], " " * (piece.end - piece.start - 1), "."]
        end = piece.end
    return "".join(done) + prose[end:]
