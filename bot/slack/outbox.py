"""What the bot sends to Slack, and reads of threads there. Slack's refusals are raised as SlackError."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import Reason, Refused, ReplyTargetGone, SlackError
from bot.domain.turns import Thread
from bot.slack.client import BlocksRefused, SlackClient, next_cursor, with_retries
from bot.slack.render.blocks import Block, RenderedMessage

log = structlog.get_logger(__name__)

SlackCall = Callable[[RenderedMessage], Awaitable[AsyncSlackResponse]]

THREAD_PAGE_SIZE = 200
"""Messages of a thread in one call, as Slack recommends; its limit is 1000.

https://docs.slack.dev/reference/methods/conversations.replies/
"""

MAX_THREAD_PAGES = 5

POST_ATTEMPTS = 5
"""How often a message is sent that must arrive."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Sends messages with `client`."""

    client: SlackClient

    async def post(self, channel: str, drawn: RenderedMessage, thread_ts: str | None = None) -> str:
        """Post a message in a channel, or to a person by their id, and return its `ts`, with retries."""
        return (await self.post_and_locate(channel, drawn, thread_ts))[1]

    async def post_and_locate(
        self, channel: str, drawn: RenderedMessage, thread_ts: str | None = None
    ) -> tuple[str, str]:
        """Post a message as `post` does and return the channel it is in, and its `ts`.

        For a message to a person that is the channel of their direct message.
        """
        call = self._post_call(channel, thread_ts)
        send = partial(_with_plainer_fallback, "chat.postMessage", call, drawn)
        response = await with_retries("chat.postMessage", send, POST_ATTEMPTS)
        return str(response.get("channel") or channel), str(response["ts"])

    async def post_once(self, thread: Thread, drawn: RenderedMessage, metadata: Block | None = None) -> str:
        """Post a message in a thread without retries, and return its `ts`; for callers with their own rate.

        Slack stores the `metadata` with it for apps to read. Raises ReplyTargetGone where the thread's first
        message is gone: Slack posts into the channel then, from where it is deleted.
        """
        call = self._post_call(thread.channel, thread.ts, metadata)
        response = await _with_plainer_fallback("chat.postMessage", call, drawn)
        ts, posted = str(response["ts"]), response.get("message") or {}
        if posted and not posted.get("thread_ts") and await self._is_outside(thread, ts):
            await self.delete(thread.channel, ts)
            raise ReplyTargetGone("chat.postMessage: posted outside its thread", code="thread_not_found")
        return ts

    async def _is_outside(self, thread: Thread, ts: str) -> bool:
        """Return whether a message is not in its thread; where Slack does not tell, it is in it."""
        try:
            return await self.message(thread, ts) is None
        except ReplyTargetGone:
            return True
        except SlackError as error:
            log.info("slack.thread_unknown", reason=error.detail)
            return False

    async def update_once(
        self, channel: str, ts: str, drawn: RenderedMessage, metadata: Block | None = None
    ) -> None:
        """Replace a message without retries; for callers with their own rate.

        Without `metadata` the message keeps what it has.
        """

        def call(form: RenderedMessage) -> Awaitable[AsyncSlackResponse]:
            return self.client.chat_update(
                channel=channel, ts=ts, text=form.text, blocks=list(form.blocks), metadata=metadata
            )

        await _with_plainer_fallback("chat.update", call, drawn)

    def _post_call(self, channel: str, thread_ts: str | None, metadata: Block | None = None) -> SlackCall:
        def call(form: RenderedMessage) -> Awaitable[AsyncSlackResponse]:
            return self.client.chat_postMessage(
                channel=channel,
                thread_ts=thread_ts,
                text=form.text,
                blocks=list(form.blocks),
                unfurl_links=False,
                unfurl_media=False,
                metadata=metadata,
            )

        return call

    async def own_replies(self, thread: Thread, since: str, most: int) -> list[Block]:
        """Return the messages of this app in a thread, with their metadata. Raises SlackError.

        Only the first `most` messages after `since` (a `ts`) are looked through, in one call.
        """
        own = str((await self.client.auth_test()).get("bot_id"))
        found = await self._replies(thread, oldest=since, limit=most, include_all_metadata=True)
        return [each for each in found.get("messages") or () if each.get("bot_id") == own]

    async def message(self, thread: Thread, ts: str) -> Block | None:
        """Return one message of a thread, None where it is not there. Raises SlackError."""
        found = await self._replies(thread, oldest=ts, latest=ts, inclusive=True, limit=2)
        return next((each for each in found.get("messages") or () if each.get("ts") == ts), None)

    async def thread_messages(self, thread: Thread, since: str, before: str) -> list[Block]:
        """Return the messages of a thread between two others, oldest first. Raises SlackError.

        Slack always includes the first message of the thread. Of more than `MAX_THREAD_PAGES` pages the
        newest messages are missing.
        """
        found: list[Block] = []
        cursor = ""
        for _ in range(MAX_THREAD_PAGES):
            page = await self._replies(
                thread, oldest=since, latest=before, limit=THREAD_PAGE_SIZE, cursor=cursor
            )
            found += page.get("messages") or []
            cursor = next_cursor(page)
            if not cursor:
                break
        return found

    async def _replies(self, thread: Thread, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 (slack-sdk's)
        return await self.client.conversations_replies(channel=thread.channel, ts=thread.ts, **options)

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, None where Slack gives none."""
        try:
            return str((await self.client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"])
        except SlackError as error:
            log.info("slack.permalink_unavailable", reason=error.detail)
            return None

    async def ensure_message_exists(self, channel: str, ts: str) -> None:
        """Raise Refused where a message is deleted; where Slack does not tell, it counts as there.

        A permalink needs no scope, and Slack gives none for a message that is not there.
        """
        try:
            await self.client.chat_getPermalink(channel=channel, message_ts=ts)
        except SlackError as error:
            if error.code == "message_not_found":
                raise Refused(Reason.MESSAGE_GONE) from error
            log.info("slack.message_unknown", reason=error.detail)

    async def set_thread_title(self, thread: Thread, title: str) -> None:
        """Give a thread of a direct message a title, which Slack shows in the history of the chats there.

        Other threads have none. A refusal, as where the app is not declared an agent, is only logged.
        """
        if not thread.channel.startswith("D"):
            return
        try:
            await self.client.assistant_threads_setTitle(
                channel_id=thread.channel, thread_ts=thread.ts, title=title
            )
        except SlackError as error:
            log.info("slack.thread_title_refused", reason=error.detail)

    async def set_status(self, thread: Thread, status: str) -> None:
        """Show what the bot is doing below a thread; an empty status takes it away."""
        await self.client.assistant_threads_setStatus(
            channel_id=thread.channel, thread_ts=thread.ts, status=status
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message; one that is gone already is no error."""
        with contextlib.suppress(ReplyTargetGone):
            await self.client.chat_delete(channel=channel, ts=ts)

    async def open_modal(self, trigger_id: str, view: Block) -> str:
        """Open a modal and return its id.

        Slack takes a trigger for 3 seconds and once, so a modal that needs longer opens almost empty and is
        updated (https://docs.slack.dev/surfaces/modals/).
        """
        response = await self.client.views_open(trigger_id=trigger_id, view=view)
        return str(response["view"]["id"])

    async def update_modal(self, view_id: str, view: Block) -> None:
        """Replace what an open modal shows."""
        await self.client.views_update(view_id=view_id, view=view)

    async def publish_home(self, user: str, view: Block) -> None:
        """Replace what a person sees in the Home tab."""
        await self.client.views_publish(user_id=user, view=view)

    async def post_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        blocks: Sequence[Block] = (),
    ) -> None:
        """Show one person a message in a channel; `text` is read in place of `blocks` where there are any."""
        await self.client.chat_postEphemeral(
            channel=channel, user=user, text=text, thread_ts=thread_ts, blocks=list(blocks) or None
        )


async def _with_plainer_fallback(method: str, call: SlackCall, drawn: RenderedMessage) -> AsyncSlackResponse:
    try:
        return await call(drawn)
    except BlocksRefused as error:
        log.info("slack.blocks_simplified", method=method, reason=error.detail)
    # Drawn in a thread, because Markdown takes its time, and the event loop serves everyone meanwhile.
    try:
        return await call(await asyncio.to_thread(lambda: drawn.plainer))
    except BlocksRefused as error:
        log.info("slack.blocks_dropped", method=method, reason=error.detail)
    return await call(await asyncio.to_thread(lambda: drawn.text_only))
