"""Markdown read line by line and inline, with byte-exact positions and what is still undecided.

Read by hand rather than by markdown-it-py, for two reasons. Live text is read several times a second for
hundreds of answers, and for 4,000 characters full of markup a parse takes markdown-it-py 3.3 ms, where
this takes 0.3 ms; and its tokens do not say where inside a line a link is, which is what has to be
changed. The tests compare what is found here with what markdown-it-py finds.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

# Characters that a label or an address between `<` and `>` may have, and that live text waits for the end
# of a mark: six seconds of a model that writes 50 characters a second.
MAX_INLINE_LENGTH = 300
MAX_CODE_LENGTH = 1_000
MAX_URL_LENGTH = 2_000


class InlineKind(Enum):
    """What a piece is."""

    CODE = auto()
    LINK = auto()
    REFERENCE = auto()  # `[label][name]` or `[label][]`
    BRACKET = auto()  # `[label]`: a marker, or a link where its name is defined
    ADDRESS = auto()  # `<https://…>`
    TAG = auto()  # `<` and the character that makes it the beginning of HTML
    LOOSE = auto()  # `]` of what is no link here, in front of what could make it one elsewhere


class InlinePiece(NamedTuple):
    """A piece of a paragraph; `label` and `target` are what it says and where it leads, as written."""

    kind: InlineKind
    start: int
    end: int
    label: str = ""
    target: str = ""
    image: bool = False


class InlineScan(NamedTuple):
    """The pieces of a paragraph, in order, and where something begins whose end has not come yet."""

    pieces: list[InlinePiece]
    pending: int


_NEXT = re.compile(r"[\\`<\[\]&@!]")
_ADDRESS = re.compile(
    r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,298}|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,200})>"
)
_TAG = re.compile(r"<[A-Za-z/!?]")
_BEGUN = re.compile(
    r"<(?:[A-Za-z/!?@#\\&][^<>\n]*)?\Z|&#?\w{0,8}\Z|@[A-Za-z]{0,8}\.?\Z|!\Z|\\(?:[@&][#\w]{0,9}|<(?:\\|&[#\w]{0,8})?)?\Z"
)
_TICKS = re.compile(r"`+")
_SPACE = r"[ \t]*+\n?+[ \t]*+"
_TITLE = r"(?s:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"
_ANGLED = r"<(?P<angled>(?:[^<>\n\\]|\\.){0,2000}+)>"
# An address in parentheses may hold parentheses of its own, here up to three deep.
_PLAIN = r"[^\s()\\\x00-\x1f\x7f]|\\[^\s]|\\(?=\s)"
_BARE = rf"(?!<)(?P<bare>(?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*+\))*+\))*+\))*+)"
_LINK_TAIL = re.compile(rf"\({_SPACE}(?:{_ANGLED}|{_BARE}){_SPACE}(?:(?<=[ \t\n]){_TITLE}{_SPACE})?\)")
_NAME = re.compile(r"\[((?:[^\[\]\\]|\\.){0,300})\]", re.DOTALL)
# The beginning of `(address "title")`, as far as a text that ends inside it can tell.
_OPEN_TAIL = re.compile(
    rf"\({_SPACE}(?:<[^<>\n]*+|(?:<[^<>\n]*+>|[^\s<]\S*+)"
    rf"(?:{_SPACE}(?:\"[^\"]*+\"?+|'[^']*+'?+|\([^()]*+\)?+)?+[ \t]*+)?+)?\Z"
)


@dataclass(slots=True)
class _OpenBracket:
    start: int
    image: bool
    links: bool = True  # whether a link may still begin here: links do not nest


@dataclass(slots=True)
class _InlineScanner:
    """Reads one paragraph, up to where more has to come before it can go on."""

    _text: str
    _names: Collection[str]
    _final: bool
    _pieces: list[InlinePiece] = field(default_factory=list)
    _opened: list[_OpenBracket] = field(default_factory=list)
    _around_links: int = 0  # of the open brackets, how many have a link in them by now

    def scan(self) -> InlineScan:
        size, at = len(self._text), 0
        waiting: list[int] = []
        while found := _NEXT.search(self._text, at):
            after = self._begun(found[0], found.start())
            if after is None:
                waiting.append(self._opened[-1].start if found[0] == "]" else found.start())
                break
            at = after
        if not self._final:
            waiting += [each.start for each in self._opened if size - each.start <= MAX_INLINE_LENGTH]
        return InlineScan(self._pieces, min(waiting, default=size))

    def _begun(self, char: str, at: int) -> int | None:
        """Return where to read on behind what begins at `at`, None where more has to come."""
        text = self._text
        if not self._final and len(text) - at <= MAX_INLINE_LENGTH and _BEGUN.match(text, at):
            return None
        if char == "\\":
            return at + (1 if text[at + 1 : at + 2] in {"@", "&"} else 2)
        if char == "`":
            return self._code(at)
        if char == "<":
            return self._angle(at)
        if char == "]":
            return self._closed(at)
        image = text.startswith("![", at)
        if image or char == "[":
            self._opened.append(_OpenBracket(at, image))
        return at + 1 + image

    def _code(self, at: int) -> int | None:
        size = len(self._text)
        ticks = _TICKS.match(self._text, at)
        end = ticks.end() if ticks else at + 1
        mark = self._text[at:end]
        # One character more than counts: a mark that is cut there ends too far away.
        until = at + MAX_CODE_LENGTH + 1
        close = next((each for each in _TICKS.finditer(self._text, end, until) if each[0] == mark), None)
        if not self._final and size - at <= MAX_CODE_LENGTH and (close is None or close.end() == size):
            return None
        if close is None or close.end() - at > MAX_CODE_LENGTH:
            return end
        self._pieces.append(InlinePiece(InlineKind.CODE, at, close.end()))
        return close.end()

    def _angle(self, at: int) -> int:
        if address := _ADDRESS.match(self._text, at):
            self._pieces.append(InlinePiece(InlineKind.ADDRESS, at, address.end(), address[1], address[1]))
            return address.end()
        if _TAG.match(self._text, at):
            self._pieces.append(InlinePiece(InlineKind.TAG, at, at + 2))
            return at + 2
        return at + 1

    def _closed(self, at: int) -> int | None:
        """Read on behind a closing bracket."""
        if not self._opened:
            return self._loose(at)
        opened = self._opened[-1]
        if at - opened.start > MAX_INLINE_LENGTH or not opened.links:
            self._opened.pop()
            return self._loose(at)
        label = self._text[opened.start + 1 + opened.image : at]
        tail = self._tail(at + 1, label)
        if tail is None and not self._final:
            rest = len(self._text) - at - 1
            if not rest or (rest <= MAX_URL_LENGTH and _OPEN_TAIL.match(self._text, at + 1)):
                return None
        self._opened.pop()
        if tail is None:
            apart = not self._pieces or self._pieces[-1].start < opened.start
            if apart and self._text[at + 1 : at + 2] != "(":
                self._pieces.append(
                    InlinePiece(InlineKind.BRACKET, opened.start, at + 1, label, label, opened.image)
                )
            return self._loose(at)
        while self._pieces and self._pieces[-1].start >= opened.start:
            self._pieces.pop()
        self._pieces.append(InlinePiece(tail.kind, opened.start, tail.end, label, tail.target, opened.image))
        if not opened.image:
            for outer in self._opened[min(self._around_links, len(self._opened)) :]:
                outer.links = outer.links and outer.image
            self._around_links = len(self._opened)
        return tail.end

    def _loose(self, at: int) -> int:
        if self._text[at + 1 : at + 2] == "(":
            self._pieces.append(InlinePiece(InlineKind.LOOSE, at, at + 1))
        return at + 1

    def _tail(self, at: int, label: str) -> InlinePiece | None:
        """Return what follows a label: an address in parentheses, or a name that is defined."""
        text = self._text
        if text[at : at + 1] == "[" and self._names and (name := _NAME.match(text, at)):
            known = normalized_name(name[1] or label) in self._names
            return InlinePiece(InlineKind.REFERENCE, at, name.end(), target=name[1]) if known else None
        link = _LINK_TAIL.match(text, at)
        if link is None:
            return None
        bare, angled = link["bare"], link["angled"]
        target = angled if bare is None else bare
        size = len(target) + 2 * (bare is None)
        return InlinePiece(InlineKind.LINK, at, link.end(), target=target) if size <= MAX_URL_LENGTH else None


def scan_inline(text: str, *, names: Collection[str] = (), final: bool = True) -> InlineScan:
    """Return the pieces of one paragraph.

    `names` are those that addresses are defined for; `final` says that nothing follows the text, so that
    nothing in it waits for more.
    """
    return _InlineScanner(text, names, final).scan() if _NEXT.search(text) else InlineScan([], len(text))


def normalized_name(name: str) -> str:
    """Return a name as names are compared: without regard to case and spaces."""
    return " ".join(name.casefold().split())


def replace_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """Return `text` with other text in some places: where each begins and ends, and what is put there."""
    done: list[str] = []
    behind = 0
    for start, end, new in spans:
        done += [text[behind:start], new]
        behind = end
    return "".join(done) + text[behind:]


class LineKind(Enum):
    """What a line is."""

    BLANK = auto()
    PROSE = auto()  # the first line of a paragraph, or of one inside a list or a quote
    MORE = auto()  # a further line of the paragraph before it
    HEADING = auto()
    RULE = auto()  # a line across, or what underlines a heading
    ITEM = auto()
    FENCE = auto()  # what opens or closes a block of code
    CODE = auto()
    HEADER = auto()  # the first row of a table
    DELIMITER = auto()
    ROW = auto()


@dataclass(frozen=True, slots=True)
class CodeFence:
    """A block of code that is open: how it closes, and how it is opened again elsewhere."""

    mark: str
    info: str
    depth: int  # how many quotes it is in
    indent: int  # columns by which the list item around it is indented

    @property
    def closing(self) -> str:
        """The line that closes it outside of lists; with `info` behind, it opens it there."""
        return "> " * self.depth + self.mark


class Line(NamedTuple):
    """One line: where it begins, its characters without the line break, and what it is."""

    start: int
    text: str
    kind: LineKind
    fence: CodeFence | None = None  # the block of code that is open behind this line

    @property
    def end(self) -> int:
        """Where its characters end."""
        return self.start + len(self.text)

    @property
    def words(self) -> str:
        """Its characters without indentation and the marks of quotes."""
        return self.text.strip(" \t>")

    @property
    def may_head_table(self) -> bool:
        """Whether it is prose that the next line can make the first row of a table."""
        return self.kind in PARAGRAPH_KINDS and self.words.startswith("|")


PARAGRAPH_KINDS = (LineKind.PROSE, LineKind.MORE, LineKind.ITEM)
BODY_KINDS = (LineKind.DELIMITER, LineKind.ROW)
TABLE_KINDS = (LineKind.HEADER, *BODY_KINDS)

_QUOTES = re.compile(r"(?: {0,3}> ?)*+")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|$)")
_FENCE = re.compile(r"(?P<mark>`{3,}+)(?P<info>[^`]*+)$|(?P<tilde>~{3,}+)(?P<rest>.*)$")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:\*[ \t]*+){3,}+$|(?:-[ \t]*+){3,}+$|(?:_[ \t]*+){3,}+$")
_UNDERLINE = re.compile(r"-++[ \t]*+$|=++[ \t]*+$")
_CELL = r"[ \t]*+:?+-++:?+[ \t]*+"
DELIMITER = re.compile(rf"[ \t]*+\|?+{_CELL}(?:\|{_CELL})*+\|?+[ \t]*+$")
PIPE = re.compile(r"(?<!\\)(?:\\\\)*+\|")
_SIGNS = frozenset("*-_=+#`~")  # what a line begins with that is more than prose or a row, beside digits
_CODE_INDENT = 4  # columns that make a line code, or no beginning of a block
_MAX_NESTING = 50  # items in each other; Slack indents less deep


def parse_lines(text: str, *, piped: bool = False) -> list[Line]:
    """Return every line of `text`, told apart as CommonMark and its tables do.

    What a line is depends on the lines before it, and whether it heads a table on the one behind it, too.
    `piped` takes for tables only those whose rows begin with a pipe, as models write them: that a line
    can be the head of one is seen before its first word then.
    """
    return _LineReader(text, piped=piped).read()


def table_cells(row: str) -> Iterator[tuple[int, int]]:
    """Yield where each cell of a table's row begins and ends."""
    start = 0
    for pipe in PIPE.finditer(row):
        yield start, pipe.end() - 1
        start = pipe.end()
    yield start, len(row)


