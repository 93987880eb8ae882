"""Markdown in Slack's own markup, for workspaces that take no `markdown` block."""

import html
import re
from itertools import groupby, zip_longest

from slackify_markdown import slackify_markdown

from bot.slack.render.inline import Kind as Inline
from bot.slack.render.inline import scan
from bot.slack.render.line import TABLE, Kind, Line
from bot.slack.render.lines import cells, lines
from bot.slack.render.markdown import quiet

_MARKUP = re.compile(r"\*\*|__|~~|`|!?\[([^\[\]]*(?:\[[^\[\]]*\])?)\]\([^()\s]*\)")
_BOX = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=[ \t])")
_QUOTES = re.compile(r"(?: {0,3}> ?)+")
_SPECIAL = re.compile(r"<(?=[@#!])")


def mrkdwn(markdown: str) -> str:
    """Return Markdown as Slack's markup: tables and code as they are, nobody mentioned.

    Slack's markup has no tables and no boxes of tasks, and slackify-markdown leaves code unescaped, marks
    the first line of a quote only, and lets mentions through, entities that stand for them included.
    """
    done: list[str] = []
    for quoted, group in groupby(lines(quiet(markdown)), key=_is_quoted):
        if quoted:
            inner = _marked_up(lines("\n".join(_QUOTES.sub("", line.text) for line in group)))
            done.append("\n".join(f"> {line}" for line in inner.split("\n")))
        else:
            done.append(_marked_up(list(group)))
    return "\n\n".join(filter(None, done))


def _is_quoted(line: Line) -> bool:
    return bool(_QUOTES.match(line.text)) and (line.fence is None or line.fence.depth > 0)


def _marked_up(read: list[Line]) -> str:
    done: list[str] = []
    table: list[Line] = []
    for line in read:
        if table and line.kind not in TABLE:
            done += _drawn(table)
            table = []
        if line.kind in TABLE:
            table.append(line)
        else:
            done.append(_escaped(line.text) if line.kind is Kind.CODE else _prose(line.text))
    text: str = slackify_markdown("\n".join([*done, *_drawn(table)]))
    return _SPECIAL.sub("&lt;", text).strip("\n")


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _prose(line: str) -> str:
    box = _BOX.match(line)
    if box:
        line = f"{box[1]}{'☐' if box[2] == ' ' else '☑'}{line[box.end() :]}"
    done: list[str] = []
    end = 0
    for piece in scan(line).pieces:
        if piece.kind is Inline.CODE:
            done += [line[end : piece.start], _escaped(line[piece.start : piece.end])]
            end = piece.end
    return "".join(done) + line[end:]


def _drawn(table: list[Line]) -> list[str]:
    """Return a table as code, its columns below each other."""
    if not table:
        return []
    rows = [_cells(line.text) for line in table if line.kind is not Kind.DELIMITER]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    rows.insert(1, ["-" * width for width in widths])
    drawn = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return ["```", *map(_escaped, drawn), "```", ""]


def _cells(row: str) -> list[str]:
    inner = row.strip(" \t>").removeprefix("|").removesuffix("|")
    return [
        _MARKUP.sub(lambda found: found[1] or "", inner[start:end]).replace("\\|", "|").strip()
        for start, end in cells(inner)
    ]
