"""A channel's settings and the defaults for its questions: model, mode and sources."""

import re
from asyncio import gather
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from bot.domain.channels import Audience, Change, ChannelPage, ChannelSettings
from bot.domain.errors import ChoiceGone, NoChannel, NotAnAdmin, RecordIdsRefused
from bot.domain.people import Role
from bot.domain.turns import Choices, Chosen, Kind, KnowledgeSource, Manner, Mode, Model, Thread
from bot.flows.accounts.identity import Identities
from bot.store.channels import Channels
from bot.store.threads import Asides

_RECORD_ID = re.compile(r"[0-9a-fA-F]{24}")
_BETWEEN = re.compile(r"[\s,;]+")


class Choosing:
    """Tells what can be chosen, and turns what was chosen into the manner of a question."""

    def __init__(self, identities: Identities, default: Manner) -> None:
        """`default` is how questions are asked where nobody chooses."""
        self._identities = identities
        self.default = default

    async def choices(self, person: str) -> Choices:
        """Return what the server offers a Slack user now, a few minutes old at most. Raises NotLinked."""
        await self._identities.ready(person)
        catalog = self._identities.catalog(self._identities.of(person))
        models, sources = await gather(catalog.models(), catalog.sources())
        return Choices(models, sources)

    async def manner(self, person: str, chosen: Chosen) -> Manner:
        """Return the manner a Slack user chose, by keys and ids or by names; the default's own is no choice.

        Raises NotLinked, ChoiceGone for what the server does not offer (any more), and RecordIdsRefused.
        """
        offered = await self.choices(person)
        picked = chosen.model if chosen.model != self.default.model_key else None
        model = _model(offered, picked) if picked else None
        sources = [_source(offered, each) for each in chosen.sources]
        if chosen.mode and chosen.mode not in {*Mode, self.default.chat_mode}:
            raise ChoiceGone
        return Manner(
            chat_mode=chosen.mode if chosen.mode != self.default.chat_mode else None,
            model_key=model.key if model else None,
            model_name=(model.name or None) if model else None,
            apps=tuple(each.id for each in sources if each.kind is Kind.APP),
            kb=tuple(each.id for each in sources if each.kind is Kind.BASE),
            record_ids=record_ids(chosen.records),
        )


def record_ids(text: str) -> tuple[str, ...]:
    """Return the record ids in `text`, each once. Raises RecordIdsRefused, which names the first wrong one.

    24 hexadecimal digits each: servers that read them refuse a question with any other.
    """
    ids = [each for each in _BETWEEN.split(text) if each]
    wrong = next((each for each in ids if not _RECORD_ID.fullmatch(each)), None)
    if wrong is not None:
        raise RecordIdsRefused(wrong)
    return tuple(dict.fromkeys(each.lower() for each in ids))


def _model(offered: Choices, wanted: str) -> Model:
    for model in offered.models:
        if wanted in (model.key, model.name, model.label):
            return model
    raise ChoiceGone


def _source(offered: Choices, wanted: str) -> KnowledgeSource:
    for source in offered.sources:
        if wanted in (source.id, source.name):
            return source
    raise ChoiceGone


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


class Customs:
    """Knows the manner of each channel, and that of everywhere else."""

    def __init__(self, channels: Channels, asides: Asides, default: Manner) -> None:
        """`default` is what a channel leaves open, and what counts in direct messages."""
        self._channels = channels
        self._asides = asides
        self.default = default

    async def of(self, thread: Thread) -> Manner:
        """Return the manner of questions in a thread; a private one follows the channel it came from."""
        channel = thread.channel
        if channel.startswith("D"):
            origin = await self._asides.origin(thread)
            if origin is None:
                return self.default
            channel = origin.channel
        settings = await self._channels.settings(thread.workspace, channel)
        return settings.manner.over(self.default)
