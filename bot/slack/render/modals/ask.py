"""Asking in a form: a question of one's own, or one about a message."""

import json
from dataclasses import dataclass

from bot.domain.text import storable
from bot.domain.turns import Choices, Manner
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.render.message import Block, context, escaped, section, shortened
from bot.slack.render.modals import manner as inputs
from bot.slack.render.modals.frame import modal, plain, text_input

ASK = "Ask a question"
ASK_ABOUT = "Ask about this message"

QUESTION = "question"
PLACE = "place"

LONGEST = (
    3_000  # characters; https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/
)

SHOWN = 500
"""Characters of the message that the form shows."""

CARRIED = 1_200
"""Characters of the message that go with the question: all that a form keeps is 3,000, quotes twice over."""

KEPT = 3_000  # characters; private_metadata, https://docs.slack.dev/reference/views/modal-views/


@dataclass(frozen=True, slots=True)
class Subject:
    """The message that a question is about, as the form carries it; `text` is plain."""

    channel: str
    thread_ts: str
    author: str
    text: str


def ask(choices: Choices, chosen: Manner, question: str = "") -> Block:
    """Draw the form for a question that is answered in a channel or in the direct message."""
    return modal(
        ASK,
        [_question(question), _place(), *inputs.blocks(choices, chosen)],
        callback_id=actions.ASKING,
        submit="Ask",
        close="Cancel",
        about=json.dumps({"v": actions.VERSION}),
    )


def ask_about(
    subject: Subject, choices: Choices, chosen: Manner, *, begins: bool, question: str = ""
) -> Block:
    """Draw the form for a question about a message; `begins` says that it starts a conversation."""
    quoted = "\n".join(f"> {line}" for line in escaped(shortened(subject.text, SHOWN)).splitlines())
    return modal(
        ASK_ABOUT,
        [
            section(f"*{escaped(subject.author)}* wrote:\n{quoted}"),
            _question(question),
            context("I answer in the thread of this message."),
            *inputs.blocks(choices, chosen, records=begins),
        ],
        callback_id=actions.ASKING,
        submit="Ask",
        close="Cancel",
        about=_kept(subject),
    )


def read(about: str) -> Subject | None:
    """Return the message that a submitted form is about, None for a question of its own.

    Raises UnreadableValueError for a form of another version.
    """
    try:
        fields = json.loads(about) if len(about) <= KEPT else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("v") != actions.VERSION:
        raise UnreadableValueError("another version")
    if "text" not in fields:
        return None
    texts = [fields.get(name) for name in ("channel", "thread", "author", "text")]
    channel, thread_ts, author, text = (storable(each) if isinstance(each, str) else "" for each in texts)
    if not channel or not thread_ts:
        raise UnreadableValueError("not one that was drawn")
    return Subject(channel, thread_ts, author, text)


def asked(channel: str, link: str | None) -> str:
    """Say where the answer comes."""
    where = "in our direct message" if channel.startswith("D") else f"in <#{channel}>"
    there = f"<{link}|Go there>" if link else "You will find it there."
    return f":speech_balloon: I am answering {where}. {there}"


def _question(question: str) -> Block:
    return text_input(QUESTION, "Your question", initial=question[:LONGEST], lines=True, most=LONGEST)


def _place() -> Block:
    # A message of ours can stand in no direct message of other people.
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "placeholder": plain("In our direct message"),
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return {
        "type": "input",
        "block_id": PLACE,
        "label": plain("Where to answer"),
        "optional": True,
        "element": element,
        "hint": plain("A channel that I am in. Without one I answer in our direct message."),
    }


def _kept(subject: Subject) -> str:
    fields = {
        "v": actions.VERSION,
        "channel": subject.channel,
        "thread": subject.thread_ts,
        "author": subject.author[:80],
        "text": shortened(subject.text, CARRIED),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
