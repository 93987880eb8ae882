"""Stopping an answer while it is written, in this process or another, and stopping to reply in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.domain.conversations import Answer
from bot.domain.errors import PipesHubError
from bot.domain.turns import Thread
from bot.flows.actions.permissions import AnswerLookup
from bot.flows.answers.live import LiveAnswers
from bot.flows.answers.reply import ReplyRedrawer
from bot.flows.ports import Replies
from bot.metrics import Meters
from bot.store.threads import PrivateAnswerStore, UnpromptedThreadStore
from bot.store.turns import TurnStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StopService:
    """Ends an answer where it is, and keeps the bot silent in a thread.

    Servers up to v0.6 go on writing a stopped answer; later ones are told to stop.
    """

    answer_lookup: AnswerLookup
    turns: TurnStore
    unprompted_threads: UnpromptedThreadStore
    private_answers: PrivateAnswerStore
    live_answers: LiveAnswers
    replies: Replies
    reply_redrawer: ReplyRedrawer
    meters: Meters

    async def stop_messages(self, workspace: str, channel: str, messages: Sequence[str], person: str) -> bool:
        """Stop the turns whose answers `messages` show, as `stop` does; return False if there is none."""
        found = [await self.turns.find_by_reply(workspace, channel, ts) for ts in messages]
        return any([await self.stop(turn.id, person) for turn in found if turn is not None])

    async def stop(self, turn_id: str, person: str) -> bool:
        """Stop a turn that is written or waits in line; return False if it is neither.

        Another process that works on it ends it when it polls the stop requests. Raises SlackError where
        the reply of a waiting turn cannot be shown as stopped.
        """
        if self.live_answers.stop(turn_id, person):
            return True
        turn = await self.turns.stop_waiting(turn_id)
        if turn is None:
            return await self.turns.request_stop(turn_id, person)
        shown = await self.replies.for_turn(turn).finish(Answer().stopped(person))
        await self.turns.save_shown(turn, shown)
        self.meters.answers.labels("stopped").inc()
        return True

    async def stop_replying(self, turn_id: str, person: str) -> None:
        """Keep the bot silent in the thread of a turn until it is mentioned; every reader may.

        It holds whether or not the answers can be redrawn. Raises Refused (NO_SUCH_TURN).
        """
        turn = await self.answer_lookup.turn(turn_id)
        thread = turn.question.thread
        origin = await self.private_answers.find_origin(thread)
        if origin is not None and origin.ts is not None:
            thread = Thread(thread.workspace, origin.channel, origin.ts)
        await self.unprompted_threads.stop_replying(thread, person)
        try:
            conversation = await self.answer_lookup.conversation(turn)
            await self.reply_redrawer.redraw_thread(turn.question.thread, turn.identity, conversation)
        except PipesHubError as error:
            log.info("reply.redraw_failed", turn=turn.id, reason=error.detail)