def paragraphs(text: str, *, piped: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where the prose of each paragraph, heading and cell of a table begins and ends.

    `piped` as with `parse_lines`.
    """
    start: int | None = None
    end = 0
    for line in parse_lines(text, piped=piped):
        if start is not None and line.kind is not LineKind.MORE:
            yield start, end
            start = None
        if line.kind in PARAGRAPH_KINDS or line.kind is LineKind.HEADING:
            start, end = line.start if start is None else start, line.end
        elif line.kind is LineKind.HEADER or line.kind is LineKind.ROW:
            yield from ((line.start + first, line.start + last) for first, last in table_cells(line.text))
    if start is not None:
        yield start, end


def last_of(lines: Sequence[Line], kind: LineKind) -> int:
    """Return the index of the last line of a kind, which there has to be."""
    return next(index for index in reversed(range(len(lines))) if lines[index].kind is kind)


class _LineReader:
    """Reads line by line; knows the quote, the list items, the code and the table around the line."""

    def __init__(self, text: str, *, piped: bool) -> None:
        self._raw = text.split("\n")
        self._piped = piped
        self._lines: list[Line] = []
        self._fence: CodeFence | None = None
        self._items: list[int] = []
        self._depth = 0
        self._before = LineKind.BLANK

    def read(self) -> list[Line]:
        start = 0
        for number, raw in enumerate(self._raw):
            kind = (self._in_code(raw, self._fence) if self._fence else None) or self._kind(raw, number)
            self._lines.append(Line(start, raw, kind, self._fence))
            self._before = kind
            start += len(raw) + 1
        return self._lines

    def _in_code(self, raw: str, fence: CodeFence) -> LineKind | None:
        """Return what a line is while code is open, None where it ends the list or quote around it."""
        rest, depth = _unquoted(raw, fence.depth)
        bare = rest.strip()
        indent = _indent(rest)
        if depth < fence.depth or (bare and indent < fence.indent):
            self._fence = None
            return None
        closes = bare.startswith(fence.mark) and not bare.strip(fence.mark[0])
        if closes and indent - fence.indent < _CODE_INDENT:
            self._fence = None
            return LineKind.FENCE
        return LineKind.CODE

    def _kind(self, raw: str, number: int) -> LineKind:
        if raw[:1].isalpha() and not self._depth:  # nearly every line of prose, read the short way
            prose = LineKind.MORE if self._before in PARAGRAPH_KINDS else LineKind.PROSE
            lazy = prose is LineKind.MORE and bool(self._items)
            kind = (None if lazy else self._row(raw, number)) or prose
            if kind is not LineKind.MORE:
                self._items.clear()
            return kind
        rest, depth = _unquoted(raw, len(raw))
        if not rest.strip():
            return LineKind.BLANK
        lazy = self._before in PARAGRAPH_KINDS and depth < self._depth  # the quote without its mark
        if depth == self._depth or lazy:
            around = tuple(self._items)
            kind = self._placed(rest, depth, number, lazy=lazy)
            if kind is LineKind.MORE:  # a paragraph goes on in its item, however far it is indented
                self._items = list(around)
            if kind is LineKind.MORE or not lazy:
                return kind
        self._items.clear()
        self._depth, self._before = depth, LineKind.BLANK
        return self._placed(rest, depth, number, lazy=False)

    def _placed(self, rest: str, depth: int, number: int, *, lazy: bool) -> LineKind:
        """Return what a line is by what it begins with and how far it is indented."""
        paragraph = self._before in PARAGRAPH_KINDS
        prose = LineKind.MORE if paragraph else LineKind.PROSE
        indent = _indent(rest)
        inner = rest.lstrip(" \t")
        lazy = lazy or (paragraph and bool(self._items) and indent < self._items[-1])
        while self._items and indent < self._items[-1]:
            self._items.pop()
        base = self._items[-1] if self._items else 0
        if indent - base >= _CODE_INDENT:
            return prose
        if inner[0] not in _SIGNS and not inner[0].isdecimal():  # most lines, read the short way
            return (None if lazy else self._row(inner, number)) or prose
        if _RULE.match(inner) or (paragraph and _UNDERLINE.match(inner)):
            return LineKind.RULE
        inner, item = self._without_items(inner, indent)
        if found := _FENCE.match(inner):
            mark, info = found["mark"] or found["tilde"], found["info"] or found["rest"] or ""
            self._fence = CodeFence(mark, info, depth, self._items[-1] if self._items else 0)
            return LineKind.FENCE
        if item:
            return LineKind.ITEM
        if _HEADING.match(inner):
            return LineKind.HEADING
        return (None if lazy else self._row(inner, number)) or prose

    def _without_items(self, inner: str, indent: int) -> tuple[str, bool]:
        """Return a line behind the marks of the list items that begin in it, and whether any does."""
        at = 0
        while len(self._items) < _MAX_NESTING and (item := _ITEM.match(inner, at)):
            gap = len(item["gap"].expandtabs(_CODE_INDENT))
            deep = gap > _CODE_INDENT
            indent += item.end("gap") - at - len(item["gap"]) + (1 if deep or not gap else gap)
            self._items.append(indent)
            at = item.end()
            if deep:  # what follows is code by its indentation
                return "", True
        return inner[at:], at > 0

    def _row(self, inner: str, number: int) -> LineKind | None:
        if self._before is LineKind.HEADER:
            return LineKind.DELIMITER
        if self._before in BODY_KINDS:
            return LineKind.ROW
        if "|" not in inner or number + 1 == len(self._raw) or (self._piped and inner[0] != "|"):
            return None
        below = self._raw[number + 1]
        if "-" not in below:
            return None
        below, _ = _unquoted(below, len(inner))
        if not DELIMITER.match(below) or not ("|" in below or ":" in below):
            return None
        columns, delimiters = (len(PIPE.findall(each.strip().strip("|"))) for each in (inner, below))
        return LineKind.HEADER if columns == delimiters else None


def _unquoted(raw: str, most: int) -> tuple[str, int]:
    """Return a line without the marks of at most `most` quotes around it, and how many there are."""
    if ">" not in raw:
        return raw, 0
    quotes = _QUOTES.match(raw)
    end = quotes.end() if quotes else 0
    depth = raw.count(">", 0, end)
    if depth > most:
        end -= len(raw[:end].split(">", most)[-1])
        return raw[end:].removeprefix(" "), most
    return raw[end:], depth


def _indent(line: str) -> int:
    if line[:1] not in {" ", "\t"}:
        return 0
    head = line[: len(line) - len(line.lstrip(" \t"))]
    return len(head.expandtabs(_CODE_INDENT))
