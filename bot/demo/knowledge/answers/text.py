"""Text in pieces: words that carry meaning, sentences, and the markers of citations."""

import re
from collections.abc import Callable
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]{1,2}\b)?")
_STOP = """
a about all also am an and any anybody anyone anything are as ask at be been before but by can could did do
does done during each ever every everybody everyone everything explain find for from get give go got had has
have he hello help her here hey hi him his how i if in into is it its just know let like list ll look many may
me mean means might more most much must my need no not of off often ok on one only or other our out over own
please re really s said same say says see she should show so some somebody someone something still such t tell
than thank thanks that the their them then there these they thing things this those through to too understand
until up us ve very want was we were what whats when where whether which while who whom whose why will with
without would yes yet you your
"""
STOP_WORDS = frozenset(_STOP.split())
_WEAK = """
answer company currently day days detail details document documents euro euros exactly good guide guideline
guidelines handbook happen happens info information long month months new number organisation organization
people person policies policy problem procedure process question rule rules team time use used week weeks
work year years
"""
WEAK_WORDS = frozenset(_WEAK.split())
"""Words that say little about what a question is after, though they may stand in the answer."""
SHORTEST_STEM = 3
ENDINGS = ("ation", "ement", "ment", "ing", "ed", "al", "es", "e", "s")


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without possessive endings."""
    return [re.sub(r"['\u2019]\w{1,2}$", "", found.group().lower()) for found in WORD.finditer(text)]


def telling_words(text: str) -> list[str]:
    """Return the words that are not stop words, each once, in order."""
    telling = (word for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit()))
    return list(dict.fromkeys(telling))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return an English word without its ending, so that related words are equal."""
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > SHORTEST_STEM:
        word = f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
    ending = next(
        (each for each in ENDINGS if word.endswith(each) and len(word) - len(each) >= SHORTEST_STEM), ""
    )
    return word.removesuffix(ending)


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of all words of a text, in order; passages are asked for again and again."""
    return tuple(stem(word) for word in words(text))


SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=[\"'(\[*_`“]*[A-Z0-9])")


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph in order."""
    return SENTENCE_END.split(" ".join(paragraph.split()))


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
