"""The line that stands in a channel for an answer that is given in private."""

from bot.slack.render.message import Drawn, context


def pointer(person: str, link: str | None) -> Drawn:
    """Draw where `person` (a Slack user) is answered; `link` leads there, and only them."""
    where = f"<{link}|our direct message>" if link else "our direct message"
    said = f":lock: <@{person}>, I answer you in {where}."
    return Drawn(said, (context(said),))


def origin(channel: str, link: str | None) -> str:
    """Say in Slack markup where a question was asked; `link` leads to its thread, where it has one."""
    where = f"in <#{channel}>" + (f", <{link}|in this thread>" if link else "")
    return f":lock: Asked {where}. Only you see the answer."
