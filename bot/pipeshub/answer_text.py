"""An answer's text as it is meant to be read: Markdown, without PipesHub's markers or a model's reasoning."""

import re

from bot.domain.text import join_surrogates
from bot.pipeshub.model_html import (
    PARTIAL_HTML,
    PARTIAL_LENGTH,
    without_hard_spaces,
    without_html,
    without_slack_links,
)
from bot.pipeshub.model_markup import code_regions, masked, outside_code, unwrapped, without_reasoning

# Raw tokens name their sources by internal references before the server numbers them: `[source](ref3)`,
# `[source](https://ref3.xyz)` (the token stream of servers from v0.6.0 on). Models write them in other
# forms, too: `[source](ref1, ref2)`, `[ref6]`, `(ref5)`, `ref5`, `https://ref7.xyz`.
# What is between two of them is read in one way only, and taken or left as a whole: twenty in a row that
# end in something else would be tried in a million ways.
_REF = (
    r"(?:https?://)?+(?:www\.(?=ref\d{1,4}\.xyz))?+ref\d{1,4}+(?:\.xyz(?:/[^\s()\[\]<>|,;{}\\]{0,200}+)?+)?+"
)
_REFS = rf"{_REF}(?:(?:[ \t]?(?:[,;&+/\u2013\u2014-]|and\b)[ \t]?+|[ \t]{{0,2}}+){_REF}){{0,20}}"
_SOURCE = r"(?:sources?:?[ \t]?)?"
_LABEL = r"!?\[[^\[\]\n]{0,300}+\][ \t]?+"
# A word like `ref5` inside another word, an address or a path is no reference.
_BEFORE = r"(?:[ \t]|(?<![A-Za-z0-9_/.@#:&=?%$~\\\[(<\"'+*-]))"
_AFTER = r"(?![A-Za-z0-9_/@=(\[-]|[.:'][A-Za-z0-9_])"
_REFERENCE = re.compile(
    rf"[ \t]?{_LABEL}\([ \t]?[<#]?{_REFS}>?(?:[ \t]+\"[^\"\n]{{0,200}}\")?[ \t]?\)"
    rf"|[ \t]?(?:\[source\])?(?:\[{{1,2}}|\[\^|\\\[|【|<|\{{)"
    rf"{_SOURCE}{_REFS}(?:\\?\]{{1,2}}|】|>|\}})(?!\()"
    rf"|[ \t]?\({_SOURCE}{_REFS}\)|[ \t]?\[source\]\([ \t]?<?{_REFS}?[^()\s]{{0,20}}\Z"
    rf"|{_BEFORE}(?:(?P<stars>\*{{1,3}}){_REFS}(?P=stars)|{_REFS}){_AFTER}"
)
_PARTIAL_REF = (
    r"(?:h(?:t(?:t(?:ps?(?::/?)?)?)?)?|(?:https?://)?"
    r"(?:r(?:e(?:f(?:\d{1,4}(?:\.(?:x(?:y(?:z(?:/[^\s()\[\]<>|,;]{0,200})?)?)?)?)?)?)?)?)?)"
)
_PARTIAL_REFS = (
    rf"(?:{_REF}(?:[ \t]?(?:[,;&+/\u2013\u2014-]|a(?:nd?)?+)[ \t]?+|[ \t]{{0,2}}+))"
    rf"{{0,20}}{_PARTIAL_REF}"
)
_PARTIAL_REFERENCE = re.compile(
    rf"[ \t]?(?:\[source\][ \t]?|{_LABEL}\([ \t]?[<#]?"
    rf"(?:{_PARTIAL_REFS}(?:>?[ \t]+\"[^\"\n]{{0,200}}\"?|[>)])?)?)\Z"
    rf"|[ \t]?(?:\[source\])?\\?[\[(【<{{]{{1,2}}\^?"
    rf"(?:s(?:o(?:u(?:r(?:ce?)?)?)?)?|sources?:?[ \t]?{_PARTIAL_REFS}"
    rf"|{_PARTIAL_REFS}\\?[>)\]】}}]{{0,2}})\Z"
    rf"|{_BEFORE}(?=[*hr])\*{{0,3}}{_PARTIAL_REFS}\*{{0,2}}\Z"
)
# Files the answer made: `::artifact[name](record:ID or url){mime|…}`, formerly
# `::download_conversation_task[name](url)`.
_FILE = re.compile(
    r"::(?:artifact|download_conversation_task)\[(?P<name>[^\]\n]{0,300}+)\]\((?P<target>[^)\[\n]{0,2000}+)\)"
    r"(?:\{[^}\n]{0,300}\})?"
)
_PARTIAL_FILE = re.compile(
    r"::(?:artifact|download_conversation_task)(?:\[[^\]\n]*(?:\](?:\([^)\n]*(?:\)(?:\{[^}\n]*)?)?)?)?)?\Z"
)
_PARTIAL_TAG = re.compile(
    r"(?:<\|[a-z_]{0,20}\|?>?(?:[a-z]{0,12}(?:[ \t][^<>\n]{0,100})?)?){1,4}<?\Z|"
    r"[<\u25c1]/?[A-Za-z_]{0,20}(?::[A-Za-z_]{0,20})?(?:[ \t][^<>\n]{0,200})?\Z|\[/?T[HINK]{0,4}\Z"
)
# Where raw tokens may begin something that the server will rewrite, or that is not shown.
_MARKUP = re.compile(r"[\[<\u25c1]|::|\bref\d|https?://ref")
_NUMBERED = re.compile(r"[ \t]?\[\d{1,3}\](?:\([^()\s]*\))?")
_OVERLAP = 8  # characters by which two texts are found to end alike
MAX_MARKER_LENGTH = 600  # characters; longer than any such marker with a file's name and address
_PARTIAL = (
    (_PARTIAL_REFERENCE, MAX_MARKER_LENGTH),
    (_PARTIAL_FILE, MAX_MARKER_LENGTH),
    (_PARTIAL_TAG, MAX_MARKER_LENGTH),
    (PARTIAL_HTML, PARTIAL_LENGTH),
)


