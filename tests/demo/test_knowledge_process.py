"""The server as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.demo.knowledge.server import KnowledgeServer, Options
from tests.house import DOCUMENTS

ROOT = "/api/v1/conversations"
STREAM = {"query": "How many days of leave do I get?", "chatMode": "internal_search"}
PATIENCE = 20


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the command until the block ends; yield the process and the address it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.demo.knowledge",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ,
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        yield process, line.decode().split()[-1] if line else ""
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def as_user(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=False, base_url=url, headers={"Authorization": f"Bearer {token}"})


async def test_a_killed_process_leaves_a_failed_conversation_and_everything_else(tmp_path: Path) -> None:
    file = tmp_path / "k.db"
    async with (
        KnowledgeServer.running(Options(DOCUMENTS, file, speed=0)) as server,
        as_user(server.url, "demo-token") as http,
    ):
        assert (await http.post(f"{ROOT}/stream", json=STREAM)).status_code == 200
    slow = ("--speed", "1", "--thinking", "60", "--token", "t0ken")
    async with (
        running("--database", str(file), *slow) as (process, url),
        as_user(url, "t0ken") as http,
        http.stream("POST", f"{ROOT}/stream", json=STREAM) as response,
    ):
        await anext(response.aiter_lines())
        process.kill()
        await asyncio.wait_for(process.wait(), PATIENCE)
    async with running("--database", str(file)) as (process, url):
        async with as_user(url, "demo-token") as http:
            rows = (await http.get(ROOT, params={"sortBy": "createdAt", "sortOrder": "asc"})).json()
        assert [row["status"] for row in rows["conversations"]] == ["Complete", "Failed"]
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def test_a_folder_that_is_not_there_ends_the_command_with_a_sentence(tmp_path: Path) -> None:
    async with running("--docs", str(tmp_path / "nowhere"), "--database", str(tmp_path / "k.db")) as (
        process,
        _,
    ):
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1
