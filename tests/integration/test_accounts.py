"""Accounts and the way to them, on both databases."""

import asyncio
import time

import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, select

from bot.domain.errors import WrongEncryptionKey
from bot.domain.people import AccountOwner, AccountTokens
from bot.domain.turns import MAX_AGE, Question, Thread, TurnState
from bot.store.accounts import AccountStore, PendingLink, PendingLinkStore, TokenCipher
from bot.store.database import Database
from bot.store.tables import AccountRow, PendingLinkRow, TurnRow
from bot.store.turn_queue import TurnQueue
from bot.store.turns import TurnStore

KEY = Fernet.generate_key().decode()
MARA = AccountOwner("65f000000000000000000101", "mara@northwind.example")
FIRST, SECOND = AccountTokens("access 1", "refresh 1", 100.0), AccountTokens("access 2", "refresh 2", 200.0)


@pytest.fixture
def account_store(database: Database) -> AccountStore:
    return AccountStore(database, TokenCipher([KEY]))


@pytest.fixture
def pending_links(database: Database) -> PendingLinkStore:
    return PendingLinkStore(database, TokenCipher([KEY]))


async def test_an_account_is_found_for_its_person_alone_and_its_tokens_are_encrypted(
    account_store: AccountStore, database: Database
) -> None:
    await account_store.save("T1", "U1", MARA, FIRST)
    found = await account_store.find("T1", "U1")
    assert found is not None
    assert (found.owner, found.tokens, found.refused) == (MARA, FIRST, False)
    assert await account_store.find("T2", "U1") is None
    assert await account_store.find("T1", "U2") is None
    async with database.transaction() as session:
        row = (await session.exec(select(AccountRow))).one()
        assert "access 1" not in repr(row)
        assert "refresh 1" not in repr(row)
        row.person = "U2"  # which does not make it theirs
    with pytest.raises(WrongEncryptionKey):
        await account_store.find("T1", "U2")


async def renewed_by_one_of_many(account_store: AccountStore, person: str) -> None:
    await account_store.save("T1", person, MARA, FIRST)
    found = await asyncio.gather(*(account_store.claim_renewal("T1", person, "access 1") for _ in range(8)))
    leased = [each for each in found if each is not None and each.lease is not None]
    assert len(leased) == 1
    assert await account_store.save_renewed(leased[0], SECOND)
    after = await account_store.claim_renewal("T1", person, "access 1")
    assert after is not None
    assert (after.lease, after.tokens) == (None, SECOND)


async def renewed_by_the_next_where_one_failed(account_store: AccountStore, person: str) -> None:
    await account_store.save("T1", person, MARA, FIRST)
    first = await account_store.claim_renewal("T1", person, "access 1")
    assert first is not None
    await account_store.release_renewal(first, refused=False)
    second = await account_store.claim_renewal("T1", person, "access 1")
    assert second is not None
    assert second.lease is not None


async def renewed_by_the_next_where_a_lease_lapsed(
    account_store: AccountStore, database: Database, person: str
) -> None:
    await account_store.save("T1", person, MARA, FIRST)
    lost = await account_store.claim_renewal("T1", person, "access 1")
    assert lost is not None
    async with database.transaction() as session:
        (
            await session.exec(select(AccountRow).where(col(AccountRow.person) == person))
        ).one().refreshing_until = time.time() - 1
    taken = await account_store.claim_renewal("T1", person, "access 1")
    assert taken is not None
    assert taken.lease is not None
    assert not await account_store.save_renewed(lost, FIRST)
    await account_store.release_renewal(lost, refused=True)
    assert await account_store.save_renewed(taken, SECOND)
    found = await account_store.find("T1", person)
    assert found is not None
    assert (found.tokens, found.refused) == (SECOND, False)


async def not_renewed_until_it_is_connected_again(account_store: AccountStore, person: str) -> None:
    await account_store.save("T1", person, MARA, FIRST)
    leased = await account_store.claim_renewal("T1", person, "access 1")
    assert leased is not None
    await account_store.release_renewal(leased, refused=True)
    refused = await account_store.claim_renewal("T1", person, "access 1")
    assert refused is not None
    assert (refused.refused, refused.lease) == (True, None)
    await account_store.save("T1", person, MARA, SECOND)
    again = await account_store.find("T1", person)
    assert again is not None
    assert (again.refused, again.tokens) == (False, SECOND)


