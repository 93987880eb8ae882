"""All fifteen operations against the local PipesHub, in each of its dialects."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from shutil import copyfile

import httpx
import pytest

import bot.demo
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.knowledge.generations import GENERATIONS
from bot.demo.knowledge.model import DIALECTS, Dialect
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.users import SERVICE_USER, User
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
QUERY = "How many days of paid annual leave do I get?"
TIMEOUTS = Timeouts(idle_with_heartbeats=5, idle_without_heartbeats=5, whole_answer=20)

BROKEN = (Trouble.END, Trouble.RESET)
ERRORS = (Trouble.ERROR, Trouble.DOUBLE_ERROR)
ODDITIES = (Trouble.CHILD_RUN, Trouble.ARTIFACT, Trouble.RENUMBERING, Trouble.HEARTBEATS, Trouble.SPLIT)
GIANTS = ("documented", "agui")  # one of each vocabulary: 17 MB take a second


@dataclass(frozen=True)
class Scene:
    """A local PipesHub, and two people for one case alone."""

    knowledge: KnowledgeServer
    server: Server
    dialect: Dialect
    people: tuple[User, User]

    @property
    def ada(self) -> Conversations:
        return self.asking(self.people[0], RetryPolicy(attempts=3, max_wait=0.01))

    @property
    def ben(self) -> Conversations:
        return self.asking(self.people[1], RetryPolicy(attempts=1))

    def asking(self, person: User, policy: RetryPolicy) -> Conversations:
        return Conversations(self.server, fixed_token_auth(f"user:{person.email}"), policy)


def people(case: int) -> tuple[User, User]:
    ada, ben = (f"65f{case:020}{number}" for number in (1, 2))
    return User(ada, f"ada{case}@example.com", "Ada"), User(ben, f"ben{case}@example.com", "Ben")


@asynccontextmanager
async def scenes(dialect: Dialect, folder: Path, number: int) -> AsyncIterator[list[Scene]]:
    """Start a PipesHub that knows two people for each of so many cases."""
    docs = folder / "docs"
    docs.mkdir()
    for page in PAGES:
        copyfile(HANDBOOK / page, docs / page)
    each_ones = [people(case) for case in range(number)]
    users = (SERVICE_USER, *chain.from_iterable(each_ones))
    options = Options(docs, folder / "knowledge.db", dialect, speed=0, thinking=0, users=users)
    async with (
        KnowledgeServer.running(options) as knowledge,
        # Loading certificates takes longer than most of these cases, and nothing here is encrypted.
        httpx.AsyncClient(verify=False) as http,
    ):
        server = Server(http, f"{knowledge.url}/api/v1/", TIMEOUTS)
        yield [Scene(knowledge, server, dialect, each) for each in each_ones]


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


async def create_waits_for_the_answer(here: Scene) -> None:
    created = await here.ada.create(query=QUERY, options=QuestionOptions("balanced"))
    assert created.status is ConversationStatus.COMPLETE
    assert created.answer is not None
    assert "27" in created.answer.content
    assert created.answer.citations


async def create_with_streaming_follows_the_answer(here: Scene) -> None:
    events = await heard(here.ada.create_with_streaming(query=QUERY))
    answer = Answer()
    for event in events:
        answer = answer.with_event(event)
    assert answer.state is AnswerState.DONE
    assert {type(event) for event in events} >= {TextSoFar, CitationsSoFar, ConversationStarted}
    stored = await here.ada.get_by_id(str(answer.conversation_id))
    assert stored.answer is not None
    assert (stored.answer.id, stored.answer.content) == (answer.message_id, answer.text)
    assert [each.number for each in stored.answer.citations] == [each.number for each in answer.citations]


async def only_the_real_servers_tell_what_they_do(here: Scene) -> None:
    events = await heard(here.ada.create_with_streaming(query=QUERY))
    assert any(isinstance(event, Progress) for event in events) == (here.dialect != "documented")


async def add_message_waits_for_the_answer(here: Scene) -> None:
    first = await here.ada.create(query=QUERY)
    second = await here.ada.add_message(first.id, query="And how do I book it?")
    assert second.id == first.id
    assert [each.author for each in second.messages[-2:]] == [MessageAuthor.USER, MessageAuthor.BOT]
    assert second.answer is not None
    assert second.answer != first.answer


async def add_message_stream_goes_on(here: Scene) -> None:
    first = await answered(here.ada.create_with_streaming(query=QUERY))
    events = await heard(here.ada.add_message_stream(first.conversation.id, query="How do I book it?"))
    assert ConversationStarted(first.conversation.id) in events
    last = events[-1]
    assert isinstance(last, Completed)
    assert last.answer.id != first.answer.id


async def the_conversation_of_another_person_is_not_found(here: Scene) -> None:
    mine = (await here.ada.create(query=QUERY)).id
    assert isinstance(await failure(here.ben.add_message_stream(mine, query="q")), NotFound)
    ben = here.ben
    for call in (ben.get_by_id(mine), ben.delete(mine), ben.archive(mine), ben.update_title(mine, title="t")):
        with pytest.raises(NotFound):
            await call


async def regenerate_writes_the_newest_answer_again(here: Scene) -> None:
    first = await answered(here.ada.create_with_streaming(query=QUERY))
    again = await answered(here.ada.regenerate(first.conversation.id, first.answer.id))
    assert again.answer.id == first.answer.id
    assert len(again.conversation.messages) == 2


async def only_the_newest_answer_is_regenerated(here: Scene) -> None:
    first = await answered(here.ada.create_with_streaming(query=QUERY))
    await answered(here.ada.add_message_stream(first.conversation.id, query="How do I book it?"))
    try:
        error = await failure(here.ada.regenerate(first.conversation.id, first.answer.id))
    except BotError as raised:
        error = raised
    assert isinstance(error, NotTheNewest)


async def list_has_pages(here: Scene) -> None:
    for query in (QUERY, "Who is on call?", "How do I get a laptop?"):
        await answered(here.ada.create_with_streaming(query=query))
    first = await here.ada.list(limit=2)
    second = await here.ada.list(limit=2, page=2)
    assert [row.title for row in first.conversations] == ["How do I get a laptop?", "Who is on call?"]
    assert (first.has_next, first.total) == (True, 3)
    assert ([row.title for row in second.conversations], second.has_next) == ([QUERY], False)
    assert [row.title for row in (await here.ada.list(search="get a laptop")).conversations] == [
        "How do I get a laptop?"
    ]


async def share_and_unshare(here: Scene) -> None:
    mine = (await here.ada.create(query=QUERY)).id
    shared = await here.ada.share(mine, user_ids=[here.people[1].id], access_level="write")
    assert shared.is_shared
    assert shared.shared_with == {here.people[1].id: "write" if here.dialect == "documented" else "read"}
    assert (await here.ben.get_by_id(mine)).id == mine
    # A documented server does not say whose a conversation is.
    source = "owned" if here.dialect == "documented" else "shared"
    assert [row.id for row in (await here.ben.list(source=source)).conversations] == [mine]  # type: ignore[arg-type]
    unshared = await here.ada.unshare(mine, user_ids=[here.people[1].id])
    assert not unshared.is_shared
    with pytest.raises(NotFound):
        await here.ben.get_by_id(mine)


async def update_title(here: Scene) -> None:
    mine = (await here.ada.create(query=QUERY)).id
    assert (await here.ada.update_title(mine, title="Leave")).title == "Leave"
    assert (await here.ada.get_by_id(mine)).title == "Leave"


async def archive_and_unarchive(here: Scene) -> None:
    mine = (await answered(here.ada.create_with_streaming(query=QUERY))).conversation.id
    assert (await here.ada.archive(mine)).is_archived
    assert (await here.ada.archive(mine)).is_archived
    assert (await here.ada.list()).conversations == ()
    archived = (await here.ada.list_archived()).conversations
    assert [(row.id, row.is_archived) for row in archived] == [(mine, True)]
    found = await here.ada.get_by_id(mine)
    assert (found.id, found.is_archived) == (mine, True)
    assert not (await here.ada.unarchive(mine)).is_archived
    assert not (await here.ada.unarchive(mine)).is_archived
    assert not (await here.ada.get_by_id(mine)).is_archived
    assert (await here.ada.list_archived()).conversations == ()


async def delete(here: Scene) -> None:
    mine = (await here.ada.create(query=QUERY)).id
    await here.ada.delete(mine)
    for call in (here.ada.get_by_id(mine), here.ada.delete(mine)):
        with pytest.raises(NotFound):
            await call


async def submit_feedback(here: Scene) -> None:
    asked = await answered(here.ada.create_with_streaming(query=QUERY))
    await here.ada.submit_feedback(
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
    (conversation,) = (
        each for each in await here.knowledge.conversations() if each.id == asked.conversation.id
    )
    (given,) = conversation.messages[-1].feedback
    # A legacy server keeps an empty entry.
    assert given.get("isHelpful") is (None if here.dialect == "legacy" else False)
    if here.dialect == "documented":
        assert given["comments"] == {"negative": "Too long", "suggestions": "Say less"}
        assert given["followUpQuestionsHelpful"] is False


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_operation_does_what_it_says(tmp_path: Path, dialect: Dialect) -> None:
    """All at once on one server: each case has people of its own."""
    cases = (
        create_waits_for_the_answer,
        create_with_streaming_follows_the_answer,
        only_the_real_servers_tell_what_they_do,
        add_message_waits_for_the_answer,
        add_message_stream_goes_on,
        the_conversation_of_another_person_is_not_found,
        regenerate_writes_the_newest_answer_again,
        only_the_newest_answer_is_regenerated,
        list_has_pages,
        share_and_unshare,
        update_title,
        archive_and_unarchive,
        delete,
        submit_feedback,
    )
    async with scenes(dialect, tmp_path, len(cases)) as found, asyncio.TaskGroup() as side_by_side:
        for case, here in zip(cases, found, strict=True):
            side_by_side.create_task(case(here), name=case.__name__)


async def a_broken_stream_is_interrupted_and_its_answer_is_stored(here: Scene, trouble: Trouble) -> None:
    here.knowledge.faults.add(Fault(trouble, path="/stream", after_words=3))
    assert isinstance(await failure(here.ada.create_with_streaming(query=QUERY)), Interrupted)
    stored = (await here.ada.list()).conversations
    assert [row.title for row in stored] == [QUERY]
    found = await here.ada.get_by_id(stored[0].id)
    for _ in range(100):  # the server goes on writing after its stream has ended
        if found.answer is not None:
            break
        await asyncio.sleep(0.1)
        found = await here.ada.get_by_id(stored[0].id)
    assert found.answer is not None
    assert ("27" in found.answer.content) is not GENERATIONS[here.dialect].stops_when_left


async def silence_ends_the_patience(here: Scene) -> None:
    hurried = Timeouts(idle_with_heartbeats=0.3, idle_without_heartbeats=0.3)
    server = Server(here.server.http, here.knowledge.url, hurried)
    asking = Conversations(server, fixed_token_auth("demo-token"))
    here.knowledge.faults.add(Fault(Trouble.SILENCE, path="/stream", after_words=3, seconds=2))
    assert isinstance(await failure(asking.create_with_streaming(query=QUERY)), WentQuiet)


async def an_error_in_the_stream_is_told_once(here: Scene, trouble: Trouble) -> None:
    here.knowledge.faults.add(Fault(trouble, path="/stream", after_words=3, message="The model is away"))
    error = await failure(here.ada.create_with_streaming(query=QUERY))
    assert isinstance(error, AnswerFailed)
    assert error.server_message == "The model is away"


async def oddities_do_not_change_the_answer(here: Scene, trouble: Trouble) -> None:
    here.knowledge.faults.add(Fault(trouble, path="/stream", after_words=3, size=17_000_000))
    last = await answered(here.ada.create_with_streaming(query=QUERY))
    assert "27" in last.answer.content


async def an_apology_is_a_failure(here: Scene) -> None:
    here.knowledge.faults.add(Fault(Trouble.GRACEFUL_FAILURE, path="/stream", code="rate_limit"))
    error = await failure(here.ada.create_with_streaming(query=QUERY))
    assert isinstance(error, AnswerFailed)
    assert error.code == "rate_limit"


async def faults_before_the_answer_are_raised(here: Scene) -> None:
    for trouble, kind in ((Trouble.HTML, NotPipesHub), (Trouble.EXPIRED_TOKEN, SignInRefused)):
        here.knowledge.faults.add(Fault(trouble))
        with pytest.raises(kind):
            await heard(here.ada.create_with_streaming(query=QUERY))
        here.knowledge.faults.add(Fault(trouble))
        with pytest.raises(kind):
            await here.ada.list()


async def a_short_outage_is_waited_out(here: Scene) -> None:
    before = len((await here.ada.list()).conversations)
    here.knowledge.faults.add(Fault(Trouble.STATUS, status=503, times=2))
    assert len((await here.ada.list()).conversations) == before
    here.knowledge.faults.add(Fault(Trouble.STATUS, status=429, times=2, retry_after=0))
    assert await answered(here.ada.create_with_streaming(query=QUERY))
    here.knowledge.faults.add(Fault(Trouble.STATUS, status=429, retry_after=0))
    assert len((await here.ada.list()).conversations) == before + 1


Case = Callable[[Scene], Awaitable[None]]
TROUBLES: tuple[Case, ...] = (
    *(partial(a_broken_stream_is_interrupted_and_its_answer_is_stored, trouble=each) for each in BROKEN),
    *(partial(an_error_in_the_stream_is_told_once, trouble=each) for each in ERRORS),
    *(partial(oddities_do_not_change_the_answer, trouble=each) for each in ODDITIES),
    silence_ends_the_patience,
    faults_before_the_answer_are_raised,
    a_short_outage_is_waited_out,
)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_trouble_is_told_for_what_it_is(tmp_path: Path, dialect: Dialect) -> None:
    """One after the other: a fault strikes the next call, by any person."""
    cases = [*TROUBLES]
    if dialect in GIANTS:
        cases.append(partial(oddities_do_not_change_the_answer, trouble=Trouble.GIANT_FINAL))
    if dialect == "agui":
        cases.append(an_apology_is_a_failure)
    async with scenes(dialect, tmp_path, len(cases)) as found:
        for case, here in zip(cases, found, strict=True):
            here.knowledge.faults.clear()
            await case(here)
