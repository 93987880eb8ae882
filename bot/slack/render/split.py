"""Long answers in parts that fit a message."""

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")


def parts(text: str, most: int) -> list[str]:
    """Return `text` in parts of at most `most` characters, cut between lines where there are any.

    Code that goes on in the next part is fenced in both.
    """
    done: list[str] = []
    part: list[str] = []
    size = 0
    fence = opening = ""
    for line in _lines(text, most // 2):
        if part and size + len(line) + 1 + len(fence) + 1 > most:
            cut = len(part) if fence else _last_break(part)
            done.append("\n".join([*part[:cut], fence] if fence else part[:cut]).strip("\n"))
            part = [opening, *part[cut:]] if fence else part[cut:]
            size = sum(len(each) + 1 for each in part)
        part.append(line)
        size += len(line) + 1
        found = _FENCE.match(line)
        if found and not fence:
            fence, opening = found.group(1), line
        elif found and found.group(1).startswith(fence) and not found.group(2).strip():
            fence = opening = ""
    done.append("\n".join(part).strip("\n"))
    return [each for each in done if each.strip()] or [""]


def _lines(text: str, longest: int) -> list[str]:
    """Return the lines of `text`, those longer than `longest` cut between words."""
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line
        while len(rest) > longest:
            cut = rest.rfind(" ", 0, longest) + 1 or longest
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def _last_break(part: list[str]) -> int:
    """Return how many lines to keep so that the cut falls on an empty line, if the second half has one."""
    for index in range(len(part) - 1, len(part) // 2, -1):
        if not part[index].strip():
            return index
    return len(part)
