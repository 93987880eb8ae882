"""What is pressed under an answer: buttons, the menu and its modals, thumbs as reactions, Slack's own Stop.

A button is added here by a method and a line in one of the tables of `register`. Renaming and deleting open
from the Home tab as well.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.conversations import ListPosition
from bot.domain.errors import InvalidInput, PipesHubError
from bot.flows.conversations.manage import check_title
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import (
    Flows,
    Interactions,
    TurnListener,
    on_press,
    on_submission,
    user_facing_error,
)
from bot.slack.payloads.interactions import ButtonPress, Submission, ViewPress, stop_request, thumb_reaction
from bot.slack.render import answer
from bot.slack.render.blocks import Block, escaped, sentence_modal
from bot.slack.render.messages import NOT_FAILED, NOT_RUNNING, NOT_STOPPED
from bot.slack.render.modals import conversation, feedback
from bot.slack.render.modals.ask import read_options

FOLLOW_UPS = re.compile(rf"^{actions.FOLLOW_UP}_\d$")

_THUMBS = {actions.UP: True, actions.DOWN: False}


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to everything that is pressed under an answer, and to what is submitted in its modals."""
    buttons = AnswerButtons(flows, interactions, home)
    in_background: Mapping[str | re.Pattern[str], TurnListener] = {
        actions.STOP: _for_presser(interactions, flows.stop.stop, NOT_RUNNING),
        actions.TRY_AGAIN: _for_presser(interactions, flows.regenerate.retry, NOT_FAILED),
        actions.RESUME: buttons.resume,
        actions.REGENERATE: _for_presser(interactions, flows.regenerate.start),
        actions.ARCHIVE: buttons.archive,
        actions.UNARCHIVE: buttons.unarchive,
        actions.SHARE_IN_THREAD: _for_presser(interactions, flows.share.share_in_thread),
        actions.STOP_REPLYING: _for_presser(interactions, flows.stop.stop_replying),
        actions.FEEDBACK: buttons.vote,
        actions.FEEDBACK_UP: buttons.vote,
        actions.FEEDBACK_DOWN: buttons.vote,
        FOLLOW_UPS: buttons.follow_up,
    }
    opening: Mapping[str, TurnListener] = {
        actions.ALL_SOURCES: buttons.open_sources,
        actions.FEEDBACK_DETAILS: buttons.open_feedback,
    }
    menu: Mapping[str, TurnListener] = {
        answer.FEEDBACK_ENTRY: buttons.open_feedback,
        answer.RENAME_ENTRY: buttons.open_rename,
        answer.REGENERATE_ENTRY: buttons.open_regenerate,
        answer.EARLIER_ENTRY: buttons.open_earlier_version,
        answer.DELETE_ENTRY: buttons.open_delete,
        answer.STOP_REPLYING_ENTRY: buttons.stop_replying,
    }
    for button, listener in in_background.items():
        on_press(app, button, ButtonPress, interactions.in_background(listener))
    for button, listener in opening.items():
        on_press(app, button, ButtonPress, partial(_call, listener))
    for button in (actions.MORE_MENU, actions.EARLIER_VERSION):
        on_press(app, button, ButtonPress, partial(_choose, menu))
    app.view(actions.FEEDBACK_FORM)(on_submission(buttons.give_feedback))
    app.view(actions.REGENERATE_FORM)(on_submission(buttons.regenerate))
    app.view(actions.RENAME_FORM)(on_submission(buttons.rename))
    app.view(actions.HOME_RENAME_FORM)(on_submission(buttons.rename))
    app.view(actions.DELETE_FORM)(on_submission(buttons.delete))
    app.view(actions.HOME_DELETE_FORM)(on_submission(buttons.delete))
    app.event("reaction_added")(buttons.on_reaction)
    app.event("agent_session_stopped")(buttons.on_session_stopped)


def _for_presser(
    interactions: Interactions, work: Callable[[str, str], Awaitable[object]], otherwise: str = ""
) -> TurnListener:
    """Return a listener that does something for the presser, or says `otherwise` where that is impossible.

    The outcome of what is done is shown by the reply.
    """

    async def listener(turn_id: str, press: ButtonPress) -> None:
        if not await work(turn_id, press.person) and otherwise:
            await interactions.tell(press, otherwise)

    return listener


async def _call(listener: TurnListener, press: ButtonPress) -> None:
    await listener(press.about.turn_id, press)


async def _choose(entries: Mapping[str, TurnListener], press: ButtonPress) -> None:
    chosen = entries.get(press.about.choice)
    if chosen is None:
        raise UnreadableValueError("no such choice")
    await chosen(press.about.turn_id, press)


@dataclass(frozen=True)
class _TitledModal:
    """A modal about one conversation that shows its title."""

    heading: str
    draw: Callable[[str, str], Block]
    """Draws it for a turn and the conversation's title."""
    home_form: str
    """The callback id where it is opened from the Home tab."""


RENAME = _TitledModal(conversation.RENAME_TITLE, conversation.rename_modal, actions.HOME_RENAME_FORM)
DELETE = _TitledModal(conversation.DELETE_TITLE, conversation.delete_modal, actions.HOME_DELETE_FORM)


