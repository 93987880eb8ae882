"""What stands inside a paragraph of Markdown: links, code, brackets and whatever begins with `<`.

Read from left to right as CommonMark does, so that what was decided about the beginning of a paragraph
stays decided as the paragraph grows; what a longer text could still decide otherwise is `pending`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

LONGEST = 300
"""Characters that a label or an address between `<` and `>` may have, and that live text waits for the end
of a mark: six seconds of a model that writes 50 characters a second."""

LONGEST_CODE = 1_000
LONGEST_ADDRESS = 2_000


class Kind(Enum):
    """What a piece is."""

    CODE = auto()
    LINK = auto()
    REFERENCE = auto()
    """`[label][name]` or `[label][]`."""
    BRACKET = auto()
    """`[label]`: a marker, or a link where its name is defined."""
    ADDRESS = auto()
    """`<https://…>`."""
    TAG = auto()
    """`<` and the character that makes it the beginning of HTML."""
    LOOSE = auto()
    """`]` of what is no link here, in front of what could make it one elsewhere."""


class Piece(NamedTuple):
    """A piece of a paragraph; `label` and `target` are what it says and where it leads, as written."""

    kind: Kind
    start: int
    end: int
    label: str = ""
    target: str = ""
    image: bool = False


class Scan(NamedTuple):
    """The pieces of a paragraph, in order, and where something begins whose end has not come yet."""

    pieces: list[Piece]
    pending: int


_NEXT = re.compile(r"[\\`<\[\]&@!]")
_ADDRESS = re.compile(
    r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,298}|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,200})>"
)
_TAG = re.compile(r"<[A-Za-z/!?]")
_BEGUN = re.compile(
    r"<(?:[A-Za-z/!?@#\\&][^<>\n]*)?\Z|&#?\w{0,8}\Z|@[A-Za-z]{0,8}\Z|!\Z|\\(?:[@&][#\w]{0,9}|<(?:\\|&[#\w]{0,8})?)?\Z"
)
_TICKS = re.compile(r"`+")
_SPACE = re.compile(r"[ \t]*\n?[ \t]*")
_TITLE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ANGLED = re.compile(r"<((?:[^<>\n\\]|\\.){0,2000})>")
_SIMPLE = re.compile(r"\(([^\s()\\<>\x00-\x1f\x7f]{1,2000})\)")
# An address in parentheses may hold parentheses of its own, here up to three deep.
_PLAIN = r"[^\s()\\\x00-\x1f\x7f]|\\[^\s]|\\(?=\s)"
_BARE = re.compile(rf"(?!<)(?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*+\))*+\))*+\))*+")
_NAME = re.compile(r"\[((?:[^\[\]\\]|\\.){0,300})\]", re.DOTALL)
# The beginning of `(address "title")`, as far as a text that ends inside it can tell.
_OPEN_TAIL = re.compile(
    r"\([ \t]*\n?[ \t]*(?:<[^<>\n]*|(?:<[^<>\n]*>|[^\s<]\S*)"
    r"(?:[ \t]*\n?[ \t]*(?:\"[^\"]*\"?|'[^']*'?|\([^()]*\)?)?[ \t]*)?)?\Z"
)


@dataclass(slots=True)
class _Open:
    start: int
    image: bool
    links: bool = True
    """Whether a link may still begin here: none stands inside another."""


class _Scanner:
    """Reads one paragraph; where more has to come before it can go on, `held` says what waits for it."""

    def __init__(self, text: str, names: Collection[str], *, final: bool) -> None:
        self._text = text
        self._names = names
        self._final = final
        self._pieces: list[Piece] = []
        self._opened: list[_Open] = []

    def scan(self) -> Scan:
        at = 0
        while found := _NEXT.search(self._text, at):
            after = self._begun(found[0], found.start())
            if after is None:
                return Scan(self._pieces, self._pending(found))
            at = after
        return Scan(self._pieces, self._pending(None))

    def _pending(self, held: re.Match[str] | None) -> int:
        """Return where the first thing begins that waits for more."""
        size = len(self._text)
        if self._final:
            return size
        waiting = [each.start for each in self._opened if size - each.start <= LONGEST]
        if held:
            waiting.append(self._opened[-1].start if held[0] == "]" else held.start())
        return min(waiting, default=size)

    def _begun(self, char: str, at: int) -> int | None:
        """Return where to read on behind what begins at `at`, None where more has to come."""
        text = self._text
        if not self._final and len(text) - at <= LONGEST and _BEGUN.match(text, at):
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
            self._opened.append(_Open(at, image))
        return at + 1 + image

    def _code(self, at: int) -> int | None:
        size = len(self._text)
        ticks = _TICKS.match(self._text, at)
        end = ticks.end() if ticks else at + 1
        mark = self._text[at:end]
        close = next((each for each in _TICKS.finditer(self._text, end) if each[0] == mark), None)
        near = close is not None and close.end() - at <= LONGEST_CODE
        if not self._final and size - at <= LONGEST_CODE and (close is None or close.end() == size):
            return None
        if close is None or not near:
            return end
        self._pieces.append(Piece(Kind.CODE, at, close.end()))
        return close.end()

    def _angle(self, at: int) -> int:
        if address := _ADDRESS.match(self._text, at):
            self._pieces.append(Piece(Kind.ADDRESS, at, address.end(), address[1], address[1]))
            return address.end()
        if _TAG.match(self._text, at):
            self._pieces.append(Piece(Kind.TAG, at, at + 2))
            return at + 2
        return at + 1

    def _closed(self, at: int) -> int | None:
        """Read on behind a closing bracket."""
        if not self._opened:
            return self._loose(at)
        opened = self._opened[-1]
        if at - opened.start > LONGEST or not opened.links:
            self._opened.pop()
            return self._loose(at)
        label = self._text[opened.start + 1 + opened.image : at]
        tail = self._tail(at + 1, label)
        if tail is None and not self._final and self._may_go_on(at + 1):
            return None
        self._opened.pop()
        if tail is None:
            if self._text[at + 1 : at + 2] != "(":
                self._bracket(Piece(Kind.BRACKET, opened.start, at + 1, label, label, opened.image))
            return self._loose(at)
        while self._pieces and self._pieces[-1].start >= opened.start:
            self._pieces.pop()
        self._pieces.append(Piece(tail.kind, opened.start, tail.end, label, tail.target, opened.image))
        if not opened.image:
            for outer in self._opened:
                outer.links = outer.links and outer.image
        return tail.end

    def _loose(self, at: int) -> int:
        if self._text[at + 1 : at + 2] == "(":
            self._pieces.append(Piece(Kind.LOOSE, at, at + 1))
        return at + 1

    def _bracket(self, piece: Piece) -> None:
        if not self._pieces or self._pieces[-1].start < piece.start:
            self._pieces.append(piece)

    def _tail(self, at: int, label: str) -> Piece | None:
        """Return what follows a label: an address in parentheses, or a name that is defined."""
        text = self._text
        following = text[at : at + 1]
        if following == "[" and self._names and (name := _NAME.match(text, at)):
            known = normal(name[1] or label) in self._names
            return Piece(Kind.REFERENCE, at, name.end(), target=name[1]) if known else None
        if following != "(":
            return None
        if simple := _SIMPLE.match(text, at):
            return Piece(Kind.LINK, at, simple.end(), target=simple[1])
        at = _over_space(text, at + 1)
        angled = _ANGLED.match(text, at)
        bare = None if angled else _BARE.match(text, at)
        found = angled or bare
        if found is None or found.end() - at > LONGEST_ADDRESS:
            return None
        target = angled[1] if angled else found[0]
        close = _over_space(text, found.end())
        title = _TITLE.match(text, close) if close > found.end() else None
        close = _over_space(text, title.end()) if title else close
        return Piece(Kind.LINK, at, close + 1, target=target) if text[close : close + 1] == ")" else None

    def _may_go_on(self, at: int) -> bool:
        size = len(self._text)
        return at == size or (size - at <= LONGEST_ADDRESS and bool(_OPEN_TAIL.match(self._text, at)))


def scan(text: str, *, names: Collection[str] = (), final: bool = True) -> Scan:
    """Return the pieces of one paragraph.

    `names` are those that addresses are defined for; `final` says that nothing follows the text, so that
    nothing in it waits for more.
    """
    return _Scanner(text, names, final=final).scan() if _NEXT.search(text) else Scan([], len(text))


def normal(name: str) -> str:
    """Return a name as names are compared: without regard to case and spaces."""
    return " ".join(name.casefold().split())


def _over_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
