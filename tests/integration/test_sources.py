"""The sources of an answer: five under it, all of them behind a button."""

import json
from pathlib import Path

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.model import Message, View
from tests.house import House, house, labels, shown

QUESTION = "tell me everything about bicycles"
RULES = {
    "Aarhus": "Bicycles are parked behind the northern gate.",
    "Bremen": "A helmet is lent to whoever rides one of the bicycles.",
    "Cork": "Repairs of bicycles cost nothing on Tuesdays.",
    "Delft": "Visitors leave their bicycles with the porter.",
    "Espoo": "In winter, bicycles get tyres with studs.",
    "Fulda": "Electric bicycles are charged in the cellar only.",
    "Ghent": "Stolen bicycles are reported to reception at once.",
}


def documents(folder: Path) -> Path:
    """Write one document a town, each of which has something of its own to say."""
    docs = folder / "docs"
    docs.mkdir()
    for town, rule in RULES.items():
        (docs / f"{town.lower()}.md").write_text(f"# {town}\n\n## Bicycles\n\n{rule}\n")
    return docs


async def asked(home: House, question: str) -> Message:
    return await home.ending(await home.ask("mara", f"@pipeshub {question}"))


async def modal(home: House, who: str, words: str) -> View:
    """Wait until the modal of a person shows some words."""

    def found() -> View | None:
        view = home.workspace.modal(who)
        return view if view and words in json.dumps(view.blocks, ensure_ascii=False) else None

    return await home.workspace.until(found)


@pytest.mark.parametrize("dialect", ["documented", "agui"])
async def test_everybody_in_the_thread_sees_all_sources(tmp_path: Path, dialect: str) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect, "docs": documents(tmp_path)}) as home:
        reply = await asked(home, QUESTION)
        button = next(each for each in labels(reply) if each.startswith("All "))
        count = int(button.split()[1])
        assert count > 5
        assert shown(reply).count(f"<{home.knowledge.url}/record/") == 5
        await home.press("tomasz", reply, button)
        view = await modal(home, "tomasz", f"{count} documents")
        text = json.dumps(view.blocks, ensure_ascii=False)
        assert text.count(f"<{home.knowledge.url}/record/") == count
        assert "northern gate" in text
        assert ("% relevant" in text) is (dialect == "documented")


async def test_few_sources_need_no_button(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        reply = await asked(home, "how many days of annual leave do I have?")
        assert not any(each.startswith("All ") for each in labels(reply))


async def test_sources_that_pipeshub_keeps_to_itself_are_said_to_be_away(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"dialect": "agui", "docs": documents(tmp_path)}) as home:
        reply = await asked(home, QUESTION)
        button = next(each for each in labels(reply) if each.startswith("All "))
        await home.press("mara", reply, "Archive")
        await home.workspace.until(
            lambda: "Unarchive" in labels(home.workspace.message(reply.channel, reply.ts)) or None
        )
        await home.people.press("mara", (reply.channel, reply.ts), home.button(reply, button))
        await modal(home, "mara", "please unarchive it first")


async def test_pipeshub_out_of_reach_is_said_in_the_modal(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"docs": documents(tmp_path)}) as home:
        reply = await asked(home, QUESTION)
        home.knowledge.faults.add(Fault(Trouble.STATUS, path="conversations", status=500, times=None))
        await home.press("tomasz", reply, next(each for each in labels(reply) if each.startswith("All ")))
        await modal(home, "tomasz", "a problem of its own")