@dataclass(frozen=True)
class AnswerButtons:
    """What buttons, modals and their submissions do; what nothing else shows is told to the presser."""

    flows: Flows
    interactions: Interactions
    home: HomeTab

    async def resume(self, turn_id: str, press: ButtonPress) -> None:
        """Show the full answer after a stop."""
        if not await self.flows.regenerate.resume(turn_id):
            await self.interactions.tell(press, NOT_STOPPED)

    async def archive(self, turn_id: str, press: ButtonPress) -> None:
        """Archive a conversation."""
        await self.flows.manage.archive(turn_id, press.person)
        self.home.redraw(press.workspace, press.person)

    async def unarchive(self, turn_id: str, press: ButtonPress) -> None:
        """Take a conversation out of the archive."""
        await self.flows.manage.archive(turn_id, press.person, archived=False)
        self.home.redraw(press.workspace, press.person)

    async def follow_up(self, turn_id: str, press: ButtonPress) -> None:
        """Ask a suggested question."""
        number = int(press.action_id.rpartition("_")[2])
        question = escaped(press.about.choice)
        await self.flows.posted_questions.ask_follow_up(turn_id, number, question, press.person)

    async def vote(self, turn_id: str, press: ButtonPress) -> None:
        """Send a thumb."""
        if press.about.choice not in _THUMBS:
            raise UnreadableValueError("no such thumb")
        await self._vote(turn_id, press, helpful=_THUMBS[press.about.choice])

    async def on_reaction(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Send a thumb that was given as a reaction."""
        reaction = thumb_reaction(event)
        if reaction is None or reaction[0].person == context.bot_user_id:
            return
        press, helpful = reaction
        turn = await self.flows.feedback.find_answer(context.team_id or "", press.channel, press.message_ts)
        if turn is not None:
            press = replace(press, thread_ts=turn.question.thread.ts)
            self.interactions.run(press, partial(self._vote, turn.id, press, helpful=helpful))

    async def on_session_stopped(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Stop the answers that Slack's own Stop stopped."""
        press, messages = stop_request(event, context.team_id or "")

        async def stop() -> None:
            if not await self.flows.stop.stop_messages(
                press.workspace, press.channel, messages, press.person
            ):
                await self.interactions.tell(press, NOT_RUNNING)

        self.interactions.run(press, stop)

    async def _vote(self, turn_id: str, press: ButtonPress, *, helpful: bool) -> None:
        changed = await self.flows.feedback.vote(turn_id, press.person, helpful=helpful)
        thanks = feedback.render_feedback_thanks(turn_id, helpful=helpful, changed=changed)
        await self.interactions.tell(press, thanks.text, thanks.blocks)

    async def open_sources(self, turn_id: str, press: ButtonPress) -> None:
        """Show all sources of an answer."""

        async def draw() -> Block:
            sources = await self.flows.browse.sources(turn_id, press.person)
            return await asyncio.to_thread(conversation.sources_modal, sources, self.interactions.frontend)

        await self.interactions.open_modal(press, conversation.SOURCES_TITLE, draw)

    async def open_earlier_version(self, turn_id: str, press: ButtonPress) -> None:
        """Show an answer as it was before it was last regenerated."""

        async def draw() -> Block:
            version = await self.flows.regenerate.earlier_version(turn_id)
            frontend = self.interactions.frontend
            return await asyncio.to_thread(
                conversation.earlier_version_modal,
                version.text,
                version.citations,
                version.replaced_at,
                frontend,
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
                why = user_facing_error(error).sentence
                return feedback.feedback_modal_again(submitted.blocks, submitted.entered, turn_id, why)
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

    async def stop_replying(self, _turn_id: str, press: ButtonPress) -> None:
        """Keep the bot silent in the thread until it is mentioned."""
        stop = _for_presser(self.interactions, self.flows.stop.stop_replying)
        await self.interactions.in_background(stop)(press)

    async def open_rename(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask for another title of a conversation; `row` is where it is listed in the Home tab."""
        await self._open_titled(RENAME, turn_id, press, row)

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
            return sentence("rename.done", title=escaped(renamed))

        await self.interactions.acknowledge_and_report(ack, submitted, conversation.RENAME_TITLE, rename)

    async def open_delete(
        self, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None = None
    ) -> None:
        """Ask whether to delete a conversation; `row` is where it is listed in the Home tab."""
        await self._open_titled(DELETE, turn_id, press, row)

    async def _open_titled(
        self, opened: _TitledModal, turn_id: str, press: ButtonPress | ViewPress, row: ListPosition | None
    ) -> None:
        if row is None:  # a refusal is shown beside the message
            await self.flows.answer_lookup.owned(turn_id, press.person)

        async def draw() -> Block:
            drawn = opened.draw(turn_id, await self.flows.manage.title(turn_id, press.person))
            return drawn | _at_home(opened.home_form, turn_id, row)

        await self.interactions.open_modal(press, opened.heading, draw)

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
