"""Answers that a server from v0.7 on stops though no one asked the bot for it."""

from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from bot.store.tables import TurnRow
from tests.house import OPENING, House, house, labels, shown

LEAVE = "@pipeshub how many days of annual leave do I have?"


async def stop_elsewhere(home: House) -> None:
    """Cancel the only run, as its owner can in PipesHub's own pages."""
    async with home.bot.database.transaction() as session:
        turn = (await session.exec(select(TurnRow))).one()
    url = f"{home.knowledge.url}/api/v1/conversations/{turn.conversation_id}/cancel"
    async with httpx.AsyncClient(headers={"Authorization": "Bearer demo-token"}) as http:
        response = await http.post(url, json={"runId": turn.id})
    assert response.json() == {"cancelled": True}


def regenerated(home: House) -> int:
    return len([path for _, path, _ in home.knowledge.requests if path.endswith("/regenerate")])


@pytest.mark.parametrize("delivery", ["edit", "stream"])
async def test_it_is_written_again_once_and_then_said_to_be_a_part(tmp_path: Path, delivery: str) -> None:
    async with house(tmp_path, answer_delivery=delivery, knowledge={"dialect": "v09", "speed": 12.0}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.workspace.until(lambda: OPENING in shown(reply) + reply.text or None)
        await stop_elsewhere(home)
        await home.workspace.until(lambda: regenerated(home) or None)
        await home.workspace.until(lambda: "again" in shown(reply) + reply.text or None)
        if delivery == "edit":
            ended = await home.ending(ts, patience=30)
            assert "28 days" in shown(ended)
            assert "Share" in labels(ended)
        else:
            await stop_elsewhere(home)
            ended = await home.ending(ts, patience=30)
            assert "stopped before it was whole" in shown(ended)
            assert labels(ended) == ["Try again"]
        assert regenerated(home) == 1
