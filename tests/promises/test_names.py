"""A feature has one noun, and every layer it goes through uses it."""

import ast
import re
from functools import cache
from pathlib import Path

import bot
from bot.store.tables import TurnRow

ROOT = Path(bot.__file__).parent
LAYERS = ("flows", "slack/listeners", "slack/render", "store")
FLOWS, LISTENERS, RENDER, STORE = LAYERS

FEATURES: dict[str, tuple[str, ...]] = {
    "feedback": LAYERS,
    "regenerate": LAYERS,
    "share": (FLOWS, LISTENERS, RENDER),
    "stop": LAYERS,
    "archive": LAYERS,
    "rename": (FLOWS, LISTENERS, RENDER),
    "delete": (FLOWS, LISTENERS, RENDER),
    "browse": (FLOWS, LISTENERS),
    "private answer": LAYERS,
    "unprompted": (FLOWS, RENDER, STORE),
    "channel settings": LAYERS,
    "account linking": (FLOWS, LISTENERS),
    "installation": (FLOWS, STORE),
    "edit": LAYERS,
    "weekly report": (FLOWS, RENDER),
}
"""Each feature's noun, and the layers in which something is called by it; `edit` is that of questions."""

GIVEN_UP = {
    "aside",
    "confiding",
    "errand",
    "house rules",
    "inflight",
    "manner",
    "mishap",
    "opinion",
    "overhearing",
    "overheard",
    "posed",
    "posing",
    "rateable",
    "rating",
    "revising",
    "rewritable",
    "rewriting",
    "shelf",
    "silencing",
    "spreading",
    "standing",
    "turnstile",
    "vault",
    "whisper",
    "wish",
}
"""What features and their parts were called before; not in the plural either."""

ALLOWED = {
    "RATING": "the stars for an aspect of an answer, which PipesHub calls a rating",
    "ratings": "PipesHub's field for those stars",
    "NO_OPINION": "what the form of feedback calls a question that is left open",
}
"""Names with such a word that mean something else."""

COLUMNS = {each.name for table in TurnRow.metadata.tables.values() for each in table.columns}
"""The names of what is stored outlive those in the code; only the store uses them."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@cache
def words(identifier: str) -> str:
    """Return an identifier as words: `PrivateAnswerStore` and `private_answer_store` as the same ones."""
    return " ".join(each.lower() for each in _WORD.findall(identifier))


def identifiers(tree: ast.AST) -> set[str]:
    """Return every name that code gives or uses; texts are none."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.update((asname or name).split("."))
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case _:
                pass
    return found


@cache
def names_by_file() -> dict[str, set[str]]:
    """Return the names in each file of the bot; reading them all takes a second."""
    return {
        file.relative_to(ROOT).as_posix(): identifiers(ast.parse(file.read_text(encoding="utf-8")))
        for file in ROOT.rglob("*.py")
        if file.relative_to(ROOT).parts[0] != "demo" and "migrations" not in file.parts
    }


def said(phrase: str, identifier: str) -> bool:
    """Return whether an identifier has the words of `phrase` in it, in the singular or the plural."""
    return re.search(rf"\b{phrase}(s|es)?\b", words(identifier)) is not None


def test_words_are_told_apart() -> None:
    assert words("HTTPClient") == words("http_client") == "http client"
    assert said("private answer", "PrivateAnswersStore")
    assert said("wish", "_WISHES")
    assert not said("stop", "stopwatch")
    assert not said("aside", "set_beside")


def test_a_feature_has_one_noun_in_every_layer() -> None:
    without = [
        f"{layer}: {noun}"
        for noun, layers in FEATURES.items()
        for layer in layers
        if not any(
            said(noun, name)
            for file, names in names_by_file().items()
            if file.startswith(f"{layer}/")
            for name in names
        )
    ]
    assert without == []


def test_the_words_that_were_given_up_name_nothing() -> None:
    found = [
        f"{file}: {name}"
        for file, names in sorted(names_by_file().items())
        for name in sorted(names - set(ALLOWED) - (COLUMNS if file.startswith("store/") else set()))
        for phrase in sorted(GIVEN_UP)
        if said(phrase, name)
    ]
    assert found == []
