"""Forms that come back with something else than they were drawn about: each says so and does no harm."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from bot.demo.workspace.model import Message, View
from bot.domain.conversations import ListPosition
from bot.slack import actions
from bot.slack.render.blocks import plain_text
from tests.house import House, house
from tests.promises.test_manifest import heard

LEAVE = "@pipeshub how many days of annual leave do I have?"

Open = Callable[[House, Message], Awaitable[object]]


def chosen(label: str) -> Open:
    """Return what opens a form from the menu under an answer."""
    return lambda home, reply: home.people.choose("mara", reply, actions.MORE_MENU, label)


def chosen_at_home(label: str) -> Open:
    """Return what opens a form from the menu of a conversation in the Home tab."""

    async def choose(home: House, _: Message) -> None:
        await home.people.open_home("mara")
        view = await home.workspace.until(
            lambda: view if (view := home.workspace.home("mara")) and "of 1" in str(view.blocks) else None
        )
        await home.people.choose("mara", view, actions.HOME_MORE, label)

    return choose


FORMS: dict[str, Open] = {
    actions.RENAME_FORM: chosen("Rename"),
    actions.DELETE_FORM: chosen("Delete"),
    actions.REGENERATE_FORM: chosen("Regenerate with …"),
    actions.FEEDBACK_FORM: chosen("Tell us more"),
    actions.SHARE_FORM: lambda home, reply: home.people.press("mara", reply, actions.SHARE),
    actions.ASK_FORM: lambda home, _: home.people.global_shortcut("mara", actions.ASK_A_QUESTION),
    actions.HOME_RENAME_FORM: chosen_at_home("Rename"),
    actions.HOME_DELETE_FORM: chosen_at_home("Delete"),
    actions.CHANNEL_SETTINGS: lambda home, _: home.people.slash("mara", "help-desk", "/ask", "settings"),
}
FROM_HOME = {actions.HOME_RENAME_FORM, actions.HOME_DELETE_FORM}
OF_ANSWERS = FORMS.keys() - {actions.ASK_FORM, actions.CHANNEL_SETTINGS}
OF_ONES_OWN = OF_ANSWERS - {actions.FEEDBACK_FORM}
"""Forms about a conversation that is the person's own; everybody asks and rates."""

FILLED_IN = {
    actions.SHARE_FORM: ("people", "amina"),
    actions.FEEDBACK_FORM: ("helpful", "no"),
    actions.ASK_FORM: ("question", "how much leave do interns have?"),
}


def test_every_form_that_is_listened_to_is_tried() -> None:
    assert FORMS.keys() == heard("view")


async def opened(home: House, form: str, reply: Message) -> View:
    """Open a form, and enter what it does not do without."""
    await FORMS[form](home, reply)
    view = await home.workspace.until(
        lambda: (
            view
            if (view := home.workspace.modal("mara"))
            and view.callback_id == form
            and "submit" in view.payload
            else None
        )
    )
    if form in FILLED_IN:
        block_id, value = FILLED_IN[form]
        block = next(each for each in view.blocks if each["block_id"] == block_id)
        given = home.workspace.user(value).id if value == "amina" else value
        await home.people.choose("mara", view, block["element"]["action_id"], given, block_id=block_id)
    return view


async def outcome(home: House) -> str:
    """Submit the form and return what stands in its place."""
    await home.people.submit_view("mara")

    def found() -> str | None:
        view = home.workspace.modal("mara")
        done = view is None or (not view.callback_id and "One moment" not in str(view.blocks))
        return (str(view.blocks) if view else "closed") if done else None

    return await home.workspace.until(found)


def is_of_an_older_message(view: View) -> bool:
    return "belongs to an older message" in str(view.blocks)


async def tried(home: House, form: str, reply: Message, about: str) -> str:
    """Submit a form as if it had been drawn about something else, and return what stands in its place."""
    view = await opened(home, form, reply)
    title = view.payload["title"]
    view.payload["private_metadata"] = about
    said = await outcome(home)
    assert home.workspace.modals("mara")[-1].payload["title"] == title
    await home.people.close_view("mara", all_of_them=True)
    return said


def about_turn(form: str, turn: str) -> str:
    """Return what a form is about where it is drawn for a turn."""
    return actions.home_value(ListPosition(), turn) if form in FROM_HOME else actions.button_value(turn)


async def test_a_form_about_something_else_says_so_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as home:
        theirs = await home.ending(await home.ask("tomasz", LEAVE))
        share = next(
            each
            for block in theirs.blocks
            for each in block.get("elements", [])
            if each.get("action_id") == actions.SHARE
        )
        turn = actions.read_button_value(share["value"]).turn_id
        reply = await home.ending(await home.ask("mara", LEAVE))
        before = await home.knowledge.conversations()
        for form in sorted(FORMS):
            said = await tried(home, form, reply, '{"v":99}')
            assert "belongs to an older message of mine" in said, form
        for form in sorted(OF_ANSWERS):
            said = await tried(home, form, reply, about_turn(form, "t1"))
            assert "no longer have this answer on record" in said, form
        for form in sorted(OF_ONES_OWN):
            said = await tried(home, form, reply, about_turn(form, turn))
            assert f"Only <@{home.workspace.user('tomasz').id}>" in said, form
        for action in (actions.TRANSCRIPT_EARLIER, actions.TRANSCRIPT_LATER):
            view = await opened(home, actions.RENAME_FORM, reply)
            turning = {"type": "button", "action_id": action, "value": "3", "text": plain_text("Turn")}
            view.blocks.append({"type": "actions", "block_id": "turning", "elements": [turning]})
            await home.people.press("mara", view, action)
            await home.workspace.until(partial(is_of_an_older_message, view))
            await home.people.close_view("mara", all_of_them=True)
        assert await home.knowledge.conversations() == before
    assert "incident" not in capsys.readouterr().out
