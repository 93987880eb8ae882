"""The catalogue of what people read goes with the code that takes sentences from it."""

import re
from pathlib import Path

from bot.sentences import SENTENCES, sentence

CODE = "\n".join(path.read_text() for path in Path("bot").rglob("*.py") if "sentences" not in path.parts)
FEATURES = {key.partition(".")[0] for key in SENTENCES}
KEY = rf"(?:{'|'.join(sorted(FEATURES))})(?:\.(?:[a-z_0-9]+|\{{[^\"{{}}]+\}}))+"
WRITTEN = {found[1] for found in re.finditer(rf"f?\"({KEY})\"", CODE)}
"""Keys as they are written in the code, some events of the log among them. What is filled in has braces."""
TAKEN = {found[1] for found in re.finditer(rf"\bsentence\(\s*f?\"({KEY})\"", CODE)}
"""Those that a sentence is taken by on the spot."""


def pattern(used: str) -> str:
    parts = re.split(r"(\{[^{}]+\})", used)
    return "".join("[a-z_0-9]+" if part.startswith("{") else re.escape(part) for part in parts)


def test_what_the_code_says_is_in_the_catalogue() -> None:
    assert TAKEN
    unknown = [taken for taken in TAKEN if not any(map(re.compile(pattern(taken)).fullmatch, SENTENCES))]
    assert unknown == []


def test_what_is_in_the_catalogue_is_said() -> None:
    written = re.compile("|".join(pattern(used) for used in WRITTEN))
    unsaid = [
        key
        for key in SENTENCES
        if not key.startswith("error.")
        for said in [re.sub(r"\.(?:one|hint|placeholder)$", "", key)]
        if not written.fullmatch(said)
    ]
    assert unsaid == []


def test_one_is_said_in_the_singular() -> None:
    assert sentence("sources.documents", count=1) == "1 document"
    assert sentence("sources.documents", count=2) == "2 documents"
