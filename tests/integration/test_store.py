import asyncio

import pytest
from sqlalchemy import event

from bot.domain.conversations import FooterState, PrivateAnswerState, UnpromptedState
from bot.domain.errors import LeaseLost
from bot.domain.turns import Question, QuestionOrigin, ShownMessages, Thread, Turn, TurnState
from bot.flows.answers.reply import footer_state
from bot.store.answers import AnswerStore
from bot.store.claims import ClaimStore
from bot.store.database import Database
from bot.store.threads import PrivateAnswerStore, ThreadStore, UnpromptedThreadStore
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore

THREAD = Thread("T1", "C1", "10.000001")


def question(number: int, thread: Thread = THREAD, text: str = "how?") -> Question:
    return Question(thread, f"10.00000{number}", "U1", text)


async def placed(database: Database, number: int) -> str:
    turn = await TurnStore(database).record(question(number), "service")
    assert turn is not None
    await TurnQueue(database).placeholder_posted(turn, f"20.00000{number}")
    return turn.id


async def claimed(database: Database) -> Turn:
    turn = await TurnQueue(database).claim(THREAD, "service")
    assert turn is not None
    return turn


async def test_the_same_message_is_recorded_once(database: Database) -> None:
    turns = TurnStore(database)
    found = await asyncio.gather(*(turns.record(question(1), "service") for _ in range(10)))
    assert len([turn for turn in found if turn]) == 1


async def test_a_thread_is_known_once_somebody_asked_in_it(database: Database) -> None:
    threads = ThreadStore(database)
    assert not await threads.find_askers(THREAD)
    await TurnStore(database).record(question(1), "service")
    assert await threads.find_askers(THREAD)
    assert not await threads.find_askers(Thread("T2", "C1", "10.000001"))


async def test_a_thread_is_bound_to_the_conversation_that_opened_in_it(database: Database) -> None:
    turns, threads = TurnStore(database), ThreadStore(database)
    turn = await turns.record(question(1), "service")
    assert turn is not None
    assert await threads.find_conversation_id(THREAD, "service") is None
    await turns.save_conversation_id(turn, "c1")
    assert await threads.find_conversation_id(THREAD, "service") == "c1"
    assert await threads.find_conversation_id(THREAD, "somebody else") is None


async def test_one_turn_of_a_thread_runs_and_the_next_ones_wait_in_order(database: Database) -> None:
    queue, others = TurnQueue(database), TurnQueue(database)
    second = await placed(database, 2)
    first = await placed(database, 1)
    running = await queue.claim(THREAD, "service")
    assert running is not None
    assert running.id == first
    assert await others.claim(THREAD, "service") is None
    assert await queue.finish(running, TurnState.DONE)
    following = await others.claim(THREAD, "service")
    assert following is not None
    assert following.id == second
    assert await queue.claim(THREAD, "service") is None


async def test_an_earlier_turn_waits_while_a_later_one_runs(database: Database) -> None:
    queue = TurnQueue(database)
    await placed(database, 2)
    later = await claimed(database)
    await placed(database, 1)
    assert await queue.claim(THREAD, "service") is None
    await queue.finish(later, TurnState.DONE)
    assert (await claimed(database)).question.ts == "10.000001"


