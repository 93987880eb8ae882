"""Sockets that drop or that Slack wants back: every question is answered, and once."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.demo.workspace.faults import Fault
from bot.demo.workspace.workspace import Workspace
from tests.acceptance.test_gentle_stops import begun
from tests.acceptance.test_restarts import LEAVE, scene

Trouble = Callable[[Workspace], Awaitable[None]]


async def refresh(workspace: Workspace) -> None:
    await workspace.sockets.disconnect("refresh_requested")


async def refresh_without_closing(workspace: Workspace) -> None:
    await workspace.sockets.disconnect("refresh_requested", close=False)


async def warning(workspace: Workspace) -> None:
    await workspace.sockets.disconnect("warning", close=False)


async def drop(workspace: Workspace) -> None:
    await workspace.sockets.close()


async def drop_and_refuse(workspace: Workspace) -> None:
    workspace.faults.add(Fault("apps.connections.open", status=503))
    await workspace.sockets.close()


async def refresh_and_refuse(workspace: Workspace) -> None:
    workspace.faults.add(Fault("apps.connections.open", error="internal_error"))
    await workspace.sockets.disconnect("refresh_requested")


TROUBLES = [refresh, refresh_without_closing, warning, drop, drop_and_refuse, refresh_and_refuse]


async def test_a_socket_comes_again_and_nothing_is_lost(tmp_path: Path) -> None:
    """One bot meets one trouble after the other, as in a long life."""
    async with scene(tmp_path, "socket", speed=15) as (here, bot):
        here.workspace.deliveries.time_scale = (
            0.2  # the second retry comes after 12 s, the next try to connect after 10
        )
        await bot.start()
        for trouble in TROUBLES:
            before = await here.ask("mara", LEAVE)
            await begun(here, before)
            await trouble(here.workspace)
            after = await here.ask("tomasz", LEAVE)
            for ts in (before, after):
                assert "28 days" in (await here.ending(ts, patience=40)).text, trouble
                assert len(here.replies(ts)) == 1
        kinds = [[each.kind for each in one.messages] for one in await here.knowledge.conversations()]
        assert kinds == [["user_query", "bot_response"]] * 2 * len(TROUBLES)
        assert await bot.stop() == 0
        assert "incident" not in bot.log
