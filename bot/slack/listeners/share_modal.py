"""The Share button and its modal: access is taken back and given, a copy is posted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import BotError, SlackError
from bot.domain.people import PeopleMatch, SharedWith
from bot.domain.turns import Thread
from bot.flows.actions.share import ShareService
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.listeners.interactions import Flows, Interactions, on_press, on_submission, user_facing_error
from bot.slack.payloads.interactions import ButtonPress, Submission
from bot.slack.render.answer import render_answer_copy, render_share_invitation
from bot.slack.render.blocks import Block, escaped
from bot.slack.render.modals import share as share_modal
from bot.slack.render.modals.share import ShareForm

MATCH_TIMEOUT = 2.0
"""Seconds for looking people up while the submission waits: Slack gives up on it after three."""


def register(app: AsyncApp, flows: Flows, interactions: Interactions) -> None:
    """Listen to the button and to the modal's submission."""
    modal = _ShareModal(flows.share, interactions)
    on_press(app, actions.SHARE, ButtonPress, modal.open)
    app.view(actions.SHARE_FORM)(on_submission(modal.submit))


@dataclass(frozen=True)
class _ShareModal:
    """Opens the modal, does everything that is submitted, and says what came of each."""

    share_service: ShareService
    interactions: Interactions

    async def open(self, press: ButtonPress) -> None:
        turn_id = press.about.turn_id
        await self.share_service.check(turn_id, press.person)

        async def draw() -> Block:
            title, readers = await self.share_service.current_access(turn_id, press.person)
            return share_modal.share_modal(turn_id, title, readers)

        await self.interactions.open_modal(press, share_modal.SHARE, draw)

    async def submit(self, ack: AsyncAck, submitted: Submission) -> None:
        form = share_modal.read_share_form(submitted.entered)
        if form.errors:
            await ack(response_action="errors", errors=form.errors)
            return
        matching = asyncio.create_task(
            self.share_service.match_people(submitted.turn_id, submitted.person, form.people)
        )
        # Where the submission cannot be acknowledged, nothing else looks at the outcome.
        matching.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({matching}, timeout=MATCH_TIMEOUT)
        if matching.done() and matching.exception() is None:
            mistakes = share_modal.people_errors(matching.result(), form.removed)
            if mistakes:
                await ack(response_action="errors", errors=mistakes)
                return

        async def carry_out() -> str:
            return await self._carry_out(submitted.turn_id, submitted.person, form, await matching)

        await self.interactions.acknowledge_and_report(ack, submitted, share_modal.SHARE, carry_out)

    async def _carry_out(self, turn_id: str, person: str, form: ShareForm, found: PeopleMatch) -> str:
        """Take access back, give it, post the copy; return in Slack markup what was done.

        An error in one of them is told beside what was done: they do not depend on each other.
        """
        if mistakes := share_modal.people_errors(found, form.removed):
            return escaped(" ".join([*mistakes.values(), sentence("share.nothing_changed")]))
        steps: list[Callable[[], Awaitable[list[str]]]] = []
        if form.removed:
            steps.append(partial(self._unshare, turn_id, person, form))
        if found.matches:
            steps.append(partial(self._share, turn_id, person, form, found))
        if form.channel:
            steps.append(partial(self._post_copy, turn_id, person, form))
        said: list[str] = []
        for step in steps:
            try:
                said += await step()
            except BotError as error:
                said.append(user_facing_error(error).sentence)
        return "\n".join(dict.fromkeys(said))

    async def _unshare(self, turn_id: str, person: str, form: ShareForm) -> list[str]:
        return share_modal.unshared_text(await self.share_service.unshare(turn_id, person, form.removed))

    async def _share(self, turn_id: str, person: str, form: ShareForm, found: PeopleMatch) -> list[str]:
        shared = await self.share_service.share(turn_id, person, found.matches, form.level)
        return [*share_modal.shared_text(shared.grants, form.level), *await self._notify(shared, person)]

    async def _notify(self, shared: SharedWith, person: str) -> list[str]:
        changed = {each.match.member: each.level for each in shared.grants if each.level and each.is_changed}
        link = await self._thread_link(shared.thread) if changed else None
        reached, missed = [], []
        for member, level in changed.items():
            drawn = render_share_invitation(shared.title, person, level, link, self.interactions.frontend)
            try:
                await self.interactions.outbox.post(member.id, drawn)
            except SlackError as error:
                user_facing_error(error)
                missed.append(member.name)
            else:
                reached.append(member.name)
        return share_modal.notified_text(reached, missed)

    async def _post_copy(self, turn_id: str, person: str, form: ShareForm) -> list[str]:
        outbox, frontend = self.interactions.outbox, self.interactions.frontend
        copy = await self.share_service.copy_answer(turn_id, person)
        await self.interactions.directory.check_can_post_copy(form.channel, person)
        link = await self._thread_link(copy.thread)
        first, *others = await asyncio.to_thread(render_answer_copy, copy, person, form.note, link, frontend)
        ts = await outbox.post(form.channel, first)
        for each in others:
            await outbox.post(form.channel, each, ts)
        copied = await outbox.permalink(form.channel, ts)
        key = "share.copied_linked" if copied else "share.copied"
        return [sentence(key, channel=form.channel, url=copied)]

    async def _thread_link(self, thread: Thread) -> str | None:
        """Return the address of a thread that others may be able to see, None for a direct message."""
        if thread.channel.startswith("D"):
            return None
        return await self.interactions.outbox.permalink(thread.channel, thread.ts)
