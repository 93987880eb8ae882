"""An answer in a stream of Slack's, where text can be added and never taken back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.conversations import Answer, State
from bot.slack.limits import MARKDOWN_TEXT, TASK_TEXT
from bot.slack.render.answer import LOOKING, SHOWN, addresses
from bot.slack.render.blocks import Block, Drawn, shortened
from bot.slack.render.markdown.partial import settled, whole
from bot.slack.render.markdown.sanitize import lasting

HELD = 50
"""Characters of text that are held back at first: with so few, servers from v0.6.0 on say that they are going
to look something up, and take it back when they do."""

# Servers from v0.6.0 on put the numbers of their sources into text that was sent without them.
_MARKER = re.compile(r"[ \t]?\[\d{1,3}\](?:\([^()\s]*\))?")


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a stream shows: `text` of the server's, the `markdown` sent for it, and the step that is open.

    `doing` is empty once no step is open; steps are numbered from 1, and their ids begin with `name`.
    """

    text: str = ""
    markdown: str = ""
    doing: str = ""
    step: int = 0
    name: str = "step"


@dataclass(frozen=True, slots=True)
class Last:
    """What a stream ends with. `faithful`: it shows then what an edit would show, links and all."""

    chunks: tuple[Block, ...]
    blocks: tuple[Block, ...]
    faithful: bool


Growth = tuple[Streamed, list[Block]]


def begun(name: str = "step") -> Growth:
    """Return what a stream shows at first, and the chunks for that.

    A stream takes no metadata before its end: the ids of its steps are what it can be recognised by.
    """
    begun = Streamed(doing=LOOKING, step=1, name=name)
    return begun, [_task(begun, "in_progress")]


def grown(before: Streamed, answer: Answer, frontend: str) -> Growth | None:
    """Return what a stream shows with all of `answer` that will not change, and the chunks that add it.

    None where the answer does not go on from what was sent, or grows over one message's limit.
    """
    if len(answer.text) > SHOWN or (before.text and not answer.text):
        return None
    text = settled(answer.text)
    if not before.text and len(text) < HELD:
        return _at_work(before, answer.doing or before.doing)
    added = _added(before, text, answer, frontend)
    if added is None:
        # What the server has put its markers into can lag behind what it sent without them.
        return (before, []) if _unmarked(before.text).startswith(_unmarked(text)) else None
    done = [_task(before, "complete")] if before.doing and added else []
    after = replace(before, text=text, markdown=before.markdown + added, doing="" if added else before.doing)
    return after, [*done, *_text(added)]


def last(before: Streamed, answer: Answer, drawn: Sequence[Drawn], frontend: str) -> Last | None:
    """Return what ends a stream so that it shows `answer`, which an edit would show as `drawn`.

    None where the answer does not go on from what was sent, or needs more than one message.
    """
    if len(drawn) > 1:
        return None
    text = answer.text if answer.state is State.DONE else whole(answer.text)
    added = _added(before, text, answer, frontend)
    if added is None and following(before.text.rstrip(), text.rstrip()) == len(text.rstrip()):
        added = ""  # what is stored lacks the blanks at the end of what was sent
    if added is None:
        return None
    blocks = drawn[0].blocks
    count = next((index for index, each in enumerate(blocks) if each["type"] != "markdown"), len(blocks))
    body = "\n".join(each["text"] for each in blocks[:count])
    status = "complete" if answer.state is State.DONE else "error"
    done = [_task(before, status)] if before.doing else []
    faithful = (before.markdown + added).strip() == body.strip()
    return Last((*done, *_text(added)), blocks[count:], faithful)


def following(sent: str, text: str) -> int | None:
    """Return where in `text` that begins which follows `sent`; None where it does not go on from it.

    Markers that stand in `text` and did not stand in `sent` count as sent.
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


def _added(before: Streamed, text: str, answer: Answer, frontend: str) -> str | None:
    """Return the Markdown that takes a stream on to `text`; None where none does."""
    at = following(before.text, text)
    if at is None:
        return None
    url_of = addresses(answer, frontend).get
    sent, now = (lasting(each, frontend, url_of) for each in (text[:at], text))
    added = now[len(sent) :]
    fits = len(before.markdown) + len(added) <= MARKDOWN_TEXT
    return added if fits and now.startswith(sent) else None


def _at_work(before: Streamed, doing: str) -> Growth:
    """Say what is done; a step that goes on keeps its number, and a new one completes the one before."""
    if doing == before.doing:
        return before, []
    if before.doing == LOOKING or _name(doing) == _name(before.doing):
        after = replace(before, doing=doing)
        return after, [_task(after, "in_progress")]
    after = replace(before, doing=doing, step=before.step + 1)
    return after, [_task(before, "complete"), _task(after, "in_progress")]


def _name(doing: str) -> str:
    """Return what a tool is called; what it is asked and what it finds follow after a colon."""
    return doing.partition(": ")[0]


def _unmarked(text: str) -> str:
    return _MARKER.sub("", text)


def _text(markdown: str) -> list[Block]:
    return [{"type": "markdown_text", "text": markdown}] if markdown else []


def _task(shown: Streamed, status: str) -> Block:
    return {
        "type": "task_update",
        "id": f"{shown.name}-{shown.step}",
        "title": shortened(shown.doing.rstrip("…"), TASK_TEXT),
        "status": status,
    }
