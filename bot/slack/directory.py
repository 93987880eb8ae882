"""Who is who: names behind the ids in Slack's markup."""

import time
from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.questions import Question
from bot.slack import markup
from bot.slack.api_errors import UNREACHABLE

log = structlog.get_logger(__name__)

KEPT = 3600.0  # seconds a name is remembered; people rename themselves rarely


class Directory:
    """Names of users and channels, asked of Slack once an hour each.

    A name Slack does not tell is replaced by a general word: no question fails for want of one.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._names: dict[tuple[str, str], tuple[float, str]] = {}

    async def plain(self, question: Question) -> str:
        """Return the text of a question as a person reads it."""
        mentioned = markup.mentioned(question.text)
        workspace = question.thread.workspace
        users = {user: await self._name(workspace, user, self._user) for user in mentioned.users}
        channels = {
            channel: await self._name(workspace, channel, self._channel) for channel in mentioned.channels
        }
        return markup.plain(question.text, _known(users), _known(channels))

    async def _name(self, workspace: str, id_: str, ask: Callable[[str], Awaitable[str]]) -> str:
        known = self._names.get((workspace, id_))
        if known is not None and time.monotonic() - known[0] < KEPT:
            return known[1]
        try:
            name = await ask(id_)
        except (SlackApiError, *UNREACHABLE) as error:
            log.info("name unknown", id=id_, error=type(error).__name__)
            name = ""
        self._names[workspace, id_] = (time.monotonic(), name)
        return name

    async def _user(self, user: str) -> str:
        found = (await self._client.users_info(user=user)).get("user") or {}
        profile = found.get("profile") or {}
        return str(profile.get("display_name") or found.get("real_name") or found.get("name") or "")

    async def _channel(self, channel: str) -> str:
        found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
        return str(found.get("name") or "")


def _known(names: dict[str, str]) -> dict[str, str]:
    return {id_: name for id_, name in names.items() if name}
