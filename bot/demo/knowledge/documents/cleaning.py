"""Markdown freed from what is not meant for a reader: front matter, HTML, badges, site builders' tags."""

import re

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
FENCE = re.compile(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})")
COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
ADMONITION = re.compile(r'^(\s*)(?:!!!|\?\?\?\+?)\s+[\w-]+(?:\s+"([^"]*)")?\s*$')
DROPPED_LINE = re.compile(
    r"^\s*(?:\{%.*%\}|\{\{[^}]*\}\}|:{3,}.*|\[\^?[^\]]+\]:\s+\S.*|import\s.+\sfrom\s.+|export\s.+|\[TOC\]|\[\[_?toc_?\]\])\s*$",
    re.IGNORECASE,
)
INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)"), ""),
    (re.compile(r"\[!\[[^\]]*\]\[[^\]]*\]\](?:\[[^\]]*\]|\([^)]*\))"), ""),
    (re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])"), ""),
    (re.compile(r"\[\^[^\]]+\]"), ""),
    (re.compile(r"</?[A-Za-z][\w.:-]*(?:\s[^<>]*)?/?>"), ""),
    (re.compile(r"\s*\{[#:.][^}]*\}\s*$"), ""),
    (re.compile(r"\{:[^}]*\}"), ""),
)


def front_title(text: str) -> str | None:
    """Return the title a front matter gives, or None."""
    matter = FRONT_MATTER.match(text)
    title = FRONT_TITLE.search(matter.group(1)) if matter else None
    return title.group(1).strip("\"'") or None if title else None


def cleaned(text: str) -> str:
    """Return the Markdown a person would read; what stands in fences is left as it is."""
    text = FRONT_MATTER.sub("", text)
    out: list[str] = []
    fence = ""
    for line in _without_comments(text).split("\n"):
        mark = FENCE.match(line)
        if fence:
            out.append(line)
            if mark and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark.group(1)
            out.append(line)
        elif not DROPPED_LINE.match(line):
            out.append(_readable(line))
    return "\n".join(_opened(out))


def _without_comments(text: str) -> str:
    return COMMENTS.sub("", text) if "<!--" in text else text


def _readable(line: str) -> str:
    """Drop markup of the line, but none that stands in `code`."""
    pieces = re.split(r"(`+[^`]*`+)", line)
    for at in range(0, len(pieces), 2):
        for pattern, replacement in INLINE:
            pieces[at] = pattern.sub(replacement, pieces[at])
    return "".join(pieces).rstrip() if line.strip() else ""


def _opened(lines: list[str]) -> list[str]:
    """Turn indented admonitions (`!!! note`) into ordinary paragraphs, which they are to a reader."""
    out: list[str] = []
    depth: int | None = None
    for line in lines:
        if found := ADMONITION.match(line):
            depth = len(found.group(1)) + 4
            out += ["", f"**{found.group(2)}**" if found.group(2) else "", ""]
        elif depth is not None and line.startswith(" " * depth):
            out.append(line[depth:])
        else:
            depth = None if line.strip() else depth
            out.append(line)
    return out
