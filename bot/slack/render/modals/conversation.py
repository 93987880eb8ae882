"""The modals of a conversation: rename, delete, read, regenerate, previous version, sources."""

from collections.abc import Sequence

from bot.domain.conversations import (
    Citation,
    CitedDocument,
    Message,
    MessageAuthor,
    TranscriptMessage,
    TranscriptPage,
    group_by_document,
)
from bot.domain.turns import AvailableOptions, QuestionOptions
from bot.slack import actions
from bot.slack.limits import HEADER_TEXT, VIEW_BLOCKS
from bot.slack.render.answer_footer import (
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
    counted,
    date_text,
    escaped,
    one_line,
    plain_text,
    section_block,
    shortened,
)
from bot.slack.render.markdown.split import split_markdown
from bot.slack.render.messages import UNTITLED
from bot.slack.render.modals.ask import option_blocks
from bot.slack.render.modals.base import PART, answer_sections, modal, text_input

RENAME_TITLE = "Rename"
DELETE_TITLE = "Delete conversation"
DELETED_TEXT = "The conversation is deleted. The next question in its thread begins a new one."

TITLE = "title"
LONGEST_TITLE = 200  # characters; what PipesHub takes
SHOWN_TITLE = 150


def rename_modal(turn: str, title: str) -> Block:
    """Draw the modal that asks for another title."""
    field = text_input(
        TITLE, "Title", initial=title[:LONGEST_TITLE], hint="1 to 200 characters, without < and >"
    )
    about = actions.button_value(turn)
    return modal(RENAME_TITLE, [field], callback_id=actions.RENAME_FORM, submit="Rename", about=about)


def renamed_text(title: str) -> str:
    """Say what a conversation is called now."""
    return f"The conversation is now called *{escaped(title)}*."


def delete_modal(turn: str, title: str) -> Block:
    """Draw the modal that asks for confirmation before a conversation is deleted."""
    name = escaped(shortened(title, SHOWN_TITLE))
    question = (
        f"Delete the conversation *{name}*?\nIt disappears from PipesHub for everybody it is shared with. "
        "What was said here in Slack stays, without its buttons. This cannot be undone."
    )
    blocks, about = [section_block(question)], actions.button_value(turn)
    return modal(DELETE_TITLE, blocks, callback_id=actions.DELETE_FORM, submit="Delete", about=about)


PREVIOUS_TITLE = "Earlier version"


def earlier_version_modal(
    text: str, citations: Sequence[Citation], replaced_at: float, frontend: str
) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    body = answer_sections(text, citations, frontend)
    until = context_block(f"Until {date_text(replaced_at)}")
    return modal(PREVIOUS_TITLE, [until, *body, *source_blocks(tuple(citations), frontend)])


READING_TITLE = "Conversation"

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
        blocks.append(context_block(":file_cabinet: Archived."))
    blocks += _turning(found, later=False)
    for said in found.messages:
        blocks += _said(said, frontend, archived=conversation.is_archived)
    if not found.messages:
        blocks.append(section_block("There are no messages here yet."))
    blocks += _turning(found, later=True)
    if found.link:
        blocks.append(context_block(f"<{found.link}|Open its thread in Slack> to go on asking."))
    return modal(READING_TITLE, blocks)


def _turning(found: TranscriptPage, *, later: bool) -> list[Block]:
    conversation = found.conversation.id
    if not later and found.has_earlier:
        value = actions.transcript_value(conversation, found.page + 1)
        return [button_row("earlier", [button(actions.TRANSCRIPT_EARLIER, "Show earlier", value)])]
    if later and found.page > 1:
        value = actions.transcript_value(conversation, found.page - 1)
        return [button_row("later", [button(actions.TRANSCRIPT_LATER, "Show later", value)])]
    return []


