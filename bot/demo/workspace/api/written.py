"""What an app may put into a message: text, Markdown, blocks, attachments, metadata."""

from typing import Any

from bot.demo.workspace.api.method import Asked
from bot.demo.workspace.checks.surfaces import check_message_blocks
from bot.demo.workspace.elements import with_ids
from bot.demo.workspace.model import Json
from bot.demo.workspace.refusals import Refusal

ATTACHMENTS = 100
"""Attachments of one message (docs.slack.dev, "chat.postMessage")."""

MARKDOWN_TEXT = 12_000
"""Characters of `markdown_text` (docs.slack.dev, "chat.postMessage")."""


def content_of(asked: Asked, longest_text: int) -> dict[str, Any]:
    """Return the fields of a message that the arguments describe; raises Refusal.

    A field is missing where its argument was not sent.
    """
    arguments, content = asked.arguments, dict[str, Any]()
    if arguments.given("text"):
        content["text"] = arguments.text("text")
        if len(content["text"]) > longest_text:
            raise Refusal("msg_too_long")
    if arguments.text("markdown_text"):
        content |= _markdown(asked)
    elif arguments.given("blocks"):
        content["blocks"] = blocks_of(asked)
    if arguments.given("attachments"):
        content["attachments"] = _attachments(asked)
    if arguments.given("metadata"):
        content["metadata"] = metadata_of(asked)
    return content


def blocks_of(asked: Asked) -> list[Json]:
    """Return the blocks sent, checked and with their ids; raises Refusal."""
    blocks = asked.arguments.json("blocks", "invalid_blocks_format") or []
    return with_ids(check_message_blocks(blocks, asked.workspace.app.refused_blocks))


def metadata_of(asked: Asked) -> Json:
    """Return the metadata sent; raises Refusal `invalid_metadata_format`."""
    metadata = asked.arguments.json("metadata", "invalid_metadata_format")
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        raise Refusal("invalid_metadata_format")
    return metadata


def _markdown(asked: Asked) -> dict[str, Any]:
    if asked.arguments.given("text") or asked.arguments.given("blocks"):
        raise Refusal("markdown_text_conflict")
    text = asked.arguments.text("markdown_text")
    if len(text) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    blocks = check_message_blocks([{"type": "markdown", "text": text}], asked.workspace.app.refused_blocks)
    return {"text": text, "blocks": with_ids(blocks)}


def _attachments(asked: Asked) -> list[Json]:
    attachments = asked.arguments.objects("attachments", "invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for each in attachments:
        blocks = check_message_blocks(each.get("blocks") or [], asked.workspace.app.refused_blocks)
        if blocks:
            each["blocks"] = with_ids(blocks)
    return attachments
