"""Everything that is sent to Slack, with Slack's refusals in the bot's own errors."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import Reason, Refused, ReplyTargetGone, SlackUnreachable
from bot.domain.turns import Thread
from bot.slack.client import UNREACHABLE_EXCEPTIONS, BlocksRefused, RateLimited, slack_error
from bot.slack.render.blocks import Block, RenderedMessage

log = structlog.get_logger(__name__)

SlackCall = Callable[[RenderedMessage], Awaitable[AsyncSlackResponse]]

THREAD_PAGE_SIZE = 200
"""Messages of a thread in one call, as Slack recommends; its limit is 1000."""

MAX_THREAD_PAGES = 5

POST_ATTEMPTS = 5
"""How often something is sent that must arrive."""


class Outbox:
    """Sends messages. What does not arrive raises a SlackError."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post_in_thread(self, thread: Thread, drawn: RenderedMessage) -> str:
        """Post a message in a thread and return its `ts`. Waits out Slack's limits."""
        return await self.post(thread.channel, drawn, thread.ts)

    async def post(self, channel: str, drawn: RenderedMessage, thread_ts: str | None = None) -> str:
        """Post a message in a channel, or to a person by their id, and return its `ts`, as `post` does."""
        return (await self.post_and_locate(channel, drawn, thread_ts))[1]

    async def post_and_locate(
        self, channel: str, drawn: RenderedMessage, thread_ts: str | None = None
    ) -> tuple[str, str]:
        """Post a message as `post_in` does and return the channel it stands in, and its `ts`.

        The two name it also where it was posted to a person.
        """
        response = await _with_retries("chat.postMessage", self._post_call(channel, thread_ts), drawn)
        return str(response.get("channel") or channel), str(response["ts"])

    async def post_once(self, thread: Thread, drawn: RenderedMessage, metadata: Block | None = None) -> str:
        """Post a message in a thread now or not at all, and return its `ts`; for callers with a pace.

        Apps that ask for it are given its `metadata`.
        """
        call = self._post_call(thread.channel, thread.ts, metadata)
        return str((await _with_plainer_fallback("chat.postMessage", call, drawn))["ts"])

    async def update_once(
        self, channel: str, ts: str, drawn: RenderedMessage, metadata: Block | None = None
    ) -> None:
        """Replace a message now or not at all; for callers with a pace.

        It keeps the metadata it has where none is given.
        """

        def call(form: RenderedMessage) -> Awaitable[AsyncSlackResponse]:
            return self._client.chat_update(
                channel=channel, ts=ts, text=form.text, blocks=list(form.blocks), metadata=metadata
            )

        await _with_plainer_fallback("chat.update", call, drawn)

    def _post_call(self, channel: str, thread_ts: str | None, metadata: Block | None = None) -> SlackCall:
        def call(form: RenderedMessage) -> Awaitable[AsyncSlackResponse]:
            return self._client.chat_postMessage(
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
        own = str((await self._call("auth.test", self._client.auth_test())).get("bot_id"))
        call = self._client.conversations_replies(
            channel=thread.channel, ts=thread.ts, oldest=since, limit=most, include_all_metadata=True
        )
        found = (await self._call("conversations.replies", call)).get("messages") or []
        return [each for each in found if each.get("bot_id") == own]

    async def message(self, thread: Thread, ts: str) -> Block | None:
        """Return one message of a thread, None where it is not there (any more). Raises SlackError."""
        call = self._client.conversations_replies(
            channel=thread.channel, ts=thread.ts, oldest=ts, latest=ts, inclusive=True, limit=2
        )
        found = (await self._call("conversations.replies", call)).get("messages") or []
        return next((each for each in found if each.get("ts") == ts), None)

    async def thread_messages(self, thread: Thread, since: str, before: str) -> list[Block]:
        """Return the messages of a thread between two others, oldest first. Raises SlackError.

        The first message of the thread is among them, whatever was asked for; of more than `PAGES` pages
        the newest are missing.
        """
        found: list[Block] = []
        cursor = ""
        for _ in range(MAX_THREAD_PAGES):
            call = self._client.conversations_replies(
                channel=thread.channel,
                ts=thread.ts,
                oldest=since,
                latest=before,
                limit=THREAD_PAGE_SIZE,
                cursor=cursor,
            )
            page = await self._call("conversations.replies", call)
            found += page.get("messages") or []
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return found

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, None where Slack gives none."""
        try:
            response = await self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            log.info("slack.permalink_unavailable", reason=slack_error(error, "chat.getPermalink").detail)
            return None
        return str(response["permalink"])

    async def ensure_message_exists(self, channel: str, ts: str) -> None:
        """Make sure that a message is not deleted; what Slack does not tell passes. Raises Refused.

        An address costs no scope, and Slack gives none for a message that is not there.
        """
        try:
            await self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            if isinstance(error, SlackApiError) and error.response.get("error") == "message_not_found":
                raise Refused(Reason.MESSAGE_GONE) from error
            log.info("slack.message_unknown", reason=slack_error(error, "chat.getPermalink").detail)

    async def set_thread_title(self, thread: Thread, title: str) -> None:
        """Give a thread of a direct message a title, which Slack shows in the history of the chats there.

        Other threads have none. A refusal, as where the app is not declared an agent, changes nothing.
        """
        if not thread.channel.startswith("D"):
            return
        try:
            await self._client.assistant_threads_setTitle(
                channel_id=thread.channel, thread_ts=thread.ts, title=title
            )
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            reason = slack_error(error, "assistant.threads.setTitle").detail
            log.info("slack.thread_title_refused", reason=reason)

    async def start_stream(self, thread: Thread, reader: str, chunks: Sequence[Block]) -> str:
        """Begin a message that will grow, now or not at all, and return its `ts`.

        `reader` (a Slack user) sees it grow; in channels Slack asks who that is.
        """
        call = self._client.chat_startStream(
            channel=thread.channel,
            thread_ts=thread.ts,
            recipient_user_id=reader,
            recipient_team_id=thread.workspace,
            chunks=chunks,
        )
        return str((await self._call("chat.startStream", call))["ts"])

    async def append_stream(self, channel: str, ts: str, chunks: Sequence[Block]) -> None:
        """Let a message grow, now or not at all."""
        call = self._client.chat_appendStream(channel=channel, ts=ts, chunks=chunks)
        await self._call("chat.appendStream", call)

    async def stop_stream(
        self,
        channel: str,
        ts: str,
        chunks: Sequence[Block] = (),
        blocks: Sequence[Block] = (),
        metadata: Block | None = None,
    ) -> None:
        """End a message that grew, with its last chunks and the blocks below them, now or not at all."""
        call = self._client.chat_stopStream(
            channel=channel,
            ts=ts,
            chunks=list(chunks) or None,
            blocks=list(blocks) or None,
            metadata=metadata,
        )
        await self._call("chat.stopStream", call)

    async def set_status(self, thread: Thread, status: str) -> None:
        """Show what the bot is doing below a thread; an empty status takes it away."""
        call = self._client.assistant_threads_setStatus(
            channel_id=thread.channel, thread_ts=thread.ts, status=status
        )
        await self._call("assistant.threads.setStatus", call)

    async def delete(self, channel: str, ts: str) -> None:
        """Take a message away; one that is gone already is no error."""
        with contextlib.suppress(ReplyTargetGone):
            await self._call("chat.delete", self._client.chat_delete(channel=channel, ts=ts))

    async def open_modal(self, trigger_id: str, view: Block) -> str:
        """Open a modal and return its id.

        Slack takes a trigger for 3 seconds and once: what needs longer opens with little and is updated.
        """
        response = await self._call("views.open", self._client.views_open(trigger_id=trigger_id, view=view))
        return str(response["view"]["id"])

    async def update_modal(self, view_id: str, view: Block) -> None:
        """Replace what an open modal shows."""
        await self._call("views.update", self._client.views_update(view_id=view_id, view=view))

    async def publish_home(self, user: str, view: Block) -> None:
        """Replace what a person sees in the Home tab."""
        await self._call("views.publish", self._client.views_publish(user_id=user, view=view))

    async def _call(self, method: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        try:
            return await call
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, method) from error

    async def post_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        blocks: Sequence[Block] = (),
    ) -> None:
        """Tell one person something in a channel; `text` stands for `blocks` where there are any."""
        call = self._client.chat_postEphemeral(
            channel=channel, user=user, text=text, thread_ts=thread_ts, blocks=list(blocks) or None
        )
        await self._call("chat.postEphemeral", call)


async def _with_retries(method: str, call: SlackCall, drawn: RenderedMessage) -> AsyncSlackResponse:
    for attempt in range(1, POST_ATTEMPTS):
        try:
            return await _with_plainer_fallback(method, call, drawn)
        except SlackUnreachable as error:
            wait = error.retry_after if isinstance(error, RateLimited) else 0.5 * 2**attempt
            log.info("slack.call_retried", method=method, attempt=attempt, wait=wait, reason=error.detail)
            await asyncio.sleep(wait)
    return await _with_plainer_fallback(method, call, drawn)


async def _with_plainer_fallback(method: str, call: SlackCall, drawn: RenderedMessage) -> AsyncSlackResponse:
    try:
        return await _with_slack_errors(method, call, drawn)
    except BlocksRefused as error:
        log.info("slack.blocks_simplified", method=method, reason=error.detail)
    try:
        return await _with_slack_errors(method, call, drawn.plainer)
    except BlocksRefused as error:
        log.info("slack.blocks_dropped", method=method, reason=error.detail)
    return await _with_slack_errors(method, call, drawn.text_only)


async def _with_slack_errors(method: str, call: SlackCall, form: RenderedMessage) -> AsyncSlackResponse:
    try:
        return await call(form)
    except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
        raise slack_error(error, method) from error
