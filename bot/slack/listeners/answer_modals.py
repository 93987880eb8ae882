"""The modals of an answer: feedback, rename, delete, regenerate with options, previous version."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import NothingSaid, PipesHubError, TitleRefused
from bot.flows.actions.feedback import Rating
from bot.flows.actions.regenerate import Regenerating
from bot.flows.channel_settings import Choosing
from bot.flows.conversations import manage
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.answer_buttons import Choice
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Errands, judged
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions
from bot.slack.render import answer_footer
from bot.slack.render.blocks import Block
from bot.slack.render.modals import ask as ask_modal
from bot.slack.render.modals import conversation as conversation_modal
from bot.slack.render.modals import feedback as feedback_modal
from bot.slack.render.modals.base import saying
from bot.tasks import Inflight


def register_conversation(app: AsyncApp, archiving: Archiving, tab: HomeTab, errands: Errands) -> None:
    """Listen to the archive buttons. Whoever presses one sees it in their Home tab too."""

    async def on_archive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def archive() -> None:
            await archiving.archive(turn, press.person)
            tab.refresh(press.workspace, press.person)

        errands.run(archive(), press)

    async def on_unarchive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def unarchive() -> None:
            await archiving.unarchive(turn, press.person)
            tab.refresh(press.workspace, press.person)

        errands.run(unarchive(), press)

    app.action(actions.ARCHIVE)(on_archive)
    app.action(actions.UNARCHIVE)(on_unarchive)


def conversation_modals(
    app: AsyncApp, renames: Renaming, deletes: Deleting, tab: HomeTab, errands: Errands
) -> dict[str, Choice]:
    """Listen to the modals that rename and delete; return what opens them, by the menu's choices.

    Home follows both.
    """

    async def open_rename(turn: str, press: interactions.Press) -> None:
        async def view() -> Block:
            return conversation_modal.rename(turn, await renames.title(turn, press.person))

        await renames.check(turn, press.person)
        await errands.open(press, conversation_modal.RENAME, view)

    async def open_delete(turn: str, press: interactions.Press) -> None:
        async def view() -> Block:
            return conversation_modal.delete(turn, await deletes.title(turn, press.person))

        await deletes.check(turn, press.person)
        await errands.open(press, conversation_modal.DELETE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        turn = actions.read(submitted.about).turn
        try:
            title = manage.check(str(submitted.entered.get(conversation_modal.RENAME_TITLE) or ""))
        except TitleRefused as error:
            await ack(response_action="errors", errors={conversation_modal.RENAME_TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed(await renames.rename(turn, submitted.person, title))
            tab.refresh(submitted.workspace, submitted.person)
            return said

        await errands.carry_out(ack, submitted, conversation_modal.RENAME, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        turn = actions.read(submitted.about).turn

        async def delete() -> str:
            await deletes.delete(turn, submitted.person)
            tab.refresh(submitted.workspace, submitted.person)
            return conversation_modal.DELETED

        await errands.carry_out(ack, submitted, conversation_modal.DELETE, delete)

    app.view(actions.RENAMING)(on_rename)
    app.view(actions.DELETING)(on_delete)
    return {answer_footer.RENAME: open_rename, answer_footer.DELETE: open_delete}


_THUMBS = {actions.UP: True, actions.DOWN: False}


def register_feedback(app: AsyncApp, rating: Rating, outbox: Outbox, errands: Errands) -> None:
    """Listen to thumbs: Slack's own, plain buttons where a workspace draws none, and reactions."""

    async def rate(turn: str, press: interactions.Press, *, helpful: bool) -> None:
        changed = await rating.rate(turn, press.person, helpful=helpful)
        said = feedback_modal.thanks(turn, helpful=helpful, changed=changed)
        await outbox.whisper(press.channel, press.person, said.text, press.thread_ts, said.blocks)

    async def on_thumb(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        pressed = actions.read(press.value)
        if pressed.choice not in _THUMBS:
            raise UnreadableValueError("no such thumb")
        errands.run(rate(pressed.turn, press, helpful=_THUMBS[pressed.choice]), press)

    async def on_reaction(event: dict[str, Any], context: AsyncBoltContext) -> None:
        thumb = interactions.thumb(event)
        if thumb is None or thumb.person == context.bot_user_id:
            return
        turn = await rating.answer_in(context.team_id or "", thumb.channel, thumb.ts)
        if turn is not None:
            press = thumb.press(turn.question.thread.ts)
            errands.run(rate(turn.id, press, helpful=thumb.up), press)

    for action in (actions.RATE, actions.RATE_UP, actions.RATE_DOWN):
        app.action(action)(on_thumb)
    app.event("reaction_added")(on_reaction)


def feedback_modals(app: AsyncApp, rating: Rating, errands: Errands) -> dict[str, Choice]:
    """Listen to the modal for more than a thumb; return what opens it, by the menu's choice."""

    async def open_form(turn: str, press: interactions.Press) -> None:
        async def view() -> Block:
            return feedback_modal.form(turn, await rating.details(turn, press.person))

        await errands.open(press, feedback_modal.TELL_MORE, view)

    async def on_tell_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        await open_form(actions.read(press.value).turn, press)

    async def on_form(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        turn, opinion = actions.read(submitted.about).turn, feedback_modal.read(submitted.entered)
        try:
            await rating.check(turn, submitted.person, opinion)
        except NothingSaid as error:
            await ack(response_action="errors", errors={feedback_modal.HELPFUL: error.sentence})
            return

        async def outcome() -> Block:
            try:
                whole = await rating.tell_more(turn, submitted.person, opinion)
            except PipesHubError as error:
                return feedback_modal.again(
                    interactions.drawn(body), submitted.entered, turn, judged(error).sentence
                )
            return saying(
                feedback_modal.TELL_MORE, feedback_modal.SENT if whole else feedback_modal.VOTE_SENT
            )

        await errands.replace(ack, submitted, feedback_modal.TELL_MORE, outcome)

    app.action(actions.TELL_MORE)(on_tell_more)
    app.view(actions.TELLING_MORE)(on_form)
    return {answer_footer.TELL_MORE: open_form}


def register_regenerate(
    app: AsyncApp, regenerating: Regenerating, choosing: Choosing, errands: Errands, inflight: Inflight
) -> None:
    """Listen to the button and to the modal."""

    async def on_regenerate(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn

        async def regenerate() -> None:
            await (await regenerating.begin(turn, press.person))

        errands.run(regenerate(), press)

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        turn = actions.read(submitted.about).turn

        async def regenerate() -> str:
            manner = await choosing.manner(submitted.person, ask_modal.entered(submitted.entered))
            inflight.start(await regenerating.begin(turn, submitted.person, manner), f"regenerate {turn}")
            return conversation_modal.BEGUN

        await errands.carry_out(ack, submitted, conversation_modal.REGENERATE_TITLE, regenerate)

    app.action(actions.REGENERATE)(on_regenerate)
    app.view(actions.REGENERATING)(on_submission)


def menu(
    regenerating: Regenerating, choosing: Choosing, errands: Errands, frontend: str
) -> dict[str, Choice]:
    """Return what opens the modal with another manner and the version before, by the menu's choices."""

    async def open_manner(turn: str, press: interactions.Press) -> None:
        async def view() -> Block:
            return conversation_modal.regenerate(turn, await choosing.choices(press.person), choosing.default)

        async def opening() -> None:
            # First of all, so that a refusal stands beside the message; the server answers well before
            # the trigger expires.
            await regenerating.check(turn, press.person)
            await errands.open(press, conversation_modal.REGENERATE_TITLE, view)

        errands.run(opening(), press)

    async def open_earlier(turn: str, press: interactions.Press) -> None:
        async def view() -> Block:
            version = await regenerating.earlier(turn)
            return conversation_modal.earlier(version.text, version.citations, version.replaced_at, frontend)

        await errands.open(press, conversation_modal.PREVIOUS_TITLE, view)

    return {answer_footer.REGENERATE_WITH: open_manner, answer_footer.EARLIER: open_earlier}
