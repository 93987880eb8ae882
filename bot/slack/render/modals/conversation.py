"""The modals of a conversation: rename, delete, read, regenerate, previous version, sources."""

from collections.abc import Sequence

from bot.domain.conversations import (
    Citation,
    CitedDocument,
    Message,
    MessageAuthor,
    TranscriptPage,
    group_by_document,
)
from bot.domain.turns import AvailableOptions, QuestionOptions
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import HEADER_TEXT, VIEW_BLOCKS
from bot.slack.render.answer import (
    PART,
    answer_sections,
    citation_markers,
    connector_name,
    document_link,
    plain_passage,
    source_blocks,
)
from bot.slack.render.blocks import (
    Block,
    button,
    button_row,
    context_block,
    date_text,
    escaped,
    modal,
    one_line,
    plain_text,
    section_block,
    shortened,
    text_input,
)
from bot.slack.render.markdown.split import split_markdown
from bot.slack.render.messages import UNTITLED
from bot.slack.render.modals.ask import option_blocks

RENAME_TITLE = sentence("rename.title")
DELETE_TITLE = sentence("delete.title")
DELETED_TEXT = sentence("delete.done")

TITLE = "title"
LONGEST_TITLE = 200  # characters; what PipesHub takes
SHOWN_TITLE = 150


def rename_modal(turn: str, title: str) -> Block:
    """Draw the modal that asks for another title."""
    field = text_input(TITLE, "rename.field", initial=title[:LONGEST_TITLE])
    submit, about = sentence("rename.submit"), actions.button_value(turn)
    return modal(RENAME_TITLE, [field], callback_id=actions.RENAME_FORM, submit=submit, about=about)


def renamed_text(title: str) -> str:
    """Say what a conversation is called now."""
    return sentence("rename.done", title=escaped(title))


def delete_modal(turn: str, title: str) -> Block:
    """Draw the modal that asks for confirmation before a conversation is deleted."""
    question = section_block(sentence("delete.question", title=escaped(shortened(title, SHOWN_TITLE))))
    submit, about = sentence("delete.submit"), actions.button_value(turn)
    return modal(DELETE_TITLE, [question], callback_id=actions.DELETE_FORM, submit=submit, about=about)


PREVIOUS_TITLE = sentence("earlier_version.title")


def earlier_version_modal(
    text: str, citations: Sequence[Citation], replaced_at: float, frontend: str
) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    body = answer_sections(text, citations, frontend)
    until = context_block(sentence("earlier_version.until", when=date_text(replaced_at)))
    return modal(PREVIOUS_TITLE, [until, *body, *source_blocks(tuple(citations), frontend)])


READING_TITLE = sentence("transcript.title")

TRANSCRIPT_QUESTION_LENGTH = 1_500
"""Characters of a question that are shown."""

TRANSCRIPT_ANSWER_PARTS = 3
"""Blocks of one answer that are shown."""

TRANSCRIPT_SOURCES = 5
"""Documents named under an answer."""


def transcript_modal(found: TranscriptPage, frontend: str) -> Block:
    """Draw one page of a conversation's messages, with a way to those before and after."""
    conversation = found.conversation
    title = shortened(conversation.title or UNTITLED, HEADER_TEXT)
    blocks: list[Block] = [{"type": "header", "text": plain_text(title)}]
    if conversation.is_archived:
        blocks.append(context_block(sentence("transcript.archived")))
    blocks += _turning(found, later=False)
    for message in found.messages:
        blocks += _said(message, found.askers.get(message.id), frontend, archived=conversation.is_archived)
    if not found.messages:
        blocks.append(section_block(sentence("transcript.empty")))
    blocks += _turning(found, later=True)
    if found.link:
        blocks.append(context_block(sentence("transcript.thread", url=found.link)))
    return modal(READING_TITLE, blocks)


def _turning(found: TranscriptPage, *, later: bool) -> list[Block]:
    if not (found.page > 1 if later else found.has_earlier):
        return []
    block_id, action_id, step = (
        ("later", actions.TRANSCRIPT_LATER, -1) if later else ("earlier", actions.TRANSCRIPT_EARLIER, 1)
    )
    value = actions.transcript_value(found.conversation.id, found.page + step)
    return [button_row(block_id, [button(action_id, sentence(f"transcript.{block_id}"), value)])]


