"""What the menu of a conversation in the Home tab does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.conversations import Place
from bot.domain.errors import TitleRefused
from bot.flows.conversations import manage
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import views
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.render import home
from bot.slack.render.message import Block
from bot.slack.render.modals import conversation as conversation_modal

Choice = Callable[[str, views.ViewPress, Place], Awaitable[None]]
"""What is done with a turn when somebody chose one entry of the menu; the place is where the row stands."""


def register(app: AsyncApp, tab: HomeTab, choices: Mapping[str, Choice]) -> None:
    """Listen to the menu; `choices` are its entries by the choice in their values."""

    async def on_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = views.view_press(body)
        try:
            pressed, place = actions.read(press.value), actions.read_home(press.about).place
            chosen = choices[pressed.choice]
        except (UnreadableValueError, KeyError):
            tab.show(press.workspace, press.person, Place(), home.ANOTHER_VERSION)
            return
        await chosen(pressed.turn, press, place)

    app.action(actions.HOME_MORE)(on_more)


def moving(tab: HomeTab, archiving: Archiving) -> dict[str, Choice]:
    """Return what moves a conversation into the archive and out of it."""

    async def archive(turn: str, press: views.ViewPress, place: Place) -> None:
        tab.after(press.workspace, press.person, place, archiving.archive(turn, press.person))

    async def unarchive(turn: str, press: views.ViewPress, place: Place) -> None:
        tab.after(press.workspace, press.person, place, archiving.unarchive(turn, press.person))

    return {home.ARCHIVE: archive, home.UNARCHIVE: unarchive}


def modals(
    app: AsyncApp, renames: Renaming, deletes: Deleting, tab: HomeTab, errands: Errands
) -> dict[str, Choice]:
    """Listen to the modals that rename and delete; return what opens them. Home is drawn again after them."""

    async def open_rename(turn: str, press: views.ViewPress, place: Place) -> None:
        async def view() -> Block:
            drawn = conversation_modal.rename(turn, await renames.title(turn, press.person))
            return drawn | _from_home(actions.HOME_RENAMING, place, turn)

        await errands.open(press, conversation_modal.RENAME, view)

    async def open_delete(turn: str, press: views.ViewPress, place: Place) -> None:
        async def view() -> Block:
            drawn = conversation_modal.delete(turn, await deletes.title(turn, press.person))
            return drawn | _from_home(actions.HOME_DELETING, place, turn)

        await errands.open(press, conversation_modal.DELETE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        about = actions.read_home(submitted.about)
        try:
            title = manage.check(str(submitted.entered.get(conversation_modal.TITLE) or ""))
        except TitleRefused as error:
            await ack(response_action="errors", errors={conversation_modal.TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed(await renames.rename(about.turn, submitted.person, title))
            tab.show(submitted.workspace, submitted.person, about.place)
            return said

        await errands.carry_out(ack, submitted, conversation_modal.RENAME, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        about = actions.read_home(submitted.about)

        async def delete() -> str:
            await deletes.delete(about.turn, submitted.person)
            tab.show(submitted.workspace, submitted.person, about.place)
            return conversation_modal.DELETED

        await errands.carry_out(ack, submitted, conversation_modal.DELETE, delete)

    app.view(actions.HOME_RENAMING)(on_rename)
    app.view(actions.HOME_DELETING)(on_delete)
    return {home.RENAME: open_rename, home.DELETE: open_delete}


def _from_home(callback_id: str, place: Place, turn: str) -> Block:
    return {"callback_id": callback_id, "private_metadata": actions.home_value(place, turn)}
