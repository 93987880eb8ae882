"""The lines of a Markdown text and what each of them is: prose, code, a row of a table.

Read by hand rather than by markdown-it-py, for two reasons. Live text is read several times a second for
hundreds of answers, and for 4,000 characters full of markup a parse takes markdown-it-py 3.3 ms, where
this takes 0.3 ms; and its tokens do not say where inside a line a link stands, which is what has to be
changed. The tests hold what is found here against what markdown-it-py finds.
"""

import re
from collections.abc import Iterator

from bot.slack.render.line import PARAGRAPH, Fence, Kind, Line

_CELLS = (Kind.HEADER, Kind.ROW)
_PROSE = (Kind.PROSE, Kind.MORE, Kind.ITEM, Kind.HEADING)
_BODY = (Kind.DELIMITER, Kind.ROW)

_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|$)")
_FENCE = re.compile(r"(?P<mark>`{3,})(?P<info>[^`]*)$|(?P<tilde>~{3,})(?P<rest>.*)$")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_UNDERLINE = re.compile(r"-+[ \t]*$|=+[ \t]*$")
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")
_CODE_INDENT = 4  # columns that make a line code, or no beginning of a block


def lines(text: str, *, piped: bool = False) -> list[Line]:
    """Return every line of `text`, told apart as CommonMark and its tables do.

    What a line is depends on the lines before it, and whether it heads a table on the one behind it, too.
    `piped` takes for tables only those whose rows begin with a pipe, as models write them: that a line
    can be the head of one is seen before its first word then.
    """
    return _Reader(text, piped=piped).read()


def cells(row: str) -> Iterator[tuple[int, int]]:
    """Yield where each cell of a table's row begins and ends."""
    start = 0
    for pipe in PIPE.finditer(row):
        yield start, pipe.end() - 1
        start = pipe.end()
    yield start, len(row)


