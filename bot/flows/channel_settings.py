"""A channel's settings and the defaults for its questions: model, mode and sources."""

import re
from asyncio import gather
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.domain.channels import Audience, ChannelSettings, ChannelSettingsChange, ChannelSettingsPage
from bot.domain.errors import InvalidInput, Reason, Refused
from bot.domain.turns import (
    AvailableOptions,
    ChatMode,
    EnteredOptions,
    KnowledgeSource,
    Model,
    QuestionOptions,
    SourceKind,
)
from bot.flows.accounts.identity import Identities
from bot.flows.ports import Directory
from bot.store.channels import ChannelSettingsStore

_RECORD_ID = re.compile(r"[0-9a-fA-F]{24}")
_ID_SEPARATOR = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class QuestionOptionsService:
    """Tells what can be chosen, and turns what was chosen into the options of a question."""

    identities: Identities
    default_options: QuestionOptions
    """How questions are asked where people choose nothing."""

    async def available_options(self, person: str) -> AvailableOptions:
        """Return what the server offers a Slack user now, a few minutes old at most. Raises NotLinked."""
        await self.identities.require_linked(person)
        catalog = self.identities.catalog(self.identities.identity_of(person))
        models, sources = await gather(catalog.models(), catalog.sources())
        return AvailableOptions(models, sources)

    async def resolve(self, person: str, chosen: EnteredOptions) -> QuestionOptions:
        """Return the options a Slack user chose, by keys, ids or names; choosing the default is no choice.

        Raises NotLinked, Refused for what the server does not offer, and InvalidInput.
        """
        available = await self.available_options(person)
        picked = chosen.model if chosen.model != self.default_options.model_key else None
        model = _model(available, picked) if picked else None
        sources = [_source(available, each) for each in chosen.sources]
        if chosen.mode and chosen.mode not in {*ChatMode, self.default_options.chat_mode}:
            raise Refused(Reason.OPTION_UNAVAILABLE)
        return QuestionOptions(
            chat_mode=chosen.mode if chosen.mode != self.default_options.chat_mode else None,
            model_key=model.key if model else None,
            model_name=(model.name or None) if model else None,
            apps=tuple(each.id for each in sources if each.kind is SourceKind.APP),
            kb=tuple(each.id for each in sources if each.kind is SourceKind.BASE),
            record_ids=parse_record_ids(chosen.records),
        )


def parse_record_ids(text: str) -> tuple[str, ...]:
    """Return the record ids in `text`, each once. Raises InvalidInput, which names the first wrong one.

    24 hexadecimal digits each: servers that read them refuse a question with any other.
    """
    ids = [each for each in _ID_SEPARATOR.split(text) if each]
    wrong = next((each for each in ids if not _RECORD_ID.fullmatch(each)), None)
    if wrong is not None:
        raise InvalidInput(Reason.INVALID_RECORD_ID, wrong=wrong[:40])
    return tuple(dict.fromkeys(each.lower() for each in ids))


def _model(available: AvailableOptions, wanted: str) -> Model:
    for model in available.models:
        if wanted in (model.key, model.name, model.label):
            return model
    raise Refused(Reason.OPTION_UNAVAILABLE)


def _source(available: AvailableOptions, wanted: str) -> KnowledgeSource:
    for source in available.sources:
        if wanted in (source.id, source.name):
            return source
    raise Refused(Reason.OPTION_UNAVAILABLE)


SHOWN_CHANGES = 5  # changes that are shown; all are stored


@dataclass(frozen=True, slots=True)
class EnteredChannelSettings:
    """What an admin entered, and whether models and sources were offered to choose from."""

    on: bool
    audience: Audience
    unprompted: bool
    options: EnteredOptions
    models_offered: bool
    sources_offered: bool


@dataclass(frozen=True)
class ChannelSettingsService:
    """Shows and changes the settings of channels, for admins and owners and the people named as such.

    Every method raises Refused, and SlackError where Slack does not tell a person's role.
    """

    channel_settings: ChannelSettingsStore
    options_service: QuestionOptionsService
    directory: Directory
    admins: Collection[str]
    """Slack users who may decide beside the workspace's admins and owners."""

    async def check(self, channel: str, person: str) -> None:
        """Make sure that `person` may decide for `channel`, by their role in Slack now."""
        if person not in self.admins and not (await self.directory.role(person)).is_admin:
            others = "".join(f", <@{each}>" for each in sorted(self.admins))
            raise Refused(Reason.NOT_AN_ADMIN, others=others)
        if channel.startswith("D"):
            raise Refused(Reason.NOT_A_CHANNEL)

    async def settings_page(self, workspace: str, channel: str, person: str) -> ChannelSettingsPage:
        """Return the settings of a channel and their newest changes."""
        await self.check(channel, person)
        return ChannelSettingsPage(
            channel,
            await self.channel_settings.get(workspace, channel),
            await self.channel_settings.changes(workspace, channel, SHOWN_CHANGES),
            await self.options_service.available_options(person),
            self.options_service.default_options,
        )

    async def change(
        self, workspace: str, channel: str, person: str, wanted: EnteredChannelSettings
    ) -> ChannelSettingsChange | None:
        """Change the settings of a channel; return the change, None where nothing changes.

        Raises Refused (OPTION_UNAVAILABLE) for what the server does not offer.
        """
        await self.check(channel, person)
        before = await self.channel_settings.get(workspace, channel)
        options = await self.options_service.resolve(person, wanted.options)
        # What the server did not list just now could not be chosen, so it stays.
        if not wanted.models_offered:
            options = replace(
                options, model_key=before.options.model_key, model_name=before.options.model_name
            )
        if not wanted.sources_offered:
            options = replace(options, apps=before.options.apps, kb=before.options.kb)
        after = ChannelSettings(wanted.on, wanted.audience, wanted.unprompted, options)
        names = _names(await self.options_service.available_options(person), before.options, options)
        return await self.channel_settings.change(workspace, channel, person, after, names)


def _names(available: AvailableOptions, *options_used: QuestionOptions) -> dict[str, str]:
    """Return the names of the models and sources in options, by key and id."""
    known = {each.key: each.label for each in available.models} | {
        each.id: each.name for each in available.sources
    }
    ids = {
        each for options in options_used for each in (options.model_key, *options.apps, *options.kb) if each
    }
    return {each: known[each] for each in sorted(ids) if each in known}
