"""Half-received Markdown made whole, so that a reader never sees markup open."""

import re

from bot.slack.render.emphasis import marks
from bot.slack.render.inline import Kind as Inline
from bot.slack.render.inline import Scan, scan
from bot.slack.render.line import PARAGRAPH, TABLE, Kind, Line
from bot.slack.render.lines import PIPE, lines

# A line that is only the beginning of something: a heading, a list item, a quote, a rule.
_BARE_START = re.compile(
    r"[\s>]*(?:#{1,6}|[-*+=_>|:`~]+|\d{1,3}[.)]?|(?:[-*+]|\d{1,3}[.)])\s+[-*+=_>|:`~#]+)?\s*$"
)
_BARE_NUMBER = re.compile(r"\s*\d+\s*$")
_HALF_DELIMITER = re.compile(r"[\s>]*[\s|:-]*$")
_TRIES = 12  # times that what stands before something half can itself be half: models nest less deep
_TABLE_STARTS = 3  # lines: header, delimiter and a first row


def whole(text: str) -> str:
    """Return what can be shown of Markdown whose end has not arrived yet.

    Code and emphasis are closed; links, markers, tags and tables are held back until they are all there.
    """
    text = text.rstrip()
    for _ in range(_TRIES):
        read = lines(text)
        if read[-1].fence:
            closed = _closed_code(text, read)
            if closed is not None:
                return closed
            end = _opening(read).start
        else:
            end = _shown(text, read)
        if end == len(text):
            return _closed(text, read)
        text = text[:end].rstrip()
    return _closed(text, lines(text))


def _shown(text: str, read: list[Line]) -> int:
    """Return where that begins of which there is only the beginning, at the end of `text`."""
    last = read[-1]
    if _BARE_START.match(last.text) and (last.start or not _BARE_NUMBER.match(last.text)):
        return last.start
    held = _table_held(read)
    if held is not None or last.kind not in (*PARAGRAPH, Kind.HEADING):
        return len(text) if held is None else held
    start = paragraph_start(read)
    prose = text[start:]
    found = scan(prose, final=False)
    dangling = marks(prose, found.pieces).dangling
    held = _held(prose, found)
    return start + (held if dangling is None else min(held, dangling))


def paragraph_start(read: list[Line]) -> int:
    """Return where the paragraph begins that the last line belongs to."""
    at = len(read) - 1
    while at and read[at].kind is Kind.MORE and read[at - 1].kind in PARAGRAPH:
        at -= 1
    return read[at].start


def _held(prose: str, found: Scan) -> int:
    """Return where a paragraph is cut, so that nothing half is shown; code and words are no halves."""
    at = found.pending
    begun = prose[at : at + 2]
    if begun[:1] == "`":
        behind = prose[at:].lstrip("`")
        return at if not behind.strip() else len(prose)
    if begun in {"!", "&", "@"} or begun[:1] in {"&", "@"}:
        return len(prose)
    return at


def _closed(text: str, read: list[Line]) -> str:
    """Return `text` with the code and the emphasis closed that are open at its end."""
    if read[-1].kind not in (*PARAGRAPH, Kind.HEADING):
        return text
    prose = text[paragraph_start(read) :]
    found = scan(prose, final=False)
    pending = prose[found.pending :]
    ends = ""
    if pending.startswith("`"):
        found_at_last = scan(pending).pieces[:1]
        if not found_at_last or found_at_last[0].kind is not Inline.CODE or found_at_last[0].start:
            ends = pending[: len(pending) - len(pending.lstrip("`"))]
            text = text.rstrip("`").rstrip()  # what may be the beginning of the closing mark
        prose = prose[: found.pending]
    return (
        text
        + ends
        + "".join(each.text for each in reversed(marks(prose + "." * bool(ends), found.pieces).opened))
    )


def _table_held(read: list[Line]) -> int | None:
    """Return where a table begins that has no row yet, or its last row that is not whole; else None."""
    last = read[-1]
    if last.kind in TABLE:
        at = len(read) - 1
        while read[at].kind is not Kind.HEADER:
            at -= 1
        table = read[at:]
        if last.kind is Kind.ROW and not _is_whole(last.text, table[0].text):
            table.pop()
        return table[0].start if len(table) < _TABLE_STARTS else last.start if table[-1] is not last else None
    if last.text.lstrip(" \t>").startswith("|"):
        above = read[-2] if len(read) > 1 else last
        heads = above.kind in PARAGRAPH and above.text.lstrip(" \t>").startswith("|")
        return above.start if heads and _HALF_DELIMITER.match(last.text) else last.start
    return None


def _is_whole(row: str, header: str) -> bool:
    (cells, ended), (columns, ends) = (
        (len(pipes), bool(pipes) and pipes[-1].end() == len(line.rstrip()))
        for line, pipes in ((each, list(PIPE.finditer(each))) for each in (row, header))
    )
    return cells >= columns and (ended or not ends)


def _opening(read: list[Line]) -> Line:
    """Return the line that opens the code which the text ends in."""
    return next(line for line in reversed(read) if line.kind is Kind.FENCE)


def _closed_code(text: str, read: list[Line]) -> str | None:
    """Return `text` with its code closed, None where there is nothing in the code yet."""
    fence, last = read[-1].fence, read[-1]
    if fence is None:
        return text
    bare = last.text.strip(" \t>")
    if last.kind is Kind.CODE and bare and not bare.strip(fence.mark[0]):
        text = text[: last.start]  # the first characters of what closes it
    body = text[_opening(read).end :]
    return f"{text.rstrip()}\n{fence.closing_here}" if body.strip(" \t\n>") else None
