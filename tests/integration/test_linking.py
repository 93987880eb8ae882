"""Each person with a PipesHub account of their own."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from bot.demo.accounts import accounts
from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.inputs import elements
from bot.demo.workspace.model import Message
from bot.log import QUIET
from bot.slack import actions, http
from bot.slack.http import make_web_app, serve_http
from bot.slack.render import blocks, messages
from bot.store.database import Database
from bot.store.tables import AccountRow, PendingLinkRow
from tests.connecting import CLIENT, browser, connect, email, invited
from tests.house import House, house, labels, shown
from tests.integration.another_bot import another
from tests.integration.test_home import pressed, showing, text, visited

LEAVE = "how many days of annual leave do I have?"
TOKEN = "/api/v1/oauth2/token"


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, pipeshub_client_id=CLIENT) as home:
        yield home


def id_of(who: str) -> str:
    return next(each.id for each in accounts() if each.email == email(who))


async def linked(home: House, who: str) -> str:
    """Have somebody ask and connect their account; return the ts of the question, which is answered."""
    ts = await home.ask(who, f"@pipeshub {LEAVE}")
    assert (await connect(home, who)).status == 200
    assert "28 days" in shown(await home.ending(ts))
    return ts


def refreshed(home: House) -> int:
    """Return how often PipesHub was asked for tokens, codes among it."""
    return sum(1 for _, path, _ in home.knowledge.requests if path == TOKEN)


async def test_the_first_question_waits_for_the_account_and_is_then_answered_by_itself(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, pipeshub_client_id=CLIENT) as home:
        ts = await home.ask("mara", f"@pipeshub {LEAVE}")
        invitation, address = await invited(home, "mara")
        assert home.replies(ts) == []
        assert home.workspace.ephemerals("tomasz") == []
        await home.people.press("mara", (invitation.channel, invitation.ts), actions.CONNECT)
        (sent,) = await home.workspace.until(lambda: _saying(home, "mara", messages.BROWSER_OPENED_TEXT))
        assert address not in shown(sent)
        async with browser(home) as theirs:
            page = await theirs.connected(address, "mara")
        assert page.status == 200
        assert email("mara") in page.said
        assert "28 days" in shown(await home.ending(ts))
        (conversation,) = await home.knowledge.conversations()
        assert conversation.owner == id_of("mara")
        again = await home.ask("mara", f"@pipeshub {LEAVE}")
        assert "28 days" in shown(await home.ending(again))
        await home.settle()
        assert len(home.workspace.ephemerals("mara")) == 1


async def test_all_questions_that_wait_are_answered_as_they_are_by_then_and_nobody_elses(home: House) -> None:
    first = await home.ask("mara", f"@pipeshub {LEAVE}")
    second = await home.ask("mara", "@pipeshub how are expenses paid back?")
    await home.ask("mara", "@pipeshub and for interns?", thread_ts=first)
    direct = (await home.people.open_direct_message("mara")).id
    aside = await home.people.post("mara", direct, LEAVE)
    deleted = await home.ask("mara", "@pipeshub how are expenses paid back?")
    edited = await home.ask("mara", "@pipeshub hm?")
    other = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    await invited(home, "mara", 6)
    await invited(home, "tomasz")
    await home.people.delete("mara", "help-desk", deleted)
    await home.people.edit("mara", "help-desk", edited, f"@pipeshub {LEAVE}")
    await home.settle()
    await connect(home, "mara")
    for ts, number in ((first, 1), (second, 1), (first, 2)):
        assert "Try again" not in labels(await home.ending(ts, number))
    assert "28 days" in shown(await home.ending(aside, where=direct))
    assert "28 days" in shown(await home.ending(edited))
    await home.settle()
    assert home.replies(other) == home.replies(deleted) == []


async def test_in_a_thread_each_has_a_conversation_and_what_others_asked_goes_along_once(home: House) -> None:
    ts = await linked(home, "mara")
    await home.ask("tomasz", "@pipeshub and for people who work part-time?", thread_ts=ts)
    await connect(home, "tomasz")
    await home.ending(ts, 2)
    await home.ask("tomasz", "@pipeshub and for interns?", thread_ts=ts)
    await home.ending(ts, 3)
    owners = [each.owner for each in await home.knowledge.conversations()]
    assert owners == [id_of("mara"), id_of("tomasz")]
    first, second = await asked_by(home, "tomasz")
    assert LEAVE in first
    assert "28 days" in first
    assert "mara: " in first
    assert LEAVE not in second
    await home.ask("mara", "@pipeshub and in my second year?", thread_ts=ts)
    await home.ending(ts, 4)
    _, last = await asked_by(home, "mara")
    assert "part-time" in last
    assert "interns" in last
    assert LEAVE not in last


async def asked_by(home: House, who: str) -> list[str]:
    """Return what PipesHub was asked by somebody, oldest first."""
    (theirs,) = [each for each in await home.knowledge.conversations() if each.owner == id_of(who)]
    return [each.content for each in theirs.messages if each.kind == "user_query"]


async def test_who_writes_in_a_thread_without_addressing_the_bot_is_invited_there_once(home: House) -> None:
    ts = await linked(home, "mara")
    for said in ("thanks", "and for interns?"):
        await home.ask("tomasz", said, thread_ts=ts)
    await invited(home, "tomasz")
    await home.ask("tomasz", f"@pipeshub {LEAVE}", thread_ts=ts)
    await invited(home, "tomasz", 2)
    assert len(home.workspace.ephemerals("tomasz")) == 2


async def link(home: House, who: str) -> str:
    """Return an address to connect an account at, as an invitation has it."""
    linkage = home.bot.account_linking
    assert linkage is not None
    return await linkage.service.connect_url("T0ACME001", home.workspace.user(who).id)


async def test_a_link_and_its_state_are_good_once_and_in_the_browser_they_were_opened_in(home: House) -> None:
    async with browser(home) as mara, browser(home) as tomasz:
        address = await link(home, "mara")
        async with mara.session.head(address) as looked:
            assert looked.status == 405
        assert (await mara.get(address)).status == 302
        for each in (mara, tomasz):
            page = await each.get(address)
            assert (page.status, "does not work any more" in page.said) == (400, True)

        # The address to come back with is sent to someone else, to have their account connected.
        back = await mara.decided(await mara.asked(await link(home, "mara")), "mara")
        page = await tomasz.get(back)
        assert (page.status, "does not work any more" in page.said) == (400, True)
        assert (await mara.get(back)).status == 400, "the state was taken"

        await tomasz.asked(await link(home, "tomasz"))
        back = await mara.decided(await mara.asked(await link(home, "mara")), "mara")
        assert (await tomasz.get(back)).status == 400, "another link of theirs is under way"
        assert await rows(home, AccountRow) == []

        back = await mara.decided(await mara.asked(await link(home, "mara")), "mara")
        assert [(await mara.get(back)).status for _ in range(2)] == [200, 400]


FORGED = (
    "",
    "?code=c",
    "?code=c&state=",
    "?code=c&state=forged",
    "?code=c&state=%00%ff",
    "?state=a&state=b&code=c",
    "?error=access_denied",
    f"?code=c&state={'s' * 5000}",
)


async def test_what_is_forged_mistaken_or_late_leads_nowhere(home: House) -> None:
    base = home.bot.settings.public_url
    async with browser(home) as theirs:
        for path, query in itertools.product(("/pipeshub/callback", "/pipeshub/connect"), FORGED):
            assert (await theirs.get(f"{base}{path}{query.replace('state', 'ticket', 1)}")).status == 400
            assert (await theirs.get(f"{base}{path}{query}")).status == 400

        ticket = parse_qs(urlsplit(await link(home, "mara")).query)["ticket"][0]
        assert (await theirs.get(f"{base}/pipeshub/callback?code=c&state={ticket}")).status == 400
        sent = await theirs.get(await link(home, "mara"))
        state = parse_qs(urlsplit(sent.headers["Location"]).query)["state"][0]
        assert (await theirs.get(f"{base}/pipeshub/connect?ticket={state}")).status == 400

        back = await theirs.decided(await theirs.asked(await link(home, "mara")), "mara")
        async with home.bot.database.transaction() as session:
            for row in await session.exec(select(PendingLinkRow)):
                row.expires_at = 0
        page = await theirs.get(back)
        assert (page.status, "does not work any more" in page.said) == (400, True)
    assert await rows(home, AccountRow) == []


async def test_pages_and_redirects_tell_nobody_anything_and_cannot_be_framed(home: House) -> None:
    async with browser(home) as theirs:
        sent = await theirs.get(await link(home, "mara"))
        page = await theirs.get(f"{home.bot.settings.public_url}/pipeshub/callback?error=<script>")
    for found in (sent, page):
        assert found.headers["Cache-Control"] == "no-store"
        assert found.headers["Referrer-Policy"] == "no-referrer"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        policy = found.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    assert "<script>" not in page.text
    cookie = sent.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/pipeshub/" in cookie
    asked = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert "offline_access" in asked["scope"][0].split()
    assert sent.headers["Location"].startswith(home.knowledge.url)

    linkage = home.bot.account_linking
    assert linkage is not None
    query = urlsplit(await link(home, "mara")).query
    pages = http.account_routes(linkage.service, lambda _: None, "https://bot.example.com/under")
    paths = make_web_app(home.bot.not_ready_reasons, home.bot.metrics_text, None, pages=pages)
    async with serve_http(paths, "127.0.0.1", 0) as port, browser(home) as theirs:
        sent = await theirs.get(f"http://127.0.0.1:{port}/pipeshub/connect?{query}")
    assert "Secure" in sent.headers["Set-Cookie"]
    assert "Path=/under/pipeshub/" in sent.headers["Set-Cookie"]


async def test_another_address_or_an_exchange_that_fails_connects_nothing(home: House) -> None:
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    _, address = await invited(home, "mara")
    async with browser(home) as theirs:
        page = await theirs.connected(address, "tomasz")
        assert page.status == 400
        assert email("tomasz") in page.said
        assert email("mara") in page.said
        assert [path for _, path, _ in home.knowledge.requests].count("/api/v1/oauth2/revoke") == 2

        home.knowledge.faults.add(Fault(Trouble.STATUS, path=TOKEN, status=503))
        page = await theirs.connected(await link(home, "mara"), "mara")
        assert page.status == 502
        assert page.said.endswith(".")
    assert home.replies(ts) == []
    assert await rows(home, AccountRow) == []


async def test_another_address_is_fine_where_an_operator_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, pipeshub_client_id=CLIENT, allow_email_mismatch=True) as home:
        ts = await home.ask("jonas", f"@pipeshub {LEAVE}")
        _, address = await invited(home, "jonas")
        async with browser(home) as theirs:
            assert (await theirs.connected(address, "tomasz")).status == 200
        assert "28 days" in shown(await home.ending(ts))
        (conversation,) = await home.knowledge.conversations()
        assert conversation.owner == id_of("tomasz")


async def test_who_denies_it_is_told_how_to_change_their_mind(home: House) -> None:
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    _, address = await invited(home, "mara")
    async with browser(home) as theirs:
        page = await theirs.connected(address, "mara", "deny")
    assert (page.status, "You did not allow it" in page.said) == (400, True)
    assert home.replies(ts) == []
    view = await visited(home, "mara", blocks.CONNECT)
    async with browser(home) as theirs:
        page = await theirs.connected(_url(view.blocks), "mara")
    assert page.status == 200
    assert "28 days" in shown(await home.ending(ts))
    await showing(home, "mara", "Connected to PipesHub as", email("mara"))


async def test_an_expired_token_is_renewed_once_for_a_question_or_a_call_that_is_cancelled(
    home: House,
) -> None:
    await linked(home, "mara")
    home.knowledge.tokens.expire_all(id_of("mara"))
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    assert "28 days" in shown(await home.ending(ts))
    assert refreshed(home) == 2

    home.knowledge.tokens.expire_all(id_of("mara"))
    home.knowledge.faults.add(Fault(Trouble.DELAY, path=TOKEN, seconds=0.5))
    conversations = home.installed.identities.conversations(home.workspace.user("mara").id)
    asking = asyncio.create_task(conversations.list())
    await asyncio.sleep(0.25)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len((await conversations.list()).conversations) == 2
    assert refreshed(home) == 3


async def test_a_token_about_to_expire_is_renewed_before_it_is_used(tmp_path: Path) -> None:
    async with house(tmp_path, pipeshub_client_id=CLIENT, knowledge={"token_lifetime": 30}) as home:
        await linked(home, "mara")
        assert 401 not in [status for _, _, status in home.knowledge.requests]
        assert refreshed(home) >= 2


async def test_two_bots_renew_a_token_once(tmp_path: Path, database: Database, database_url: str) -> None:
    async with house(tmp_path, pipeshub_client_id=CLIENT, database_url=database_url) as home:
        await linked(home, "mara")
        async with another(home) as (second, _):
            home.knowledge.tokens.expire_all(id_of("mara"))
            home.knowledge.faults.add(Fault(Trouble.DELAY, path=TOKEN, seconds=0.7, times=None))
            person = home.workspace.user("mara").id
            both = [
                each.identities.conversations(person)
                for each in (home.installed, second.single_workspace)
                if each
            ]
            pages = await asyncio.gather(*(each.list() for each in both * 5))
        assert all(len(page.conversations) == 1 for page in pages)
        assert refreshed(home) == 2


async def test_an_account_that_cannot_be_used_any_more_is_connected_again(home: House) -> None:
    await linked(home, "mara")
    home.knowledge.authorizer.withdraw(id_of("mara"))
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    failed = await home.ending(ts)
    assert "no longer lets me use your account" in shown(failed)
    assert labels(failed) == [blocks.CONNECT, "Try again"]
    assert "ticket" not in shown(failed), "everybody sees this message"
    assert refreshed(home) == 2
    await home.press("mara", failed, blocks.CONNECT)
    _, address = await invited(home, "mara", 2)
    waiting = await home.ask("mara", f"@pipeshub {LEAVE}")
    message, _ = await invited(home, "mara", 3)
    assert "no longer lets me use your account" in shown(message)
    async with browser(home) as theirs:
        assert (await theirs.connected(address, "mara")).status == 200
    assert "28 days" in shown(await home.ending(waiting))
    await home.press("mara", failed, "Try again")
    await _answered(home, ts)

    async with home.bot.database.transaction() as session:
        for row in await session.exec(select(AccountRow)):
            row.access_token = row.refresh_token = "gAAAAAlost"
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    message, address = await invited(home, "mara", 4)
    assert "no longer lets me use your account" in shown(message)
    async with browser(home) as theirs:
        assert (await theirs.connected(address, "mara")).status == 200
    assert "28 days" in shown(await home.ending(ts))


async def test_a_renewal_that_does_not_get_through_leaves_the_account_as_it_is(home: House) -> None:
    await linked(home, "mara")
    for fault in (
        Fault(Trouble.DROP, path=TOKEN),
        Fault(Trouble.STATUS, path=TOKEN, status=503),
        Fault(Trouble.STATUS, path=TOKEN, status=429, retry_after=1),
        Fault(Trouble.HTML, path=TOKEN),
    ):
        home.knowledge.tokens.expire_all(id_of("mara"))
        home.knowledge.faults.add(fault)
        ts = await home.ask("mara", f"@pipeshub {LEAVE}")
        first = await home.ending(ts)
        if "Try again" in labels(first):
            await home.press("mara", first, "Try again")
        await _answered(home, ts)
        assert home.knowledge.faults.active == (), fault
        assert len(home.workspace.ephemerals("mara")) == 1, fault


async def test_unlinking_revokes_and_erases_and_what_to_do_is_said_wherever_it_matters(home: House) -> None:
    ts = await linked(home, "mara")
    (reply,) = home.replies(ts)
    await visited(home, "mara", "Connected to PipesHub as", email("mara"))
    view = await pressed(home, "mara", "Unlink", messages.UNLINKED_TEXT, blocks.CONNECT)
    assert "annual leave" not in text(view)
    assert await rows(home, AccountRow) == []
    assert [path for _, path, _ in home.knowledge.requests].count("/api/v1/oauth2/revoke") == 2
    await home.press("mara", reply, "Regenerate")
    await invited(home, "mara", 2)
    await home.press("mara", reply, "Archive")
    await invited(home, "mara", 3)
    await home.ask("mara", f"@pipeshub {LEAVE}")
    _, address = await invited(home, "mara", 4)
    async with browser(home) as theirs:
        assert (await theirs.connected(address, "mara")).status == 200
    await visited(home, "mara", "Connected to PipesHub as")
    home.knowledge.faults.add(Fault(Trouble.DROP, path="/api/v1/oauth2/revoke", times=None))
    await pressed(home, "mara", "Unlink", messages.UNLINKED_TEXT)
    assert await rows(home, AccountRow) == []


async def test_somebody_unlinked_is_told_so_wherever_they_ask(home: House) -> None:
    await home.people.slash("mara", "help-desk", "/ask", LEAVE)
    await invited(home, "mara")
    await home.people.slash("mara", "help-desk", "/ask", "list")
    await invited(home, "mara", 2)
    await home.people.global_shortcut("mara", "ask_a_question")
    await home.workspace.until(lambda: blocks.CONNECT in text(home.workspace.modal("mara")) or None)
    await visited(home, "mara", blocks.CONNECT)
    assert await home.knowledge.conversations() == ()


async def test_no_token_stands_in_the_database_or_the_log(
    home: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, floor in QUIET.items():
        caplog.set_level(floor, name)  # as where LOG_LEVEL is DEBUG
    await linked(home, "mara")
    home.knowledge.tokens.expire_all(id_of("mara"))
    await home.ending(await home.ask("mara", f"@pipeshub {LEAVE}"))
    tokens = [*home.knowledge.tokens._issued, *home.knowledge.authorizer._refreshing]
    codes = list(home.knowledge.authorizer._codes)
    assert len(tokens) == 4
    _, address = await invited(home, "mara")
    secrets = [*tokens, *codes, parse_qs(urlsplit(address).query)["ticket"][0], "client-secret"]
    kept = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*")))
    printed = caplog.text + "".join(capsys.readouterr())
    assert "account.linked" in printed
    for each in secrets:
        assert each.encode() not in kept
        assert each not in printed


async def _answered(home: House, ts: str) -> None:
    """Wait until the first reply shows the answer, whatever it shows before."""
    await home.workspace.until(lambda: "28 days" in shown(home.replies(ts)[0]) or None)


def _saying(home: House, who: str, text: str) -> list[Message]:
    return [each for each in home.workspace.ephemerals(who) if each.text == text]


def _url(blocks: list[dict[str, Any]]) -> str:
    return next(str(each["url"]) for _, each in elements(blocks) if each.get("url"))


async def rows(home: House, table: Any) -> list[Any]:
    async with home.bot.database.transaction() as session:
        return list(await session.exec(select(table)))
