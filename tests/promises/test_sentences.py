"""The catalogue of what people read goes with the code that takes sentences from it."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("taken", sorted(TAKEN))
def test_what_the_code_says_is_in_the_catalogue(taken: str) -> None:
    assert [key for key in SENTENCES if re.fullmatch(pattern(taken), key)]


@pytest.mark.parametrize("key", sorted(key for key in SENTENCES if not key.startswith("error.")))
def test_what_is_in_the_catalogue_is_said(key: str) -> None:
    said = re.sub(r"\.(?:one|hint|placeholder)$", "", key)
    assert any(re.fullmatch(pattern(used), said) for used in WRITTEN)


def test_one_is_said_in_the_singular() -> None:
    assert sentence("sources.documents", count=1) == "1 document"
    assert sentence("sources.documents", count=2) == "2 documents"
