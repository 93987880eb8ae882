"""The modals of an answer and of its conversation, also where they open from the Home tab."""

from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.conversations import ListPosition
from bot.domain.errors import EmptyFeedback, PipesHubError, TitleRefused
from bot.flows.conversations.manage import check_title
from bot.slack import actions
from bot.slack.listeners.flows import Flows
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, on_submission, user_facing_error
from bot.slack.payloads.interactions import ButtonPress, Submission, ViewPress
from bot.slack.render.blocks import Block
from bot.slack.render.modals.ask import read_options
from bot.slack.render.modals.base import sentence_modal
from bot.slack.render.modals.conversation import (
    DELETE_TITLE,
    DELETED_TEXT,
    PREVIOUS_TITLE,
    REGENERATE_STARTED_TEXT,
    REGENERATE_TITLE,
    RENAME_TITLE,
    SOURCES_TITLE,
    TITLE,
    delete_modal,
    earlier_version_modal,
    regenerate_modal,
    rename_modal,
    renamed_text,
    sources_modal,
)
from bot.slack.render.modals.feedback import (
    FEEDBACK_SENT_TEXT,
    FEEDBACK_TITLE,
    HELPFUL,
    VOTE_SENT_TEXT,
    feedback_modal,
    feedback_modal_again,
    read_feedback,
)


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to the modals' submissions."""
    modals = AnswerModals(flows, interactions, home)
    on_submission(app, actions.FEEDBACK_FORM, modals.give_feedback)
    on_submission(app, actions.REGENERATE_FORM, modals.regenerate)
    on_submission(app, actions.RENAME_FORM, modals.rename)
    on_submission(app, actions.DELETE_FORM, modals.delete)
    on_submission(app, actions.HOME_RENAME_FORM, modals.rename_at_home)
    on_submission(app, actions.HOME_DELETE_FORM, modals.delete_at_home)


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
            return sources_modal(sources, self.interactions.frontend)

        await self.interactions.open_modal(press, SOURCES_TITLE, draw)

    async def open_earlier_version(self, turn_id: str, press: ButtonPress) -> None:
        """Show an answer as it was before it was last regenerated."""

        async def draw() -> Block:
            version = await self.flows.regenerate.earlier_version(turn_id)
            frontend = self.interactions.frontend
            return earlier_version_modal(version.text, version.citations, version.replaced_at, frontend)

        await self.interactions.open_modal(press, PREVIOUS_TITLE, draw)

    async def open_feedback(self, turn_id: str, press: ButtonPress) -> None:
        """Ask for more than a thumb."""

        async def draw() -> Block:
            return feedback_modal(turn_id, await self.flows.feedback.subject(turn_id, press.person))

        await self.interactions.open_modal(press, FEEDBACK_TITLE, draw)

    async def give_feedback(self, ack: AsyncAck, submitted: Submission) -> None:
        """Send feedback; what PipesHub refuses stays in the form, with the reason."""
        turn_id, feedback = submitted.turn_id, read_feedback(submitted.entered)
        try:
            await self.flows.feedback.check(turn_id, submitted.person, feedback)
        except EmptyFeedback as error:
            await ack(response_action="errors", errors={HELPFUL: error.sentence})
            return

        async def send() -> Block:
            try:
                whole = await self.flows.feedback.give_details(turn_id, submitted.person, feedback)
            except PipesHubError as error:
                sentence = user_facing_error(error).sentence
                return feedback_modal_again(submitted.blocks, submitted.entered, turn_id, sentence)
            return sentence_modal(FEEDBACK_TITLE, FEEDBACK_SENT_TEXT if whole else VOTE_SENT_TEXT)

        await self.interactions.acknowledge_and_show(ack, submitted, FEEDBACK_TITLE, send)

    async def open_regenerate(self, turn_id: str, press: ButtonPress) -> None:
        """Ask for the options to regenerate an answer with."""
        options = self.flows.question_options

        async def draw() -> Block:
            return regenerate_modal(
                turn_id, await options.available_options(press.person), options.default_options
            )

        async def open_if_allowed() -> None:
            # Checked first, so that a refusal is shown beside the message; the server answers well before
            # the trigger expires.
            await self.flows.regenerate.check(turn_id, press.person)
            await self.interactions.open_modal(press, REGENERATE_TITLE, draw)

        self.interactions.run(press, open_if_allowed)

    async def regenerate(self, ack: AsyncAck, submitted: Submission) -> None:
        """Regenerate an answer with the entered options."""
        turn_id = submitted.turn_id

        async def start() -> str:
            options = await self.flows.question_options.resolve(
                submitted.person, read_options(submitted.entered)
            )
            work = await self.flows.regenerate.start(turn_id, submitted.person, options)
            self.interactions.background_tasks.start(work, f"regenerate {turn_id}")
            return REGENERATE_STARTED_TEXT

        await self.interactions.acknowledge_and_report(ack, submitted, REGENERATE_TITLE, start)

    async def open_checked_rename(self, turn_id: str, press: ButtonPress) -> None:
        """Ask for another title, from an answer: a refusal is shown beside the message."""
        await self.flows.rename.check(turn_id, press.person)
        await self.open_rename(turn_id, press)

    async def open_checked_delete(self, turn_id: str, press: ButtonPress) -> None:
        """Ask whether to delete, from an answer: a refusal is shown beside the message."""
        await self.flows.delete.check(turn_id, press.person)
        await self.open_delete(turn_id, press)

    async def open_rename(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask for another title of a conversation; `row` is where it is listed in the Home tab."""

        async def draw() -> Block:
            drawn = rename_modal(turn_id, await self.flows.rename.title(turn_id, press.person))
            return drawn | _at_home(actions.HOME_RENAME_FORM, turn_id, row)

        await self.interactions.open_modal(press, RENAME_TITLE, draw)

    async def open_delete(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask whether to delete a conversation; `row` is where it is listed in the Home tab."""

        async def draw() -> Block:
            drawn = delete_modal(turn_id, await self.flows.delete.title(turn_id, press.person))
            return drawn | _at_home(actions.HOME_DELETE_FORM, turn_id, row)

        await self.interactions.open_modal(press, DELETE_TITLE, draw)

    async def rename(self, ack: AsyncAck, submitted: Submission) -> None:
        """Rename the conversation of an answer."""
        await self._rename(ack, submitted, submitted.turn_id)

    async def rename_at_home(self, ack: AsyncAck, submitted: Submission) -> None:
        """Rename a conversation that the Home tab lists."""
        about = actions.read_home_value(submitted.metadata)
        await self._rename(ack, submitted, about.turn_id, about.position)

    async def delete(self, ack: AsyncAck, submitted: Submission) -> None:
        """Delete the conversation of an answer."""
        await self._delete(ack, submitted, submitted.turn_id)

    async def delete_at_home(self, ack: AsyncAck, submitted: Submission) -> None:
        """Delete a conversation that the Home tab lists."""
        about = actions.read_home_value(submitted.metadata)
        await self._delete(ack, submitted, about.turn_id, about.position)

    async def _rename(
        self, ack: AsyncAck, submitted: Submission, turn_id: str, row: ListPosition | None = None
    ) -> None:
        try:
            title = check_title(submitted.text(TITLE))
        except TitleRefused as error:
            await ack(response_action="errors", errors={TITLE: error.sentence})
            return

        async def rename() -> str:
            renamed = await self.flows.rename.rename(turn_id, submitted.person, title)
            self.home.redraw(submitted.workspace, submitted.person, row)
            return renamed_text(renamed)

        await self.interactions.acknowledge_and_report(ack, submitted, RENAME_TITLE, rename)

    async def _delete(
        self, ack: AsyncAck, submitted: Submission, turn_id: str, row: ListPosition | None = None
    ) -> None:
        async def delete() -> str:
            await self.flows.delete.delete(turn_id, submitted.person)
            self.home.redraw(submitted.workspace, submitted.person, row)
            return DELETED_TEXT

        await self.interactions.acknowledge_and_report(ack, submitted, DELETE_TITLE, delete)


def _at_home(form: str, turn_id: str, row: ListPosition | None) -> Block:
    """Return what differs in a modal that opens from a row of the Home tab."""
    if row is None:
        return {}
    return {"callback_id": form, "private_metadata": actions.home_value(row, turn_id)}
