"""Uploading files to go with a question, and deleting them."""

from aiohttp import BodyPartReader, web

from bot.demo.knowledge.model import BadRequest, InternalError, Invalid, NotFound
from bot.demo.knowledge.users import Caller
from bot.demo.knowledge.web.requests import UUID, Context, json_response, object_id

MOST_FILES = 10
LARGEST_FILE = 5 * 1024 * 1024
"""Bytes."""


async def upload(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Keep the files of a form; return the references that questions carry."""
    if not request.content_type.startswith("multipart/"):
        raise BadRequest("At least one attachment is required")
    files: list[tuple[str, str, bytes]] = []
    conversation_id: str | None = None
    form = await request.multipart()
    while (part := await form.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise InternalError
        if part.name == "conversationId" and (text := (await part.text()).strip()):
            conversation_id = object_id(text, "conversation")
        elif part.name == "files":
            files.append((part.filename or "file", await _type(part, context), await _content(part)))
        # Real servers put down too many files, too large ones and other names to an error of their own.
        elif part.name != "conversationId" or len(files) > MOST_FILES:
            raise InternalError
    if not files:
        raise BadRequest("At least one attachment is required")
    if len(files) > MOST_FILES:
        raise InternalError
    kept = [
        await context.attachments.add(caller.user.id, name, type_, content, conversation_id)
        for name, type_, content in files
    ]
    modes = {"parseMode": "default", "ocrMode": "none"}
    references = [each.reference() | modes for each in kept]
    return json_response({"conversationId": conversation_id, "attachments": references})


async def _type(part: BodyPartReader, context: Context) -> str:
    type_ = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if type_ not in context.generation.attachment_types:
        raise BadRequest(f"Unsupported file type: {type_ or 'unknown'}")
    return type_


async def _content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise InternalError
    return bytes(content)


async def delete(request: web.Request, context: Context, caller: Caller) -> web.StreamResponse:
    """Delete a file; what belongs to another user is not found."""
    attachment_id = request.match_info["id"]
    if not UUID.match(attachment_id):
        raise Invalid("Invalid record ID format")
    if not await context.attachments.delete(caller.user.id, attachment_id):
        raise NotFound("Attachment not found")
    return web.Response(status=204)
