"""The modals of a conversation: rename, delete, read, regenerate, previous version, sources."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.conversations import Citation, Message, Reading, Said, Source, Speaker, by_document
from bot.domain.turns import Choices, Manner
from bot.slack import actions
from bot.slack.limits import HEADER_TEXT, VIEW_BLOCKS
from bot.slack.render import answer_footer
from bot.slack.render import answer_footer as footer
from bot.slack.render.answer_footer import flat, link, numbers, readable
from bot.slack.render.blocks import Block, button, context, escaped, section, shortened
from bot.slack.render.blocks import actions as row
from bot.slack.render.markdown.split import parts
from bot.slack.render.modals import ask as ask_modal
from bot.slack.render.modals.base import PART, in_sections, modal, plain, text_input

RENAME = "Rename"
DELETE = "Delete conversation"
DELETED = "The conversation is deleted. The next question in its thread begins a new one."

RENAME_TITLE = "title"
LONGEST_TITLE = 200  # characters; what PipesHub takes
SHOWN_TITLE = 150


def rename(turn: str, title: str) -> Block:
    """Draw the modal that asks for another title."""
    field = text_input(
        RENAME_TITLE, "Title", initial=title[:LONGEST_TITLE], hint="1 to 200 characters, without < and >"
    )
    return modal(
        RENAME,
        [field],
        callback_id=actions.RENAMING,
        submit="Rename",
        close="Cancel",
        about=actions.value(turn),
    )


def renamed(title: str) -> str:
    """Say what a conversation is called now."""
    return f"The conversation is now called *{escaped(title)}*."


def delete(turn: str, title: str) -> Block:
    """Draw the modal that asks whether a conversation is to be deleted."""
    name = escaped(shortened(title, SHOWN_TITLE))
    question = (
        f"Delete the conversation *{name}*?\nIt disappears from PipesHub for everybody it is shared with. "
        "What was said here in Slack stays, without its buttons. This cannot be undone."
    )
    return modal(
        DELETE,
        [section(question)],
        callback_id=actions.DELETING,
        submit="Delete",
        close="Cancel",
        about=actions.value(turn),
    )


PREVIOUS_TITLE = "Earlier version"


def earlier(text: str, citations: Sequence[Citation], replaced_at: float, frontend: str) -> Block:
    """Draw an answer as it was until `replaced_at`, in seconds since 1970."""
    until = f"<!date^{int(replaced_at)}^{{date_short_pretty}} at {{time}}|earlier>"
    body = in_sections(text, citations, frontend)
    return modal(
        PREVIOUS_TITLE, [context(f"Until {until}"), *body, *footer.source_blocks(tuple(citations), frontend)]
    )


READING_TITLE = "Conversation"

QUESTION = 1_500
"""Characters of a question that are shown."""

PARTS = 3
"""Blocks of one answer that are shown."""

SOURCES = 5
"""Documents named under an answer."""


def reading(found: Reading, frontend: str) -> Block:
    """Draw one page of a conversation's messages, with a way to those before and after."""
    conversation = found.conversation
    title = shortened(conversation.title or "Conversation without a title", HEADER_TEXT)
    blocks: list[Block] = [{"type": "header", "text": plain(title)}]
    if conversation.is_archived:
        blocks.append(context(":file_cabinet: Archived."))
    blocks += _turning(found, later=False)
    for said in found.said:
        blocks += _said(said, frontend, archived=conversation.is_archived)
    if not found.said:
        blocks.append(section("There are no messages here yet."))
    blocks += _turning(found, later=True)
    if found.link:
        blocks.append(context(f"<{found.link}|Open its thread in Slack> to go on asking."))
    return modal(READING_TITLE, blocks)


def _turning(found: Reading, *, later: bool) -> list[Block]:
    conversation = found.conversation.id
    if not later and found.earlier:
        value = actions.reading_value(conversation, found.number + 1)
        return [row("earlier", [button(actions.READ_EARLIER, "Show earlier", value)])]
    if later and found.number > 1:
        value = actions.reading_value(conversation, found.number - 1)
        return [row("later", [button(actions.READ_LATER, "Show later", value)])]
    return []


def _said(said: Said, frontend: str, *, archived: bool) -> list[Block]:
    message = said.message
    when = f"  ·  {_date(message.created_at)}" if message.created_at else ""
    match message.speaker:
        case Speaker.USER:
            who = f"<@{said.asker}> asked" if said.asker else "*Question*"
            return [context(f"{who}{when}"), *_question(message.content)]
        case Speaker.ERROR:
            why = escaped(shortened(message.content, QUESTION)) or "no reason is told"
            return [context(f":warning: *PipesHub* could not answer{when}"), section(why)]
        case _:
            head = context(f"*PipesHub* answered{when}")
            return [head, *_answer(message, frontend), *_sources(message, frontend, archived=archived)]


def _question(text: str) -> list[Block]:
    shown = [section(f"*{escaped(shortened(' '.join(text.split()), QUESTION))}*")]
    return [*shown, context("_Shortened here._")] if len(text) > QUESTION else shown


def _answer(message: Message, frontend: str) -> list[Block]:
    pieces = parts(message.content, PART)
    if not pieces:
        return [section("_An answer without a text._")]
    shown = [block for piece in pieces[:PARTS] for block in in_sections(piece, message.citations, frontend)]
    return [*shown, context("_Shortened here._")] if len(pieces) > PARTS else shown


def _sources(message: Message, frontend: str, *, archived: bool) -> list[Block]:
    documents = by_document(message.citations)
    if not documents:
        return [context("_PipesHub does not show the sources of archived answers._")] if archived else []
    named = [
        f"{answer_footer.numbers(each)} {answer_footer.link(each, frontend)}" for each in documents[:SOURCES]
    ]
    if len(documents) > SOURCES:
        named.append(f"and {len(documents) - SOURCES} more")
    return [context("Sources:  " + "  ·  ".join(named))]


def _date(when: datetime) -> str:
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%d %b %Y}>"


REGENERATE_TITLE = "Regenerate with …"
BEGUN = "I am writing the answer anew, in its own message. The version before stays readable from its menu."
INTRODUCTION = "The answer is written anew in its own message, the way you choose here."


def regenerate(turn: str, choices: Choices, default: Manner) -> Block:
    """Draw the modal that asks how an answer is to be written anew."""
    return modal(
        REGENERATE_TITLE,
        [section(INTRODUCTION), *ask_modal.option_blocks(choices, default, records=False)],
        callback_id=actions.REGENERATING,
        submit="Regenerate",
        close="Cancel",
        about=actions.value(turn),
    )


SOURCES_TITLE = "All sources"

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
    return modal(SOURCES_TITLE, blocks)


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
