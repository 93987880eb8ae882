"""Long answers split into parts that fit a message."""

import re
from bisect import bisect_left

from bot.slack.limits import MARKDOWN_BLOCKS, TABLE_ROWS, TABLE_TEXT
from bot.slack.render.markdown.parse import (
    BODY_KINDS,
    PARAGRAPH_KINDS,
    CodeFence,
    Line,
    LineKind,
    last_of,
    parse_lines,
    scan_inline,
)
from bot.slack.render.markdown.partial import find_open_marks, paragraph_start

LINK_ROOM = 75  # counted beside a marker `[1]`, and a relative link: what completes it is about as long
ESCAPE_ROOM = 3  # counted beside `<`, which becomes `&lt;` where it begins a tag
FRAME_SHARE = 4  # repeating what frames a table or code takes at most a quarter of a part
_SMALL = 100  # nothing counts for more than this fraction of a part
_TRIED = 20  # places tried for one where nothing is open
_MAX_READ = 30_000  # characters read while these are tried; of a very long paragraph the last ones count
_GROWS = re.compile(r"<|\[(?<!\[\[)[0-9]{1,3}\]|\]\(/")
_FIRST_READS = (300, 1_500)  # characters, before all that fit are read
_OWN_BLOCKS = (LineKind.HEADING, LineKind.RULE, LineKind.HEADER)
_BEST, _GOOD, _FAIR = range(3)  # how a reader takes it: between blocks, items, lines


