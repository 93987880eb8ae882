"""What people get to see of a conversation that somebody shared: a message, or a copy in a channel."""

from bot.domain.people import Copy
from bot.slack.render import answer, citations
from bot.slack.render.message import Block, Drawn, context, escaped, fallback, section, shortened

QUESTION = 600
"""Characters of a question above a copy: enough to know what was asked, with the answer still in sight."""

TITLE = 150


def invitation(title: str, person: str, level: str, thread: str | None, frontend: str) -> Drawn:
    """Draw the message to somebody who was given access by `person`; `thread` is the thread's address."""
    called = escaped(shortened(" ".join(title.split()), TITLE))
    may = "read it and write in it" if level == "write" else "read it"
    where = [f"It is in <{frontend}|PipesHub>, among what is shared with you."]
    if thread:
        where.insert(0, f"<{thread}|See the thread in Slack>, where it was asked.")
    said = f"<@{person}> shared the conversation *{called}* with you. You can {may}."
    return Drawn(said, (section(said), context(*where)))


def copy(of: Copy, person: str, note: str, thread: str | None, frontend: str) -> list[Drawn]:
    """Draw an answer for a channel, in as many messages as it needs: who asked what, text and sources.

    `person` posts it, with a `note` of their own.
    """
    first, *others = answer.texts(of.answer, frontend)
    by = [] if note else [f"Posted for <@{person}>"]
    origin = [f"<{thread}|The thread it comes from>"] if thread else []
    small = [context("  ·  ".join([*by, *origin]))] if by or origin else []
    end = (*citations.blocks(of.answer.citations, frontend, of.turn), *small)
    drawn = [Drawn(fallback(of.question or first.text), (*_head(of, person, note), *first.blocks)), *others]
    return [*drawn[:-1], Drawn(drawn[-1].text, (*drawn[-1].blocks, *end))]


def _head(of: Copy, person: str, note: str) -> list[Block]:
    asked = escaped(shortened(" ".join(of.question.split()), QUESTION))
    said = [section(f"<@{person}>: {escaped(note)}")] if note else []
    return [*said, section(f"<@{of.asker}> asked:" + (f"\n>{asked}" if asked else ""))]
