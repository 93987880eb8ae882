"""Who is who in Slack, and what a channel is: users and channels looked up by their ids."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog
from cachetools import TTLCache

from bot.domain.errors import InvalidInput, NotAMember, Reason, Refused, SlackError
from bot.domain.people import Role, SlackUser
from bot.domain.turns import Question
from bot.slack import markup
from bot.slack.client import SlackClient, next_cursor, with_retries

log = structlog.get_logger(__name__)

Found = TypeVar("Found")

CACHE_SECONDS = 3600.0
"""Seconds a name, a role or a channel's sharing is remembered; they change rarely."""

UNKNOWN_SECONDS = 60.0
"""Seconds for which Slack is not asked again for a name that it did not tell."""

PUBLIC_SECONDS = 60.0
"""Seconds a public channel counts as one; it can be made private at any time."""

MAX_LOOK_UPS = 20
"""Names looked up for one text, of people and of channels each: Slack counts the calls of all who write."""

ACCESS_ATTEMPTS = 3
"""How often Slack is asked who a person is, before a question is refused for want of it."""

MAX_CACHED = 10_000
"""Names, roles and channels remembered of one workspace, of each kind."""

MEMBERS_PAGE_SIZE = 1000
"""Members on one page of a channel's; https://docs.slack.dev/reference/methods/conversations.members/"""

# https://docs.slack.dev/reference/methods/users.info/ and conversations.info
USER_NOT_FOUND_CODES = {"user_not_found", "user_not_visible"}
CHANNEL_NOT_FOUND_CODES = {"channel_not_found", "missing_scope"}
# Slack has these methods: a server that speaks like it and has not has neither guests nor shared channels.
NO_SUCH_METHOD_CODES = {"unknown_method"}
ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")