async def not_kept_where_it_was_erased_meanwhile(account_store: AccountStore, person: str) -> None:
    await account_store.save("T1", person, MARA, FIRST)
    leased = await account_store.claim_renewal("T1", person, "access 1")
    assert leased is not None
    await account_store.erase("T1", person)
    await account_store.erase("T1", person)
    assert not await account_store.save_renewed(leased, SECOND)
    assert await account_store.find("T1", person) is None


async def test_one_renews_at_a_time_what_was_not_refused_or_erased(
    account_store: AccountStore, database: Database
) -> None:
    await renewed_by_one_of_many(account_store, "U1")
    await renewed_by_the_next_where_one_failed(account_store, "U2")
    await renewed_by_the_next_where_a_lease_lapsed(account_store, database, "U3")
    await not_renewed_until_it_is_connected_again(account_store, "U4")
    await not_kept_where_it_was_erased_meanwhile(account_store, "U5")


async def test_what_is_kept_on_the_way_is_taken_once_and_not_for_long(
    pending_links: PendingLinkStore, database: Database
) -> None:
    await pending_links.save("ticket", PendingLink("T1", "U1", "verifier", "browser"), 60)
    async with database.transaction() as session:
        row = (await session.exec(select(PendingLinkRow))).one()
    assert "ticket" not in repr(row)
    assert "verifier" not in str(row.verifier)
    found = await asyncio.gather(*(pending_links.take("ticket") for _ in range(5)))
    assert [each for each in found if each] == [PendingLink("T1", "U1", "verifier", "browser")]
    await pending_links.save("old", PendingLink("T1", "U1"), -1)
    assert await pending_links.take("old") is None
    await pending_links.save("older", PendingLink("T1", "U1"), -1)
    await pending_links.save("new", PendingLink("T1", "U1"), 60)
    async with database.transaction() as session:
        assert len((await session.exec(select(PendingLinkRow))).all()) == 1
    assert await pending_links.take("never kept") is None


def question(number: int, asker: str = "U1", workspace: str = "T1") -> Question:
    return Question(Thread(workspace, "C1", f"10.00000{number}"), f"10.00000{number}", asker, "how?")


async def test_a_question_of_somebody_unlinked_waits_and_is_swept_by_nobody(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    turn = await turns.record(question(1), "U1", unlinked=True)
    assert turn is not None
    assert turn.state is TurnState.UNLINKED
    assert await turns.record(question(1), "U1", unlinked=True) is None
    assert await queue.find_abandoned() == []
    assert await queue.claim(turn.question.thread, "U1") is None
    assert "unlinked" not in await turns.count_unfinished()


async def test_waiting_questions_are_moved_on_once_for_their_asker_alone(database: Database) -> None:
    turns, queue = TurnStore(database), TurnQueue(database)
    for each in (question(2), question(1), question(3, asker="U2"), question(4, workspace="T2")):
        assert await turns.record(each, each.asker, unlinked=True)
    found = await asyncio.gather(*(turns.resume_unlinked("T1", "U1") for _ in range(4)))
    (taken,) = [each for each in found if each]
    assert [turn.question.ts for turn in taken] == ["10.000001", "10.000002"]
    assert {turn.state for turn in taken} == {TurnState.RECORDED}
    for turn in taken:
        await queue.placeholder_posted(turn, "20.1")
        assert await queue.claim(turn.question.thread, "U1") is not None


async def test_a_question_of_yesterday_or_one_that_was_withdrawn_is_not_asked(database: Database) -> None:
    turns = TurnStore(database)
    old = await turns.record(question(1), "U1", unlinked=True)
    gone = await turns.record(question(2), "U1", unlinked=True)
    assert old is not None
    assert gone is not None
    async with database.transaction() as session:
        (await session.get_one(TurnRow, old.id)).recorded_at -= MAX_AGE
    assert await turns.cancel_unlinked(gone.id)
    assert not await turns.cancel_unlinked(gone.id)
    assert await turns.resume_unlinked("T1", "U1") == []
