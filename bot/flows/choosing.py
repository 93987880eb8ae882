"""Choosing how a question is asked: model, mode and sources by name, records by id."""

import re
from asyncio import gather

from bot.domain.errors import ChoiceGone, RecordIdsRefused
from bot.domain.turns import Choices, Chosen, Kind, KnowledgeSource, Manner, Mode, Model
from bot.flows.identities import Identities

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
