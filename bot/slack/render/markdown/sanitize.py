"""A model's Markdown made safe for Slack: links, mentions, images, and Slack's own markup."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from bot.slack.limits import MARKDOWN_TEXT
from bot.slack.render.markdown.links import (
    claims_another_host,
    host_of,
    host_to_show,
    is_inside,
    is_web_url,
)
from bot.slack.render.markdown.mrkdwn import written_in_mrkdwn
from bot.slack.render.markdown.parse import (
    TABLE_KINDS,
    InlineKind,
    InlinePiece,
    Line,
    LineKind,
    normalized_name,
    paragraphs,
    parse_lines,
    replace_spans,
    scan_inline,
    table_cells,
)

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
# What would end the address, begin a mention or other markup, or be taken for an entity.
# Only what stands alone calls a channel: `press@channel4.example` and `@here/maps-api` are other things.
_CALL = r"(?:channel|here|everyone)(?![A-Za-z0-9/-]|[_.][A-Za-z0-9])"
_UNFIT = re.compile(rf"[\x00-\x20\x7f<>\"\\`|{{}}^\[\]]|(?<![A-Za-z0-9.+_-])@(?={_CALL})", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MAIL = re.compile(r"mailto:[^\s@:<>]+@[^\s@:<>]+", re.IGNORECASE)
_BALANCED = re.compile(r"[^()]*+(?:\([^()]*+\)[^()]*+)*+")


def absolute_url(url: str, frontend: str) -> str:
    """Return an address of the server's own, which is relative, under `frontend`; others stay."""
    own = url.startswith("/") and not url.startswith("//")
    return frontend.rstrip("/") + url if own else url


def link_url(target: str, frontend: str) -> str | None:
    """Return the address of a link's `target` as written in Markdown, None where no link may lead there."""
    url = _ESCAPED.sub(lambda found: found[1] or html.unescape(found[0]), target).strip()
    own = absolute_url(url, frontend)
    if own != url:
        return own if is_web_url(own) else None
    if _MAIL.fullmatch(url):
        return url
    host = host_of(url)
    leads_out = host == host_of(frontend) or not is_inside(host)
    return url if is_web_url(url) and leads_out else None


def markdown_url(url: str) -> str:
    """Return an address as Markdown takes it between parentheses."""
    url = _UNFIT.sub(lambda found: quote(found[0], safe="") if found[0] != "@" else "%40", url)
    if not _BALANCED.fullmatch(url):
        url = url.replace("(", "%28").replace(")", "%29")
    return _ENTITY.sub("&amp;", url)


