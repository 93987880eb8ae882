"""The Share button and its modal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import BotError, SlackError
from bot.domain.people import PeopleMatch, SharedWith
from bot.domain.turns import Thread
from bot.flows.actions.share import ShareService
from bot.slack import actions
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Interactions, user_facing_error
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions as payloads
from bot.slack.render import answer as show
from bot.slack.render.blocks import Block
from bot.slack.render.modals import share as share_modal

MATCH_TIMEOUT = 2.0
"""Seconds for looking people up while the submission waits: Slack gives up on it after three."""


def register_share(
    app: AsyncApp,
    share_service: ShareService,
    interactions: Interactions,
    share_submission: "ShareSubmission",
) -> None:
    """Listen to the share button and its modal."""

    async def on_button(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = payloads.button_press(body)
        turn = actions.read_button_value(press.value).turn_id
        await share_service.check(turn, press.person)

        async def view() -> Block:
            return share_modal.share_modal(turn, await share_service.current_access(turn, press.person))

        await interactions.open_modal(press, share_modal.SHARE, view)

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = payloads.submission(body)
        wanted = share_modal.read_share_form(submitted.entered)
        if wanted.errors:
            await ack(response_action="errors", errors=wanted.errors)
            return
        matching = asyncio.create_task(share_submission.match_people(submitted, wanted))
        await asyncio.wait({matching}, timeout=MATCH_TIMEOUT)
        if mistakes := _people_errors(matching, wanted):
            await ack(response_action="errors", errors=mistakes)
            return

        async def carry_out() -> str:
            return await share_submission.carry_out(submitted, wanted, await matching)

        await interactions.acknowledge_and_report(ack, submitted, share_modal.SHARE, carry_out)

    app.action(actions.SHARE)(on_button)
    app.view(actions.SHARE_FORM)(on_submission)


class ShareSubmission:
    """Does everything that one modal asks for, and says what came of each."""

    def __init__(
        self, share_service: ShareService, outbox: Outbox, directory: Directory, frontend: str
    ) -> None:
        self._share_service = share_service
        self._outbox = outbox
        self._directory = directory
        self._frontend = frontend

    async def match_people(
        self, submitted: payloads.Submission, wanted: share_modal.ShareForm
    ) -> PeopleMatch:
        """Return who is meant. Raises UnreadableValueError and what `ShareService.match` raises."""
        turn = actions.read_button_value(submitted.metadata).turn_id
        return await self._share_service.match_people(turn, submitted.person, wanted.people)

    async def carry_out(
        self, submitted: payloads.Submission, wanted: share_modal.ShareForm, found: PeopleMatch
    ) -> str:
        """Take access back, give it, post the copy; return in Slack markup what was done.

        What fails is told beside what was done, since each stands for itself.
        """
        if mistakes := share_modal.people_errors(found, wanted.removed):
            return share_modal.nothing_shared_text(mistakes)
        turn, person = actions.read_button_value(submitted.metadata).turn_id, submitted.person
        steps: list[Callable[[], Awaitable[list[str]]]] = []
        if wanted.removed:
            steps.append(lambda: self._unshare(turn, person, wanted))
        if found.matches:
            steps.append(lambda: self._share(turn, person, wanted, found))
        if wanted.channel:
            steps.append(lambda: self._copy(turn, person, wanted))
        said: list[str] = []
        for step in steps:
            try:
                said += await step()
            except BotError as error:
                said.append(user_facing_error(error).sentence)
        return "\n".join(dict.fromkeys(said))

    async def _unshare(self, turn: str, person: str, wanted: share_modal.ShareForm) -> list[str]:
        return share_modal.unshared_text(await self._share_service.unshare(turn, person, wanted.removed))

    async def _share(
        self, turn: str, person: str, wanted: share_modal.ShareForm, found: PeopleMatch
    ) -> list[str]:
        granted = await self._share_service.share(turn, person, found.matches, wanted.level)
        return [*share_modal.shared_text(granted.grants, wanted.level), *await self._notify(granted, person)]

    async def _notify(self, granted: SharedWith, person: str) -> list[str]:
        """Write to those for whom it is news."""
        news = {each.match.member: each.level for each in granted.grants if each.level and each.is_changed}
        thread = await self._thread(granted.thread) if news else None
        reached, missed = [], []
        for member, level in news.items():
            drawn = show.render_share_invitation(granted.title, person, level, thread, self._frontend)
            try:
                await self._outbox.post(member.id, drawn)
            except SlackError as error:
                user_facing_error(error)
                missed.append(member.name)
            else:
                reached.append(member.name)
        return share_modal.notified_text(reached, missed)

    async def _copy(self, turn: str, person: str, wanted: share_modal.ShareForm) -> list[str]:
        channel = wanted.channel
        copy = await self._share_service.copy_answer(turn, person)
        await self._directory.check_can_post_copy(channel, person)
        thread = await self._thread(copy.thread)
        first, *others = show.render_answer_copy(copy, person, wanted.note, thread, self._frontend)
        ts = await self._outbox.post(channel, first)
        for each in others:
            await self._outbox.post(channel, each, ts)
        return [share_modal.copied_text(channel, await self._outbox.permalink(channel, ts))]

    async def _thread(self, thread: Thread) -> str | None:
        """Return the address of a thread that others may be able to see, None for a direct message."""
        if thread.channel.startswith("D"):
            return None
        return await self._outbox.permalink(thread.channel, thread.ts)


def _people_errors(matching: asyncio.Task[PeopleMatch], wanted: share_modal.ShareForm) -> dict[str, str]:
    """Return what is wrong with the people, as far as that is known in time."""
    if not matching.done() or matching.exception() is not None:
        return {}
    return share_modal.people_errors(matching.result(), wanted.removed)
