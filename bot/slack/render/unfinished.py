"""Half-received Markdown made whole, so that a reader never sees markup open."""

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
# A line that is only the beginning of something: a heading, a list item, a quote, a rule.
_BARE_START = re.compile(r"^\s*(?:#{1,6}|[-*+=_>|]+|\d{1,3}[.)]?)\s*$")
_HALF_LINK = re.compile(r"!?\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)?(?:\]|\]\([^()\n]*)?$")
_HALF_AUTOLINK = re.compile(r"<[^<>\s]*$")
_DELIMITER_ROW = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*$")
_TABLE_STARTS = 3  # lines: header, delimiter and a first row
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\\*])\*{1,3}(?!\*)|(?<![\\_])_{1,3}(?!_)|(?<![\\~])~~(?!~)")
# Emphasis, code and links never reach over one of these.
_BLOCK_START = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+>#|]|\d{1,3}[.)]\s))")


def whole(text: str) -> str:
    """Return what can be shown of Markdown whose end has not arrived yet."""
    fence = _open_fence(text)
    if fence is not None:
        return _close_fence(text, fence)
    text = _without_half_table(_without_bare_start(text.rstrip()))
    start = max((found.end() for found in _BLOCK_START.finditer(text)), default=0)
    return (text[:start] + _close_inline(_without_half_link(text[start:]))).rstrip()


def _open_fence(text: str) -> str | None:
    """Return the fence of the code that `text` ends in, None where it does not end in code."""
    fence: str | None = None
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence is None:
            fence = found.group(1) if found else None
        elif found and found.group(1).startswith(fence) and line.strip() == found.group(1):
            fence = None
    return fence


def _close_fence(text: str, fence: str) -> str:
    body, _, last = text.rpartition("\n")
    if last.strip() and not last.strip().strip(fence[0]):
        # The first characters of the closing fence, or an opening one with nothing in it.
        text = body
    return text.rstrip() if _open_fence(text) is None else text.rstrip("\n") + "\n" + fence


def _without_bare_start(text: str) -> str:
    body, newline, last = text.rpartition("\n")
    return body if newline and _BARE_START.match(last) else text


def _without_half_table(text: str) -> str:
    """Hold a table back until it has a row, and its last row until it is whole."""
    lines = text.split("\n")
    start = len(lines)
    while start and lines[start - 1].lstrip().startswith("|"):
        start -= 1
    table = lines[start:]
    if table and not table[-1].rstrip().endswith("|"):
        table = table[:-1]
    if len(table) < _TABLE_STARTS or not _DELIMITER_ROW.match(table[1]):
        table = []
    return "\n".join(lines[:start] + table)


def _without_half_link(tail: str) -> str:
    prose = _hidden_code(tail)
    end = min(
        found.start() if found else len(tail)
        for found in (_HALF_LINK.search(prose), _HALF_AUTOLINK.search(prose))
    )
    return tail[:end]


def _close_inline(tail: str) -> str:
    tail = tail.rstrip()
    prose = _hidden_code(tail)
    ticks = prose.find("`")
    if ticks >= 0:
        run = re.match("`+", prose[ticks:])
        end = ticks + (run.end() if run else 1)
        return _close_inline(tail[:ticks]) if end == len(tail) else tail + tail[ticks:end]
    opened, dangling = _open_emphasis(prose)
    if dangling is not None:
        return _close_inline(tail[:dangling])
    return tail + "".join(reversed(opened))


def _open_emphasis(prose: str) -> tuple[list[str], int | None]:
    """Return the marks open at the end, and where a mark with nothing behind it stands, if one does."""
    opened: list[str] = []
    for run in _EMPHASIS.finditer(prose):
        mark, before, after = run.group(0), prose[: run.start()][-1:], prose[run.end() :][:1]
        left = len(mark)
        closes = before and not before.isspace() and not (mark[0] == "_" and after.isalnum())
        while closes and opened and opened[-1][0] == mark[0] and len(opened[-1]) <= left:
            left -= len(opened.pop())
        if not left:
            continue
        if not after:
            return opened, run.start()
        if not after.isspace() and not (mark[0] == "_" and before.isalnum()):
            opened.append(mark[:left])
    return opened, None


def _hidden_code(text: str) -> str:
    """Return `text` with whole inline code blanked out, every other character in its place."""
    return _INLINE_CODE.sub(lambda code: " " * (len(code.group(0)) - 1) + ".", text)
