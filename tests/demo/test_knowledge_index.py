"""The index over real files, and the pages where citations lead."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

import bot.demo
from bot.demo.knowledge.answers.answering import Answerer, Asked
from bot.demo.knowledge.documents.index import SCHEMA, Index
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.store import Database

HANDBOOK = Path(bot.demo.__file__).parent / "handbook"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path / "k.db")
    await opened.open(SCHEMA)
    yield opened
    await opened.close()


async def test_only_what_changed_is_read_again(database: Database, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("one", "two", "three"):
        (docs / f"{name}.md").write_text(f"# {name}\n\nAbout {name}.\n")
    index = Index(docs, database)
    assert (await index.refresh()).indexed == 3
    assert (await index.refresh()).indexed == 0
    (docs / "one.md").write_text("# one\n\nAbout something else now.\n")
    os.utime(docs / "one.md", (1, 1))
    (docs / "two.md").unlink()
    refreshed = await index.refresh()
    assert (refreshed.indexed, refreshed.removed, refreshed.total) == (1, 1, 2)
    assert [record.path for record in index.records] == ["one.md", "three.md"]
    assert (await index.search(["something"], None)).hits[0].record.path == "one.md"
    assert (await index.search(["two"], None)).hits == ()


async def test_another_folder_makes_the_index_anew(database: Database, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.md").write_text(f"# Page\n\nIn folder {name}.\n")
    await Index(tmp_path / "a", database).refresh()
    index = Index(tmp_path / "b", database)
    assert (await index.refresh()).indexed == 1
    assert (await index.search(["folder"], None)).hits[0].text == "In folder b."


async def test_strange_files_do_no_harm(database: Database, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / ".git").mkdir(parents=True)
    (docs / ".git" / "hidden.md").write_text("# hidden")
    (docs / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (docs / "empty.md").write_text("")
    (docs / "only-heading.md").write_text("# Lonely")
    (docs / "quotes.md").write_text('# "Quotes" * AND (NEAR\n\nWords \'with\' "quotes" OR* not\n')
    (docs / "latin.txt").write_bytes("Größe der Straße".encode("latin-1"))
    (docs / "picture.png").write_bytes(b"\x89PNG")
    (docs / "long-line.md").write_text("word " * 100_000)
    index = Index(docs, database)
    assert (await index.refresh()).total == 5
    answerer = Answerer(index)
    for question in ('"quotes" AND (NEAR', "*", "word", "Größe", "\x00", "NOT * OR", "lonely"):
        assert (await answerer.answer(Asked(question))).text


async def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="is not a folder of documents"):
        async with KnowledgeServer.running(Options(tmp_path / "nowhere", tmp_path / "k.db")):
            pass


async def test_a_citation_leads_to_the_heading_on_the_page(tmp_path: Path) -> None:
    async with (
        KnowledgeServer.running(Options(HANDBOOK, tmp_path / "k.db", speed=0)) as server,
        httpx.AsyncClient(
            verify=False, base_url=server.url, headers={"Authorization": "Bearer demo-token"}
        ) as http,
    ):
        asked = {"query": "How do I claim an expense?", "chatMode": "internal_search"}
        await http.post("/api/v1/conversations/stream", json=asked)
        (conversation,) = await server.conversations()
        metadata = conversation.messages[-1].citations[0]["metadata"]
        path, anchor = metadata["webUrl"].split("#")
        page = await http.get(path)
        assert page.status_code == 200
        assert f'<section id="{anchor}">' in page.text
        assert "Take a photo of the receipt" in page.text
        assert (await http.get("/record/none")).status_code == 404


async def test_a_page_runs_nothing_of_what_is_written_in_the_file(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bad.md").write_text(
        "# <img src=x onerror=alert(1)>Title\n\n<script>alert(1)</script>\n\n"
        "[link](javascript:alert(1)) `<b>` [other](other.md#part) [out](https://example.org)\n"
    )
    (docs / "other.md").write_text("# Other\n\nText.\n")
    async with (
        KnowledgeServer.running(Options(docs, tmp_path / "k.db")) as server,
        httpx.AsyncClient(
            verify=False, base_url=server.url, headers={"Authorization": "Bearer demo-token"}
        ) as http,
    ):
        nodes = Index(docs, Database(tmp_path / "k.db"))
        assert nodes.records == ()
        pages = [await http.get(f"/record/{record}") for record in await _record_ids(tmp_path / "k.db")]
    bad = next(page.text for page in pages if "bad.md" in page.text)
    assert "<script" not in bad
    assert "<img" not in bad
    assert 'href="javascript:' not in bad
    assert "<code>&lt;b&gt;</code>" in bad
    assert 'href="/record/' in bad
    assert 'href="https://example.org"' in bad


async def _record_ids(path: Path) -> list[str]:
    database = Database(path)
    await database.open(SCHEMA)
    try:
        rows = await database.run(
            lambda connection: connection.execute("SELECT id FROM documents").fetchall()
        )
    finally:
        await database.close()
    return [row["id"] for row in rows]
