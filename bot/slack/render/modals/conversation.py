"""The modals of a conversation: rename, delete, read, regenerate, previous version, sources."""

from collections.abc import Sequence

from bot.domain.conversations import (
    Citation,
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
    MAX_SECTIONS,
    PART,
    answer_sections,
    citation_markers,
    connector_name,
    document_link,
    source_blocks,
)
from bot.slack.render.blocks import (
    Block,
    button,
    button_row,
    context_block,
    date_text,
    escaped,
    form,
    modal,
    one_line,
    plain_text,
    section_block,
    shortened,
    text_input,
)
from bot.slack.render.markdown.plain import plain_passage
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
    return form(
        RENAME_TITLE, sentence("rename.submit"), actions.RENAME_FORM, actions.button_value(turn), [field]
    )


def delete_modal(turn: str, title: str) -> Block:
    """Draw the modal that asks for confirmation before a conversation is deleted."""
    question = section_block(sentence("delete.question", title=escaped(shortened(title, SHOWN_TITLE))))
    return form(
        DELETE_TITLE, sentence("delete.submit"), actions.DELETE_FORM, actions.button_value(turn), [question]
    )


PREVIOUS_TITLE = sentence("earlier_version.title")


def earlier_version_modal(
    text: str, citations: Sequence[Citation], replaced_at: float, frontend: str
) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    body = answer_sections(text, citations, frontend)
    until = context_block(sentence("earlier_version.until", when=date_text(replaced_at)))
    cut = [context_block(sentence("transcript.shortened"))] if len(text) > MAX_SECTIONS * PART else []
    return modal(PREVIOUS_TITLE, [until, *body, *cut, *source_blocks(tuple(citations), frontend)])


READING_TITLE = sentence("transcript.title")

TRANSCRIPT_QUESTION_LENGTH = 1_500
TRANSCRIPT_ANSWER_PARTS = 3  # parts of one answer that are shown
TRANSCRIPT_SOURCES = 5  # documents named under an answer


def transcript_modal(found: TranscriptPage, frontend: str) -> Block:
    """Draw one page of a conversation's messages, with a way to those before and after."""
    conversation = found.conversation
    title = shortened(conversation.title or UNTITLED, HEADER_TEXT)
    blocks: list[Block] = [{"type": "header", "text": plain_text(title)}]
    if conversation.is_archived:
        blocks.append(context_block(sentence("transcript.archived")))
    if found.has_earlier:
        earlier = actions.transcript_value(conversation.id, found.page + 1)
        to_earlier = button(actions.TRANSCRIPT_EARLIER, sentence("transcript.earlier"), earlier)
        blocks.append(button_row("earlier", [to_earlier]))
    for message in found.messages:
        blocks += _said(message, found.askers.get(message.id), frontend, archived=conversation.is_archived)
    if not found.messages:
        blocks.append(section_block(sentence("transcript.empty")))
    if found.page > 1:
        later = actions.transcript_value(conversation.id, found.page - 1)
        to_later = button(actions.TRANSCRIPT_LATER, sentence("transcript.later"), later)
        blocks.append(button_row("later", [to_later]))
    if found.link:
        blocks.append(context_block(sentence("transcript.thread", url=found.link)))
    return modal(READING_TITLE, blocks)


def _said(message: Message, asker: str | None, frontend: str, *, archived: bool) -> list[Block]:
    shortened_here = context_block(sentence("transcript.shortened"))
    when = f"  ·  {date_text(message.created_at)}" if message.created_at else ""
    if message.author is MessageAuthor.USER:
        key = "transcript.asked" if asker else "transcript.question"
        question = section_block(f"*{one_line(message.content, TRANSCRIPT_QUESTION_LENGTH)}*")
        drawn = [context_block(sentence(key, person=asker) + when), question]
        return [*drawn, shortened_here] if len(message.content) > TRANSCRIPT_QUESTION_LENGTH else drawn
    if message.author is MessageAuthor.ERROR:
        why = escaped(shortened(message.content, TRANSCRIPT_QUESTION_LENGTH))
        head = context_block(sentence("transcript.failed") + when)
        return [head, section_block(why or sentence("transcript.no_reason"))]
    drawn = [context_block(sentence("transcript.answered") + when)]
    shown = message.content[: (TRANSCRIPT_ANSWER_PARTS + 1) * PART]
    parts = split_markdown(shown, PART, TRANSCRIPT_ANSWER_PARTS + 1) if shown.strip() else []
    if not parts:
        drawn.append(section_block(sentence("transcript.no_text")))
    for part in parts[:TRANSCRIPT_ANSWER_PARTS]:
        drawn += answer_sections(part, message.citations, frontend)
    if len(parts) > TRANSCRIPT_ANSWER_PARTS:
        drawn.append(shortened_here)
    if documents := group_by_document(message.citations):
        named = [
            f"{citation_markers(each)} {document_link(each, frontend)}"
            for each in documents[:TRANSCRIPT_SOURCES]
        ]
        if len(documents) > TRANSCRIPT_SOURCES:
            named.append(sentence("sources.more", count=len(documents) - TRANSCRIPT_SOURCES))
        drawn.append(context_block(sentence("transcript.sources", documents="  ·  ".join(named))))
    elif archived:
        drawn.append(context_block(sentence("transcript.no_sources")))
    return drawn


REGENERATE_TITLE = sentence("regenerate.title")
REGENERATE_STARTED_TEXT = sentence("regenerate.started")


def regenerate_modal(turn: str, choices: AvailableOptions, default: QuestionOptions) -> Block:
    """Draw the modal that asks how an answer should be regenerated."""
    introduction = section_block(sentence("regenerate.introduction"))
    blocks = [introduction, *option_blocks(choices, default, records=False)]
    return form(
        REGENERATE_TITLE,
        sentence("regenerate.submit"),
        actions.REGENERATE_FORM,
        actions.button_value(turn),
        blocks,
    )


SOURCES_TITLE = sentence("sources.title")

SOURCE_EXCERPT_LENGTH = 600  # a paragraph or two


def sources_modal(citations: tuple[Citation, ...], frontend: str) -> Block:
    """Draw every document an answer rests on, each with its passages in the order of their numbers."""
    documents = group_by_document(citations)
    counted = {
        "documents": sentence("sources.documents", count=len(documents)),
        "passages": sentence("sources.passages", count=len(citations)),
    }
    blocks = [context_block(sentence("sources.count", **counted))]
    shown = 0
    for document in documents:
        if len(blocks) + 2 >= VIEW_BLOCKS:  # the last block counts what is left out
            break
        about = [f"*{citation_markers(document)}*  *{document_link(document, frontend)}*"]
        if connector := document.citations[0].connector:
            about.append(escaped(connector_name(connector)))
        blocks.append(section_block("  ·  ".join(about)))
        fitting = document.citations[: VIEW_BLOCKS - 1 - len(blocks)]
        several = len(document.citations) > 1
        blocks += [_passage(each, numbered=several) for each in fitting]
        shown += len(fitting)
    if shown < len(citations):
        missing = sentence("sources.passages", count=len(citations) - shown)
        blocks.append(context_block(sentence("sources.not_shown", passages=missing)))
    return modal(SOURCES_TITLE, blocks)


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
