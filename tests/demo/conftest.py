"""A reader, and a judge of whether HTML can do harm."""

from collections.abc import Callable
from datetime import UTC
from html.parser import HTMLParser

import pytest

from bot.demo.workspace.model import User
from bot.demo.workspace.page.render.reader import Reader

VOID = {"br", "hr", "input", "img"}
FORBIDDEN = {"script", "style", "iframe", "object", "embed", "img", "link", "meta", "base", "form"}


class Judge(HTMLParser):
    """Collects what a browser would make of some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def reader() -> Reader:
    people = {
        "U1": User("U1", "mara", "Mara Lindqvist"),
        "U2": User("U2", "tomasz", "Tomasz Wieczorek"),
        "UBOT": User("UBOT", "pipeshub", "PipesHub", is_bot=True),
    }
    return Reader("U1", UTC, 1_763_900_000.0, people, {"C1": "general", "D1": "Tomasz Wieczorek"})


@pytest.fixture(scope="session")
def read_harmless() -> Callable[[str], Judge]:
    """Parse HTML, insist that it is well formed and can do no harm, and return what it says."""

    def read(html: str) -> Judge:
        judge = Judge()
        judge.feed(str(html))
        judge.close()
        assert not judge.open, f"left open: {judge.open}"
        for tag, attributes in judge.seen:
            assert tag not in FORBIDDEN
            for name, value in attributes.items():
                assert not name.startswith("on")
                assert name not in {"style", "src", "srcdoc", "formaction"}
                if name == "href":
                    assert str(value).startswith(("http://", "https://", "mailto:", "/as/"))
            if attributes.get("target") == "_blank":
                assert "noopener" in str(attributes.get("rel"))
        return judge

    return read
