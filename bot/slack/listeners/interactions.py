"""What every press and submission passes: its place checked, its flow, its background task, its errors."""

import re
from asyncio import gather, sleep
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.domain.errors import (
    BotError,
    NotLinked,
    Refused,
    ReplyTargetGone,
    SlackError,
    SlackUnreachable,
    Unforeseen,
)
from bot.domain.turns import Question
from bot.flows.accounts.link import AccountLinkingService
from bot.flows.actions.feedback import FeedbackService
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.actions.regenerate import RegenerateService
from bot.flows.actions.share import ShareService
from bot.flows.actions.stop import StopService
from bot.flows.channel_settings import ChannelSettingsService, QuestionOptionsService
from bot.flows.conversations.browse import BrowseService
from bot.flows.conversations.manage import ManageService
from bot.flows.questions.ask import AskService, PostedQuestionService
from bot.flows.questions.incoming import IncomingMessageService, QuestionEditService
from bot.log import new_incident
from bot.slack import actions
from bot.slack.actions import UnreadableValueError, turn_in_value
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.payloads.events import NO_RETRY, SlashCommand, reply_address
from bot.slack.payloads.fields import MalformedPayload, objects_at
from bot.slack.payloads.interactions import (
    ButtonPress,
    Shortcut,
    Submission,
    ViewPress,
    button_press,
    submission,
    submitted_title,
    view_press,
)
from bot.slack.render.blocks import Block, loading_modal, sentence_blocks, sentence_modal
from bot.slack.render.messages import MALFORMED_TEXT, UNREADABLE_TEXT, error_text
from bot.tasks import BackgroundTasks

log = structlog.get_logger(__name__)

T = TypeVar("T")
P = TypeVar("P", ButtonPress, ViewPress)


@dataclass(frozen=True)
class Flows:
    """The flows of one workspace, made in `bot.wiring.workspace`."""

    incoming: IncomingMessageService
    posted_questions: PostedQuestionService
    question_options: QuestionOptionsService
    stop: StopService
    question_edits: QuestionEditService
    regenerate: RegenerateService
    manage: ManageService
    browse: BrowseService
    share: ShareService
    feedback: FeedbackService
    channel_settings: ChannelSettingsService
    answer_lookup: AnswerLookup
    ask: AskService
    account_linking: AccountLinkingService | None = None
    """None where one service user asks for everyone."""


PARSED = "parsed_payload"
"""The key in Bolt's context under which listeners find a press or submission, parsed once."""

# Copies of an answer are posted elsewhere too, and its sources are there for everyone who sees one.
PLACE_INDEPENDENT = frozenset({actions.ALL_SOURCES})


