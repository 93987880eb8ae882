"""The buttons and the menu under an answer, thumbs as reactions, and Slack's own Stop.

A button is added here by a method and a line in one of the tables of `register`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.listeners.answer_modals import AnswerModals
from bot.slack.listeners.flows import Flows
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.listeners.interactions import Interactions, TurnListener, on_press
from bot.slack.payloads.interactions import ButtonPress, stop_request, thumb_reaction
from bot.slack.render import answer_footer
from bot.slack.render.blocks import escaped
from bot.slack.render.messages import NOT_FAILED, NOT_RUNNING, NOT_STOPPED
from bot.slack.render.modals.feedback import render_feedback_thanks

FOLLOW_UPS = re.compile(rf"^{actions.FOLLOW_UP}_\d$")

_THUMBS = {actions.UP: True, actions.DOWN: False}


def register(app: AsyncApp, flows: Flows, interactions: Interactions, home: HomeTab) -> None:
    """Listen to everything that is pressed under an answer."""
    buttons = _AnswerButtons(flows, interactions, home)
    modals = AnswerModals(flows, interactions, home)
    in_background: Mapping[str | re.Pattern[str], TurnListener] = {
        actions.STOP: buttons.stop,
        actions.TRY_AGAIN: buttons.retry,
        actions.RESUME: buttons.resume,
        actions.REGENERATE: buttons.regenerate,
        actions.ARCHIVE: buttons.archive,
        actions.UNARCHIVE: buttons.unarchive,
        actions.SHARE_IN_THREAD: buttons.share_in_thread,
        actions.STOP_REPLYING: buttons.stop_replying,
        actions.FEEDBACK: buttons.vote,
        actions.FEEDBACK_UP: buttons.vote,
        actions.FEEDBACK_DOWN: buttons.vote,
        FOLLOW_UPS: buttons.follow_up,
    }
    opening: Mapping[str, TurnListener] = {
        actions.ALL_SOURCES: modals.open_sources,
        actions.FEEDBACK_DETAILS: modals.open_feedback,
    }
    menu: Mapping[str, TurnListener] = {
        answer_footer.FEEDBACK_ENTRY: modals.open_feedback,
        answer_footer.RENAME_ENTRY: modals.open_rename,
        answer_footer.REGENERATE_ENTRY: modals.open_regenerate,
        answer_footer.EARLIER_ENTRY: modals.open_earlier_version,
        answer_footer.DELETE_ENTRY: modals.open_delete,
    }
    for button, listener in in_background.items():
        on_press(app, button, ButtonPress, interactions.in_background(listener))
    for button, listener in opening.items():
        on_press(app, button, ButtonPress, partial(_call, listener))
    for button in (actions.MORE_MENU, actions.EARLIER_VERSION):
        on_press(app, button, ButtonPress, partial(_choose, menu))
    app.event("reaction_added")(buttons.on_reaction)
    app.event("agent_session_stopped")(buttons.on_session_stopped)


async def _call(listener: TurnListener, press: ButtonPress) -> None:
    await listener(press.about.turn_id, press)


async def _choose(entries: Mapping[str, TurnListener], press: ButtonPress) -> None:
    chosen = entries.get(press.about.choice)
    if chosen is None:
        raise UnreadableValueError("no such choice")
    await chosen(press.about.turn_id, press)


@dataclass(frozen=True)
class _AnswerButtons:
    """What the buttons do: each calls one flow and tells the presser an outcome that nothing else shows."""

    flows: Flows
    interactions: Interactions
    home: HomeTab

    async def stop(self, turn_id: str, press: ButtonPress) -> None:
        if not await self.flows.stop.stop(turn_id, press.person):
            await self.interactions.tell(press, NOT_RUNNING)

    async def retry(self, turn_id: str, press: ButtonPress) -> None:
        if not await self.flows.regenerate.retry(turn_id, press.person):
            await self.interactions.tell(press, NOT_FAILED)

    async def resume(self, turn_id: str, press: ButtonPress) -> None:
        if not await self.flows.regenerate.resume(turn_id):
            await self.interactions.tell(press, NOT_STOPPED)

    async def regenerate(self, turn_id: str, press: ButtonPress) -> None:
        await self.flows.regenerate.start(turn_id, press.person)

    async def archive(self, turn_id: str, press: ButtonPress) -> None:
        await self.flows.manage.archive(turn_id, press.person)
        self.home.redraw(press.workspace, press.person)

    async def unarchive(self, turn_id: str, press: ButtonPress) -> None:
        await self.flows.manage.archive(turn_id, press.person, archived=False)
        self.home.redraw(press.workspace, press.person)

    async def share_in_thread(self, turn_id: str, press: ButtonPress) -> None:
        await self.flows.share.share_in_thread(turn_id, press.person)

    async def stop_replying(self, turn_id: str, press: ButtonPress) -> None:
        await self.flows.stop.stop_replying(turn_id, press.person)

    async def follow_up(self, turn_id: str, press: ButtonPress) -> None:
        number = int(press.action_id.rpartition("_")[2])
        question = escaped(press.about.choice)
        await self.flows.posted_questions.ask_follow_up(turn_id, number, question, press.person)

    async def vote(self, turn_id: str, press: ButtonPress) -> None:
        if press.about.choice not in _THUMBS:
            raise UnreadableValueError("no such thumb")
        await self._vote(turn_id, press, helpful=_THUMBS[press.about.choice])

    async def on_reaction(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        reaction = thumb_reaction(event)
        if reaction is None or reaction[0].person == context.bot_user_id:
            return
        press, helpful = reaction
        turn = await self.flows.feedback.find_answer(context.team_id or "", press.channel, press.message_ts)
        if turn is not None:
            press = replace(press, thread_ts=turn.question.thread.ts)
            self.interactions.run(press, partial(self._vote, turn.id, press, helpful=helpful))

    async def on_session_stopped(self, event: dict[str, Any], context: AsyncBoltContext) -> None:
        press, messages = stop_request(event, context.team_id or "")

        async def stop() -> None:
            if not await self.flows.stop.stop_messages(
                press.workspace, press.channel, messages, press.person
            ):
                await self.interactions.tell(press, NOT_RUNNING)

        self.interactions.run(press, stop)

    async def _vote(self, turn_id: str, press: ButtonPress, *, helpful: bool) -> None:
        changed = await self.flows.feedback.vote(turn_id, press.person, helpful=helpful)
        thanks = render_feedback_thanks(turn_id, helpful=helpful, changed=changed)
        await self.interactions.tell(press, thanks.text, thanks.blocks)
