"""What comes before every press and submission: whether it is about the place that it comes from."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.flows.actions.permissions import Belonging
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import presses, views
from bot.slack.inbound.fields import Malformed

# Copies of an answer stand elsewhere, and its sources are there for everybody who sees one.
ANYWHERE = frozenset({actions.ALL_SOURCES})


def register(app: AsyncApp, belonging: Belonging) -> None:
    """Look at everything that carries a turn, before any listener does."""

    async def check(
        body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        match body.get("type"), "view" in body:
            case "block_actions", False:
                await _check_press(body, belonging)
            case (("block_actions" | "view_submission"), True):
                await _check_view(body, belonging)
        return await next_()

    app.use(check)


async def _check_press(body: dict[str, Any], belonging: Belonging) -> None:
    try:
        press = presses.press(body)
        turn = actions.read(press.value).turn
    except (Malformed, UnreadableValueError):
        return  # whoever listens refuses it
    if press.action_id not in ANYWHERE:
        await belonging.check(turn, press.workspace, press.channel, press.thread_ts)


async def _check_view(body: dict[str, Any], belonging: Belonging) -> None:
    """Look at what a view was drawn about, and at what was pressed in it."""
    try:
        pressed = views.view_press(body) if "actions" in body else None
        about = pressed.about if pressed else views.submission(body).about
    except Malformed:
        return
    for value in (about, pressed.value if pressed else None):
        turn = _turn(value)
        if turn:
            await belonging.check(turn, presses.workspace(body))


def _turn(value: object) -> str:
    """Return the turn in a value of any kind, empty where there is none."""
    try:
        return actions.read(value).turn
    except UnreadableValueError:
        pass
    try:
        return actions.read_home(value).turn
    except UnreadableValueError:
        return ""
