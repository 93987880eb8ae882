"""The markers that PipesHub writes into an answer's Markdown for its own screens, removed or made links."""

import re

from bot.domain.text import join_surrogates

# Raw tokens name their sources by internal references before the server numbers them: `[source](ref3)`,
# `[source](https://ref3.xyz)` (the token stream of servers from v0.6.0 on).
_REFERENCE = re.compile(r"[ \t]?\[[^\[\]\n]*\]\((?:https?://)?ref\d+(?:\.xyz)?\)")
_PARTIAL_REFERENCE = re.compile(
    r"[ \t]?(?:\[source\]|\[[^\[\]\n]*\]\((?:h(?:t(?:t[ps:/]*)?)?)?(?:r(?:e(?:f[\d.xyz]*)?)?)?)\Z"
)
# Files the answer made: `::artifact[name](record:ID or url){mime|…}`, formerly
# `::download_conversation_task[name](url)`.
_FILE = re.compile(
    r"::(?:artifact|download_conversation_task)\[(?P<name>[^\]\n]*)\]\((?P<target>[^)\n]*)\)(?:\{[^}\n]*\})?"
)
_PARTIAL_FILE = re.compile(
    r"::(?:artifact|download_conversation_task)(?:\[[^\]\n]*(?:\](?:\([^)\n]*(?:\)(?:\{[^}\n]*)?)?)?)?)?\Z"
)
# Where raw tokens may begin something that the server will rewrite.
_MARKUP = re.compile(r"\[|::|\bref\d")
_NUMBERED = re.compile(r"[ \t]?\[\d{1,3}\](?:\([^()\s]*\))?")
_OVERLAP = 8  # characters by which two texts are found to end alike
MAX_MARKER_LENGTH = 600  # characters; longer than any such marker with a file's name and address


def clean_answer(answer: str) -> str:
    """Return a finished answer without internal references, its generated files as ordinary links."""
    answer = join_surrogates(answer)
    if "ref" in answer:
        answer = _REFERENCE.sub("", answer)
    if "::" in answer:
        answer = _FILE.sub(_link, answer)
    return answer


def clean_partial_answer(answer: str) -> str:
    """Return a half-written answer as `clean_answer` does, and hold back a marker only begun at its end."""
    head, tail = answer[:-MAX_MARKER_LENGTH], answer[-MAX_MARKER_LENGTH:]
    if "[" in tail:
        tail = _PARTIAL_REFERENCE.sub("", tail)
    if "::" in tail:
        tail = _PARTIAL_FILE.sub("", tail)
    return clean_answer(head + tail)


def continued_answer(normalised: str, raw: str) -> str | None:
    """Return `normalised` so that the words after `raw`, which it is made of, can follow it.

    None where the two do not end alike: inside a marker, or where the server rewrote what was sent.
    """
    known = raw[-MAX_MARKER_LENGTH:]
    bare = _NUMBERED.sub("", normalised[-MAX_MARKER_LENGTH:]).rstrip()
    if not bare or bare[-_OVERLAP:] != clean_answer(known).rstrip()[-_OVERLAP:]:
        return None
    return normalised.rstrip() + known[len(known.rstrip()) :]


def text_before_markup(raw: str) -> str:
    """Return raw text up to the first character that may begin a marker."""
    return _MARKUP.split(raw, maxsplit=1)[0].rstrip()


def _link(marker: re.Match[str]) -> str:
    name, target = marker["name"].strip() or "file", marker["target"].strip()
    if target.startswith("record:"):
        # Relative, like the `webUrl` of a citation.
        target = f"/record/{target.removeprefix('record:')}"
    return f"[{name}]({target})" if target.startswith(("/", "http://", "https://")) else name