def _said(message: Message, asker: str | None, frontend: str, *, archived: bool) -> list[Block]:
    when = f"  ·  {date_text(message.created_at)}" if message.created_at else ""
    match message.author:
        case MessageAuthor.USER:
            key = "transcript.asked" if asker else "transcript.question"
            return [context_block(sentence(key, person=asker) + when), *_question(message.content)]
        case MessageAuthor.ERROR:
            why = escaped(shortened(message.content, TRANSCRIPT_QUESTION_LENGTH))
            head = context_block(sentence("transcript.failed") + when)
            return [head, section_block(why or sentence("transcript.no_reason"))]
        case _:
            head = context_block(sentence("transcript.answered") + when)
            return [head, *_answer(message, frontend), *_sources(message, frontend, archived=archived)]


def _question(text: str) -> list[Block]:
    shown = [section_block(f"*{one_line(text, TRANSCRIPT_QUESTION_LENGTH)}*")]
    return [*shown, _shortened()] if len(text) > TRANSCRIPT_QUESTION_LENGTH else shown


def _answer(message: Message, frontend: str) -> list[Block]:
    pieces = split_markdown(message.content, PART)
    if not pieces:
        return [section_block(sentence("transcript.no_text"))]
    shown = [
        block
        for piece in pieces[:TRANSCRIPT_ANSWER_PARTS]
        for block in answer_sections(piece, message.citations, frontend)
    ]
    return [*shown, _shortened()] if len(pieces) > TRANSCRIPT_ANSWER_PARTS else shown


def _shortened() -> Block:
    return context_block(sentence("transcript.shortened"))


def _sources(message: Message, frontend: str, *, archived: bool) -> list[Block]:
    documents = group_by_document(message.citations)
    if not documents:
        return [context_block(sentence("transcript.no_sources"))] if archived else []
    shown = documents[:TRANSCRIPT_SOURCES]
    named = [f"{citation_markers(each)} {document_link(each, frontend)}" for each in shown]
    if len(documents) > TRANSCRIPT_SOURCES:
        named.append(sentence("sources.more", count=len(documents) - TRANSCRIPT_SOURCES))
    return [context_block(sentence("transcript.sources", documents="  ·  ".join(named)))]


REGENERATE_TITLE = sentence("regenerate.title")
REGENERATE_STARTED_TEXT = sentence("regenerate.started")


def regenerate_modal(turn: str, choices: AvailableOptions, default: QuestionOptions) -> Block:
    """Draw the modal that asks how an answer should be regenerated."""
    introduction = section_block(sentence("regenerate.introduction"))
    blocks = [introduction, *option_blocks(choices, default, records=False)]
    submit, about = sentence("regenerate.submit"), actions.button_value(turn)
    return modal(REGENERATE_TITLE, blocks, callback_id=actions.REGENERATE_FORM, submit=submit, about=about)


SOURCES_TITLE = sentence("sources.title")

SOURCE_EXCERPT_LENGTH = 600
"""Characters of a passage: a paragraph or two."""


def sources_modal(citations: tuple[Citation, ...], frontend: str) -> Block:
    """Draw every document an answer rests on, each with its passages in the order of their numbers."""
    documents = group_by_document(citations)
    passages = len(citations)
    documents_text = sentence("sources.documents", count=len(documents))
    passages_text = sentence("sources.passages", count=passages)
    blocks = [context_block(sentence("sources.count", documents=documents_text, passages=passages_text))]
    shown = 0
    for document in documents:
        if len(blocks) + 2 >= VIEW_BLOCKS:  # the last block counts what is left out
            break
        blocks.append(_document(document, frontend))
        fitting = document.citations[: VIEW_BLOCKS - 1 - len(blocks)]
        several = len(document.citations) > 1
        blocks += [_passage(each, numbered=several) for each in fitting]
        shown += len(fitting)
    if shown < passages:
        missing = sentence("sources.passages", count=passages - shown)
        blocks.append(context_block(sentence("sources.not_shown", passages=missing)))
    return modal(SOURCES_TITLE, blocks)


def _document(source: CitedDocument, frontend: str) -> Block:
    connector = source.citations[0].connector
    where = [escaped(connector_name(connector))] if connector else []
    return section_block(
        "  ·  ".join([f"*{citation_markers(source)}*  *{document_link(source, frontend)}*", *where])
    )


def _passage(citation: Citation, *, numbered: bool) -> Block:
    about = [f"*[{citation.number}]*"] if numbered else []
    if citation.page:
        about.append(sentence("sources.page", page=citation.page))
    if citation.relevance is not None and 0 <= citation.relevance <= 1:
        about.append(sentence("sources.relevance", percent=round(citation.relevance * 100)))
    excerpt = one_line(plain_passage(citation.excerpt), SOURCE_EXCERPT_LENGTH)
    return context_block(
        "\n".join(filter(None, ["  ·  ".join(about), excerpt or sentence("sources.no_excerpt")]))
    )
