"""Markdown as plain words, for excerpts, and for notifications and screen readers."""

import html
import re
from collections.abc import Iterator

from bot.slack.render.markdown.parse import (
    InlineKind,
    InlinePiece,
    LineKind,
    parse_lines,
    replace_spans,
    scan_inline,
    table_cells,
)

SUMMARY_SENTENCES = 3
_MAX_LABELS = 3  # of images in images
_SUMMARY_READS = 4_000  # characters of a text whose beginning is told in a few hundred

# Only where it is markup: "Time off > New request", "C#", "~20 minutes" and "API_KEY" are what was written.
_BEGINNING = re.compile(r"^[ \t>]*(?:(?:\d{1,3}[.)]|[-*+]|#{1,6})\s+(?:\[[ xX]\]\s+)?)?", re.MULTILINE)
_MARKUP = re.compile(
    r"\*+(?=\S)|(?<=\S)\*+|(?P<underscores>_++)|~~|`+|\||:?-{3,}:?"
    r"|!?\[(?P<label>[^\[\]]{0,300}+)\]\([^()]{0,2000}+\)"
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PRIVATE = 0xE000  # characters from here on have no meaning of their own
_ESCAPED = re.compile("[\ue021-\ue07e]")
_MARKER = re.compile(r"\[?[0-9]{1,3}\]?")
_LONE_SPACE = re.compile(r" (?=[.,;:!?](?: |\Z))")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'\u201d\u2019)\]]{0,3} (?![a-z0-9])|(?<=[\u3002\uff01\uff1f])")
_ENDS = (".", "!", "?", "…", ":", ";", ",", "\u3002", "\uff01", "\uff1f", "\uff1a")
_NAMED_LINK = re.compile(r"(?<![\w\]])\[([^\[\]]{1,300})\]\[[^\[\]]{0,300}\]")
_DEFINITION = re.compile(r"\s*\[[^\[\]]{1,300}\]:")


def plain_passage(markdown: str) -> str:
    """Return a passage as one line without markup."""
    return " ".join(_MARKUP.sub(_without_markup, _BEGINNING.sub("", markdown[:_SUMMARY_READS])).split())


def plain_summary(markdown: str, most: int) -> str:
    """Return the first sentences of a text as plain words, three at most, in at most `most` characters."""
    text, markdown = "", markdown[:_SUMMARY_READS]
    if "]:" in markdown:  # names of addresses may be used before they are defined
        markdown = _NAMED_LINK.sub(r"\1", markdown)
    for words in _paragraphs(markdown):
        apart = " " if text.endswith(_ENDS) else ". "
        text = f"{text}{apart}{words}" if text else words
        if len(text) > most:
            break
    ends = [found.end() for found in _SENTENCE.finditer(text)][:SUMMARY_SENTENCES]
    if len(ends) == SUMMARY_SENTENCES:
        text = text[: ends[-1]].rstrip()
    if len(text) <= most:
        return text
    whole = max((end for end in ends if end <= most), default=0)
    if whole > most // 2:
        return text[:whole].rstrip()
    cut = text.rfind(" ", most // 2, most)
    return text[: cut if cut > 0 else most - 1].rstrip() + "…"


def _paragraphs(markdown: str) -> Iterator[str]:
    """Yield each paragraph, heading and row as words; code where there is nothing else."""
    paragraph, found = "", False
    lines = parse_lines(markdown)
    for line in lines:
        if paragraph and line.kind is not LineKind.MORE:
            found = True
            yield paragraph
            paragraph = ""
        if line.kind in (LineKind.PROSE, LineKind.MORE, LineKind.ITEM) and not _DEFINITION.match(line.text):
            paragraph = f"{paragraph} {_words(line.text)}".strip()
        elif line.kind is LineKind.HEADING and (words := _words(line.text.rstrip("# \t"))):
            paragraph = f"{words}:"
        elif line.kind in (LineKind.HEADER, LineKind.ROW):
            cells = (_words(line.text[start:end]) for start, end in table_cells(line.text))
            paragraph = ", ".join(filter(None, cells))
    if paragraph:
        yield paragraph
    elif not found:
        yield from (" ".join(line.text.split()) for line in lines if line.kind is LineKind.CODE)


def _words(prose: str) -> str:
    """Return one line of prose without markup, links as their labels and without citation markers."""
    plain = _without_links(_BEGINNING.sub("", prose))
    plain = _ESCAPE.sub(lambda found: chr(_PRIVATE + ord(found[1])), plain)  # an escaped sign is no markup
    plain = _MARKUP.sub(_without_markup, plain)
    plain = _ESCAPED.sub(lambda found: chr(ord(found[0]) - _PRIVATE), html.unescape(plain))
    return _LONE_SPACE.sub("", " ".join(plain.split()))


def _without_markup(found: re.Match[str]) -> str:
    """Return what is left of a mark: of a link its label, and underscores where they are in a word."""
    signs = found["underscores"]
    if not signs:
        return found["label"] or ""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    if before.isalnum():
        return signs if after.isalnum() else ""
    return "" if len(signs) > 1 or (before + after).strip() else signs


def _without_links(prose: str, depth: int = 0) -> str:
    def word(piece: InlinePiece, raw: str) -> str:
        match piece.kind:
            case InlineKind.LINK | InlineKind.REFERENCE:
                return "" if _MARKER.fullmatch(piece.label) else _without_links(piece.label, depth + 1)
            case InlineKind.BRACKET:
                return "" if _MARKER.fullmatch(piece.label) else raw
            case InlineKind.ADDRESS:
                return piece.target
            case _:
                return raw

    pieces = scan_inline(prose).pieces if depth < _MAX_LABELS else []
    return replace_spans(
        prose, ((each.start, each.end, word(each, prose[each.start : each.end])) for each in pieces)
    )
