"""What of an answer on its way can be sent for good, where Slack only lets text be added."""

import re

from bot.slack.render.emphasis import marks
from bot.slack.render.inline import LONGEST, scan
from bot.slack.render.line import PARAGRAPH, TABLE, Kind, Line
from bot.slack.render.lines import lines
from bot.slack.render.unfinished import paragraph_start

# What may still become a heading, an item, a rule, a table, code or a definition, and not a word of prose.
_CONTAINERS = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*")
_UNDECIDED = re.compile(r"(?:#{0,6}[ \t]*|[-*_+=~`:|\s]*|\d{1,9}[.)]?)$|`{3}|~{3}|\||\[(?:[^\[\]\\]|\\.)*\]:")
_HALF_DELIMITER = re.compile(r"[\s|:>-]*$")


def settled(text: str) -> str:
    """Return the longest beginning of `text` that what follows will not change.

    It ends before half a link, marker, tag, mention or emphasis, before the beginning of a line that may
    be markup, and before a table without a row; whole rows and whole lines of code are settled. What stays
    open for more than `LONGEST` characters is settled as it stands. A beginning of `text` has settled a
    beginning of what `text` has.
    """
    read = lines(text, piped=True)
    last = read[-1]
    end = min(_line_held(read), _prose_held(text, read))
    line = next(each for each in reversed(read) if each.start <= end)
    within = line is last or end < line.end
    if within and _undecided(text[line.start : end]) and line.start < len(text):
        return settled(text[: line.start])
    return text[:end]


def _line_held(read: list[Line]) -> int:
    """Return where the last line or table begins, if more has to come of it; else the end of the text."""
    last = read[-1]
    above = read[-2].kind if len(read) > 1 else Kind.BLANK
    if last.kind is Kind.ROW and above is Kind.ROW:
        return last.start
    if last.kind in TABLE or (above is Kind.DELIMITER and _undecided(last.text)):
        return next(each.start for each in reversed(read) if each.kind is Kind.HEADER)
    if len(read) > 1 and _HALF_DELIMITER.match(last.text) and _heads(read[-2]):
        return read[-2].start
    code = last.fence is not None or last.kind is Kind.FENCE
    return last.start if code or _undecided(last.text) else last.end


def _heads(line: Line) -> bool:
    """Return whether a line can become the first of a table."""
    return line.kind in PARAGRAPH and line.text.lstrip(" \t>").startswith("|")


def _undecided(line: str) -> bool:
    rest = _CONTAINERS.sub("", line, count=1)
    return bool(_UNDECIDED.match(rest))


def _prose_held(text: str, read: list[Line]) -> int:
    """Return where in the last paragraph something begins that is not whole, else its end."""
    last = read[-1]
    end = last.end
    if _undecided(last.text) or last.kind not in (*PARAGRAPH, Kind.HEADING):
        read = read[:-1]  # it may go on with the paragraph above it
        end = last.start
        if not read or read[-1].kind not in PARAGRAPH:
            return len(text)
    start = paragraph_start(read)
    prose = text[start:end]
    found = scan(prose, final=False)
    decided = prose[: found.pending].rstrip("*_~")  # of a mark that still grows nobody knows what it does
    opened = marks(decided, found.pieces).opened
    held = [found.pending, len(decided)]
    held += [each.start for each in opened if len(prose) - each.start <= LONGEST]
    return start + min(held) if min(held) < len(prose) else len(text)
