"""Where an answer's statements come from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """One passage an answer rests on.

    `number` is the one its marker bears in the text (PipesHub's `chunkIndex`). `url` is as the
    server sent it: absolute, relative or missing. `relevance` runs from 0 to 1 where the server
    gives one.
    """

    number: int
    title: str
    excerpt: str = ""
    url: str | None = None
    id: str | None = None
    record_id: str | None = None
    record_type: str | None = None
    connector: str | None = None
    page: int | None = None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The citations of one document, in the order of their numbers."""

    citations: tuple[Citation, ...]

    @property
    def title(self) -> str:
        """The document's name."""
        return self.citations[0].title

    @property
    def numbers(self) -> tuple[int, ...]:
        """The markers in the text that point to this document, each once."""
        return tuple(dict.fromkeys(citation.number for citation in self.citations))


def by_document(citations: tuple[Citation, ...]) -> tuple[Source, ...]:
    """Group citations by the document they are taken from, ordered by each document's lowest number."""
    documents: dict[str, list[Citation]] = {}
    for citation in sorted(citations, key=lambda each: each.number):
        documents.setdefault(citation.record_id or citation.url or citation.title, []).append(citation)
    return tuple(Source(tuple(group)) for group in documents.values())
