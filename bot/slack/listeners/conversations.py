"""Archiving, renaming and deleting the conversation of an answer."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import TitleRefused
from bot.flows.conversations import manage
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.slack import actions
from bot.slack.inbound import presses, views
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.more import Choice
from bot.slack.render import standings
from bot.slack.render.message import Block
from bot.slack.render.modals import conversation as conversation_modal


def register(app: AsyncApp, archiving: Archiving, tab: HomeTab, errands: Errands) -> None:
    """Listen to the archive buttons. Whoever presses one sees it in their Home tab too."""

    async def on_archive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def archive() -> None:
            await archiving.archive(turn, press.person)
            tab.refresh(press.workspace, press.person)

        errands.run(archive(), press)

    async def on_unarchive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = presses.press(body)
        turn = actions.read(press.value).turn

        async def unarchive() -> None:
            await archiving.unarchive(turn, press.person)
            tab.refresh(press.workspace, press.person)

        errands.run(unarchive(), press)

    app.action(actions.ARCHIVE)(on_archive)
    app.action(actions.UNARCHIVE)(on_unarchive)


def modals(
    app: AsyncApp, renames: Renaming, deletes: Deleting, tab: HomeTab, errands: Errands
) -> dict[str, Choice]:
    """Listen to the modals that rename and delete; return what opens them, by the menu's choices.

    Home follows both.
    """

    async def open_rename(turn: str, press: presses.Press) -> None:
        async def view() -> Block:
            return conversation_modal.rename(turn, await renames.title(turn, press.person))

        await renames.check(turn, press.person)
        await errands.open(press, conversation_modal.RENAME, view)

    async def open_delete(turn: str, press: presses.Press) -> None:
        async def view() -> Block:
            return conversation_modal.delete(turn, await deletes.title(turn, press.person))

        await deletes.check(turn, press.person)
        await errands.open(press, conversation_modal.DELETE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        turn = actions.read(submitted.about).turn
        try:
            title = manage.check(str(submitted.entered.get(conversation_modal.TITLE) or ""))
        except TitleRefused as error:
            await ack(response_action="errors", errors={conversation_modal.TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed(await renames.rename(turn, submitted.person, title))
            tab.refresh(submitted.workspace, submitted.person)
            return said

        await errands.carry_out(ack, submitted, conversation_modal.RENAME, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = views.submission(body)
        turn = actions.read(submitted.about).turn

        async def delete() -> str:
            await deletes.delete(turn, submitted.person)
            tab.refresh(submitted.workspace, submitted.person)
            return conversation_modal.DELETED

        await errands.carry_out(ack, submitted, conversation_modal.DELETE, delete)

    app.view(actions.RENAMING)(on_rename)
    app.view(actions.DELETING)(on_delete)
    return {standings.RENAME: open_rename, standings.DELETE: open_delete}