_DEFINITION = re.compile(
    r"(?:[ \t>]|(?:[-*+]|\d{1,9}+[.)])[ \t])*+\[(?P<name>(?!\^)(?:[^\[\]\\]|\\.)++)\]:[ \t]*+"
    r"(?:<(?P<angled>[^<>\n]*+)>|(?P<bare>[^\s<]\S*+))"
    r"(?:[ \t]++(?:\"[^\"\n]*+\"|'[^'\n]*+'|\([^()\n]*+\)))?[ \t]*+(?:\n|\Z)"
)
_MARKER = re.compile(r"[0-9]{1,3}")
_MARKED = re.compile(r"\[[0-9]{1,3}\]")
_BROADCAST = re.compile(rf"(?<![A-Za-z0-9.+/@-])(?:@|&#0*64;|&#[xX]0*40;|&commat;)(?={_CALL})", re.IGNORECASE)
# What would notify people or name them: users, channels, groups, dates; also where Markdown's own escapes
# and entities hide it, for these are gone once Slack has read the Markdown.
_MENTION = re.compile(
    r"<(?=[@#!]|\\[@#!]|&(?:#|num|commat|excl))|&(?:lt|LT|#0*60|#[xX]0*3[cC]);(?=[@#!\\&])", re.ASCII
)
# Code is shown as it is. Should Slack see prose where code is seen here, no such address becomes a link.
_FOREIGN = re.compile(
    r"(?<!\\)\](?=\([ \t]*+<?+[ \t]*+(?:javascript|vbscript|data|file|slack|blob):)", re.IGNORECASE
)
_SLACK_MARKUP = re.compile(r"([\\\[\]<>`!*_~&|])")
_NAMED = (InlineKind.REFERENCE, InlineKind.BRACKET)
_NUMBERED = (InlineKind.LINK, InlineKind.BRACKET)
_LINKS = (InlineKind.LINK, InlineKind.REFERENCE, InlineKind.BRACKET)
_WORD_JOINER = "\u2060"
# Control characters, and those that turn the direction of what follows; the marks in right-to-left text stay.
_HIDDEN = re.compile("[\0-\b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_MAX_LABELS = 3  # of images in images, which models write once: a badge that is a link

UrlOfCitation = Callable[[int], str | None]  # the address of the source with a number
LinkDefinitions = Mapping[str, str]  # addresses that a text defines, `[name]: address`, by name


def sanitize(text: str, frontend: str, defined: LinkDefinitions | None = None) -> str:
    """Return Markdown that notifies no one, loads no image and links to the web and to mail only.

    Links to the server's own records are relative; `frontend` completes them. Names of addresses become
    the addresses themselves: `defined` ones where it is given, else those that `text` defines.
    """
    text = _HIDDEN.sub("", text)
    if "]" not in text and "<" not in text and not _BROADCAST.search(text):
        return without_mentions(text)  # most texts have nothing to look for in their paragraphs
    if defined is None:
        defined = link_definitions(text, frontend)
    sanitizer = _Sanitizer(frontend, defined)
    return without_mentions(_outside_code(text, lambda prose: _quiet(sanitizer.paragraph(prose))))


def link_definitions(text: str, frontend: str) -> LinkDefinitions:
    """Return the addresses that `text` defines and uses; Slack knows no `[label][name]`."""
    if "]:" not in text:
        return {}
    defined: dict[str, str] = {}
    prose: list[str] = []
    for start, end in paragraphs(text):
        paragraph, at = text[start:end], 0
        while found := _DEFINITION.match(paragraph, at):
            url = link_url(found["angled"] or found["bare"] or "", frontend)
            if url:
                defined.setdefault(normalized_name(found["name"]), url)
            at = found.end()
        prose.append(paragraph[at:])
    used = {
        normalized_name(piece.target or piece.label)
        for paragraph in prose
        for piece in scan_inline(paragraph, names=defined).pieces
        if piece.kind in _NAMED
    }
    return {name: url for name, url in defined.items() if name in used}


def without_mentions(text: str) -> str:
    """Return `text` without mentions, in code or outside, in Markdown or in Slack's own markup."""
    text = _MENTION.sub(rf"\g<0>{_WORD_JOINER}", text)
    return _FOREIGN.sub(rf"]{_WORD_JOINER}", text)


def without_broadcasts(text: str) -> str:
    """Return words in which no `@channel` and its like calls a whole channel."""
    return _BROADCAST.sub(rf"\g<0>{_WORD_JOINER}", text)


def _quiet(prose: str) -> str:
    """Return a paragraph without broadcasts; in code they call no one."""
    if not _BROADCAST.search(prose):
        return prose
    code = [each for each in scan_inline(prose).pieces if each.kind is InlineKind.CODE]
    changes: list[tuple[int, int, str]] = []
    at = 0
    for start, end in [*((each.start, each.end) for each in code), (len(prose), len(prose))]:
        changes.append((at, start, without_broadcasts(prose[at:start])))
        at = end
    return replace_spans(prose, changes)


def link_citations(text: str, url_of: UrlOfCitation, most: int = MARKDOWN_TEXT) -> str:
    """Return Markdown in which each citation marker links to its source, where it has an address.

    Where more links than `most` characters hold would come of it, the last markers stay as they are.
    """
    if not _MARKED.search(text):
        return text
    return _outside_code(text, _CitationLinker(url_of, most - len(text)).paragraph)


def sanitize_prefix(text: str, frontend: str, url_of: UrlOfCitation) -> str:
    """Return `text`, which more will follow, safe and with its links: a longer text begins with the same.

    Names of addresses stay as they are, since they are defined at the end, and no link is too long.
    """
    text = _HIDDEN.sub("", text)
    sanitizer, linker = _Sanitizer(frontend, {}), _CitationLinker(url_of)
    return without_mentions(
        _outside_code(text, lambda prose: linker.paragraph(_quiet(sanitizer.paragraph(prose))), piped=True)
    )


@dataclass(slots=True)
class _CitationLinker:
    """Makes links of the markers in one paragraph after another, while there is room."""

    _url_of: UrlOfCitation
    _room: int | None = None  # characters that may be added; None for any number

    def paragraph(self, prose: str) -> str:
        if not _MARKED.search(prose):
            return prose
        return _replaced(prose, scan_inline(prose).pieces, lambda piece, raw: self._link(piece, raw, prose))

    def _link(self, piece: InlinePiece, raw: str, prose: str) -> str:
        number = _MARKER.fullmatch(piece.label) if piece.kind in _NUMBERED else None
        own = piece.kind is InlineKind.LINK
        after = prose[piece.end : piece.end + 1]
        if not number or piece.image or (not own and after == ":"):
            return raw
        url = self._url_of(int(piece.label))
        if not url and not own:
            return raw
        # Newer servers write [1](address); brackets set the number apart from the sentence.
        link = f"[[{piece.label}]]({markdown_url(url) if url else piece.target})"
        if self._room is not None:
            more = len(link) - len(raw)
            if more > self._room:
                return raw
            self._room -= more
        return link


@dataclass(frozen=True, slots=True)
class _Sanitizer:
    """Makes one paragraph after another safe."""

    _frontend: str
    _defined: LinkDefinitions

    def paragraph(self, prose: str) -> str:
        done: list[str] = []
        at = 0
        while found := _DEFINITION.match(prose, at) if "]:" in prose else None:
            if normalized_name(found["name"]) not in self._defined:
                before, _, line = found[0].partition("[")
                done.append(f"{before}\\[{self._prose(line)}")
            at = found.end()
        return "".join([*done, self._prose(prose[at:])])

    def _prose(self, prose: str, within: int = 0) -> str:
        """Return prose made safe; `within` the labels of so many links, further links become plain text."""
        if "]" not in prose and "<" not in prose:
            return prose
        if within > _MAX_LABELS:
            return _SLACK_MARKUP.sub(r"\\\1", prose)

        def change(piece: InlinePiece, raw: str) -> str:
            if piece.kind in _LINKS:
                return self._link(piece, raw, within=within, previous=prose[: piece.start][-1:])
            if piece.kind is InlineKind.ADDRESS:
                mail = ":" not in piece.target
                url = piece.target if mail else link_url(piece.target, "")
                if url is None:
                    return f"&lt;{piece.target}>"
                return markdown_url(url) if within else f"<{markdown_url(url)}>"
            if piece.kind is InlineKind.TAG:
                return f"&lt;{raw[1:]}"
            return raw + _WORD_JOINER if piece.kind is InlineKind.LOOSE else raw

        return _replaced(prose, scan_inline(prose, names=self._defined).pieces, change)

    def _link(self, piece: InlinePiece, raw: str, *, within: int, previous: str) -> str:
        if piece.kind is InlineKind.LINK:
            url = link_url(piece.target, self._frontend)
        else:
            url = self._defined.get(normalized_name(piece.target or piece.label))
            if url is None:
                return raw[0] + self._prose(raw[1:-1], within) + raw[-1]
        label = self._prose(piece.label, within + 1).strip()
        if url and not within and not claims_another_host(html.unescape(piece.label), url):
            if label and (host := host_to_show(url)):
                label = f"{label} ({host})"
            # An exclamation mark that is left before a link would make an image of it.
            before = _WORD_JOINER if previous == "!" else ""
            return f"{before}[{label or markdown_url(url)}]({markdown_url(url)})"
        shown = label or _SLACK_MARKUP.sub(r"\\\1", piece.target)
        # Together with the characters around it, the label must not become markup.
        before = "" if shown[:1].isalnum() and previous != "<" else _WORD_JOINER
        return before + shown + ("" if shown[-1:].isalnum() else _WORD_JOINER)


def _outside_code(text: str, change: Callable[[str], str], *, piped: bool = False) -> str:
    """Return `text` with `change` applied to every paragraph of it."""
    read = paragraphs(text, piped=piped)
    return replace_spans(text, ((start, end, change(text[start:end])) for start, end in read))


def _replaced(text: str, pieces: list[InlinePiece], change: Callable[[InlinePiece, str], str]) -> str:
    """Return `text` with each of its pieces changed."""
    return replace_spans(
        text, ((each.start, each.end, change(each, text[each.start : each.end])) for each in pieces)
    )


_MAX_TABLE = 100_000  # characters of a table whose columns are aligned: beyond that its rows are too long
_MARKUP_IN_CELL = re.compile(r"\*\*|__|~~|`|!?\[([^\[\]]*(?:\[[^\[\]]*\])?)\]\([^()\s]*\)")
_BOX = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=[ \t])")
_QUOTES = re.compile(r"(?: {0,3}> ?)+")
_BARE_ADDRESS = re.compile(r"(?<![A-Za-z0-9])https?://[^\s<>|\"*`\\\[\]]+(?<![.,;:!?)'_~&])", re.IGNORECASE)


