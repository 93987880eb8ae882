"""reStructuredText told in Markdown, as far as reading and searching need it."""

import re

ADORNMENT = re.compile(r"^([=\-`:'\"~^_*+#<>.])\1{2,}\s*$")
DIRECTIVE = re.compile(r"^(\s*)\.\. +([\w:-]+)::\s*(.*)$")
COMMENT = re.compile(r"^\s*\.\.(\s|$)")
ADMONITIONS = {
    "note": "Note",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "danger": "Danger",
    "attention": "Attention",
    "seealso": "See also",
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
CODE = frozenset(
    {"code", "code-block", "sourcecode", "literalinclude", "parsed-literal", "console", "doctest"}
)
INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"``(.+?)``"), r"`\1`"),
    (re.compile(r":[\w:+-]+:`!?~?([^`<]+?)\s*<[^>`]*>`"), r"\1"),
    (re.compile(r":[\w:+-]+:`!?~?([^`]+)`"), r"`\1`"),
    (re.compile(r"`([^`<]+?)\s*<(https?://[^>`]+)>`__?"), r"[\1](\2)"),
    (re.compile(r"`([^`<]+?)\s*<[^>`]*>`__?"), r"\1"),
    (re.compile(r"`([^`]+)`__?"), r"\1"),
    (re.compile(r"\|[\w ]+\|_?"), ""),
    (re.compile(r"\[[#*\w]+\]_"), ""),
    (re.compile(r"(?<=\w)__?(?=[\s.,;:)]|$)"), ""),
)


def to_markdown(text: str) -> str:
    """Return Markdown that says what the reStructuredText says; what only lays out the page is left out."""
    return "\n".join(_Conversion(text.split("\n")).lines())


class _Conversion:
    """Walks through the lines once; `_levels` remembers which adornment stands for which depth."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = [line.expandtabs(8) for line in lines]
        self._levels: list[str] = []
        self._at = 0

    def lines(self) -> list[str]:
        out: list[str] = []
        while self._at < len(self._lines):
            out += self._heading() or self._directive() or self._grid() or self._plain()
        return out

    def _line(self, offset: int = 0) -> str:
        at = self._at + offset
        return self._lines[at] if 0 <= at < len(self._lines) else ""

    def _heading(self) -> list[str] | None:
        over = ADORNMENT.match(self._line())
        title_at = 1 if over else 0
        title, under = self._line(title_at), ADORNMENT.match(self._line(title_at + 1))
        if not under or not title.strip() or ADORNMENT.match(title):
            return None
        if len(self._line(title_at + 1).strip()) < len(title.strip()) or (not over and title.startswith(" ")):
            return None
        style = under.group(1) * (2 if over else 1)
        if style not in self._levels:
            self._levels.append(style)
        self._at += title_at + 2
        depth = min(self._levels.index(style) + 1, 6)
        return ["", f"{'#' * depth} {_inline(title.strip())}", ""]

    def _directive(self) -> list[str] | None:
        found = DIRECTIVE.match(self._line())
        if not found:
            if not COMMENT.match(self._line()):
                return None
            self._at += 1
            self._indented(len(self._line(-1)) - len(self._line(-1).lstrip()))
            return [""]
        indent, name, argument = found.groups()
        self._at += 1
        body = self._indented(len(indent))
        while body and (not body[0].strip() or re.match(r"^:[\w-]+:", body[0])):
            body.pop(0)
        if name in CODE:
            return _fenced(body, argument)
        if label := ADMONITIONS.get(name.lower()):
            first, *rest = _converted(body) or [""]
            return ["", _admonition(label, argument, first), *rest]
        return ["", *_converted(body)] if name in {"rst-class", "container", "topic", "sidebar"} else [""]

    def _grid(self) -> list[str] | None:
        """Keep a drawn table as it was drawn."""
        if not re.match(r"^\s*(\+[-=+]{3,}\+|={2,}( +={2,})+)\s*$", self._line()):
            return None
        drawn = []
        while self._line().strip() or self._table_goes_on():
            drawn.append(self._line())
            self._at += 1
        return _fenced(drawn, "text")

    def _table_goes_on(self) -> bool:
        following = self._line(1)
        return (
            bool(following.strip())
            and following.lstrip().startswith(("=", "+-"))
            and self._at < len(self._lines)
        )

    def _plain(self) -> list[str]:
        line = self._line()
        self._at += 1
        indent = len(line) - len(line.lstrip())
        if not line.rstrip().endswith("::"):
            return [_inline(re.sub(r"^(\s*)#\. ", r"\g<1>1. ", line))]
        body = self._indented(indent)
        spoken = re.sub(r"\s*::$", ":", line.rstrip()) if line.strip() != "::" else ""
        return [_inline(spoken), *_fenced(body, "")]

    def _indented(self, indent: int) -> list[str]:
        """Take the lines that belong to what stands above because they are indented deeper."""
        body = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            body.append(line)
            self._at += 1
        while body and not body[-1].strip():
            body.pop()
        depth = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
        return [line[depth:] for line in body]


def _admonition(label: str, argument: str, first: str) -> str:
    if "version" in label:
        number, _, more = argument.partition(" ")
        return " ".join(f"**{label} {number}:** {more} {first}".split())
    return " ".join(f"**{label}:** {argument} {first}".split())


def _converted(body: list[str]) -> list[str]:
    return _Conversion(body).lines()


def _fenced(body: list[str], language: str) -> list[str]:
    while body and not body[0].strip():
        body = body[1:]
    return ["", f"```{language.strip()}", *body, "```", ""] if body else [""]


def _inline(text: str) -> str:
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return text
