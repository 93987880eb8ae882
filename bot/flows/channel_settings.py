"""A channel's settings and the defaults for its questions: model, mode and sources."""

import re
from asyncio import gather
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from bot.domain.channels import Audience, ChannelSettings, ChannelSettingsChange, ChannelSettingsPage
from bot.domain.errors import InvalidInput, Reason, Refused
from bot.domain.people import Role
from bot.domain.turns import (
    AvailableOptions,
    ChatMode,
    EnteredOptions,
    KnowledgeSource,
    Model,
    QuestionOptions,
    SourceKind,
    Thread,
)
from bot.flows.accounts.identity import Identities
from bot.store.channels import ChannelSettingsStore
from bot.store.threads import PrivateAnswerStore

_RECORD_ID = re.compile(r"[0-9a-fA-F]{24}")
_ID_SEPARATOR = re.compile(r"[\s,;]+")


class QuestionOptionsService:
    """Tells what can be chosen, and turns what was chosen into the manner of a question."""

    def __init__(self, identities: Identities, default: QuestionOptions) -> None:
        """`default` is how questions are asked where nobody chooses."""
        self._identities = identities
        self.default_options = default

    async def available_options(self, person: str) -> AvailableOptions:
        """Return what the server offers a Slack user now, a few minutes old at most. Raises NotLinked."""
        await self._identities.require_linked(person)
        catalog = self._identities.catalog(self._identities.identity_of(person))
        models, sources = await gather(catalog.models(), catalog.sources())
        return AvailableOptions(models, sources)

    async def resolve(self, person: str, chosen: EnteredOptions) -> QuestionOptions:
        """Return the manner a Slack user chose, by keys and ids or by names; the default's own is no choice.

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


SHOWN_CHANGES = 5
"""Changes that are shown; all are kept."""


@dataclass(frozen=True, slots=True)
class EnteredChannelSettings:
    """What somebody entered; `limits` says that sources could be chosen, `models` that models could."""

    on: bool
    audience: Audience
    unprompted: bool
    options: EnteredOptions
    models_offered: bool
    sources_offered: bool


class ChannelSettingsService:
    """Shows and changes the settings of channels, for admins and owners and the people named as such.

    Every method raises Refused, and SlackError where Slack does not say who somebody is.
    """

    def __init__(
        self,
        channel_settings: ChannelSettingsStore,
        options_service: QuestionOptionsService,
        role: Callable[[str], Awaitable[Role]],
        admins: Collection[str],
    ) -> None:
        """Keep the settings in `channels`; `role` tells what a Slack user is, `admins` may beside admins."""
        self._channel_settings = channel_settings
        self._options_service = options_service
        self._role = role
        self._admins = admins

    async def check(self, channel: str, person: str) -> None:
        """Make sure that `person` may decide for `channel`, as Slack knows them at this moment."""
        if person not in self._admins and not (await self._role(person)).is_admin:
            others = "".join(f", <@{each}>" for each in sorted(self._admins))
            raise Refused(Reason.NOT_AN_ADMIN, others=others)
        if channel.startswith("D"):
            raise Refused(Reason.NOT_A_CHANNEL)

    async def settings_page(self, workspace: str, channel: str, person: str) -> ChannelSettingsPage:
        """Return the settings of a channel and what became of them."""
        await self.check(channel, person)
        return ChannelSettingsPage(
            channel,
            await self._channel_settings.get(workspace, channel),
            await self._channel_settings.changes(workspace, channel, SHOWN_CHANGES),
            await self._options_service.available_options(person),
            self._options_service.default_options,
        )

    async def change(
        self, workspace: str, channel: str, person: str, wanted: EnteredChannelSettings
    ) -> ChannelSettingsChange | None:
        """Decide for a channel; return what that changes, None where it changes nothing.

        Raises Refused (OPTION_UNAVAILABLE) for what the server does not offer.
        """
        await self.check(channel, person)
        before = await self._channel_settings.get(workspace, channel)
        options = await self._options_service.resolve(person, wanted.options)
        # What the server did not tell of just now could not be chosen: it stays.
        if not wanted.models_offered:
            options = replace(
                options, model_key=before.options.model_key, model_name=before.options.model_name
            )
        if not wanted.sources_offered:
            options = replace(options, apps=before.options.apps, kb=before.options.kb)
        after = ChannelSettings(wanted.on, wanted.audience, wanted.unprompted, options)
        names = _names(await self._options_service.available_options(person), before.options, options)
        return await self._channel_settings.change(workspace, channel, person, after, names)


def _names(available: AvailableOptions, *options_used: QuestionOptions) -> dict[str, str]:
    """Return what the models and sources of manners are called, by key and id."""
    known = {each.key: each.label for each in available.models} | {
        each.id: each.name for each in available.sources
    }
    ids = {
        each for options in options_used for each in (options.model_key, *options.apps, *options.kb) if each
    }
    return {each: known[each] for each in sorted(ids) if each in known}


class DefaultOptions:
    """Knows the manner of each channel, and that of everywhere else."""

    def __init__(
        self,
        channel_settings: ChannelSettingsStore,
        private_answers: PrivateAnswerStore,
        default: QuestionOptions,
    ) -> None:
        """`default` is what a channel leaves open, and what counts in direct messages."""
        self._channel_settings = channel_settings
        self._private_answers = private_answers
        self.default_options = default

    async def for_thread(self, thread: Thread) -> QuestionOptions:
        """Return the manner of questions in a thread; a private one follows the channel it came from."""
        channel = thread.channel
        if channel.startswith("D"):
            origin = await self._private_answers.find_origin(thread)
            if origin is None:
                return self.default_options
            channel = origin.channel
        settings = await self._channel_settings.get(thread.workspace, channel)
        return settings.options.with_defaults(self.default_options)
