"""Deciding how the bot answers in a channel."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from bot.domain.channels import Audience, Change, ChannelPage, ChannelSettings
from bot.domain.errors import NoChannel, NotAnAdmin
from bot.domain.people import Role
from bot.domain.turns import Choices, Chosen, Manner
from bot.flows.choosing import Choosing
from bot.store.channels import Channels

READABLE = 5
"""Changes that are shown; all are kept."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody entered; `limits` says that sources could be chosen, `models` that models could."""

    on: bool
    audience: Audience
    unprompted: bool
    chosen: Chosen
    models: bool
    limits: bool


class Configuring:
    """Shows and changes the settings of channels, for admins and owners and the people named as such.

    Every method raises NotAnAdmin, NoChannel, and SlackError where Slack does not say who somebody is.
    """

    def __init__(
        self,
        channels: Channels,
        choosing: Choosing,
        role: Callable[[str], Awaitable[Role]],
        admins: Collection[str],
    ) -> None:
        """Keep the settings in `channels`; `role` tells what a Slack user is, `admins` may beside admins."""
        self._channels = channels
        self._choosing = choosing
        self._role = role
        self._admins = admins

    async def check(self, channel: str, person: str) -> None:
        """Make sure that `person` may decide for `channel`, as Slack knows them at this moment."""
        if person not in self._admins and not (await self._role(person)).is_admin:
            raise NotAnAdmin(self._admins)
        if channel.startswith("D"):
            raise NoChannel

    async def page(self, workspace: str, channel: str, person: str) -> ChannelPage:
        """Return the settings of a channel and what became of them."""
        await self.check(channel, person)
        return ChannelPage(
            channel,
            await self._channels.settings(workspace, channel),
            await self._channels.changes(workspace, channel, READABLE),
            await self._choosing.choices(person),
            self._choosing.default,
        )

    async def change(self, workspace: str, channel: str, person: str, wanted: Wanted) -> Change | None:
        """Decide for a channel; return what that changes, None where it changes nothing.

        Raises ChoiceGone for what the server does not offer (any more).
        """
        await self.check(channel, person)
        before = await self._channels.settings(workspace, channel)
        manner = await self._choosing.manner(person, wanted.chosen)
        # What the server did not tell of just now could not be chosen: it stays.
        if not wanted.models:
            manner = replace(manner, model_key=before.manner.model_key, model_name=before.manner.model_name)
        if not wanted.limits:
            manner = replace(manner, apps=before.manner.apps, kb=before.manner.kb)
        after = ChannelSettings(wanted.on, wanted.audience, wanted.unprompted, manner)
        names = _names(await self._choosing.choices(person), before.manner, manner)
        return await self._channels.change(workspace, channel, person, after, names)


def _names(offered: Choices, *manners: Manner) -> dict[str, str]:
    """Return what the models and sources of manners are called, by key and id."""
    known = {each.key: each.label for each in offered.models} | {
        each.id: each.name for each in offered.sources
    }
    ids = {each for manner in manners for each in (manner.model_key, *manner.apps, *manner.kb) if each}
    return {each: known[each] for each in sorted(ids) if each in known}
