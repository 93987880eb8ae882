"""What models write around Markdown or in its place, such as reasoning, turned into plain Markdown.

Every function reads a text once, from left to right, and leaves code as it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator

MAX_CODE_LENGTH = 1_000  # characters of code inside a line; what is longer was not meant as code

_CODE = re.compile(
    r"^(?P<before>(?:[ \t>]|[-*+][ \t]|\d{1,9}+[.)][ \t])*+)(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+)"
    r"|(?<!\\)(?P<ticks>`+)",
    re.MULTILINE,
)
_REASONING = re.compile(
    r"[<\u25c1](?P<end>/)?(?:[a-z]{1,20}:)?"
    r"(?:(?:ant)?think(?:ing)?|(?:inner_|internal_)?(?:thoughts?|monologue|reasoning)|reflection|scratchpad"
    r"|(?:think(?:ing)?|thought|reasoning)_process|chain_of_thought|analysis)"
    r"(?:[ \t][^<>\n]{0,200})?[>\u25b7]|(?-i:\[(?P<ended>/)?THINK\])"
    r"|<\|begin_of_thought\|>|<\|channel\|>(?:analysis|commentary)(?:[ \t][^<>\n]{0,100})?<\|message\|>"
    r"|(?P<over><\|end_of_thought\|>|(?:<\|(?:start|end|return)\|>(?:assistant)?){0,2}<\|channel\|>final<\|message\|>)",
    re.IGNORECASE,
)
_CODE_OR_REASONING = re.compile(f"{_CODE.pattern}|{_REASONING.pattern}", re.MULTILINE | re.IGNORECASE)
_TICKS = re.compile(r"`+")
_BLANK_LINE = re.compile(r"\n[ \t]*+\n")
_TALKED_ABOUT = re.compile(r"[\s(\[{'\"\u2018\u201c*_/=,:-]|\Z")
_NOTHING_MORE = re.compile(r"\s*+\Z")


def code_regions(text: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield where code begins and ends, in fences and in lines; of a text that goes on, code may be open."""
    if "`" not in text and "~~~" not in text:
        return
    at = 0
    while found := _CODE.search(text, at):
        at = _code_end(text, found, whole=whole)
        if at > found.end():
            yield found.start(), at


def _code_end(text: str, found: re.Match[str], *, whole: bool) -> int:
    """Return where the code ends whose first mark is `found`; the end of the mark where it begins none."""
    if mark := found["fence"]:
        closing = rf"^[ \t>]*+{mark[0]}{{{len(mark)},}}[ \t]*+$"
        if ">" in found["before"]:
            closing += "|^(?![ \t]{0,3}>)"  # the quote around it ends
        first_line = text.find("\n", found.end())
        close = re.compile(closing, re.MULTILINE).search(text, first_line + 1) if first_line >= 0 else None
        return close.end() if close else len(text)
    ticks, end = found["ticks"], found.end()
    # One character more than counts: a mark that is cut there ends too far away.
    until = end + MAX_CODE_LENGTH
    runs = _TICKS.finditer(text, end, until + 1)
    close = next((each for each in runs if each[0] == ticks and each.end() <= until), None)
    if _BLANK_LINE.search(text, end, close.start() if close else until):
        return end
    if close:
        return close.end()
    return end if whole or until < len(text) else len(text)


def without_reasoning(text: str, *, whole: bool) -> str:
    """Return a text without what the model thought before it answered, ended or still open.

    Templates of some models write the opening tag themselves: all before a lone closing tag is reasoning.
    """
    if not _REASONING.search(text):
        return text
    kept: list[str] = []
    at = start = opened = 0  # `start` of what is kept next; `opened` tags in reasoning that was cut
    while found := _CODE_OR_REASONING.search(text, at):
        if found["fence"] or found["ticks"]:
            at = _code_end(text, found, whole=whole)
            continue
        if not (found["end"] or found["ended"] or found["over"]):
            kept.append(text[start : found.start()])
            at, inner = _reasoning_end(text, found.end())
            opened += inner
        elif opened:
            opened -= 1
            at = found.end()
        else:
            if _is_alone(text, found):
                kept.clear()
            else:
                kept.append(text[start : found.start()])
            at = found.end()
        start = at
    return "".join([*kept, text[start:]]).lstrip()


