"""Every error has a sentence for people in the one catalogue."""

import ast
import inspect
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import bot
from bot.domain import errors
from bot.domain.errors import BotError, NotAnswering, Reason, TooManyQuestions, Unforeseen
from bot.sentences import SENTENCES, sentence

KINDS = {"BotError", "PipesHubError", "SlackError"}
"""What the others are kinds of."""

REFUSED = {"Refused", "InvalidInput"}
"""What is raised with a reason."""

PACKAGE = Path(inspect.getfile(bot)).parent
CLASSES = {
    name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, BotError)
}

FOUND = [
    Unforeseen("c0de"),
    TooManyQuestions(3.0),
    TooManyQuestions(3.0, together=True),
    *(
        kind()
        for name, kind in CLASSES.items()
        if name not in KINDS | REFUSED | {"Unforeseen", "TooManyQuestions"}
    ),
]
"""One of each class that is raised without a reason, and of each of its sentences."""


@cache
def trees() -> list[ast.Module]:
    """Return the code of every module of the bot."""
    return [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).parts[0] != "demo"
    ]


@cache
def calls() -> list[ast.Call]:
    return [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]


def placeholders(key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[key]) if name}


def reasons(node: ast.AST) -> set[str]:
    """Return the reasons that are named in a piece of code."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "Reason"
    }


def test_what_others_are_kinds_of_is_not_raised_itself() -> None:
    made = {ast.unparse(each.func) for each in calls()}
    assert KINDS & made == set()
    assert "Unforeseen" in made


def test_every_reason_has_a_sentence_and_no_sentence_is_left_over() -> None:
    keys = {each.removesuffix(".one") for each in SENTENCES if each.startswith("error.")}
    assert keys == {f"error.{reason}" for reason in [*Reason, *(each.reason for each in FOUND)]}
    for key in keys:
        assert SENTENCES[key].endswith((".", "?")), key


def test_every_reason_is_given_somewhere() -> None:
    assert {name for tree in trees() for name in reasons(tree)} == set(Reason.__members__)


@pytest.mark.parametrize("error", FOUND, ids=lambda error: error.reason)
def test_every_error_that_a_person_can_meet_makes_its_sentence(error: BotError) -> None:
    assert error.sentence.endswith(".")


def test_no_sentence_stands_outside_the_catalogue() -> None:
    """What is refused names its reason, and no class brings words of its own."""
    for node in ast.parse(inspect.getsource(errors)).body:
        if isinstance(node, ast.ClassDef) and node.name in CLASSES:
            assigned = {
                ast.unparse(target)
                for each in ast.walk(node)
                if isinstance(each, ast.Assign)
                for target in each.targets
            }
            assert not assigned & {"sentence", "self.sentence"}, node.name
    for call in calls():
        if ast.unparse(call.func) in REFUSED:
            assert reasons(call.args[0]) or ast.unparse(call.args[0]) == "otherwise", ast.unparse(call)


def test_who_refuses_fills_the_placeholders_of_the_sentence() -> None:
    refusals = [call for call in calls() if ast.unparse(call.func) in REFUSED and reasons(call)]
    assert refusals
    for call in refusals:
        given = {each.arg for each in call.keywords} - {"detail"}
        for name in reasons(call.args[0]):
            assert given == placeholders(f"error.{Reason[name]}"), ast.unparse(call)


def test_one_and_several_are_said_differently() -> None:
    assert NotAnswering(retry_in=0.2).sentence == sentence("error.not_answering.one")
    assert "in 31 seconds" in NotAnswering(retry_in=30.5).sentence
    assert "in a second" in TooManyQuestions(0.3).sentence
    assert "in 12 seconds" in TooManyQuestions(11.5, together=True).sentence
