"""Who is who, and what is where: what Slack tells of the ids in its markup and its payloads."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import InvalidInput, NotAMember, Reason, Refused, SlackError
from bot.domain.people import Role, SlackUser
from bot.domain.turns import Question
from bot.slack import markup
from bot.slack.client import UNREACHABLE_EXCEPTIONS, slack_error

log = structlog.get_logger(__name__)

CACHE_SECONDS = 3600.0  # seconds a name is remembered; people rename themselves rarely

MEMBERS_PAGE_SIZE = 1000
"""Members on one page of a channel's; https://docs.slack.dev/reference/methods/conversations.members/"""

# https://docs.slack.dev/reference/methods/users.info/ and conversations.info
USER_NOT_FOUND_CODES = {"user_not_found", "user_not_visible"}
CHANNEL_NOT_FOUND_CODES = {"channel_not_found", "missing_scope"}
ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")

SLACKBOT = "USLACKBOT"  # the one bot that Slack does not mark as one


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What kind of channel one is; `is_ext_shared` says that people of another company read it."""

    is_public: bool
    is_member: bool
    is_archived: bool
    is_ext_shared: bool


class Directory:
    """Names of users and channels, asked of Slack once an hour each.

    A name Slack does not tell is replaced by a general word: no question fails for want of one.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._names: dict[tuple[str, str], tuple[float, str]] = {}
        self._roles: dict[str, tuple[float, Role]] = {}
        self._shared: dict[str, tuple[float, bool]] = {}

    async def question_text(self, question: Question) -> str:
        """Return the text of a question as a person reads it."""
        return await self.plain_text(question.thread.workspace, question.text)

    async def plain_text(self, workspace: str, text: str) -> str:
        """Return Slack markup as a person reads it."""
        mentioned = markup.find_mentions(text)
        users = {user: await self._cached_name(workspace, user, self._user) for user in mentioned.users}
        channels = {
            channel: await self._cached_name(workspace, channel, self._channel)
            for channel in mentioned.channels
        }
        return markup.plain_text(text, _known(users), _known(channels))

    async def user_name(self, workspace: str, user: str) -> str:
        """Return what a user is called, a general word where Slack does not tell."""
        return await self._cached_name(workspace, user, self._user) or markup.UNKNOWN_PERSON

    async def workspace_id(self) -> str:
        """Return the id of the workspace that the bot's token belongs to. Raises SlackError."""
        try:
            return str((await self._client.auth_test())["team_id"])
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, "auth.test") from error

    async def channel_info(self, channel: str) -> ChannelInfo:
        """Return what kind of channel this is. Raises NotAMember where Slack shows none, and SlackError."""
        try:
            found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, "conversations.info") from error
        return ChannelInfo(
            is_public=bool(found.get("is_channel")) and found.get("is_private") is False,
            is_member=bool(found.get("is_member")),
            is_archived=bool(found.get("is_archived")),
            is_ext_shared=bool(found.get("is_ext_shared")),
        )

    async def is_public(self, channel: str) -> bool:
        """Return whether everybody in the workspace may read a channel; no, where Slack does not tell."""
        if channel.startswith("D"):
            return False
        try:
            return (await self.channel_info(channel)).is_public
        except SlackError as error:
            log.info("slack.channel_visibility_unknown", channel=channel, reason=error.detail)
            return False

    async def check_can_ask_in(self, channel: str, person: str) -> None:
        """Make sure that the bot is in `channel`, and `person` too where it is private.

        What Slack does not tell for want of a scope, as of direct messages, passes. Raises NotAMember,
        InvalidInput and SlackError.
        """
        try:
            found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
            hidden = found.get("is_private") and not await self._is_member(channel, person)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            if isinstance(error, SlackApiError) and error.response.get("error") == "missing_scope":
                return
            raise slack_error(error, "conversations.info") from error
        if hidden:
            raise InvalidInput(Reason.PERSON_NOT_IN_CHANNEL)
        if not found.get("is_member", True):
            raise NotAMember("conversations.info: not a member")

    async def find_user(self, user: str) -> SlackUser:
        """Return who a user is; one Slack does not show has neither name nor e-mail address.

        Raises SlackError.
        """
        try:
            found = (await self._client.users_info(user=user)).get("user") or {}
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            if isinstance(error, SlackApiError) and error.response.get("error") in USER_NOT_FOUND_CODES:
                return SlackUser(user, markup.UNKNOWN_PERSON)
            raise slack_error(error, "users.info") from error
        profile = found.get("profile") or {}
        name = found.get("real_name") or profile.get("real_name") or found.get("name")
        email = None if found.get("deleted") else profile.get("email")
        return SlackUser(
            user,
            name=str(name or markup.UNKNOWN_PERSON),
            email=str(email).lower() if email else None,
            is_bot=bool(found.get("is_bot")) or user == SLACKBOT,
        )

    async def role(self, user: str) -> Role:
        """Return what a user is in the workspace now. Raises SlackError."""
        try:
            found = (await self._client.users_info(user=user)).get("user") or {}
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            raise slack_error(error, "users.info") from error
        return Role(
            workspaces=_workspaces(found),
            is_admin=not found.get("deleted") and any(found.get(each) for each in ADMIN_FLAGS),
            is_guest=bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
            is_bot=bool(found.get("is_bot")) or user == SLACKBOT,
        )

    async def cached_role(self, user: str) -> Role | None:
        """Return what a user is in the workspace, an hour old at most; None where Slack does not tell."""
        known = self._roles.get(user)
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        try:
            found = await self.role(user)
        except SlackError as error:
            log.info("slack.role_unknown", id=user, reason=error.detail)
            return None
        self._roles[user] = (time.monotonic(), found)
        return found

    async def is_externally_shared(self, channel: str) -> bool:
        """Return whether people of another company read a channel, as it was an hour ago at most.

        No, where Slack does not tell.
        """
        known = self._shared.get(channel)
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        try:
            found = (await self.channel_info(channel)).is_ext_shared
        except SlackError as error:
            log.info("slack.channel_sharing_unknown", channel=channel, reason=error.detail)
            return False
        self._shared[channel] = (time.monotonic(), found)
        return found

    async def check_active(self, user: str) -> None:
        """Make sure that a user still belongs to a workspace; what Slack does not tell passes.

        Raises Refused (ACCOUNT_DEACTIVATED).
        """
        try:
            found = (await self._client.users_info(user=user)).get("user") or {}
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            log.info("slack.user_status_unknown", id=user, reason=slack_error(error, "users.info").detail)
            return
        if found.get("deleted"):
            raise Refused(Reason.ACCOUNT_DEACTIVATED)

    async def check_can_post_copy(self, channel: str, person: str) -> None:
        """Make sure that something can be posted to `channel` for `person`.

        Raises InvalidInput where the bot is no member or the person may not read there, where the channel
        is archived and where other companies read along, and SlackError.
        """
        try:
            found = (await self._client.conversations_info(channel=channel)).get("channel") or {}
            if found.get("is_private") and not await self._is_member(channel, person):
                raise InvalidInput(Reason.PERSON_NOT_IN_TARGET_CHANNEL, channel=channel)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            if isinstance(error, SlackApiError) and error.response.get("error") in CHANNEL_NOT_FOUND_CODES:
                raise InvalidInput(Reason.BOT_NOT_IN_CHANNEL, channel=channel) from error
            raise slack_error(error, "conversations.info") from error
        if found.get("is_archived"):
            raise InvalidInput(Reason.CHANNEL_ARCHIVED, channel=channel)
        if found.get("is_ext_shared"):
            raise InvalidInput(Reason.CHANNEL_EXTERNALLY_SHARED, channel=channel)
        if not found.get("is_member"):
            raise InvalidInput(Reason.BOT_NOT_IN_CHANNEL, channel=channel)

    async def _is_member(self, channel: str, person: str) -> bool:
        cursor = ""
        while True:
            page = await self._client.conversations_members(
                channel=channel, limit=MEMBERS_PAGE_SIZE, cursor=cursor
            )
            if person in (page.get("members") or []):
                return True
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return False

    async def _cached_name(self, workspace: str, id_: str, ask: Callable[[str], Awaitable[str]]) -> str:
        known = self._names.get((workspace, id_))
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        try:
            name = await ask(id_)
        except (SlackApiError, *UNREACHABLE_EXCEPTIONS) as error:
            log.info("slack.name_unknown", id=id_, error=type(error).__name__)
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


def _workspaces(user: Mapping[str, Any]) -> frozenset[str]:
    """Return where an account is: https://docs.slack.dev/reference/objects/user-object."""
    of_organization = (user.get("enterprise_user") or {}).get("teams") or ()
    return frozenset(str(each) for each in (user.get("team_id"), *of_organization) if each)