SLACKBOT = "USLACKBOT"  # the one bot that Slack does not mark as one


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What kind of channel one is; `is_ext_shared` says that people of another company read it."""

    is_public: bool
    is_member: bool
    is_archived: bool
    is_ext_shared: bool


def _cache() -> TTLCache[Any, Any]:
    return TTLCache(MAX_CACHED, CACHE_SECONDS)


@dataclass(slots=True)
class Directory:
    """The users and channels that `client` sees. Where nothing else is said, methods raise SlackError."""

    client: SlackClient
    workspace: str | None = None
    """The workspace of the client's token; Slack is asked once where it is not given."""
    _names: TTLCache[tuple[str, str], str] = field(default_factory=_cache, init=False, repr=False)
    _unnamed: TTLCache[tuple[str, str], str] = field(
        default_factory=lambda: TTLCache(MAX_CACHED, UNKNOWN_SECONDS), init=False, repr=False
    )
    _roles: TTLCache[str, Role] = field(default_factory=_cache, init=False, repr=False)
    _shared: TTLCache[str, bool] = field(default_factory=_cache, init=False, repr=False)
    _public: TTLCache[str, bool] = field(
        default_factory=lambda: TTLCache(MAX_CACHED, PUBLIC_SECONDS), init=False, repr=False
    )

    async def question_text(self, question: Question) -> str:
        """Return the text of a question as a person reads it. Never raises SlackError."""
        return await self.plain_text(question.thread.workspace, question.text)

    async def plain_text(self, workspace: str, text: str) -> str:
        """Return Slack markup as a person reads it, names an hour old at most. Never raises SlackError.

        A name that Slack does not tell is replaced by a general word, and so are those after the first
        `MAX_LOOK_UPS`.
        """
        users, channels = (ids[:MAX_LOOK_UPS] for ids in markup.find_mentions(text))
        user_names = {id_: await self._cached_name(workspace, id_, self._user_name) for id_ in users}
        channel_names = {id_: await self._cached_name(workspace, id_, self._channel_name) for id_ in channels}
        return markup.plain_text(text, user_names, channel_names)

    async def user_name(self, workspace: str, user: str) -> str:
        """Return a user's name, a general word where Slack does not tell it. Never raises SlackError."""
        return await self._cached_name(workspace, user, self._user_name) or markup.UNKNOWN_PERSON

    async def workspace_id(self) -> str:
        """Return the id of the workspace that the bot's token belongs to."""
        if self.workspace is None:
            self.workspace = str((await self.client.auth_test())["team_id"])
        return self.workspace

    async def channel_info(self, channel: str) -> ChannelInfo:
        """Return what kind of channel this is. Raises NotAMember where the bot cannot see it."""
        found = await self._channel(channel)
        return ChannelInfo(
            is_public=bool(found.get("is_channel")) and found.get("is_private") is False,
            is_member=bool(found.get("is_member")),
            is_archived=bool(found.get("is_archived")),
            is_ext_shared=bool(found.get("is_ext_shared")),
        )

    async def can_read(self, channel: str, person: str) -> bool:
        """Return whether a person can read a channel now; no, where Slack does not tell.

        Everybody but guests can read a public channel, and only its members another one.
        """
        if channel.startswith("D"):  # the person's own with the bot
            return True
        try:
            if channel not in self._public and await self.is_public(channel):
                self._public[channel] = True
            if channel in self._public and not (await self.cached_role(person)).is_guest:
                return True
            return await self._is_member(channel, person)
        except SlackError as error:
            log.info("slack.reader_unknown", channel=channel, person=person, reason=error.detail)
            return False

    async def is_public(self, channel: str) -> bool:
        """Return whether everybody in the workspace may read a channel; no, where Slack does not tell."""
        if channel.startswith("D"):
            return False
        try:
            return (await self.channel_info(channel)).is_public
        except SlackError as error:
            log.info(
                "slack.channel_visibility_unknown",
                channel=channel,
                counts_as="private",
                reason=error.detail,
            )
            return False

    async def is_externally_shared(self, channel: str) -> bool:
        """Return whether people of another company read a channel, as it was an hour ago at most."""
        if (known := self._shared.get(channel)) is None:
            look = partial(self.channel_info, channel)
            found = await _asked_for_access("conversations.info", look)
            self._shared[channel] = known = found is not None and found.is_ext_shared
        return known

    async def check_can_ask_in(self, channel: str, person: str) -> None:
        """Raise NotAMember or InvalidInput unless the bot is in `channel`, and `person` where it is private.

        Passes where the bot lacks the scope to see the channel, as with direct messages.
        """
        try:
            found = await self._channel(channel)
            is_hidden = found.get("is_private") and not await self._is_member(channel, person)
        except SlackError as error:
            if error.code == "missing_scope":
                return
            raise
        if is_hidden:
            raise InvalidInput(Reason.PERSON_NOT_IN_CHANNEL)
        if not found.get("is_member", True):
            raise NotAMember("conversations.info: not a member")

    async def check_can_post_copy(self, channel: str, person: str) -> None:
        """Raise InvalidInput unless something can be posted to `channel` for `person`.

        The bot has to be a member, the person to be able to read there, and the channel to be neither
        archived nor shared with other companies.
        """
        try:
            found = await self._channel(channel)
            is_hidden = found.get("is_private") and not await self._is_member(channel, person)
        except SlackError as error:
            if error.code in CHANNEL_NOT_FOUND_CODES:
                raise InvalidInput(Reason.BOT_NOT_IN_CHANNEL, channel=channel) from error
            raise
        if is_hidden:
            raise InvalidInput(Reason.PERSON_NOT_IN_TARGET_CHANNEL, channel=channel)
        if found.get("is_archived"):
            raise InvalidInput(Reason.CHANNEL_ARCHIVED, channel=channel)
        if found.get("is_ext_shared"):
            raise InvalidInput(Reason.CHANNEL_EXTERNALLY_SHARED, channel=channel)
        if not found.get("is_member"):
            raise InvalidInput(Reason.BOT_NOT_IN_CHANNEL, channel=channel)

    async def find_user(self, user: str) -> SlackUser:
        """Return who a user is; one that Slack does not show has neither name nor e-mail address."""
        try:
            found = await self._user(user)
        except SlackError as error:
            if error.code in USER_NOT_FOUND_CODES:
                return SlackUser(user, markup.UNKNOWN_PERSON)
            raise
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
        """Return what a user is in the workspace now."""
        found = await self._user(user)
        return Role(
            workspaces=_workspaces(found),
            is_admin=not found.get("deleted") and any(found.get(each) for each in ADMIN_FLAGS),
            is_guest=bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
            is_bot=bool(found.get("is_bot")) or user == SLACKBOT,
        )

    async def cached_role(self, user: str) -> Role:
        """Return what a user is in the workspace, an hour old at most."""
        if (known := self._roles.get(user)) is None:
            found = await _asked_for_access("users.info", partial(self.role, user))
            self._roles[user] = known = found or Role()
        return known

    async def check_active(self, user: str) -> None:
        """Raise Refused where a user no longer belongs to the workspace.

        Passes where Slack does not tell.
        """
        try:
            found = await self._user(user)
        except SlackError as error:
            log.info("slack.user_status_unknown", person=user, reason=error.detail)
            return
        if found.get("deleted"):
            raise Refused(Reason.ACCOUNT_DEACTIVATED)

    async def _cached_name(self, workspace: str, id_: str, ask: Callable[[str], Awaitable[str]]) -> str:
        """Return a name, empty where Slack does not tell it; that is remembered for a minute."""
        key = workspace, id_
        known = self._names.get(key, self._unnamed.get(key))
        if known is not None:
            return known
        try:
            self._names[key] = name = await ask(id_)
        except SlackError as error:
            log.info("slack.name_unknown", id=id_, error=type(error).__name__, reason=error.detail)
            self._unnamed[key] = name = ""
        return name

    async def _user_name(self, user: str) -> str:
        found = await self._user(user)
        profile = found.get("profile") or {}
        return str(profile.get("display_name") or found.get("real_name") or found.get("name") or "")

    async def _channel_name(self, channel: str) -> str:
        return str((await self._channel(channel)).get("name") or "")

    async def _user(self, user: str) -> Mapping[str, Any]:
        answer = await self.client.users_info(user=user)
        return answer.get("user") or {}

    async def _channel(self, channel: str) -> Mapping[str, Any]:
        answer = await self.client.conversations_info(channel=channel)
        return answer.get("channel") or {}

    async def _is_member(self, channel: str, person: str) -> bool:
        cursor = ""
        while True:
            page = await self.client.conversations_members(
                channel=channel, limit=MEMBERS_PAGE_SIZE, cursor=cursor
            )
            if person in (page.get("members") or ()):
                return True
            cursor = next_cursor(page)
            if not cursor:
                return False


async def _asked_for_access(method: str, look: Callable[[], Awaitable[Found]]) -> Found | None:
    """Return what Slack tells, asked several times; None where a server has no such method."""
    try:
        return await with_retries(method, look, ACCESS_ATTEMPTS)
    except SlackError as error:
        if error.code not in NO_SUCH_METHOD_CODES:
            raise
        return None


def _workspaces(user: Mapping[str, Any]) -> frozenset[str]:
    """Return the workspaces of an account: https://docs.slack.dev/reference/objects/user-object."""
    of_organization = (user.get("enterprise_user") or {}).get("teams") or ()
    return frozenset(str(each) for each in (user.get("team_id"), *of_organization) if each)
