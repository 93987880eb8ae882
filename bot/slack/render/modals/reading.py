"""A conversation to read: who said what, and where it comes from."""

from datetime import datetime

from bot.domain.conversations import Message, Reading, Said, Speaker, by_document
from bot.slack import actions
from bot.slack.limits import HEADER_TEXT
from bot.slack.render import citations
from bot.slack.render.message import Block, button, context, escaped, section, shortened
from bot.slack.render.message import actions as row
from bot.slack.render.modals.frame import modal, plain
from bot.slack.render.modals.text import PART, in_sections
from bot.slack.render.split import parts

TITLE = "Conversation"

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
    return modal(TITLE, blocks)


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
    named = [f"{citations.numbers(each)} {citations.link(each, frontend)}" for each in documents[:SOURCES]]
    if len(documents) > SOURCES:
        named.append(f"and {len(documents) - SOURCES} more")
    return [context("Sources:  " + "  ·  ".join(named))]


def _date(when: datetime) -> str:
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%d %b %Y}>"