def to_mrkdwn(markdown: str) -> str:
    """Return Markdown as Slack's markup: tables and code as they are, without mentions.

    Slack's markup has no tables and no boxes of tasks, and slackify-markdown marks the first line of a quote
    only.
    """
    done: list[str] = []
    for quoted, group in groupby(
        parse_lines(without_mentions(_outside_code(markdown, _quiet))), key=_is_quoted
    ):
        if quoted:
            inner = _marked_up(parse_lines("\n".join(_QUOTES.sub("", line.text) for line in group)))
            done.append("\n".join(f"> {line}" for line in inner.split("\n")))
        else:
            done.append(_marked_up(group))
    return "\n\n".join(filter(None, done))


def _is_quoted(line: Line) -> bool:
    return bool(_QUOTES.match(line.text)) and (line.fence is None or line.fence.depth > 0)


def _marked_up(read: Iterable[Line]) -> str:
    done: list[str] = []
    for in_table, lines in groupby(read, key=lambda line: line.kind in TABLE_KINDS):
        group = list(lines)
        done += _drawn(group) if in_table else map(_written, group)
    return written_in_mrkdwn("\n".join(done)).strip("\n")


def _written(line: Line) -> str:
    """Return a line with a task's box as a character and addresses that stay whole."""
    if line.kind is LineKind.CODE:
        return line.text
    box = _BOX.match(line.text)
    text = f"{box[1]}{'☐' if box[2] == ' ' else '☑'}{line.text[box.end() :]}" if box else line.text
    if "://" not in text:
        return text
    done: list[str] = []
    at = 0
    for piece in [*scan_inline(text).pieces, InlinePiece(InlineKind.CODE, len(text), len(text))]:
        done += [_BARE_ADDRESS.sub(r"<\g<0>>", text[at : piece.start]), text[piece.start : piece.end]]
        at = piece.end
    return "".join(done)


def _drawn(table: Iterable[Line]) -> list[str]:
    """Return a table as code, its columns below each other."""
    rows: list[list[str]] = []
    for line in table:
        if line.kind is not LineKind.DELIMITER:
            row = line.text.strip(" \t>").removeprefix("|").removesuffix("|")
            bare = (_MARKUP_IN_CELL.sub(lambda found: found[1] or "", row[a:b]) for a, b in table_cells(row))
            rows.append([_plain_cell(cell) for cell in bare])
    widths: list[int] = []
    for cells in rows:
        widths += [0] * (len(cells) - len(widths))
        widths[: len(cells)] = [max(len(cell), width) for cell, width in zip(cells, widths, strict=False)]
    if sum(widths) * len(rows) > _MAX_TABLE:
        widths = [min(width, 1) for width in widths]
    rows.insert(1, ["-" * width for width in widths])
    drawn = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return ["~~~~~~", *drawn, "~~~~~~", ""]


def _plain_cell(cell: str) -> str:
    """Return a cell as it is shown: inside of code its escapes and entities would stay."""
    return _ESCAPED.sub(lambda found: found[1] or html.unescape(found[0]), cell).strip()
