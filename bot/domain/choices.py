"""What can be chosen for a question, and what somebody chose."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How the server looks for an answer, in its own words; every server knows the first."""

    INTERNAL_SEARCH = "internal_search"
    WEB_SEARCH = "web_search"
    AGENT = "agent"


class Kind(StrEnum):
    """What a knowledge source is, in the words of the server's filters."""

    APP = "apps"
    """A connector: everything that is fetched from one application."""
    BASE = "kb"
    """A knowledge base: a collection that people keep in PipesHub itself."""


@dataclass(frozen=True, slots=True)
class Model:
    """A language model of the server; `key` is a UUID, `label` what people call it."""

    key: str
    name: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """Something that answers can be limited to; `id` is a UUID."""

    id: str
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Choices:
    """What the server offers; nothing where it does not tell."""

    models: tuple[Model, ...] = ()
    sources: tuple[KnowledgeSource, ...] = ()


NOTHING_OFFERED = Choices()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody entered: keys, ids or names of what is offered, and record ids as one text."""

    model: str | None = None
    mode: str | None = None
    sources: tuple[str, ...] = ()
    records: str = ""
