"""All sources of an answer, passage by passage."""

from bot.domain.conversations import Citation, Source, by_document
from bot.slack.limits import VIEW_BLOCKS
from bot.slack.render.citations import flat, link, numbers, readable
from bot.slack.render.message import Block, context, escaped, section, shortened
from bot.slack.render.modals.frame import modal

TITLE = "All sources"

EXCERPT = 600
"""Characters of a passage: a paragraph or two."""


def sources(citations: tuple[Citation, ...], frontend: str) -> Block:
    """Draw every document an answer rests on, each with its passages in the order of their numbers."""
    documents = by_document(citations)
    passages = len(citations)
    count = f"{_counted(len(documents), 'document')}, {_counted(passages, 'passage')}"
    blocks = [context(f"{count}. The numbers are those in the answer.")]
    shown = 0
    for document in documents:
        if len(blocks) + 2 >= VIEW_BLOCKS:
            break
        blocks.append(_document(document, frontend))
        fitting = document.citations[: VIEW_BLOCKS - 1 - len(blocks)]
        several = len(document.citations) > 1
        blocks += [_passage(each, numbered=several) for each in fitting]
        shown += len(fitting)
    if shown < passages:
        blocks.append(context(f"… and {_counted(passages - shown, 'passage')} more, too many to show here."))
    return modal(TITLE, blocks)


def _document(source: Source, frontend: str) -> Block:
    connector = source.citations[0].connector
    where = [escaped(readable(connector))] if connector else []
    return section("  ·  ".join([f"*{numbers(source)}*  *{link(source, frontend)}*", *where]))


def _passage(citation: Citation, *, numbered: bool) -> Block:
    about = [f"*[{citation.number}]*"] if numbered else []
    if citation.page:
        about.append(f"page {citation.page}")
    if citation.relevance is not None and 0 <= citation.relevance <= 1:
        about.append(f"{round(citation.relevance * 100)} % relevant")
    excerpt = escaped(shortened(flat(citation.excerpt), EXCERPT)) or "_The passage itself is not told._"
    return context("\n".join(filter(None, ["  ·  ".join(about), excerpt])))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