def _reasoning_end(text: str, at: int) -> tuple[int, int]:
    """Return where reasoning ends, and how many more tags are opened in it."""
    for inner, tag in enumerate(_REASONING.finditer(text, at)):
        if tag["end"] or tag["ended"] or tag["over"]:
            return tag.end(), inner
    return len(text), 0


def _is_alone(text: str, tag: re.Match[str]) -> bool:
    """Return whether a lone closing tag ends reasoning; one among words, or in brackets, is talked about."""
    before, after = text[tag.start() - 1 : tag.start()], text[tag.end() : tag.end() + 1]
    ends = "\n" in (before, after) or not _TALKED_ABOUT.match(before)
    return ends and not _NOTHING_MORE.match(text, tag.end())


_FULL_FENCE = r"[ \t]*+(?P<mark>`{3,}+|~{3,}+)"
_WRAPPER = re.compile(rf"\s*+{_FULL_FENCE}[ \t]*+(?:markdown|md|mdx|gfm|commonmark)[ \t]*+\n", re.IGNORECASE)
_HALF_WRAPPER = re.compile(r"\s*+(?:`{1,20}+|~{1,20}+)[ \t]*+(?P<info>[a-z]*+)[ \t]*+\Z", re.IGNORECASE)
_WRAPPED = ("markdown", "mdx", "gfm", "commonmark")
_FENCE_LINE = re.compile(rf"{_FULL_FENCE}(?P<info>[^\n]*)\Z")
# What may stand behind the fence: the markers of its sources.
_MARKERS = re.compile(r"(?:\s|\[[^\[\]\n]{1,20}\](?:\([^()\s]{0,2000}\))?)*+\Z")


def unwrapped(text: str, *, whole: bool) -> str:
    """Return the inside of a fence of Markdown that spans the whole text, or all of it so far."""
    opening = _WRAPPER.match(text)
    if not opening:
        half = None if whole else _HALF_WRAPPER.match(text)
        held = half and any(each.startswith(half["info"].lower()) for each in _WRAPPED)
        return "" if held else text
    wrapper, inner, at = opening["mark"], "", opening.end()
    for line in text[at:].split("\n"):
        end = at + len(line)
        fence = _FENCE_LINE.match(line)
        bare = bool(fence and not fence["info"].strip())
        if inner:
            if fence and bare and fence["mark"].startswith(inner):
                inner = ""
        elif fence and bare and fence["mark"].startswith(wrapper):
            rest = text[end:].strip()
            return f"{text[opening.end() : at].rstrip()} {rest}".rstrip() if _MARKERS.match(rest) else text
        elif fence:
            inner = fence["mark"]
        elif not whole and end == len(text) and line.strip() and not line.strip(f"{wrapper[0]} \t"):
            return text[opening.end() : at]
        at = end + 1
    return text[opening.end() :]


def masked(text: str, regions: Iterable[tuple[int, int]]) -> str:
    """Return a text of the same length in which code is no longer to be read."""
    return replaced(text, ((start, end, "\0" * (end - start)) for start, end in regions))


def outside_code(
    text: str, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], *, whole: bool
) -> str:
    """Return a text with what `pattern` finds in it changed; it finds nothing in code."""
    prose = masked(text, code_regions(text, whole=whole))
    return replaced(text, ((*found.span(), change(found)) for found in pattern.finditer(prose)))


def replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """Return `text` with other text in some places: where each begins and ends, and what is put there."""
    done: list[str] = []
    behind = 0
    for start, end, new in changes:
        done += [text[behind:start], new]
        behind = end
    return "".join(done) + text[behind:]