def clean_answer(answer: str) -> str:
    """Return a finished answer as Markdown, without reasoning and references, its files as ordinary links."""
    return _cleaned(_inner(answer, whole=True), whole=True)


def clean_partial_answer(answer: str) -> str:
    """Return a half-written answer as `clean_answer` does, and hold back a marker only begun at its end."""
    text = _inner(answer, whole=False)
    prose = masked(text, code_regions(text, whole=False))
    held = len(text)
    for pattern, most in _PARTIAL:
        start = max(len(text) - most, 0)
        if begun := pattern.search(prose[start:]):
            held = min(held, start + begun.start())
    return _cleaned(text[:held], whole=False)


def _inner(answer: str, *, whole: bool) -> str:
    text = join_surrogates(answer).replace("\r\n", "\n")
    return unwrapped(without_reasoning(text, whole=whole), whole=whole)


def _cleaned(text: str, *, whole: bool) -> str:
    if "ref" in text:
        text = outside_code(text, _REFERENCE, lambda _: "", whole=whole)
    if "::" in text:
        text = outside_code(text, _FILE, _link, whole=whole)
    if "<" in text:
        text = without_html(without_slack_links(text, whole=whole), whole=whole)
    if "&" in text or "\u00a0" in text:
        text = without_hard_spaces(text, whole=whole)
    return text


def continued_answer(normalised: str, raw: str) -> str | None:
    """Return `normalised` cleaned, so that the words after `raw`, which it is made of, can follow it.

    None where they may not be shown, or where the two do not end alike: inside a marker or reasoning, or
    where the server rewrote what was sent.
    """
    shown = clean_partial_answer(normalised)
    if not clean_partial_answer(f"{normalised} x").endswith("x"):
        return None
    known = raw[-MAX_MARKER_LENGTH:]
    bare = _NUMBERED.sub("", shown[-MAX_MARKER_LENGTH:]).rstrip()
    if not bare or bare[-_OVERLAP:] != clean_answer(known).rstrip()[-_OVERLAP:]:
        return None
    return shown.rstrip() + known[len(known.rstrip()) :]


def text_before_markup(raw: str) -> str:
    """Return raw text up to the first character that may begin a marker."""
    return _MARKUP.split(raw, maxsplit=1)[0].rstrip()


def _link(marker: re.Match[str]) -> str:
    name, target = marker["name"].strip() or "file", marker["target"].strip()
    if target.startswith("record:"):
        # Relative, like the `webUrl` of a citation.
        target = f"/record/{target.removeprefix('record:')}"
    return f"[{name}]({target})" if target.startswith(("/", "http://", "https://")) else name
