"""Questions of people who wrote no message, and what a command answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.render.message import Drawn, context, escaped, fallback, section, shortened

SHOWN = 2_000
"""Characters of a question that are shown; PipesHub gets all of it."""

HOW_TO = (
    "Ask me something about your company's knowledge:\n"
    "• `/ask how many days of leave do I have?` asks here, where everybody sees question and answer\n"
    "• `/ask list` lists your newest conversations, for you alone\n"
    "• `/ask settings` says how I answer in this channel, for admins\n"
    "• `/ask help` shows this\n"
    "The shortcut *Ask a question* lets you choose the model, the mode and the sources. "
    "*Ask about this message*, in the menu of a message, answers in its thread."
)

NONE_YET = (
    "You have not asked me anything here yet, or all of it is archived. "
    "Ask with `/ask` and your question, or look into my Home tab."
)
WHERE_ALL = "My Home tab has all of your conversations, those that are shared with you and the archived ones."
UNTITLED = "Conversation without a title"


def posed(
    asker: str,
    author: str,
    text: str,
    words: Sequence[str],
    *,
    about_message: bool = False,
    origin: str = "",
) -> Drawn:
    """Draw the question of `asker` (a Slack user) called `author`; `text` and `words` are plain.

    `words` say what was chosen for it, `origin` (Slack markup) where it was asked. What people wrote notifies
    nobody.
    """
    asks = "asks about this message" if about_message else "asks"
    question = escaped(shortened(text, SHOWN))
    small = [context(each) for each in (escaped(" · ".join(words)), origin) if each]
    return Drawn(fallback(f"{author} {asks}: {text}"), (section(f"<@{asker}> {asks}: {question}"), *small))


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list; `active_at` in seconds since 1970, `link` leads to the thread."""

    title: str
    channel: str
    link: str | None
    active_at: float | None


def listing(rows: Sequence[Listed]) -> Drawn:
    """Draw somebody's newest conversations."""
    if not rows:
        return Drawn(NONE_YET, (section(NONE_YET),))
    lines = "\n".join(map(_line, rows))
    return Drawn(
        "Your newest conversations", (section(f"*Your newest conversations*\n{lines}"), context(WHERE_ALL))
    )


def how_to() -> Drawn:
    """Draw what the command does."""
    return Drawn(HOW_TO, (section(HOW_TO),))


def _line(row: Listed) -> str:
    title = escaped(shortened(" ".join(row.title.split()), 100)) or UNTITLED
    # A bar would end the address of a link.
    name = f"<{row.link}|{title.replace('|', '¦')}>" if row.link else title
    where = "in our direct message" if row.channel.startswith("D") else f"in <#{row.channel}>"
    when = f", <!date^{int(row.active_at)}^{{date_short_pretty}}|lately>" if row.active_at else ""
    return f"• {name} {where}{when}"
