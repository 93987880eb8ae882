"""A conversation of a channel is shown to those who are in it now, not to those who were removed."""

from pathlib import Path

from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Kind
from bot.demo.workspace.options import ROOMS, Room
from tests.house import house
from tests.integration.test_asking_elsewhere import whispered
from tests.integration.test_home import asked, chosen, modal, text, titles, visited

LEAVE = "how many days of annual leave do I have?"
EXPENSES = "how are expenses paid back?"
ROOM = Room("board", "Not for everybody", Kind.PRIVATE, members=("mara", "tomasz"))


async def test_who_was_removed_neither_sees_nor_changes_what_they_began(tmp_path: Path) -> None:
    async with house(tmp_path, workspace={"rooms": (*ROOMS, ROOM)}) as home:
        await asked(home, "mara", EXPENSES)
        await asked(home, "mara", LEAVE, "board")
        assert titles(await visited(home, "mara", LEAVE)) == [LEAVE, EXPENSES]
        await home.people.remove("tomasz", "board", "mara")
        for entry in ("Read here", "Rename"):
            await chosen(home, "mara", LEAVE, entry)
            assert "28 days" not in text(await modal(home, "mara", "you are not in there now"))
            await home.people.close_view("mara")
        await chosen(home, "mara", LEAVE, "Archive")
        await home.settle()
        assert not any(each.is_archived for each in await home.knowledge.conversations())
        await home.people.slash("mara", "help-desk", "/ask", "list")
        listed = await whispered(home, "mara")
        assert EXPENSES in listed
        assert LEAVE not in listed
        await home.people.invite("tomasz", "board", "mara")
        assert titles(await visited(home, "mara", LEAVE)) == [LEAVE, EXPENSES]


async def test_where_slack_does_not_tell_who_is_in_a_channel_its_conversations_are_hidden(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, workspace={"rooms": (*ROOMS, ROOM)}) as home:
        await asked(home, "mara", EXPENSES)
        await asked(home, "mara", LEAVE, "board")
        home.workspace.faults.add(SlackFault("conversations.members", times=None, error="fatal_error"))
        assert titles(await visited(home, "mara", EXPENSES)) == [EXPENSES]