def _said(said: TranscriptMessage, frontend: str, *, archived: bool) -> list[Block]:
    message = said.message
    when = f"  ·  {date_text(message.created_at)}" if message.created_at else ""
    match message.author:
        case MessageAuthor.USER:
            who = f"<@{said.asker}> asked" if said.asker else "*Question*"
            return [context_block(f"{who}{when}"), *_question(message.content)]
        case MessageAuthor.ERROR:
            why = escaped(shortened(message.content, TRANSCRIPT_QUESTION_LENGTH)) or "no reason is told"
            return [context_block(f":warning: *PipesHub* could not answer{when}"), section_block(why)]
        case _:
            head = context_block(f"*PipesHub* answered{when}")
            return [head, *_answer(message, frontend), *_sources(message, frontend, archived=archived)]


def _question(text: str) -> list[Block]:
    shown = [section_block(f"*{one_line(text, TRANSCRIPT_QUESTION_LENGTH)}*")]
    return [*shown, context_block("_Shortened here._")] if len(text) > TRANSCRIPT_QUESTION_LENGTH else shown


def _answer(message: Message, frontend: str) -> list[Block]:
    pieces = split_markdown(message.content, PART)
    if not pieces:
        return [section_block("_An answer without a text._")]
    shown = [
        block
        for piece in pieces[:TRANSCRIPT_ANSWER_PARTS]
        for block in answer_sections(piece, message.citations, frontend)
    ]
    return [*shown, context_block("_Shortened here._")] if len(pieces) > TRANSCRIPT_ANSWER_PARTS else shown


def _sources(message: Message, frontend: str, *, archived: bool) -> list[Block]:
    documents = group_by_document(message.citations)
    if not documents:
        hidden = context_block("_PipesHub does not show the sources of archived answers._")
        return [hidden] if archived else []
    shown = documents[:TRANSCRIPT_SOURCES]
    named = [f"{citation_markers(each)} {document_link(each, frontend)}" for each in shown]
    if len(documents) > TRANSCRIPT_SOURCES:
        named.append(f"and {len(documents) - TRANSCRIPT_SOURCES} more")
    return [context_block("Sources:  " + "  ·  ".join(named))]


REGENERATE_TITLE = "Regenerate with …"
REGENERATE_STARTED_TEXT = (
    "I am writing the answer anew, in its own message. The version before stays readable from its menu."
)
REGENERATE_INTRODUCTION = "The answer is written anew in its own message, the way you choose here."


def regenerate_modal(turn: str, choices: AvailableOptions, default: QuestionOptions) -> Block:
    """Draw the modal that asks how an answer should be regenerated."""
    blocks = [section_block(REGENERATE_INTRODUCTION), *option_blocks(choices, default, records=False)]
    about = actions.button_value(turn)
    return modal(
        REGENERATE_TITLE, blocks, callback_id=actions.REGENERATE_FORM, submit="Regenerate", about=about
    )


SOURCES_TITLE = "All sources"

SOURCE_EXCERPT_LENGTH = 600
"""Characters of a passage: a paragraph or two."""


def sources_modal(citations: tuple[Citation, ...], frontend: str) -> Block:
    """Draw every document an answer rests on, each with its passages in the order of their numbers."""
    documents = group_by_document(citations)
    passages = len(citations)
    count = f"{counted(len(documents), 'document')}, {counted(passages, 'passage')}"
    blocks = [context_block(f"{count}. The numbers are those in the answer.")]
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
        blocks.append(
            context_block(f"… and {counted(passages - shown, 'passage')} more, too many to show here.")
        )
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
        about.append(f"page {citation.page}")
    if citation.relevance is not None and 0 <= citation.relevance <= 1:
        about.append(f"{round(citation.relevance * 100)} % relevant")
    excerpt = one_line(plain_passage(citation.excerpt), SOURCE_EXCERPT_LENGTH)
    return context_block(
        "\n".join(filter(None, ["  ·  ".join(about), excerpt or "_The passage itself is not told._"]))
    )
