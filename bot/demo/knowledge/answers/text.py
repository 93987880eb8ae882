"""Text in pieces: words that carry meaning, sentences, and the markers of citations."""

import re
from collections.abc import Callable
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]{1,2}\b)?")
_STOP = """
a about above across after again against all also am an and any anybody anyone anything are aren as
ask at away back be because been before being below between both but by can cannot could couldn did
didn do does doesn doing don done down during each either else ever every everything explain few find for from
further give given go goes going got had has hasn have haven having he hello help her here hers hey
hi him his how i if in into is isn it its itself just kind know let like list ll look many may maybe
me mean means might mine more most much must my myself need needs no nor not now of off often ok on
once one only or other our ours out over own please possible re really regarding s said same say
says see shall she should show so some somebody someone something still such supposed t tell than
thank thanks that the their theirs them then there these they thing things this those through to too
under understand until up upon us ve very want wants was wasn we well were what whats when where
whether which while who whom whose why will with within without won would wouldn yes yet you your
yours
"""
STOP_WORDS = frozenset(_STOP.split())
_WEAK = """
actually allowed amount answer available best big company currently day days detail details doc docs
document documentation documents dollar dollars early eur euro euros exactly example fast gbp
generally get getting good guide guideline guidelines handbook happen happens high hour hours info
information job large late long low made make making minute minutes money month months new normal
normally number official old organisation organization page pay people per person policies policy
pound pounds problem procedure process question right rule rules short size slow small start tall
team time topic usd use used using usually way week weeks wide work working works write year years
"""
WEAK_WORDS = frozenset(_WEAK.split())
"""Words that say little about what a question is after, though they may stand in the answer."""
KEPT_SHORT = 3
VOWEL = re.compile(r"[aeiouy]")
IRREGULAR = {
    "bought": "buy",
    "broke": "break",
    "broken": "break",
    "built": "build",
    "chose": "choose",
    "chosen": "choose",
    "choice": "choose",
    "forgot": "forget",
    "forgotten": "forget",
    "froze": "freeze",
    "frozen": "freeze",
    "kept": "keep",
    "lost": "lose",
    "paid": "pay",
    "ran": "run",
    "sent": "send",
    "sold": "sell",
    "spent": "spend",
    "stole": "steal",
    "stolen": "steal",
    "taken": "take",
    "took": "take",
    "written": "write",
    "wrote": "write",
}
"""Forms that no rule about endings leads back."""
ENDINGS = ("ation", "ement", "ment", "ingly", "edly", "ing", "ed", "ally", "ly", "al")


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without possessive endings."""
    return [re.sub(r"['\u2019]\w{1,2}$", "", found.group().lower()) for found in WORD.finditer(text)]


def telling_words(text: str) -> list[str]:
    """Return the words that are not stop words, each once, in order."""
    return list(
        dict.fromkeys(
            word for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())
        )
    )


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return what is left of an English word when its ending is taken off, so that kin compare equal."""
    word = _singular(IRREGULAR.get(word, word))
    if len(word) <= KEPT_SHORT + 1:
        return word[:-1] if word.endswith("e") and len(word) > KEPT_SHORT else word
    for ending in (
        "ations",
        "ation",
        "ements",
        "ement",
        "ments",
        "ment",
        "ingly",
        "edly",
        "ing",
        "ed",
        "ally",
        "ly",
        "al",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= KEPT_SHORT + (ending in {"al", "ally"}):
            word = word[: -len(ending)] if VOWEL.search(word[: -len(ending)]) else word
            break
    if len(word) > KEPT_SHORT and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    if word.endswith("e") and len(word) > KEPT_SHORT:
        return word[:-1]
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > KEPT_SHORT else word


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of all words of a text, in order; passages are asked for again and again."""
    return tuple(stem(word) for word in words(text))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > KEPT_SHORT + 1:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > KEPT_SHORT:
        return word[:-1]
    return word


END = re.compile(r"(?<=[.!?])[\"')\]*_”]*\s+(?=[\"'(\[*_`“]*[A-Z0-9])")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|mr|ms|mrs|dr|st|fig|al|inc|ltd)|\b[A-Z])\.$", re.IGNORECASE
)
LEANING = re.compile(
    r"^[\"'(*_“]*(It|They|This|These|That|Those|He|She|Otherwise|However|But|Also|Then|Such|If so|If not|"
    r"In that case)\b"
)
"""How a sentence begins that cannot be understood without the one before it."""


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph in order; code spans and abbreviations are not cut."""
    text = " ".join(paragraph.split())
    found: list[str] = []
    start = 0
    for end in END.finditer(text):
        piece = text[start : end.end()].strip()
        if piece.count("`") % 2 or piece.count("(") > piece.count(")") or ABBREVIATION.search(piece):
            continue
        found.append(piece)
        start = end.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found


def leans_back(sentence: str) -> bool:
    """Return whether a sentence needs the one before it."""
    return bool(LEANING.match(sentence))


OPEN, CLOSE = "\ue000", "\ue001"
MARKER = re.compile(f"[ ]?{OPEN}(\\d+){CLOSE}")


def marker(number: int) -> str:
    """Return the neutral marker of a citation."""
    return f"{OPEN}{number}{CLOSE}"


def replaced(text: str, written: Callable[[int], str]) -> str:
    """Return a text with each marker as `written` puts it, after one space."""
    return MARKER.sub(lambda found: f" {written(int(found.group(1)))}", text)


def bare(text: str) -> str:
    """Return a text with markers like `[1]`."""
    return replaced(text, lambda number: f"[{number}]")


def linked(text: str, urls: dict[int, str]) -> str:
    """Return a text with markers that are links, `[1](url)`."""
    return replaced(text, lambda number: f"[{number}]({urls[number]})" if number in urls else f"[{number}]")


def raw(text: str) -> str:
    """Return a text with the markers a model writes before the server has put its own in their place."""
    return replaced(text, lambda number: f"[source](ref{number})")


def unmarked(text: str) -> str:
    """Return a text without markers."""
    return MARKER.sub("", text)
