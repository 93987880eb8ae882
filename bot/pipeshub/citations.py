"""The four shapes in which PipesHub sends a citation, and the one they come down to.

- stored: `{citationId, citationData{content, chunkIndex, metadata}}`
- unpopulated (archives, title and share answers): `{citationId}` alone
- live: `{content, chunkIndex, citationType, metadata}`, the retriever's own record
- documented: `{citationId, relevanceScore, excerpt, context}`
"""

from collections.abc import Iterable
from itertools import count
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from bot.domain.conversations import Citation
from bot.pipeshub.frames import objects
from bot.pipeshub.tolerance import Body, Text


def _first_page(value: object) -> object:
    """`pageNum` is a list, sometimes `[null]`."""
    return next((each for each in value if each is not None), None) if isinstance(value, list) else value


class _Metadata(Body):
    record_id: str = ""
    record_name: Text = Field("", validation_alias=AliasChoices("recordName", "title", "name"))
    record_type: str = ""
    connector: str = ""
    web_url: Text = Field("", validation_alias=AliasChoices("webUrl", "url"))
    hide_weburl: bool = False
    page_num: Annotated[int | None, BeforeValidator(_first_page)] = None


class _Passage(Body):
    id: str = Field("", validation_alias=AliasChoices("citationId", "_id", "id"))
    content: Text = Field("", validation_alias=AliasChoices("content", "excerpt", "context"))
    chunk_index: int | None = Field(None, validation_alias=AliasChoices("chunkIndex", "number"))
    relevance: float | None = Field(
        None, validation_alias=AliasChoices("relevanceScore", "score"), allow_inf_nan=False
    )
    metadata: _Metadata = _Metadata()


def citations(shapes: object, first: int = 1) -> tuple[Citation, ...]:
    """Read a list of citations in any of the shapes; one that says nothing at all is left out.

    A citation without a `chunkIndex` bears the number of its place, counted from `first`.
    """
    found = zip(count(first), shapes, strict=False) if isinstance(shapes, list | tuple) else ()
    read = (_citation(place, shape) for place, shape in found if isinstance(shape, dict))
    return tuple(citation for citation in read if citation is not None)


def joined(known: Iterable[Citation], more: Iterable[Citation]) -> tuple[Citation, ...]:
    """Return `known` and what is new in `more`, told apart by id, or by number and excerpt without one."""
    return tuple({each.id or (each.number, each.excerpt): each for each in (*known, *more)}.values())


def _citation(place: int, shape: object) -> Citation | None:
    outer = objects(shape)
    data = objects(outer.get("citationData"))
    flat = {**outer, **data, "citationId": outer.get("citationId") or data.get("_id") or outer.get("_id")}
    passage = _Passage.model_validate(flat)
    about = _Metadata.model_validate({**flat, **objects(flat.get("metadata"))})
    if not (passage.content or about.record_name or about.web_url):
        return None
    number = place if passage.chunk_index is None else passage.chunk_index
    shown = about.web_url if not about.hide_weburl or about.web_url.startswith("/") else ""
    return Citation(
        number=number,
        title=about.record_name or f"Source {number}",
        excerpt=passage.content,
        url=shown or None,
        id=passage.id or None,
        record_id=about.record_id or None,
        record_type=about.record_type or None,
        connector=about.connector or None,
        page=about.page_num,
        relevance=passage.relevance,
    )
