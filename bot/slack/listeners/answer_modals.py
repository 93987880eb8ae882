"""The modals of an answer and of its conversation, also where they open from the Home tab."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.conversations import ListPosition
from bot.domain.errors import InvalidInput, PipesHubError
from bot.flows.conversations.manage import check_title
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.flows import Flows
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, on_submission, user_facing_error
from bot.slack.payloads.interactions import ButtonPress, Submission, ViewPress
from bot.slack.render.blocks import Block
from bot.slack.render.modals import conversation, feedback
from bot.slack.render.modals.ask import read_options
from bot.slack.render.modals.base import sentence_modal


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to the modals' submissions."""
    modals = AnswerModals(flows, interactions, home)
    app.view(actions.FEEDBACK_FORM)(on_submission(modals.give_feedback))
    app.view(actions.REGENERATE_FORM)(on_submission(modals.regenerate))
    app.view(actions.RENAME_FORM)(on_submission(modals.rename))
    app.view(actions.HOME_RENAME_FORM)(on_submission(modals.rename))
    app.view(actions.DELETE_FORM)(on_submission(modals.delete))
    app.view(actions.HOME_DELETE_FORM)(on_submission(modals.delete))


@dataclass(frozen=True)
class AnswerModals:
    """Opens the modals and carries out what is submitted in them."""

    flows: Flows
    interactions: Interactions
    home: HomeTab

    async def open_sources(self, turn_id: str, press: ButtonPress) -> None:
        """Show all sources of an answer."""

        async def draw() -> Block:
            sources = await self.flows.browse.sources(turn_id, press.person)
            return conversation.sources_modal(sources, self.interactions.frontend)

        await self.interactions.open_modal(press, conversation.SOURCES_TITLE, draw)

    async def open_earlier_version(self, turn_id: str, press: ButtonPress) -> None:
        """Show an answer as it was before it was last regenerated."""

        async def draw() -> Block:
            version = await self.flows.regenerate.earlier_version(turn_id)
            frontend = self.interactions.frontend
            return conversation.earlier_version_modal(
                version.text, version.citations, version.replaced_at, frontend
            )

        await self.interactions.open_modal(press, conversation.PREVIOUS_TITLE, draw)

    async def open_feedback(self, turn_id: str, press: ButtonPress) -> None:
        """Ask for more than a thumb."""

        async def draw() -> Block:
            return feedback.feedback_modal(turn_id, await self.flows.feedback.subject(turn_id, press.person))

        await self.interactions.open_modal(press, feedback.FEEDBACK_TITLE, draw)

    async def give_feedback(self, ack: AsyncAck, submitted: Submission) -> None:
        """Send feedback; what PipesHub refuses stays in the form, with the reason."""
        turn_id, entered = submitted.turn_id, feedback.read_feedback(submitted.entered)
        try:
            await self.flows.feedback.check(turn_id, submitted.person, entered)
        except InvalidInput as error:
            await ack(response_action="errors", errors={feedback.HELPFUL: error.sentence})
            return

        async def send() -> Block:
            try:
                whole = await self.flows.feedback.give_details(turn_id, submitted.person, entered)
            except PipesHubError as error:
                sentence = user_facing_error(error).sentence
                return feedback.feedback_modal_again(submitted.blocks, submitted.entered, turn_id, sentence)
            return sentence_modal(
                feedback.FEEDBACK_TITLE, feedback.FEEDBACK_SENT_TEXT if whole else feedback.VOTE_SENT_TEXT
            )

        await self.interactions.acknowledge_and_show(ack, submitted, feedback.FEEDBACK_TITLE, send)

    async def open_regenerate(self, turn_id: str, press: ButtonPress) -> None:
        """Ask for the options to regenerate an answer with."""
        options = self.flows.question_options

        async def draw() -> Block:
            return conversation.regenerate_modal(
                turn_id, await options.available_options(press.person), options.default_options
            )

        async def open_if_allowed() -> None:
            # Checked first, so that a refusal is shown beside the message; the server answers well before
            # the trigger expires.
            await self.flows.regenerate.check(turn_id, press.person)
            await self.interactions.open_modal(press, conversation.REGENERATE_TITLE, draw)

        self.interactions.run(press, open_if_allowed)

    async def regenerate(self, ack: AsyncAck, submitted: Submission) -> None:
        """Regenerate an answer with the entered options."""
        turn_id = submitted.turn_id

        async def start() -> str:
            options = await self.flows.question_options.resolve(
                submitted.person, read_options(submitted.entered)
            )
            await self.flows.regenerate.start(turn_id, submitted.person, options)
            return conversation.REGENERATE_STARTED_TEXT

        await self.interactions.acknowledge_and_report(ack, submitted, conversation.REGENERATE_TITLE, start)

    async def open_rename(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask for another title of a conversation; `row` is where it is listed in the Home tab."""

        async def draw() -> Block:
            drawn = conversation.rename_modal(turn_id, await self.flows.manage.title(turn_id, press.person))
            return drawn | _at_home(actions.HOME_RENAME_FORM, turn_id, row)

        if row is None:  # a refusal is shown beside the message
            await self.flows.answer_lookup.owned(turn_id, press.person)
        await self.interactions.open_modal(press, conversation.RENAME_TITLE, draw)

    async def rename(self, ack: AsyncAck, submitted: Submission) -> None:
        """Rename a conversation."""
        turn_id, row = _about(submitted)
        try:
            title = check_title(submitted.text(conversation.TITLE))
        except InvalidInput as error:
            await ack(response_action="errors", errors={conversation.TITLE: error.sentence})
            return

        async def rename() -> str:
            renamed = await self.flows.manage.rename(turn_id, submitted.person, title)
            self.home.redraw(submitted.workspace, submitted.person, row)
            return conversation.renamed_text(renamed)

        await self.interactions.acknowledge_and_report(ack, submitted, conversation.RENAME_TITLE, rename)

    async def open_delete(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask whether to delete a conversation; `row` is where it is listed in the Home tab."""

        async def draw() -> Block:
            drawn = conversation.delete_modal(turn_id, await self.flows.manage.title(turn_id, press.person))
            return drawn | _at_home(actions.HOME_DELETE_FORM, turn_id, row)

        if row is None:  # a refusal is shown beside the message
            await self.flows.answer_lookup.owned(turn_id, press.person)
        await self.interactions.open_modal(press, conversation.DELETE_TITLE, draw)

    async def delete(self, ack: AsyncAck, submitted: Submission) -> None:
        """Delete a conversation."""
        turn_id, row = _about(submitted)

        async def delete() -> str:
            await self.flows.manage.delete(turn_id, submitted.person)
            self.home.redraw(submitted.workspace, submitted.person, row)
            return conversation.DELETED_TEXT

        await self.interactions.acknowledge_and_report(ack, submitted, conversation.DELETE_TITLE, delete)


def _about(submitted: Submission) -> tuple[str, ListPosition | None]:
    """Return the turn of a modal, and its row where it was opened from the Home tab."""
    try:
        about = actions.read_home_value(submitted.metadata)
    except UnreadableValueError:
        return submitted.turn_id, None
    return about.turn_id, about.position


def _at_home(form: str, turn_id: str, row: ListPosition | None) -> Block:
    """Return what differs in a modal that opens from a row of the Home tab."""
    if row is None:
        return {}
    return {"callback_id": form, "private_metadata": actions.home_value(row, turn_id)}
