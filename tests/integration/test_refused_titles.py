"""Titles that PipesHub refuses for reasons the bot does not know."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from tests.house import House, house, menu

LEAVE = "@pipeshub how many days of annual leave do I have?"
REFUSAL = Fault(
    Trouble.STATUS, path="/title", status=400, message="This is not accepted", code="HTTP_BAD_REQUEST"
)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def saying(home: House, text: str) -> None:
    def found() -> bool:
        view = home.workspace.modal("mara")
        return view is not None and text in str(view.payload)

    await home.workspace.until(lambda: found() or None)


async def test_the_words_of_a_refused_title_are_taken_without_its_signs(home: House) -> None:
    reply = await home.ending(await home.ask("mara", LEAVE))
    for title, refusals, said in (
        ("Leave {{7*7}} & more", 1, "now called *Leave 7 7 more*"),
        ("R&D: $(rules), 2026", 1, "now called *R D rules , 2026*"),
        ("Days off", 1, "Please choose other words"),
        ("Days = off", 2, "Please choose other words"),
    ):
        home.knowledge.faults.add(replace(REFUSAL, times=refusals))
        await home.people.choose("mara", (reply.channel, reply.ts), "more_actions", menu(reply)["Rename"])
        await saying(home, "1 to 200 characters")
        view = home.workspace.modal("mara")
        assert view is not None
        await home.people.type("mara", view, "text", title)
        await home.people.submit_view("mara")
        await saying(home, said)
        await home.people.close_view("mara")
    (conversation,) = await home.knowledge.conversations()
    assert conversation.title == "R D rules , 2026"
