"""All fifteen operations against the local PipesHub, in each of its dialects."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import httpx
import pytest

import bot.demo
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.generations import GENERATIONS
from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.domain.conversations import (
    Answer,
    AnswerEvent,
    AnswerState,
    CitationsSoFar,
    Completed,
    ConversationStarted,
    ConversationStatus,
    Failed,
    MessageAuthor,
    Progress,
    TextSoFar,
)
from bot.domain.errors import (
    AnswerFailed,
    BotError,
    Interrupted,
    NotFound,
    NotPipesHub,
    NotTheNewest,
    SignInRefused,
    WentQuiet,
)
from bot.domain.feedback import Aspect, Category, Comment, Feedback
from bot.domain.turns import QuestionOptions
from bot.pipeshub.client import Conversations, Stream
from bot.pipeshub.http import RetryPolicy, Server, Timeouts
from bot.pipeshub.oauth import fixed_token_auth

PAGES = ("holidays-and-leave.md", "equipment.md", "on-call.md")
HANDBOOK = Path(bot.demo.__file__).parent / "handbook"
BEN = "65f000000000000000000003"
QUERY = "How many days of paid annual leave do I get?"
TIMEOUTS = Timeouts(idle_with_heartbeats=5, idle_without_heartbeats=5, whole_answer=20)


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    named: Dialect = request.param
    return named


@pytest.fixture
async def knowledge(dialect: Dialect, tmp_path: Path) -> AsyncIterator[KnowledgeServer]:
    docs = tmp_path / "docs"
    docs.mkdir()
    for page in PAGES:
        copyfile(HANDBOOK / page, docs / page)
    options = Options(docs, tmp_path / "knowledge.db", dialect, speed=0, thinking=0)
    async with KnowledgeServer.running(options) as server:
        yield server


@pytest.fixture
async def server(knowledge: KnowledgeServer) -> AsyncIterator[Server]:
    # Loading certificates takes longer than most of these tests, and nothing here is encrypted.
    async with httpx.AsyncClient(verify=False) as http:
        yield Server(http, f"{knowledge.url}/api/v1/", TIMEOUTS)


@pytest.fixture
def ada(server: Server) -> Conversations:
    return Conversations(
        server, fixed_token_auth("user:ada@example.com"), RetryPolicy(attempts=3, max_wait=0.01)
    )


@pytest.fixture
def ben(server: Server) -> Conversations:
    return Conversations(server, fixed_token_auth("user:ben@example.com"), RetryPolicy(attempts=1))


async def heard(stream: Stream) -> list[AnswerEvent]:
    async with stream as events:
        return [event async for event in events]


async def answered(stream: Stream) -> Completed:
    last = (await heard(stream))[-1]
    assert isinstance(last, Completed), last
    return last


async def failure(stream: Stream) -> BotError:
    last = (await heard(stream))[-1]
    assert isinstance(last, Failed), last
    return last.error


async def test_create_waits_for_the_answer(ada: Conversations) -> None:
    created = await ada.create(query=QUERY, options=QuestionOptions("balanced"))
    assert created.status is ConversationStatus.COMPLETE
    assert created.answer is not None
    assert "27" in created.answer.content
    assert created.answer.citations


async def test_create_with_streaming_follows_the_answer(ada: Conversations) -> None:
    events = await heard(ada.create_with_streaming(query=QUERY))
    answer = Answer()
    for event in events:
        answer = answer.with_event(event)
    assert answer.state is AnswerState.DONE
    assert {type(event) for event in events} >= {TextSoFar, CitationsSoFar, ConversationStarted}
    stored = await ada.get_by_id(str(answer.conversation_id))
    assert stored.answer is not None
    assert (stored.answer.id, stored.answer.content) == (answer.message_id, answer.text)
    assert [each.number for each in stored.answer.citations] == [each.number for each in answer.citations]


async def test_only_the_real_servers_tell_what_they_do(ada: Conversations, dialect: Dialect) -> None:
    events = await heard(ada.create_with_streaming(query=QUERY))
    assert any(isinstance(event, Progress) for event in events) == (dialect != "documented")


async def test_add_message_waits_for_the_answer(ada: Conversations) -> None:
    first = await ada.create(query=QUERY)
    second = await ada.add_message(first.id, query="And how do I book it?")
    assert second.id == first.id
    assert [each.author for each in second.messages[-2:]] == [MessageAuthor.USER, MessageAuthor.BOT]
    assert second.answer is not None
    assert second.answer != first.answer


async def test_add_message_stream_goes_on(ada: Conversations) -> None:
    first = await answered(ada.create_with_streaming(query=QUERY))
    events = await heard(ada.add_message_stream(first.conversation.id, query="How do I book it?"))
    assert ConversationStarted(first.conversation.id) in events
    last = events[-1]
    assert isinstance(last, Completed)
    assert last.answer.id != first.answer.id


async def test_somebody_elses_conversation_is_not_found(ada: Conversations, ben: Conversations) -> None:
    mine = (await ada.create(query=QUERY)).id
    assert isinstance(await failure(ben.add_message_stream(mine, query="q")), NotFound)
    for call in (ben.get_by_id(mine), ben.delete(mine), ben.archive(mine), ben.update_title(mine, title="t")):
        with pytest.raises(NotFound):
            await call


async def test_regenerate_writes_the_newest_answer_anew(ada: Conversations) -> None:
    first = await answered(ada.create_with_streaming(query=QUERY))
    again = await answered(ada.regenerate(first.conversation.id, first.answer.id))
    assert again.answer.id == first.answer.id
    assert len(again.conversation.messages) == 2


async def test_only_the_newest_answer_is_regenerated(ada: Conversations) -> None:
    first = await answered(ada.create_with_streaming(query=QUERY))
    await answered(ada.add_message_stream(first.conversation.id, query="How do I book it?"))
    try:
        error = await failure(ada.regenerate(first.conversation.id, first.answer.id))
    except BotError as raised:
        error = raised
    assert isinstance(error, NotTheNewest)


async def test_list_has_pages(ada: Conversations) -> None:
    for query in (QUERY, "Who is on call?", "How do I get a laptop?"):
        await answered(ada.create_with_streaming(query=query))
    first = await ada.list(limit=2)
    second = await ada.list(limit=2, page=2)
    assert [row.title for row in first.conversations] == ["How do I get a laptop?", "Who is on call?"]
    assert (first.has_next, first.total) == (True, 3)
    assert ([row.title for row in second.conversations], second.has_next) == ([QUERY], False)
    assert [row.title for row in (await ada.list(search="get a laptop")).conversations] == [
        "How do I get a laptop?"
    ]


async def test_share_and_unshare(ada: Conversations, ben: Conversations, dialect: Dialect) -> None:
    mine = (await ada.create(query=QUERY)).id
    shared = await ada.share(mine, user_ids=[BEN], access_level="write")
    assert shared.is_shared
    assert shared.shared_with == {BEN: "write" if dialect == "documented" else "read"}
    assert (await ben.get_by_id(mine)).id == mine
    # A documented server does not say whose a conversation is.
    source = "owned" if dialect == "documented" else "shared"
    assert [row.id for row in (await ben.list(source=source)).conversations] == [mine]  # type: ignore[arg-type]
    unshared = await ada.unshare(mine, user_ids=[BEN])
    assert not unshared.is_shared
    with pytest.raises(NotFound):
        await ben.get_by_id(mine)


async def test_update_title(ada: Conversations) -> None:
    mine = (await ada.create(query=QUERY)).id
    assert (await ada.update_title(mine, title="Leave")).title == "Leave"
    assert (await ada.get_by_id(mine)).title == "Leave"


async def test_archive_and_unarchive(ada: Conversations) -> None:
    mine = (await answered(ada.create_with_streaming(query=QUERY))).conversation.id
    assert (await ada.archive(mine)).is_archived
    assert (await ada.archive(mine)).is_archived
    assert (await ada.list()).conversations == ()
    assert [(row.id, row.is_archived) for row in (await ada.list_archived()).conversations] == [(mine, True)]
    found = await ada.get_by_id(mine)
    assert (found.id, found.is_archived) == (mine, True)
    assert not (await ada.unarchive(mine)).is_archived
    assert not (await ada.unarchive(mine)).is_archived
    assert not (await ada.get_by_id(mine)).is_archived
    assert (await ada.list_archived()).conversations == ()


async def test_delete(ada: Conversations) -> None:
    mine = (await ada.create(query=QUERY)).id
    await ada.delete(mine)
    for call in (ada.get_by_id(mine), ada.delete(mine)):
        with pytest.raises(NotFound):
            await call


async def test_submit_feedback(ada: Conversations, knowledge: KnowledgeServer, dialect: Dialect) -> None:
    asked = await answered(ada.create_with_streaming(query=QUERY))
    await ada.submit_feedback(
        asked.conversation.id,
        asked.answer.id,
        Feedback(
            is_helpful=False,
            ratings=dict(zip(Aspect, (2, 3, 2, 4), strict=True)),
            categories=(Category.TOO_VERBOSE, Category.CITATIONS),
            comments={Comment.NEGATIVE: "Too long", Comment.SUGGESTIONS: "Say less"},
            citation_relevance={asked.answer.citations[0].id or "": True},
            follow_ups_helpful=False,
        ),
    )
    (conversation,) = await knowledge.conversations()
    (given,) = conversation.messages[-1].feedback
    assert given.get("isHelpful") is (None if dialect == "legacy" else False)  # which keeps an empty entry
    if dialect == "documented":
        assert given["comments"] == {"negative": "Too long", "suggestions": "Say less"}
        assert given["followUpQuestionsHelpful"] is False


@pytest.mark.parametrize("trouble", [Trouble.END, Trouble.RESET])
async def test_a_broken_stream_is_interrupted_and_its_answer_is_stored(
    ada: Conversations, knowledge: KnowledgeServer, dialect: Dialect, trouble: Trouble
) -> None:
    knowledge.faults.add(Fault(trouble, path="/stream", after_words=3))
    assert isinstance(await failure(ada.create_with_streaming(query=QUERY)), Interrupted)
    stored = (await ada.list()).conversations
    assert [row.title for row in stored] == [QUERY]
    found = await ada.get_by_id(stored[0].id)
    for _ in range(100):  # the server goes on writing after its stream has ended
        if found.answer is not None:
            break
        await asyncio.sleep(0.1)
        found = await ada.get_by_id(stored[0].id)
    assert found.answer is not None
    assert ("27" in found.answer.content) is not GENERATIONS[dialect].stops_when_left


async def test_silence_ends_the_patience(server: Server, knowledge: KnowledgeServer) -> None:
    hurried = Timeouts(idle_with_heartbeats=0.3, idle_without_heartbeats=0.3)
    asking = Conversations(Server(server.http, knowledge.url, hurried), fixed_token_auth("demo-token"))
    knowledge.faults.add(Fault(Trouble.SILENCE, path="/stream", after_words=3, seconds=2))
    assert isinstance(await failure(asking.create_with_streaming(query=QUERY)), WentQuiet)


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.DOUBLE_ERROR])
async def test_an_error_in_the_stream_is_told_once(
    ada: Conversations, knowledge: KnowledgeServer, trouble: Trouble
) -> None:
    knowledge.faults.add(Fault(trouble, path="/stream", after_words=3, message="The model is away"))
    error = await failure(ada.create_with_streaming(query=QUERY))
    assert isinstance(error, AnswerFailed)
    assert error.server_message == "The model is away"


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.CHILD_RUN,
        Trouble.ARTIFACT,
        Trouble.RENUMBERING,
        Trouble.HEARTBEATS,
        Trouble.SPLIT,
        Trouble.GIANT_FINAL,
    ],
)
async def test_oddities_do_not_change_the_answer(
    ada: Conversations, knowledge: KnowledgeServer, trouble: Trouble
) -> None:
    knowledge.faults.add(Fault(trouble, path="/stream", after_words=3, size=17_000_000))
    last = await answered(ada.create_with_streaming(query=QUERY))
    assert "27" in last.answer.content


@pytest.mark.parametrize("dialect", ["agui"], indirect=True)
async def test_an_apology_is_a_failure(ada: Conversations, knowledge: KnowledgeServer) -> None:
    knowledge.faults.add(Fault(Trouble.GRACEFUL_FAILURE, path="/stream", code="rate_limit"))
    error = await failure(ada.create_with_streaming(query=QUERY))
    assert isinstance(error, AnswerFailed)
    assert error.code == "rate_limit"


async def test_faults_before_the_answer_are_raised(ada: Conversations, knowledge: KnowledgeServer) -> None:
    for trouble, kind in ((Trouble.HTML, NotPipesHub), (Trouble.EXPIRED_TOKEN, SignInRefused)):
        knowledge.faults.add(Fault(trouble))
        with pytest.raises(kind):
            await heard(ada.create_with_streaming(query=QUERY))
        knowledge.faults.add(Fault(trouble))
        with pytest.raises(kind):
            await ada.list()


async def test_a_short_outage_is_waited_out(ada: Conversations, knowledge: KnowledgeServer) -> None:
    knowledge.faults.add(Fault(Trouble.STATUS, status=503, times=2))
    assert await answered(ada.create_with_streaming(query=QUERY))
    knowledge.faults.add(Fault(Trouble.STATUS, status=429, retry_after=0))
    assert len((await ada.list()).conversations) == 1
