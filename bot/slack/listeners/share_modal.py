"""The Share button and its modal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import BotError, SlackError
from bot.domain.people import Matching, SharedWith
from bot.domain.turns import Thread
from bot.flows.actions.share import Sharing
from bot.slack import actions
from bot.slack.directory import Directory
from bot.slack.listeners.interactions import Errands, judged
from bot.slack.outbox import Outbox
from bot.slack.payloads import interactions
from bot.slack.render import answer as show
from bot.slack.render.blocks import Block
from bot.slack.render.modals import share as share_modal

MATCHING = 2.0
"""Seconds for looking people up while the submission waits: Slack gives up on it after three."""


def register(app: AsyncApp, sharing: Sharing, errands: Errands, spreading: "Spreading") -> None:
    """Listen to the share button and its modal."""

    async def on_button(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = interactions.press(body)
        turn = actions.read(press.value).turn
        await sharing.check(turn, press.person)

        async def view() -> Block:
            return share_modal.share(turn, await sharing.present(turn, press.person))

        await errands.open(press, share_modal.SHARE, view)

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted = interactions.submission(body)
        wanted = share_modal.wanted(submitted.entered)
        if wanted.mistakes:
            await ack(response_action="errors", errors=wanted.mistakes)
            return
        matching = asyncio.create_task(spreading.match(submitted, wanted))
        await asyncio.wait({matching}, timeout=MATCHING)
        if mistakes := _mistakes(matching, wanted):
            await ack(response_action="errors", errors=mistakes)
            return

        async def carry_out() -> str:
            return await spreading.spread(submitted, wanted, await matching)

        await errands.carry_out(ack, submitted, share_modal.SHARE, carry_out)

    app.action(actions.SHARE)(on_button)
    app.view(actions.SHARING)(on_submission)


class Spreading:
    """Does everything that one modal asks for, and says what came of each."""

    def __init__(self, sharing: Sharing, outbox: Outbox, directory: Directory, frontend: str) -> None:
        self._sharing = sharing
        self._outbox = outbox
        self._directory = directory
        self._frontend = frontend

    async def match(self, submitted: interactions.Submission, wanted: share_modal.Wanted) -> Matching:
        """Return who is meant. Raises UnreadableValueError and what `Sharing.match` raises."""
        turn = actions.read(submitted.about).turn
        return await self._sharing.match(turn, submitted.person, wanted.people)

    async def spread(
        self, submitted: interactions.Submission, wanted: share_modal.Wanted, found: Matching
    ) -> str:
        """Take access back, give it, post the copy; return in Slack markup what was done.

        What fails is told beside what was done, since each stands for itself.
        """
        if mistakes := share_modal.mistakes(found, wanted.removed):
            return share_modal.unchanged(mistakes)
        turn, person = actions.read(submitted.about).turn, submitted.person
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
                said.append(judged(error).sentence)
        return "\n".join(dict.fromkeys(said))

    async def _unshare(self, turn: str, person: str, wanted: share_modal.Wanted) -> list[str]:
        return share_modal.unshared(await self._sharing.unshare(turn, person, wanted.removed))

    async def _share(self, turn: str, person: str, wanted: share_modal.Wanted, found: Matching) -> list[str]:
        granted = await self._sharing.share(turn, person, found.matches, wanted.level)
        return [*share_modal.shared(granted.grants, wanted.level), *await self._tell(granted, person)]

    async def _tell(self, granted: SharedWith, person: str) -> list[str]:
        """Write to those for whom it is news."""
        news = {each.match.member: each.level for each in granted.grants if each.level and each.is_news}
        thread = await self._thread(granted.thread) if news else None
        reached, missed = [], []
        for member, level in news.items():
            drawn = show.invitation(granted.title, person, level, thread, self._frontend)
            try:
                await self._outbox.post_in(member.id, drawn)
            except SlackError as error:
                judged(error)
                missed.append(member.name)
            else:
                reached.append(member.name)
        return share_modal.told(reached, missed)

    async def _copy(self, turn: str, person: str, wanted: share_modal.Wanted) -> list[str]:
        channel = wanted.channel
        copy = await self._sharing.copy(turn, person)
        await self._directory.open_to(channel, person)
        thread = await self._thread(copy.thread)
        first, *others = show.copy(copy, person, wanted.note, thread, self._frontend)
        ts = await self._outbox.post_in(channel, first)
        for each in others:
            await self._outbox.post_in(channel, each, ts)
        return [share_modal.copied(channel, await self._outbox.permalink(channel, ts))]

    async def _thread(self, thread: Thread) -> str | None:
        """Return the address of a thread that others may be able to see, None for a direct message."""
        if thread.channel.startswith("D"):
            return None
        return await self._outbox.permalink(thread.channel, thread.ts)


def _mistakes(matching: asyncio.Task[Matching], wanted: share_modal.Wanted) -> dict[str, str]:
    """Return what is wrong with the people, as far as that is known in time."""
    if not matching.done() or matching.exception() is not None:
        return {}
    return share_modal.mistakes(matching.result(), wanted.removed)
