"""PipesHub's own SDK judges every operation that it has, in every dialect; in its sync form in the newest."""

from pathlib import Path

import pytest

from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.demo.knowledge.server import KnowledgeServer
from tests.demo.sdk import ABSENT, FITS, MISFIT, OPERATIONS, REFUSED, Judge, options, verdict

NEW = {
    "conversations.cancel_conversation_stream",
    "conversations.set_conversation_project",
    "conversations.set_conversation_project_visibility",
    "conversations.get_project_conversations",
    "projects.list_projects",
    "connector.get_record_content",
}
"""What only v0.9 has."""
SINCE_04 = {"conversations.search_archived_conversations", "attachments (model of the upload)"}
PLAIN = {"conversations.create_conversation", "conversations.add_message"}
ELSEWHERE_BARE = {
    each
    for each in OPERATIONS
    if each.startswith("conversations.") and each not in NEW | SINCE_04 and "stream" not in each
}
"""What the published description answers without the envelope that the SDK reads."""
LISTS = {name for name in OPERATIONS if "get_all_conversations" in name}


def expected(dialect: Dialect, operation: str) -> str:
    if dialect == "v09":
        return FITS
    if operation in NEW or (operation in SINCE_04 and dialect in {"documented", "legacy"}):
        return ABSENT
    if operation in PLAIN and dialect in {"v05", "agui"}:
        return REFUSED
    if (dialect == "documented" and operation in ELSEWHERE_BARE) or (
        dialect == "legacy" and operation in LISTS
    ):
        return MISFIT
    return FITS


@pytest.mark.filterwarnings("ignore::DeprecationWarning:tests.demo.sdk")
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_sdk_reads_what_the_server_answers(tmp_path: Path, dialect: Dialect) -> None:
    async with KnowledgeServer.running(options(tmp_path, dialect)) as server:
        judges = [Judge(server, sync=False)]
        if dialect == "v09":  # the two forms send and read the same
            judges.append(Judge(server, sync=True))
        for operation in OPERATIONS:
            for judge in judges:
                found, reason = await verdict(judge, operation)
                assert (operation, found) == (operation, expected(dialect, operation)), reason
                server.faults.clear()
