"""Half-received Markdown: closed for display, or cut to what can no longer change."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render.markdown.parse import (
    MAX_INLINE_LENGTH,
    PARAGRAPH_KINDS,
    PIPE,
    TABLE_KINDS,
    InlineKind,
    InlinePiece,
    Line,
    LineKind,
    last_of,
    parse_lines,
    replace_spans,
    scan_inline,
)

# A line that is only the beginning of something: a heading, a list item, a quote, a rule.
_BARE_START = re.compile(
    r"[\s>]*+(?:#{1,6}+|[-*+=_>|:`~]++|\d{1,3}+[.)]?+|(?:[-*+]|\d{1,3}+[.)])\s++[-*+=_>|:`~#]++)?\s*+$"
)
_BARE_NUMBER = re.compile(r"\s*+\d++\s*+$")
_TRIES = 12  # times to cut: what remains can end in something half again; models nest less deep
_TRIES_TO_SETTLE = 4
_MAX_PARAGRAPH = 4_000  # characters; a link, with its address, takes 2,300 at most
_MAX_READ = 60_000  # characters read in all these tries, beside the first two
_TABLE_STARTS = 3  # lines: header, delimiter and a first row
_RUN = re.compile(r"(?<![\\*])\*{1,3}(?!\*)|(?<![\\_])_{1,3}(?!_)|(?<![\\~])~~(?!~)")


class OpenMarks(NamedTuple):
    """The marks that are open at the end of a text, and where one is that nothing follows yet."""

    opened: list[tuple[str, int]]  # each mark and where it is
    dangling: int | None


def find_open_marks(prose: str, pieces: Sequence[InlinePiece]) -> OpenMarks:
    """Return the marks that are open at the end of one paragraph; those inside its `pieces` are none."""
    # Every other character keeps its place.
    prose = replace_spans(
        prose, ((each.start, each.end, " " * (each.end - each.start - 1) + ".") for each in pieces)
    )
    opened: list[tuple[str, int]] = []
    for run in _RUN.finditer(prose):
        mark, start, end = run[0], run.start(), run.end()
        before, after = prose[max(start - 1, 0) : start], prose[end : end + 1]
        left = len(mark)
        closes = before and not before.isspace() and not (mark[0] == "_" and after.isalnum())
        while closes and opened and opened[-1][0][0] == mark[0] and len(opened[-1][0]) <= left:
            left -= len(opened.pop()[0])
        if not left:
            continue
        if not after:
            return OpenMarks(opened, start)
        if not after.isspace() and not (mark[0] == "_" and before.isalnum()):
            opened.append((mark[:left], start))
    return OpenMarks(opened, None)


def close_partial_markdown(text: str) -> str:
    """Return what can be shown of Markdown whose end has not arrived yet.

    Code and emphasis are closed; links, markers, tags and tables are held back until they are all there.
    """
    text = text.rstrip()
    for _ in range(max(min(_TRIES, _MAX_READ // (len(text) or 1)), 2)):
        read = parse_lines(text)
        if read[-1].fence:
            closed = _closed_code(text, read)
            if closed is not None:
                return closed
            end = read[last_of(read, LineKind.FENCE)].start
        else:
            end = _shown(text, read)
        if end == len(text):
            return _closed(text, read)
        text = text[:end].rstrip()
    return _closed(text, parse_lines(text))


def _shown(text: str, read: list[Line]) -> int:
    """Return where to cut `text`, so that nothing half is left at its end."""
    bare = [line.start for line in takewhile(_is_bare, reversed(read))]
    if bare:
        return bare[-1]
    last = read[-1]
    held = _table_held(read)
    if held is not None or last.kind not in (*PARAGRAPH_KINDS, LineKind.HEADING):
        return len(text) if held is None else held
    start = _shown_start(read)
    prose = text[start:]
    found = scan_inline(prose, final=False)
    begun = prose[found.pending :]
    code_with_text = begun.startswith("`") and begun.lstrip("`").strip()
    # Code with a first character is shown, and so are signs that only stand in words as a rule.
    whole = code_with_text or begun == "!" or begun.startswith(("&", "@"))
    dangling = find_open_marks(prose, found.pieces).dangling
    held = len(prose) if whole else found.pending
    return start + (held if dangling is None else min(held, dangling))


def _is_bare(line: Line) -> bool:
    """Return whether a line at the end of a text only begins something, or may be the head of a table."""
    if line.fence or (not line.start and _BARE_NUMBER.match(line.text)):
        return False
    return line.may_head_table or bool(_BARE_START.match(line.text))


def paragraph_start(read: list[Line]) -> int:
    """Return where the paragraph begins that the last line belongs to."""
    at = len(read) - 1
    while at and read[at].kind is LineKind.MORE and read[at - 1].kind in PARAGRAPH_KINDS:
        at -= 1
    return read[at].start


def _shown_start(read: list[Line]) -> int:
    """Return where the last paragraph begins; of a very long one, the part that is read for what is open."""
    return max(paragraph_start(read), read[-1].end - _MAX_PARAGRAPH)


def _closed(text: str, read: list[Line]) -> str:
    """Return `text` with the code and the emphasis closed that are open at its end."""
    if read[-1].kind not in (*PARAGRAPH_KINDS, LineKind.HEADING):
        return text
    prose = text[_shown_start(read) :]
    found = scan_inline(prose, final=False)
    pending = prose[found.pending :]
    ends = ""
    if pending.startswith("`"):
        first = scan_inline(pending).pieces[:1]
        if not first or first[0].kind is not InlineKind.CODE or first[0].start:
            ends = pending[: len(pending) - len(pending.lstrip("`"))]
            text = text.rstrip("`").rstrip()  # what may be the beginning of the closing mark
        prose = prose[: found.pending]
    opened = find_open_marks(prose + "." * bool(ends), found.pieces).opened
    return text + ends + "".join(mark for mark, _ in reversed(opened))


def _table_held(read: list[Line]) -> int | None:
    """Return where a table begins that has no row yet, or its last row that is not whole; else None."""
    last = read[-1]
    if last.kind in TABLE_KINDS:
        at = last_of(read, LineKind.HEADER)
        cells, columns = PIPE.split(last.text), PIPE.split(read[at].text)
        ended = not cells[-1].strip() or bool(columns[-1].strip())
        whole = last.kind is not LineKind.ROW or (ended and len(cells) >= len(columns))
        if len(read) - at - (not whole) < _TABLE_STARTS:
            return read[at].start
        return None if whole else last.start
    return None


def _closed_code(text: str, read: list[Line]) -> str | None:
    """Return `text` with its code closed, None where there is nothing in the code yet."""
    fence, last = read[-1].fence, read[-1]
    if fence is None:
        return text
    if last.kind is LineKind.CODE and last.words and not last.words.strip(fence.mark[0]):
        text = text[: last.start]  # the first characters of what closes it
    body = text[read[last_of(read, LineKind.FENCE)].end :]
    closing = "> " * fence.depth + " " * fence.indent + fence.mark
    return f"{text.rstrip()}\n{closing}" if body.strip(" \t\n>") else None


# What may still become a heading, an item, a rule, a table, code or a definition, and not a word of prose.
_CONTAINERS = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}+[.)])[ \t]++[ \t>]*+)*+")
_UNDECIDED = re.compile(
    r"(?:#{0,6}+[ \t]*+|[-*_+=~`:|\s]*+|\d{1,9}+[.)]?+)$|`{3}|~{3}|\||\[(?:[^\[\]\\]|\\.)*+\]:"
)
_HALF_DELIMITER_LINE = re.compile(r"[\s|:>-]*+$")


def settled_prefix(text: str) -> str:
    """Return the longest beginning of `text` that what follows will not change.

    It ends before half a link, marker, tag, mention or emphasis, before the beginning of a line that may
    be markup, and before a table without a row; whole rows and whole lines of code are settled. What stays
    open for more than `MAX_INLINE_LENGTH` characters is settled as it is. A beginning of `text` has settled a
    beginning of what `text` has.
    """
    text = text[:MARKDOWN_TEXT]  # more does not fit the message that it is added to
    read = parse_lines(text, piped=True)
    for _ in range(_TRIES_TO_SETTLE):
        last = read[-1]
        end = min(_line_held(read), _prose_held(text, read))
        at = next(index for index in reversed(range(len(read))) if read[index].start <= end)
        line = read[at]
        within = line is last or end < line.end
        if line.start == len(text) or not (within and _undecided(text[line.start : end])):
            break
        # Whatever comes behind a line that begins with a pipe can make it the head of a table.
        while at and read[at - 1].may_head_table:
            at -= 1
        text = text[: read[at].start]
        fence = read[at - 1].fence if at else None
        fence = fence if fence and not fence.depth else None  # a quote ends at an empty line
        read = [*read[:at], Line(len(text), "", LineKind.CODE if fence else LineKind.BLANK, fence)]
        end = len(text)
    return text[:end]


def _line_held(read: list[Line]) -> int:
    """Return where the last line or table begins, if more has to come of it; else the end of the text."""
    last = read[-1]
    above = read[-2].kind if len(read) > 1 else LineKind.BLANK
    if last.kind is LineKind.ROW and above is LineKind.ROW:
        return last.start
    if last.kind in TABLE_KINDS or (above is LineKind.DELIMITER and _undecided(last.text)):
        return read[last_of(read, LineKind.HEADER)].start
    if len(read) > 1 and _HALF_DELIMITER_LINE.match(last.text) and read[-2].may_head_table:
        return read[-2].start
    code = last.fence is not None or last.kind is LineKind.FENCE
    return last.start if code or _undecided(last.text) else last.end


def _undecided(line: str) -> bool:
    return bool(_UNDECIDED.match(_CONTAINERS.sub("", line, count=1)))


def _prose_held(text: str, read: list[Line]) -> int:
    """Return where in the last paragraph something begins that is not whole, else its end."""
    last = read[-1]
    end = last.end
    if _undecided(last.text) or last.kind not in (*PARAGRAPH_KINDS, LineKind.HEADING):
        read = read[:-1]  # it may go on with the paragraph above it
        end = last.start
        if not read or read[-1].kind not in PARAGRAPH_KINDS:
            return len(text)
    start = paragraph_start(read)
    prose = text[start:end]
    found = scan_inline(prose, final=False)
    decided = prose[: found.pending].rstrip("*_~")  # a mark that may still grow can open or close
    opened = find_open_marks(decided, found.pieces).opened
    held = [found.pending, len(decided)]
    held += [start for _, start in opened if len(prose) - start <= MAX_INLINE_LENGTH]
    return start + min(held) if min(held) < len(prose) else len(text)