class SplitWindow:
    """The beginning of `text` that fits behind `frame` in a part of at most `most` characters.

    All that is decided here rests on what fits, never on what follows: it stays when the text grows.
    """

    def __init__(self, frame: str, text: str, most: int) -> None:
        self._text = text
        self._left_to_read = _MAX_READ
        self._shift = len(frame)
        self._room = most - len(frame)
        self.largest_frame = most // FRAME_SHARE
        fitting = min(self._safe_room(most // _SMALL), len(text))
        # Where many blocks stand close together, the first of them fill a part.
        for size in (*(each for each in _FIRST_READS if each < fitting), fitting):
            self._lines = parse_lines(frame + text[:size])
            self._end = self._drawable(size)
            if self._end < size:
                break
        self.holds_all = self._end >= len(text)

    def cut(self) -> int:
        """Return where the part ends; more than 0."""
        return (
            self._between_lines(self._end // 2) or self._within_line() or self._between_lines(1) or self._end
        )

    def open_at(self, end: int) -> tuple[CodeFence | None, str]:
        """Return the code that is open where a part ends, or the head of the table to repeat, if short."""
        at = max(index for index, line in enumerate(self._lines) if self._start(line) <= end)
        line, above = self._lines[at], self._lines[at - 1]
        if self._start(line) < end:
            return line.fence, ""
        if line.kind is LineKind.ROW and above.kind is LineKind.ROW:
            head = last_of(self._lines[:at], LineKind.HEADER)
            header = "".join(f"{each.text}\n" for each in self._lines[head : head + 2])
            return None, header if len(header) <= self.largest_frame else ""
        return (above.fence if at else None), ""

    def closing(self, fence: CodeFence | None) -> str:
        """Return the line that closes the code, nothing where that would take too much of a part."""
        mark = fence.closing if fence else ""
        return mark if len(mark) <= self.largest_frame else ""

    def _safe_room(self, largest: int) -> int:
        """Return how many characters fit once they are safe and linked.

        What grows counts up to `largest` characters more than it has.
        """
        room = self._room
        for found in _GROWS.finditer(self._text, 0, self._room + 1):
            if found.end() > room:
                break
            more = ESCAPE_ROOM if found[0] == "<" else LINK_ROOM
            room = max(room - min(more, largest), found.start(), 1)
        return room

    def _start(self, line: Line) -> int:
        return line.start - self._shift

    def _drawable(self, fitting: int) -> int:
        """Return where the text ends that Slack can draw, by the blocks and the tables it becomes."""
        blocks = rows = table = 0
        apart = True  # whether the next line begins a new block
        for line in self._lines[:-2]:  # what the last two are may depend on what follows
            kind = line.kind
            if kind in BODY_KINDS:
                rows += 1
            elif kind in _OWN_BLOCKS:
                blocks, rows, apart = blocks + 1, 0, True
            elif line.text.strip():
                blocks, apart = blocks + apart, False
            if kind is LineKind.HEADER or kind is LineKind.ROW:
                table += len(line.text)
            too_much = blocks > MARKDOWN_BLOCKS or rows > TABLE_ROWS or table > TABLE_TEXT
            if too_much and self._start(line) > 0:
                return self._start(line)
        return fitting

    def _between_lines(self, least: int) -> int | None:
        """Return the best place between two lines, `least` characters from the beginning or more."""
        found: dict[int, list[int]] = {_BEST: [], _GOOD: [], _FAIR: []}
        above: Line | None = None  # the last line that is not empty
        for before, line in zip(self._lines, self._lines[1:], strict=False):
            above = before if before.words else above
            end = self._start(line)
            fits = end <= self._end and end + len(self.closing(before.fence)) <= self._room
            if above and fits and end >= max(least, 1):
                rank = self._rank(above, before, line)
                if rank is not None:
                    found[rank].append(end)
        whole = (end for end in found[_FAIR][: -_TRIED - 1 : -1] if self._nothing_open(end))
        return max(found[_BEST], default=None) or max(found[_GOOD], default=None) or next(whole, None)

    def _rank(self, above: Line, before: Line, line: Line) -> int | None:
        """Return how good it is to end before `line`, None where the line above belongs to what follows."""
        if before.fence:
            return None if before.kind is LineKind.FENCE or line.kind is LineKind.FENCE else _FAIR
        last = line is self._lines[-1]
        table = above.kind in (LineKind.HEADER, LineKind.DELIMITER) or (
            last and (above.may_head_table or above.kind is LineKind.ROW)
        )
        if above.kind is LineKind.HEADING or table:
            return None
        if not line.text.strip():
            return _FAIR if last and before.text.strip() else None
        if line.text[0] in " \t" or line.kind in (LineKind.MORE, LineKind.ROW) or above.text.endswith(":"):
            return _FAIR
        return _GOOD if line.kind is LineKind.ITEM else _BEST

    def _nothing_open(self, end: int) -> bool:
        """Return whether no link, code or emphasis of a paragraph is open at `end`."""
        read = self._lines[: bisect_left(self._lines, end, key=self._start)]
        if read[-1].kind not in PARAGRAPH_KINDS:
            return True
        start = max(paragraph_start(read) - self._shift, 0)
        if self._left_to_read < end - start:
            return False
        self._left_to_read -= end - start
        prose = self._text[start:end].rstrip()
        found = scan_inline(f"{prose} ", final=False)
        return found.pending > len(prose) and not find_open_marks(prose, found.pieces).opened

    def _within_line(self) -> int | None:
        """Return a place between two words, where nothing is open if there is such a place."""
        end = self._end
        inside = self._lines[-1].fence
        if inside:
            end = max(end - len(self.closing(inside)) - 1, 1)
        spaces = [found.end() for found in re.finditer(r" ", self._text[end // 2 : end])]
        places = [end // 2 + each for each in spaces[: -_TRIED - 1 : -1]] or ([end] if inside else [])
        whole = (each for each in places if inside or self._nothing_open(each))
        return next(whole, None) or next(iter(places), None)


def split_markdown(text: str, most: int, parts: int | None = None) -> list[str]:
    """Return `text` in parts of at most `most` characters, each of which is complete Markdown.

    `parts` is how many are wanted, from the first on; None for all.

    They end between paragraphs if possible, else between the items of a list, else between lines, and
    never behind a heading. Code that goes on is fenced in both parts, and a table repeats its header.
    Parts are smaller where markers will become links, and where Slack would make more blocks of them than
    `MARKDOWN_BLOCKS`.

    Several tables stay together as they were written: a message holds one block of type `table`, but those
    inside `markdown` count as blocks only (answers with dozens of them pass, reported in the field). One
    that reaches the limits of such a block goes on in the next part.

    A part does not change once there is another behind it: of a text that grows, all parts but the last
    stay as they are.
    """
    done: list[str] = []
    frame = ""
    while True:
        window = SplitWindow(frame, text, most)
        if window.holds_all:
            done.append((frame + text).strip("\n"))
            break
        end = window.cut()
        fence, header = window.open_at(end)
        mark = window.closing(fence)
        part = (frame + text[:end]).rstrip("\n ")
        done.append((f"{part}\n{mark}" if mark else part).strip("\n"))
        if parts is not None and sum(bool(each.strip()) for each in done) >= parts:
            break
        text, frame = text[end:], header
        if fence and mark:
            text, frame = _code_going_on(text, fence, window.largest_frame)
        text = text if frame else text.lstrip("\n")
    return [each for each in done if each.strip()] or [""]


def _code_going_on(text: str, fence: CodeFence, most: int) -> tuple[str, str]:
    """Return the rest of code and the line that opens it again, outside of any list; none where it ends."""
    first, _, rest = text.partition("\n")
    with_info = fence.closing + fence.info
    opening = with_info if len(with_info) < most else fence.closing
    ends = parse_lines(f"{opening}\n{first.strip() if not fence.depth else first}")[-1].kind is LineKind.FENCE
    if ends and first.strip(" \t>"):
        return rest, ""
    return (_outdented(text, fence) if fence.indent else text), f"{opening}\n"


def _outdented(text: str, fence: CodeFence) -> str:
    """Return the lines up to the end of the code without the indentation of the list around it."""
    done: list[str] = []
    raw = text.split("\n")
    for line in raw:
        bare = line.lstrip(" ")
        done.append(line[min(len(line) - len(bare), fence.indent) :])
        if bare.startswith(fence.mark) and not bare.strip(f"{fence.mark[0]} \t"):
            break
    return "\n".join([*done, *raw[len(done) :]])
