"""Everything that is drawn to be pressed or submitted has somebody who listens."""

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.slack import actions

SLACK = Path(actions.__file__).parent

# What travels in values, or names a version: no id of anything that is pressed.
NO_IDS = {"UP", "DOWN", "VALUE_VERSION", "MAX_PAGE"}


def names(folder: Path) -> Iterator[str]:
    """Yield the constants of `actions` that a folder's modules use."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="actions"), attr=name) if name.isupper():
                    yield name


def test_every_id_that_is_drawn_is_listened_to() -> None:
    heard = set(names(SLACK / "listeners"))
    drawn = set(names(SLACK / "render")) - NO_IDS
    assert drawn
    assert drawn <= heard


def test_every_id_that_is_listened_to_is_declared_once() -> None:
    ids = [value for name in dir(actions) if name.isupper() for value in [getattr(actions, name)]]
    texts = [value for value in ids if isinstance(value, str)]
    assert len(texts) == len(set(texts))