def paragraphs(text: str, *, piped: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where the prose of each paragraph, heading and cell of a table begins and ends.

    `piped` as with `lines`.
    """
    start: int | None = None
    end = 0
    for line in lines(text, piped=piped):
        if start is not None and line.kind is not Kind.MORE:
            yield start, end
            start = None
        if line.kind in _PROSE:
            start, end = line.start if start is None else start, line.end
        elif line.kind in _CELLS:
            yield from ((line.start + first, line.start + last) for first, last in cells(line.text))
    if start is not None:
        yield start, end


def delimits(line: str) -> bool:
    """Return whether `line` could be the row of dashes below a table's header."""
    return bool(_DELIMITER.match(line)) and ("|" in line or ":" in line)


class _Reader:
    """Reads line by line; knows the quote, the list items, the code and the table it stands in."""

    def __init__(self, text: str, *, piped: bool) -> None:
        self._raw = text.split("\n")
        self._piped = piped
        self._lines: list[Line] = []
        self._fence: Fence | None = None
        self._items: list[int] = []
        self._depth = 0
        self._before = Kind.BLANK

    def read(self) -> list[Line]:
        start = 0
        for number, raw in enumerate(self._raw):
            kind = self._in_code(raw) if self._fence else None
            kind = kind or self._kind(raw, number)
            self._lines.append(Line(start, raw, kind, self._fence))
            self._before = kind
            start += len(raw) + 1
        return self._lines

    def _in_code(self, raw: str) -> Kind | None:
        """Return what a line is while code is open, None where it ends the list or quote around it."""
        fence = self._fence
        if fence is None:
            return None
        rest, depth = _unquoted(raw, fence.depth)
        bare = rest.strip()
        indent = _indent(rest)
        if depth < fence.depth or (bare and indent < fence.indent):
            self._fence = None
            return None
        closes = bare.startswith(fence.mark) and not bare.strip(fence.mark[0])
        if closes and indent - fence.indent < _CODE_INDENT:
            self._fence = None
            return Kind.FENCE
        return Kind.CODE

    def _kind(self, raw: str, number: int) -> Kind:
        if raw[:1].isalpha() and not self._depth:  # nearly every line of prose, read the short way
            paragraph = self._before in PARAGRAPH
            lazy = paragraph and bool(self._items)
            kind = (None if lazy else self._row(raw, number)) or self._prose(paragraph=paragraph)
            if kind is not Kind.MORE:
                self._items.clear()
            return kind
        rest, depth = _unquoted(raw, len(raw))
        if not rest.strip():
            return Kind.BLANK
        paragraph = self._before in PARAGRAPH
        lazy = paragraph and depth < self._depth  # may go on with a quote without its mark
        if depth == self._depth or lazy:
            around = tuple(self._items)
            kind = self._placed(rest, depth, number, paragraph=paragraph, lazy=lazy)
            if kind is Kind.MORE:  # a paragraph goes on in its item, however far it is indented
                self._items = list(around)
            if kind is Kind.MORE or not lazy:
                return kind
        self._items.clear()
        self._depth, self._before = depth, Kind.BLANK
        return self._placed(rest, depth, number, paragraph=False, lazy=False)

    def _placed(self, rest: str, depth: int, number: int, *, paragraph: bool, lazy: bool) -> Kind:
        """Return what a line is by what it begins with and how far it is indented."""
        indent = _indent(rest)
        inner = rest.lstrip(" \t")
        lazy = lazy or (paragraph and bool(self._items) and indent < self._items[-1])
        while self._items and indent < self._items[-1]:
            self._items.pop()
        base = self._items[-1] if self._items else 0
        if indent - base >= _CODE_INDENT:
            return self._prose(paragraph=paragraph)
        if _RULE.match(inner) or (paragraph and _UNDERLINE.match(inner)):
            return Kind.RULE
        inner, item = self._without_items(inner, indent)
        if self._opened(inner, depth):
            return Kind.FENCE
        if item:
            return Kind.ITEM
        if _HEADING.match(inner):
            return Kind.HEADING
        return (None if lazy else self._row(inner, number)) or self._prose(paragraph=paragraph)

    @staticmethod
    def _prose(*, paragraph: bool) -> Kind:
        return Kind.MORE if paragraph else Kind.PROSE

    def _without_items(self, inner: str, indent: int) -> tuple[str, bool]:
        """Return a line behind the marks of the list items that begin in it, and whether any does."""
        found = False
        while item := _ITEM.match(inner):
            gap = len(item["gap"].expandtabs(_CODE_INDENT))
            deep = gap > _CODE_INDENT
            indent += item.end() - len(item["gap"]) + (1 if deep or not gap else gap)
            self._items.append(indent)
            found = True
            inner = inner[item.end() :]
            if deep:  # what follows is code by its indentation
                return "", True
        return inner, found

    def _opened(self, inner: str, depth: int) -> bool:
        found = _FENCE.match(inner)
        if found is None:
            return False
        mark, info = found["mark"] or found["tilde"], found["info"] or found["rest"] or ""
        self._fence = Fence(mark, info, depth, self._items[-1] if self._items else 0)
        return True

    def _row(self, inner: str, number: int) -> Kind | None:
        if self._before is Kind.HEADER:
            return Kind.DELIMITER
        if self._before in _BODY:
            return Kind.ROW
        if "|" not in inner or number + 1 == len(self._raw) or (self._piped and inner[0] != "|"):
            return None
        below, _ = _unquoted(self._raw[number + 1], len(inner))
        same = _columns(inner) == _columns(below)
        return Kind.HEADER if delimits(below) and same else None


def _unquoted(raw: str, most: int) -> tuple[str, int]:
    """Return a line without the marks of at most `most` quotes around it, and how many there are."""
    depth = 0
    while depth < most and (quote := _QUOTE.match(raw)):
        raw = raw[quote.end() :]
        depth += 1
    return raw, depth


def _indent(line: str) -> int:
    if line[:1] not in {" ", "\t"}:
        return 0
    head = line[: len(line) - len(line.lstrip(" \t"))]
    return len(head.expandtabs(_CODE_INDENT))


def _columns(row: str) -> int:
    return len(PIPE.findall(row.strip().strip("|")))