async def test_a_turn_whose_reply_is_being_placed_is_nobody_elses(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    turn = await turns.record(question(1), "service")
    assert turn is not None
    assert await queue.find_abandoned() == []
    assert await queue.claim_unplaced(turn.id) is None
    await queue.release(turn)
    assert [each.id for each in await queue.find_abandoned()] == [turn.id]
    adopted = await asyncio.gather(*(queue.claim_unplaced(turn.id) for _ in range(5)))
    assert len([each for each in adopted if each]) == 1


async def test_many_workers_never_take_the_same_turn(database: Database) -> None:
    workers = [TurnQueue(database) for _ in range(8)]
    await placed(database, 1)
    taken = await asyncio.gather(*(worker.claim(THREAD, "service") for worker in workers))
    assert len([turn for turn in taken if turn]) == 1


async def test_a_turn_waits_for_an_earlier_one_whose_reply_is_not_placed_yet(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    await turns.record(question(1), "service")
    await placed(database, 2)
    assert await queue.claim(THREAD, "service") is None


async def test_a_turn_given_back_is_taken_up_as_one_that_was_running(database: Database) -> None:
    queue = TurnQueue(database)
    await placed(database, 1)
    first = await claimed(database)
    await queue.release(first)
    second = await claimed(database)
    assert (first.state, second.state) == (TurnState.WAITING, TurnState.RUNNING)


async def test_who_lost_the_lease_changes_nothing_any_more(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    await placed(database, 1)
    first = await claimed(database)
    await queue.release(first)
    second = await claimed(database)
    await queue.release(second)
    _, renewed = await queue.renew_leases([first, second])
    assert renewed == set()
    assert [each.id for each in await queue.find_abandoned()] == [second.id]
    third = await claimed(database)
    assert not await queue.finish(first, TurnState.FAILED)
    with pytest.raises(LeaseLost):
        await turns.save_conversation_id(second, "c2")
    with pytest.raises(LeaseLost):
        await turns.save_shown(second, ShownMessages(("20.000009",)))
    assert not await turns.save_further_messages(second, ("20.000002",))
    assert not await queue.placeholder_posted(second, "20.000003")
    _, renewed = await queue.renew_leases([first, second, third])
    assert renewed == {third.lease}
    await queue.release(first)
    assert await queue.find_abandoned() == []
    assert await queue.claim(THREAD, "service") is None
    assert await queue.finish(third, TurnState.DONE)
    (stored,) = await turns.with_leftovers()
    assert stored.leftover_ts == ("20.000002", "20.000003")
    assert (stored.conversation_id, stored.further_ts) == (None, ())


async def test_the_text_of_an_answered_question_is_erased(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    await queue.finish(
        await claimed(database), TurnState.DONE, ShownMessages(("20.000008", "20.000009")), "m1"
    )
    turn = await turns.get(id_)
    assert turn is not None
    assert (turn.question.text, turn.reply_ts, turn.message_id) == ("", "20.000008", "m1")
    assert turn.footer_ts == "20.000009"


async def test_a_failed_turn_is_reopened_once(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    assert await turns.reopen_failed(id_) is None
    await queue.finish(await claimed(database), TurnState.FAILED)
    found = await asyncio.gather(*(turns.reopen_failed(id_) for _ in range(5)))
    assert len([turn for turn in found if turn]) == 1


async def test_a_turn_whose_stream_broke_is_reopened_as_one_that_was_running(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    await queue.finish(await claimed(database), TurnState.BROKEN)
    assert await turns.reopen_failed(id_)
    assert (await claimed(database)).state is TurnState.RUNNING


async def test_only_a_waiting_turn_is_withdrawn(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    id_ = await placed(database, 1)
    assert await turns.stop_waiting(id_)
    assert await turns.stop_waiting(id_) is None
    assert await queue.claim(THREAD, "service") is None


async def test_the_first_to_claim_gets_it(database: Database) -> None:
    claims = ClaimStore(database)
    assert sorted(await asyncio.gather(*(claims.claim_once("k") for _ in range(5)))) == [False] * 4 + [True]


async def finished(database: Database, number: int) -> Turn:
    await placed(database, number)
    turn = await claimed(database)
    assert await TurnQueue(database).finish(turn, TurnState.DONE)
    return turn


async def footer(database: Database, turn: Turn) -> FooterState:
    return footer_state(turn, await AnswerStore(database).footer_facts(turn.question.thread, turn.identity))


async def test_what_footers_depend_on_is_read_in_one_transaction(database: Database) -> None:
    turn = await finished(database, 1)
    begun: list[object] = []
    event.listen(database.engine.sync_engine, "begin", begun.append)
    assert await footer(database, turn) == FooterState(can_stop_replying=True)
    assert len(begun) == 1


async def test_a_footer_knows_later_answers_earlier_versions_and_the_archive(database: Database) -> None:
    versions = AnswerStore(database)
    turn = await finished(database, 1)
    for text in ("first", "second"):
        await versions.save_version(turn.id, text, ())
    await ThreadStore(database).save_archived(THREAD, "service", "U2")
    later = await finished(database, 2)
    found = await footer(database, turn)
    assert (found.is_newest, found.earlier_versions) == (False, 2)
    assert found.archived is not None
    assert found.archived.archived_by == "U2"
    newest = await footer(database, later)
    assert (newest.is_newest, newest.earlier_versions) == (True, 0)


async def test_a_footer_knows_whether_its_answer_is_private_and_unprompted(database: Database) -> None:
    private, unprompted = PrivateAnswerStore(database), UnpromptedThreadStore(database)
    turn = await finished(database, 1)
    channel_thread = Thread("T1", "C2", "5.000001")
    await private.add_thread(THREAD, "U1", QuestionOrigin(channel_thread.channel, channel_thread.ts))
    await unprompted.add(channel_thread, "U1")
    found = await footer(database, turn)
    assert (found.private_answer, found.unprompted) == (
        PrivateAnswerState.PRIVATE,
        UnpromptedState.ANSWERING,
    )
    await private.mark_shared(THREAD, turn.id)
    await unprompted.stop_replying(channel_thread, "U2")
    found = await footer(database, turn)
    assert (found.private_answer, found.unprompted) == (PrivateAnswerState.SHARED, UnpromptedState.SILENCED)
