"""Every error has a sentence for people, and its place on the map of its module."""

import ast
import inspect
from pathlib import Path
from types import ModuleType

import bot
from bot.domain import errors

KINDS = {"BotError", "PipesHubError", "SlackError", "Refusal"}
"""What the others are kinds of."""


def test_what_others_are_kinds_of_is_not_raised_itself() -> None:
    made = {
        ast.unparse(each.func)
        for file in Path(inspect.getfile(bot)).parent.rglob("*.py")
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(each, ast.Call) and "demo" not in file.parts
    }
    assert KINDS & made == set()
    assert "Unforeseen" in made


def classes(module: ModuleType) -> dict[str, ast.ClassDef]:
    tree = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8"))
    return {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}


def says(of: ast.ClassDef) -> bool:
    """Return whether a class has a sentence of its own, as an attribute or made by its constructor."""
    targets = [target for each in ast.walk(of) if isinstance(each, ast.Assign) for target in each.targets]
    return any(ast.unparse(each) in ("sentence", "self.sentence") for each in targets)


def test_every_error_is_on_the_map_and_nothing_else_is() -> None:
    drawn = {
        line.partition("── ")[2].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line
    }
    assert drawn | {"BotError"} == set(classes(errors))


def test_every_error_that_a_person_can_meet_ends_in_a_sentence() -> None:
    everything = classes(errors)

    def speaks(name: str) -> bool:
        found = everything.get(name)
        return found is not None and (says(found) or any(speaks(ast.unparse(each)) for each in found.bases))

    assert [name for name in everything if name not in KINDS and not speaks(name)] == []
    for name in everything:
        sentence = getattr(getattr(errors, name), "sentence", "")
        assert not sentence or sentence.rstrip("*`_").endswith((".", "?")), name
