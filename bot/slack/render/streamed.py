"""An answer in a stream of Slack's, where text can be added and never taken back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.conversations import Answer, AnswerState
from bot.slack.limits import MARKDOWN_TEXT, TASK_TEXT
from bot.slack.render.answer import LOOKING_FOR_ANSWER, PART_LENGTH, citation_urls
from bot.slack.render.blocks import Block, RenderedMessage, shortened
from bot.slack.render.markdown.partial import close_partial_markdown, settled_prefix
from bot.slack.render.markdown.sanitize import sanitize_prefix

# Characters of text that are held back at first: with so few, servers from v0.6.0 on say that they are going
# to look something up, and take it back when they do.
HELD_BACK_LENGTH = 50

# Servers from v0.6.0 on put the numbers of their sources into text that was sent without them.
_MARKER = re.compile(r"[ \t]?\[\d{1,3}\](?:\([^()\s]*\))?")


@dataclass(frozen=True, slots=True)
class StreamContent:
    """What a stream shows: the server's `text`, the `markdown` sent for it, and the step that is open.

    `progress` is empty once no step is open; steps are numbered from 1, their ids begin with `step_prefix`.
    """

    text: str = ""
    markdown: str = ""
    progress: str = ""
    step: int = 0
    step_prefix: str = "step"


@dataclass(frozen=True, slots=True)
class StreamEnding:
    """What a stream ends with. `is_complete`: it then shows what an edit would show, links and all."""

    chunks: tuple[Block, ...]
    blocks: tuple[Block, ...]
    is_complete: bool


StreamGrowth = tuple[StreamContent, list[Block]]


def stream_start(step_prefix: str = "step") -> StreamGrowth:
    """Return what a stream shows at first, and the chunks for that.

    A stream takes no metadata before its end: the ids of its steps are what it can be recognised by.
    """
    begun = StreamContent(progress=LOOKING_FOR_ANSWER, step=1, step_prefix=step_prefix)
    return begun, [_task(begun, "in_progress")]


def stream_growth(before: StreamContent, answer: Answer, frontend: str) -> StreamGrowth | None:
    """Return what a stream shows with all of `answer` that will not change, and the chunks that add it.

    None where the answer does not go on from what was sent, or grows over one message's limit.
    """
    if len(answer.text) > PART_LENGTH or (before.text and not answer.text):
        return None
    text = settled_prefix(answer.text)
    if not before.text and len(text) < HELD_BACK_LENGTH:
        return _with_progress(before, answer.progress or before.progress)
    added = _added(before, text, answer, frontend)
    if added is None:
        # What the server has put its markers into can lag behind what it sent without them.
        return (before, []) if _MARKER.sub("", before.text).startswith(_MARKER.sub("", text)) else None
    done = [_task(before, "complete")] if before.progress and added else []
    after = replace(
        before, text=text, markdown=before.markdown + added, progress="" if added else before.progress
    )
    return after, [*done, *_text(added)]


def stream_ending(
    before: StreamContent, answer: Answer, drawn: Sequence[RenderedMessage], frontend: str
) -> StreamEnding | None:
    """Return what ends a stream so that it shows `answer`, which an edit would show as `drawn`.

    None where the answer does not go on from what was sent, or needs more than one message.
    """
    if len(drawn) > 1:
        return None
    text = answer.text if answer.state is AnswerState.DONE else close_partial_markdown(answer.text)
    added = _added(before, text, answer, frontend)
    if added is None and offset_after(before.text.rstrip(), text.rstrip()) == len(text.rstrip()):
        added = ""  # what is stored lacks the blanks at the end of what was sent
    if added is None:
        return None
    blocks = drawn[0].blocks
    count = next((index for index, each in enumerate(blocks) if each["type"] != "markdown"), len(blocks))
    body = "\n".join(each["text"] for each in blocks[:count])
    status = "complete" if answer.state is AnswerState.DONE else "error"
    done = [_task(before, status)] if before.progress else []
    is_complete = (before.markdown + added).strip() == body.strip()
    return StreamEnding((*done, *_text(added)), blocks[count:], is_complete)


def offset_after(sent: str, text: str) -> int | None:
    """Return where `text` goes on from `sent`; None where it does not.

    Markers that are in `text` and not in `sent` count as sent.
    """
    if text.startswith(sent):
        return len(sent)
    index = at = 0
    while index < len(sent):
        marker = _MARKER.match(text, at)
        if marker and not sent.startswith(marker[0], index):
            at = marker.end()
            continue
        if at >= len(text) or sent[index] != text[at]:
            return None
        index += 1
        at += 1
    return at


def _added(before: StreamContent, text: str, answer: Answer, frontend: str) -> str | None:
    """Return the Markdown that takes a stream on to `text`; None where none does."""
    at = offset_after(before.text, text)
    if at is None:
        return None
    url_of = citation_urls(answer.citations, frontend).get
    sent, now = (sanitize_prefix(each, frontend, url_of) for each in (text[:at], text))
    added = now[len(sent) :]
    fits = len(before.markdown) + len(added) <= MARKDOWN_TEXT
    return added if fits and now.startswith(sent) else None


def _with_progress(before: StreamContent, progress: str) -> StreamGrowth:
    """Show progress; a step that goes on keeps its number, and a new one completes the one before."""
    if progress == before.progress:
        return before, []
    # A tool's name comes first; what it is asked and what it finds follow after a colon.
    same_tool = progress.partition(": ")[0] == before.progress.partition(": ")[0]
    if same_tool or before.progress == LOOKING_FOR_ANSWER:
        after = replace(before, progress=progress)
        return after, [_task(after, "in_progress")]
    after = replace(before, progress=progress, step=before.step + 1)
    return after, [_task(before, "complete"), _task(after, "in_progress")]


def _text(markdown: str) -> list[Block]:
    return [{"type": "markdown_text", "text": markdown}] if markdown else []


def _task(shown: StreamContent, status: str) -> Block:
    return {
        "type": "task_update",
        "id": f"{shown.step_prefix}-{shown.step}",
        "title": shortened(shown.progress.rstrip("…"), TASK_TEXT),
        "status": status,
    }
