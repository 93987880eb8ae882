"""Posting a message once, though Slack may take it and not answer."""

from collections.abc import Awaitable, Callable

from bot.domain.errors import SlackUnreachable
from bot.slack.api_errors import Ratelimited


def unless_it_stands(
    post: Callable[[], Awaitable[str]], find: Callable[[], Awaitable[str | None]]
) -> Callable[[], Awaitable[str]]:
    """Return `post` in a form that can be called again and again.

    Where an earlier call was not answered, its message may stand: `find` looks for it, and returns its `ts`.
    """
    unanswered = False

    async def posted() -> str:
        nonlocal unanswered
        if unanswered and (ts := await find()) is not None:
            return ts
        try:
            return await post()
        except SlackUnreachable as error:
            unanswered = not isinstance(error, Ratelimited)
            raise

    return posted
