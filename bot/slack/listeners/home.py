"""Looking through conversations in the Home tab."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.conversations import LONGEST_SEARCH, Place
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.inbound import views
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.render import home

TURNING = (actions.HOME_PREVIOUS, actions.HOME_NEXT, actions.HOME_CLEAR, actions.HOME_AGAIN)


def register(app: AsyncApp, tab: HomeTab) -> None:
    """Listen to visits of the Home tab, and to its buttons and search."""

    async def on_visit(event: dict[str, Any], context: AsyncBoltContext) -> None:
        visit = views.home_visit(event)
        if visit is not None:
            tab.show(context.team_id or "", visit.person, _left_at(visit.about))

    async def on_go(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = views.view_press(body)
        try:
            tab.show(press.workspace, press.person, actions.read_home(press.value).place)
        except UnreadableValueError:
            tab.show(press.workspace, press.person, Place(), home.ANOTHER_VERSION)

    async def on_search(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = views.view_press(body)
        words = " ".join(str(press.value or "").split())[:LONGEST_SEARCH]
        tab.show(press.workspace, press.person, Place(_left_at(press.about).shelf, search=words))

    async def on_thread(ack: AsyncAck) -> None:
        await ack()  # the button's address has opened the thread already

    app.event("app_home_opened")(on_visit)
    for action_id in (*actions.HOME_GO.values(), *TURNING):
        app.action(action_id)(on_go)
    app.action(actions.HOME_SEARCH)(on_search)
    app.action(actions.HOME_THREAD)(on_thread)


def _left_at(about: str) -> Place:
    """Return where somebody was, or the beginning where that was never drawn or by another version."""
    try:
        return actions.read_home(about).place
    except UnreadableValueError:
        return Place()