def register_place_check(app: AsyncApp, answer_lookup: AnswerLookup) -> None:
    """Parse each press and submission, and check before any listener that its turn belongs to its place."""

    async def check(
        body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        match body.get("type"), "view" in body:
            case "block_actions", False:
                pressed = context[PARSED] = button_press(body)
                turn = turn_in_value(pressed.value)
                if turn and pressed.action_id not in PLACE_INDEPENDENT:
                    await answer_lookup.check_place(
                        turn, pressed.workspace, pressed.channel, pressed.thread_ts
                    )
            case "block_actions", True:
                used = context[PARSED] = view_press(body)
                await _check_view(answer_lookup, used.workspace, used.metadata, used.value)
            case "view_submission", True:
                submitted = context[PARSED] = submission(body)
                await _check_view(answer_lookup, submitted.workspace, submitted.metadata)
        return await next_()

    app.use(check)


async def _check_view(answer_lookup: AnswerLookup, workspace: str, *values: object) -> None:
    for turn in filter(None, map(turn_in_value, values)):
        await answer_lookup.check_place(turn, workspace)


def _parsed(context: AsyncBoltContext, kind: type[T]) -> T:
    found = context.get(PARSED)
    if not isinstance(found, kind):
        raise MalformedPayload("container")
    return found


def on_press(
    app: AsyncApp, action_id: str | re.Pattern[str], kind: type[P], listener: Callable[[P], Awaitable[None]]
) -> None:
    """Call `listener` with each press of a kind, on a message or in a view, once it is acknowledged."""

    async def acknowledge(ack: AsyncAck, context: AsyncBoltContext) -> None:
        await ack()
        await listener(_parsed(context, kind))

    app.action(action_id)(acknowledge)


def on_submission(
    listener: Callable[[AsyncAck, Submission], Awaitable[None]],
) -> Callable[[AsyncAck, AsyncBoltContext], Awaitable[None]]:
    """Return what calls `listener` with a modal's submission; it acknowledges with errors or an outcome."""

    async def submit(ack: AsyncAck, context: AsyncBoltContext) -> None:
        await listener(ack, _parsed(context, Submission))

    return submit


def register_unknown(app: AsyncApp) -> None:
    """Answer presses, shortcuts and forms that this version does not know, after all other listeners.

    Where nothing answers, Slack shows a warning triangle. A button that opens an address does that by itself.
    """

    async def unknown(ack: AsyncAck, body: dict[str, Any]) -> None:
        if any(each.get("url") for each in objects_at(body, "actions")):
            await ack()
            return
        raise UnreadableValueError("no such action")

    for register in (app.action, app.shortcut, app.view):
        register(re.compile(".*", re.DOTALL))(unknown)


RETRY_STATUS = 500
"""The status that makes Slack deliver an event again: a question that was not recorded is not lost."""

MALFORMED_STATUS = HTTPStatus.BAD_REQUEST
"""The status for what will be as unreadable when it comes again."""


@dataclass(frozen=True, slots=True)
class UserFacingError:
    """What a person is told, in Slack markup, and the status that answers the delivery.

    `address` is where they link an account, where that is missing: for them alone.
    """

    sentence: str
    status: int
    address: str = ""


def register_errors(app: AsyncApp, outbox: Outbox) -> None:
    """Tell the person what went wrong, and the log why."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        found = user_facing_error(error)
        title = submitted_title(body)
        if title is not None:
            view = sentence_modal(title, found.sentence, found.address)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        where = reply_address(body)
        # An event that came while Slack did not say who the bot is comes again: nothing was done with it.
        status = RETRY_STATUS if "event" in body and isinstance(error, SlackUnreachable) else found.status
        if where is not None and not (status == RETRY_STATUS and "event" in body):
            channel, person, thread_ts = where
            await post_error(outbox, channel, person, found, thread_ts)
        response = BoltResponse(status=status, body="")
        if status == MALFORMED_STATUS:
            response.headers[NO_RETRY] = ["1"]
        return response

    app.error(on_error)


async def post_error(
    outbox: Outbox, channel: str, person: str, found: UserFacingError, thread_ts: str | None
) -> None:
    """Tell one person in a channel what went wrong, if they are still there to read it."""
    blocks = sentence_blocks(found.sentence, found.address) if found.address else ()
    try:
        await outbox.post_ephemeral(channel, person, found.sentence, thread_ts, blocks)
    except ReplyTargetGone as error:
        log.info("slack.ephemeral_undeliverable", reason=error.detail)
    except SlackError as error:
        log.warning("slack.ephemeral_failed", reason=error.detail)


async def tell_error(outbox: Outbox, question: Question, error: Exception) -> None:
    """Tell the asker of a question alone why it is not answered."""
    thread = question.thread
    await post_error(outbox, thread.channel, question.asker, user_facing_error(error), thread.ts)


def user_facing_error(error: Exception) -> UserFacingError:
    """Log an error, and return what the person is told of it."""
    if isinstance(error, UnreadableValueError):
        log.info("interaction.value_unreadable", reason=str(error))
        return UserFacingError(UNREADABLE_TEXT, 200)
    if isinstance(error, MalformedPayload):
        log.warning("delivery.malformed", key=str(error))
        return UserFacingError(MALFORMED_TEXT, MALFORMED_STATUS)
    if isinstance(error, Refused):
        log.info("interaction.refused", refusal=error.reason)
        return UserFacingError(error.sentence, 200, error.address if isinstance(error, NotLinked) else "")
    if isinstance(error, BotError):
        log.warning("interaction.failed", error=error.reason, reason=error.detail)
        return UserFacingError(error_text(error), 200)
    code = new_incident()
    log.error("interaction.crashed", incident=code, exc_info=error)
    return UserFacingError(error_text(Unforeseen(code)), RETRY_STATUS)


Draw = Callable[[], Awaitable[Block]]
"""Draws the view that an open modal is updated with."""

TurnListener = Callable[[str, ButtonPress], Awaitable[None]]
"""What a press does with the turn in its value."""

ACKNOWLEDGE_DELAY = 0.2
"""Seconds that an acknowledgement gets to arrive: it would cover an outcome that is shown before it."""


@dataclass(frozen=True)
class Interactions:
    """Does in the background what takes longer than Slack waits for an acknowledgement.

    An error ends in a sentence: beside the message that was pressed, or in the open modal. Relative links
    in what is drawn lead to `frontend`.
    """

    outbox: Outbox
    directory: Directory
    background_tasks: BackgroundTasks
    frontend: str

    def in_background(self, listener: TurnListener) -> Callable[[ButtonPress], Awaitable[None]]:
        """Return what runs `listener` in the background with each press and its turn."""

        async def on_press(press: ButtonPress) -> None:
            self.run(press, partial(listener, press.about.turn_id, press))

        return on_press

    def run(self, press: ButtonPress, work: Callable[[], Awaitable[None]]) -> None:
        """Do in the background what a press asks for; only the presser is told of an error.

        A press on a deleted message or of a deactivated account, delivered late, changes nothing.
        """

        async def interaction() -> None:
            try:
                await gather(
                    self.directory.check_active(press.person),
                    self.outbox.ensure_message_exists(press.channel, press.message_ts),
                )
                await work()
            except Exception as error:  # noqa: BLE001 (user_facing_error logs it, bugs with their traceback)
                found = user_facing_error(error)
                await post_error(self.outbox, press.channel, press.person, found, press.thread_ts)

        self.background_tasks.start(interaction(), f"press {press.channel} {press.message_ts}")

    async def tell(self, press: ButtonPress, text: str, blocks: Sequence[Block] = ()) -> None:
        """Tell the presser alone an outcome, beside the message."""
        await self.outbox.post_ephemeral(press.channel, press.person, text, press.thread_ts, blocks)

    async def open_modal(
        self, trigger: ButtonPress | ViewPress | Shortcut | SlashCommand, title: str, draw: Draw
    ) -> None:
        """Open a modal at once, and show in it what `draw` returns, or why it could not be drawn."""
        view_id = await self.outbox.open_modal(trigger.trigger_id, loading_modal(title))
        self.background_tasks.start(self._show_in_modal(view_id, title, draw), f"modal {title}")

    def update_modal(self, press: ViewPress, title: str, draw: Draw) -> None:
        """Show what `draw` returns in the modal that was pressed, or why it could not be drawn."""
        self.background_tasks.start(self._show_in_modal(press.view_id, title, draw), f"page {title}")

    async def acknowledge_and_report(
        self, ack: AsyncAck, submitted: Submission, title: str, work: Callable[[], Awaitable[str]]
    ) -> None:
        """Acknowledge a submission and tell its outcome, a sentence in Slack markup, in its modal."""

        async def outcome() -> Block:
            return sentence_modal(title, await work())

        await self.acknowledge_and_show(ack, submitted, title, outcome)

    async def acknowledge_and_show(
        self, ack: AsyncAck, submitted: Submission, title: str, draw: Draw
    ) -> None:
        """Acknowledge a submission and show in its modal what `draw` returns, or why it could not."""
        await ack(response_action="update", view=loading_modal(title))

        async def outcome() -> Block:
            await sleep(ACKNOWLEDGE_DELAY)
            await self.directory.check_active(submitted.person)
            return await draw()

        self.background_tasks.start(
            self._show_in_modal(submitted.view_id, title, outcome), f"submission {title}"
        )

    async def _show_in_modal(self, view_id: str, title: str, draw: Draw) -> None:
        try:
            view = await draw()
        except Exception as error:  # noqa: BLE001 (user_facing_error logs it, bugs with their traceback)
            found = user_facing_error(error)
            view = sentence_modal(title, found.sentence, found.address)
        try:
            await self.outbox.update_modal(view_id, view)
        except SlackError as error:
            log.info("modal.update_failed", reason=error.detail)
