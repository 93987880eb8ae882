"""The modals of an answer: feedback, rename, delete, regenerate with options, previous version."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.errors import InvalidInput, PipesHubError
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.regenerate import RegenerateService
from bot.flows.channel_settings import QuestionOptionsService
from bot.flows.conversations import manage
from bot.flows.conversations.manage import ArchiveService, DeleteService, RenameService
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.answer_buttons import MenuEntry
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, user_facing_error
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions as payloads
from bot.slack.render import answer_footer
from bot.slack.render.blocks import Block
from bot.slack.render.modals import ask as ask_modal
from bot.slack.render.modals import conversation as conversation_modal
from bot.slack.render.modals import feedback as feedback_modal
from bot.slack.render.modals.base import sentence_modal
from bot.tasks import BackgroundTasks


def register_conversation(
    app: AsyncApp, archive_service: ArchiveService, tab: HomeTab, interactions: Interactions
) -> None:
    """Listen to the archive buttons. Whoever presses one sees it in their Home tab too."""

    async def on_archive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def archive() -> None:
            await archive_service.archive(turn, press.person)
            tab.redraw(press.workspace, press.person)

        interactions.run(archive(), press)

    async def on_unarchive(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def unarchive() -> None:
            await archive_service.unarchive(turn, press.person)
            tab.redraw(press.workspace, press.person)

        interactions.run(unarchive(), press)

    app.action(actions.ARCHIVE)(on_archive)
    app.action(actions.UNARCHIVE)(on_unarchive)


def conversation_modals(
    app: AsyncApp,
    rename_service: RenameService,
    delete_service: DeleteService,
    tab: HomeTab,
    interactions: Interactions,
) -> dict[str, MenuEntry]:
    """Listen to the modals that rename and delete; return what opens them, by the menu's choices.

    Home follows both.
    """

    async def open_rename(turn: str, press: payloads.ButtonPress) -> None:
        async def view() -> Block:
            return conversation_modal.rename_modal(turn, await rename_service.title(turn, press.person))

        await rename_service.check(turn, press.person)
        await interactions.open_modal(press, conversation_modal.RENAME_TITLE, view)

    async def open_delete(turn: str, press: payloads.ButtonPress) -> None:
        async def view() -> Block:
            return conversation_modal.delete_modal(turn, await delete_service.title(turn, press.person))

        await delete_service.check(turn, press.person)
        await interactions.open_modal(press, conversation_modal.DELETE_TITLE, view)

    async def on_rename(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        turn = actions.read_button_value(submitted.metadata).turn_id
        try:
            title = manage.check_title(str(submitted.entered.get(conversation_modal.TITLE) or ""))
        except InvalidInput as error:
            await ack(response_action="errors", errors={conversation_modal.TITLE: error.sentence})
            return

        async def rename() -> str:
            said = conversation_modal.renamed_text(await rename_service.rename(turn, submitted.person, title))
            tab.redraw(submitted.workspace, submitted.person)
            return said

        await interactions.acknowledge_and_report(ack, submitted, conversation_modal.RENAME_TITLE, rename)

    async def on_delete(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        turn = actions.read_button_value(submitted.metadata).turn_id

        async def delete() -> str:
            await delete_service.delete(turn, submitted.person)
            tab.redraw(submitted.workspace, submitted.person)
            return conversation_modal.DELETED_TEXT

        await interactions.acknowledge_and_report(ack, submitted, conversation_modal.DELETE_TITLE, delete)

    app.view(actions.RENAME_FORM)(on_rename)
    app.view(actions.DELETE_FORM)(on_delete)
    return {answer_footer.RENAME_ENTRY: open_rename, answer_footer.DELETE_ENTRY: open_delete}


_THUMBS = {actions.UP: True, actions.DOWN: False}


def register_feedback(
    app: AsyncApp, feedback_service: FeedbackService, outbox: Outbox, interactions: Interactions
) -> None:
    """Listen to thumbs: Slack's own, plain buttons where a workspace draws none, and reactions."""

    async def rate(turn: str, press: payloads.ButtonPress, *, helpful: bool) -> None:
        changed = await feedback_service.vote(turn, press.person, helpful=helpful)
        said = feedback_modal.render_feedback_thanks(turn, helpful=helpful, changed=changed)
        await outbox.post_ephemeral(press.channel, press.person, said.text, press.thread_ts, said.blocks)

    async def on_thumb(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        pressed = actions.read_button_value(press.value)
        if pressed.choice not in _THUMBS:
            raise UnreadableValueError("no such thumb")
        interactions.run(rate(pressed.turn_id, press, helpful=_THUMBS[pressed.choice]), press)

    async def on_reaction(event: dict[str, Any], context: AsyncBoltContext) -> None:
        thumb = payloads.thumb_reaction(event)
        if thumb is None or thumb.person == context.bot_user_id:
            return
        turn = await feedback_service.find_answer(context.team_id or "", thumb.channel, thumb.ts)
        if turn is not None:
            press = thumb.as_press(turn.question.thread.ts)
            interactions.run(rate(turn.id, press, helpful=thumb.up), press)

    for action in (actions.FEEDBACK, actions.FEEDBACK_UP, actions.FEEDBACK_DOWN):
        app.action(action)(on_thumb)
    app.event("reaction_added")(on_reaction)


def feedback_modals(
    app: AsyncApp, feedback_service: FeedbackService, interactions: Interactions
) -> dict[str, MenuEntry]:
    """Listen to the modal for more than a thumb; return what opens it, by the menu's choice."""

    async def open_form(turn: str, press: payloads.ButtonPress) -> None:
        async def view() -> Block:
            return feedback_modal.feedback_modal(turn, await feedback_service.subject(turn, press.person))

        await interactions.open_modal(press, feedback_modal.FEEDBACK_TITLE, view)

    async def on_tell_more(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        await open_form(actions.read_button_value(press.value).turn_id, press)

    async def on_form(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        turn, feedback = (
            actions.read_button_value(submitted.metadata).turn_id,
            feedback_modal.read_feedback(submitted.entered),
        )
        try:
            await feedback_service.check(turn, submitted.person, feedback)
        except InvalidInput as error:
            await ack(response_action="errors", errors={feedback_modal.HELPFUL: error.sentence})
            return

        async def outcome() -> Block:
            try:
                whole = await feedback_service.give_details(turn, submitted.person, feedback)
            except PipesHubError as error:
                return feedback_modal.feedback_modal_again(
                    payloads.submitted_blocks(body),
                    submitted.entered,
                    turn,
                    user_facing_error(error).sentence,
                )
            return sentence_modal(
                feedback_modal.FEEDBACK_TITLE,
                feedback_modal.FEEDBACK_SENT_TEXT if whole else feedback_modal.VOTE_SENT_TEXT,
            )

        await interactions.acknowledge_and_show(ack, submitted, feedback_modal.FEEDBACK_TITLE, outcome)

    app.action(actions.FEEDBACK_DETAILS)(on_tell_more)
    app.view(actions.FEEDBACK_FORM)(on_form)
    return {answer_footer.FEEDBACK_ENTRY: open_form}


def register_regenerate(
    app: AsyncApp,
    regenerate_service: RegenerateService,
    options_service: QuestionOptionsService,
    interactions: Interactions,
    background_tasks: BackgroundTasks,
) -> None:
    """Listen to the button and to the modal."""

    async def on_regenerate(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id

        async def regenerate() -> None:
            await (await regenerate_service.start(turn, press.person))

        interactions.run(regenerate(), press)

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        turn = actions.read_button_value(submitted.metadata).turn_id

        async def regenerate() -> str:
            options = await options_service.resolve(
                submitted.person, ask_modal.read_options(submitted.entered)
            )
            background_tasks.start(
                await regenerate_service.start(turn, submitted.person, options), f"regenerate {turn}"
            )
            return conversation_modal.REGENERATE_STARTED_TEXT

        await interactions.acknowledge_and_report(
            ack, submitted, conversation_modal.REGENERATE_TITLE, regenerate
        )

    app.action(actions.REGENERATE)(on_regenerate)
    app.view(actions.REGENERATE_FORM)(on_submission)


def regenerate_entries(
    regenerate_service: RegenerateService,
    options_service: QuestionOptionsService,
    interactions: Interactions,
    frontend: str,
) -> dict[str, MenuEntry]:
    """Return what opens the modal with other options and the version before, by the menu's choices."""

    async def open_with_options(turn: str, press: payloads.ButtonPress) -> None:
        async def view() -> Block:
            return conversation_modal.regenerate_modal(
                turn, await options_service.available_options(press.person), options_service.default_options
            )

        async def opening() -> None:
            # First of all, so that a refusal stands beside the message; the server answers well before
            # the trigger expires.
            await regenerate_service.check(turn, press.person)
            await interactions.open_modal(press, conversation_modal.REGENERATE_TITLE, view)

        interactions.run(opening(), press)

    async def open_earlier(turn: str, press: payloads.ButtonPress) -> None:
        async def view() -> Block:
            version = await regenerate_service.earlier_version(turn)
            return conversation_modal.earlier_version_modal(
                version.text, version.citations, version.replaced_at, frontend
            )

        await interactions.open_modal(press, conversation_modal.PREVIOUS_TITLE, view)

    return {answer_footer.REGENERATE_ENTRY: open_with_options, answer_footer.EARLIER_ENTRY: open_earlier}
