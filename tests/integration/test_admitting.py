"""Whom the bot answers, and how fast."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message
from bot.demo.workspace.options import PEOPLE, ROOMS, Person, Room
from bot.domain.channels import DEFAULT_CHANNEL_SETTINGS
from bot.domain.errors import NotForOutsiders, TooManyQuestions
from bot.domain.people import AccessPolicy, Role
from bot.domain.turns import Question, Thread
from bot.flows.admission import AdmissionService
from bot.store.channels import ChannelSettingsStore
from bot.store.database import Database
from bot.store.turns import TurnStore
from tests.house import House, house, labels, shown
from tests.integration.another_bot import another
from tests.integration.test_asking_elsewhere import fill, form, outcome, whispered
from tests.integration.test_channel_settings import decided

LEAVE = "how many days of annual leave do I have?"
COMPANY = {
    "people": (
        *PEOPLE,
        Person("gita", "Gita Rao", "Agency", is_guest=True),
        Person("olaf", "Olaf Berg", "Elsewhere", team_id="T0OTHER01"),
    ),
    "rooms": (*ROOMS, Room("with-partners", "Shared with another company", is_ext_shared=True)),
}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, workspace=COMPANY) as home:
        yield home


Way = Callable[[House, str, str], Awaitable[None]]


async def refused(home: House, way: Way, who: str, where: str, sentence: str) -> None:
    """Make sure that who asks is told a sentence, once and alone, and that nothing else happens."""
    told, known = len(home.workspace.ephemerals(who)), len(await home.knowledge.conversations())
    await way(home, who, where)
    assert sentence in await whispered(home, who, told + 1), (way, who, where)
    await home.settle()
    assert len(home.workspace.ephemerals(who)) == told + 1, (way, who, where)
    assert len(await home.knowledge.conversations()) == known, (way, who, where)


async def by_mention(home: House, who: str, where: str) -> None:
    await home.ask(who, f"@pipeshub {LEAVE}", where)


async def by_message(home: House, who: str, where: str) -> None:
    await home.people.post(who, where, LEAVE)


async def by_command(home: House, who: str, where: str) -> None:
    await home.people.slash(who, where, "/ask", LEAVE)


WAYS: list[Way] = [by_mention, by_command]


async def test_who_is_not_of_the_company_is_told_so_and_not_answered(home: House) -> None:
    for way in WAYS:
        await refused(home, way, "gita", "help-desk", "you are here as a guest")
        await refused(home, way, "mara", "with-partners", "people of another company read along")
        await refused(home, way, "olaf", "help-desk", "nor questions of theirs")
    direct = home.workspace.direct_message("gita").id
    await refused(home, by_message, "gita", direct, "you are here as a guest")
    # Who they are is asked once an hour.
    home.workspace.faults.add(SlackFault("users.info", times=None, status=503))
    for _ in range(2):
        await refused(home, by_mention, "gita", "help-desk", "you are here as a guest")


async def test_what_a_setting_allows_is_answered(tmp_path: Path) -> None:
    async with house(tmp_path, workspace=COMPANY, allow_guests=True, allow_shared_channels=True) as home:
        for who, way in (("gita", by_mention), ("olaf", by_command), ("mara", by_mention)):
            await way(home, who, "with-partners")
        await home.workspace.until(lambda: len(threads(home)) == 3 or None)
        assert home.workspace.ephemerals("gita") == []


def threads(home: House, where: str = "with-partners") -> list[Message]:
    """Return the finished answers of a channel."""
    found = [each for top in home.workspace.messages(where) for each in home.replies(top.ts, where)]
    return [each for each in found if "Regenerate" in labels(each)]


async def hears_once_in_a_thread_that_it_is_not_for_them(home: House, ts: str) -> None:
    for text in ("I see.", "and for guests?", "nobody knows"):
        await home.ask("gita", text, thread_ts=ts)
    await home.settle()
    assert len(home.workspace.ephemerals("gita")) == 1
    assert len(home.replies(ts)) == 1


async def is_not_kept_talking_by_another_bot(home: House, ts: str) -> None:
    """Not even where the other one's messages look like a person's."""
    home.workspace.user("jonas").is_bot = True
    before = [shown(each) for each in home.replies(ts)]
    for text in (f"@pipeshub {LEAVE}", "and for interns?", "how long is the notice period?"):
        await home.ask("jonas", text, thread_ts=ts)
    top = await home.ask("jonas", f"@pipeshub {LEAVE}")
    direct = home.workspace.direct_message("jonas").id
    written = await home.people.post("jonas", direct, LEAVE)
    await home.settle()
    assert [shown(each) for each in home.replies(ts)] == before
    assert home.replies(top) == []
    assert home.workspace.ephemerals("jonas") == []
    assert home.replies(written, direct) == []


async def test_only_people_of_the_company_go_on_in_a_thread(home: House) -> None:
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    assert "28 days" in (await home.ending(ts)).text
    await hears_once_in_a_thread_that_it_is_not_for_them(home, ts)
    await is_not_kept_talking_by_another_bot(home, ts)


async def test_a_channel_that_is_switched_off_is(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    reply = await home.ending(ts)
    await decided(home, on="no")
    for way in WAYS:
        await refused(home, way, "tomasz", "help-desk", "I am switched off in this channel")
    await home.people.reload("tomasz")
    await home.press("tomasz", reply, "Regenerate")
    await home.workspace.until(lambda: home.workspace.ephemerals("tomasz") or None)
    suggestion = next(each for each in labels(reply) if each.endswith("?"))
    await home.press("tomasz", reply, suggestion)
    await home.settle()
    said = [each.text for each in home.workspace.ephemerals("tomasz")]
    assert ["switched off" in each for each in said] == [True, True]
    assert len(home.replies(ts)) == 1
    before = home.workspace.messages("help-desk")
    await home.people.global_shortcut("tomasz", "ask_a_question")
    await form(home, "tomasz")
    await fill(home, "tomasz", question=LEAVE, place=home.workspace.channel("help-desk").id)
    await home.people.submit_view("tomasz")
    assert "I am switched off" in await outcome(home, "tomasz")
    await home.settle()
    assert home.workspace.messages("help-desk") == before
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}", "general")
    assert "28 days" in (await home.ending(ts, where="general")).text


async def is_told_when_to_ask_again(home: House) -> None:
    asked = [await home.ask("tomasz", f"@pipeshub {LEAVE}") for _ in range(4)]
    await home.workspace.until(lambda: len(home.workspace.ephemerals("tomasz")) == 2 or None)
    said = home.workspace.ephemerals("tomasz")[0].text
    assert "You ask faster than I answer" in said
    assert "Please ask it again in " in said
    await home.workspace.until(lambda: len([each for each in asked if home.replies(each)]) == 2 or None)
    await home.people.slash("tomasz", "help-desk", "/ask", LEAVE)
    await home.workspace.until(lambda: len(home.workspace.ephemerals("tomasz")) == 3 or None)


async def is_counted_by_all_replicas(home: House) -> None:
    for _ in range(2):
        assert "28 days" in (await home.ending(await home.ask("amina", f"@pipeshub {LEAVE}"))).text
    async with another(home) as (_, url):
        own, home.workspace.app.request_url = home.workspace.app.request_url, url
        await home.ask("amina", f"@pipeshub {LEAVE}")
        assert "You ask faster" in await whispered(home, "amina")
    home.workspace.app.request_url = own


async def is_counted_when_regenerating(home: House) -> None:
    reply = await home.ending(await home.ask("jonas", f"@pipeshub {LEAVE}"))
    await home.press("jonas", reply, "Regenerate")
    await home.workspace.until(lambda: "Regenerate" not in labels(reply) or None)
    await home.workspace.until(lambda: "Regenerate" in labels(reply) or None)
    await home.press("jonas", reply, "Regenerate")
    assert "You ask faster" in await whispered(home, "jonas")


async def test_who_asks_too_fast_is_told_so_however_they_ask(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_person=2) as home:
        await is_told_when_to_ask_again(home)
        await is_counted_by_all_replicas(home)
        await is_counted_when_regenerating(home)


async def test_all_together_ask_no_faster_than_the_workspace_may(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_workspace=2) as home:
        for who in ("tomasz", "amina"):
            await home.ask(who, f"@pipeshub {LEAVE}")
        await home.settle()
        await home.ask("jonas", f"@pipeshub {LEAVE}")
        assert "Your workspace asks a lot just now" in await whispered(home, "jonas")


def asked(workspace: str, person: str, ts: str) -> Question:
    return Question(Thread(workspace, "C1", ts), ts, person, "how?")


async def test_a_question_is_counted_once_however_often_it_is_delivered(database: Database) -> None:
    admitting = rules(database, AccessPolicy(questions_per_person=1))
    turns, question = TurnStore(database), asked("T1", "U1", "10.1")
    await asyncio.gather(*(admitting.admit(question, DEFAULT_CHANNEL_SETTINGS) for _ in range(3)))
    await turns.record(question, "service")
    await admitting.admit(question, DEFAULT_CHANNEL_SETTINGS)
    await rules(database, AccessPolicy(questions_per_person=1)).admit(question, DEFAULT_CHANNEL_SETTINGS)
    with pytest.raises(TooManyQuestions) as refused:
        await rules(database, AccessPolicy(questions_per_person=1)).admit(
            asked("T1", "U1", "10.2"), DEFAULT_CHANNEL_SETTINGS
        )
    assert 50 < refused.value.retry_in <= 60
    await admitting.admit(asked("T1", "U2", "10.2"), DEFAULT_CHANNEL_SETTINGS)
    await admitting.admit(asked("T2", "U1", "10.2"), DEFAULT_CHANNEL_SETTINGS)


async def test_a_burst_is_counted_before_any_of_it_is_recorded(database: Database) -> None:
    admitting = rules(database, AccessPolicy(questions_per_person=3))
    found = await asyncio.gather(
        *(
            admitting.admit(asked("T1", "U1", f"10.{number}"), DEFAULT_CHANNEL_SETTINGS)
            for number in range(10)
        ),
        return_exceptions=True,
    )
    assert len([each for each in found if each is None]) == 3


@dataclass
class EveryoneIs:
    """What admission asks of Slack, with one role for everybody."""

    role: Role

    async def cached_role(self, user: str) -> Role:
        assert user
        return self.role

    async def is_externally_shared(self, channel: str) -> bool:
        return channel == "C0SHARED"


def rules(database: Database, found: AccessPolicy, who: Role | None = None) -> AdmissionService:
    directory = EveryoneIs(who or Role())
    return AdmissionService(ChannelSettingsStore(database), TurnStore(database), directory, found)


STRANGERS = [
    ({"T1"}, "T1", False),
    ({"T1", "T2"}, "T2", False),  # a colleague from another workspace of the organization
    ({"T2"}, "T2", True),
    (set(), "T2", True),
    (set(), None, False),
]


async def test_colleagues_in_an_organization_are_no_strangers(database: Database) -> None:
    for number, (workspaces, team, refused) in enumerate(STRANGERS):
        admitting = rules(database, AccessPolicy(), Role(frozenset(workspaces)))
        question = replace(asked("T1", "U1", f"10.{number}"), asker_team=team)
        try:
            await admitting.admit(question, DEFAULT_CHANNEL_SETTINGS)
        except NotForOutsiders:
            assert refused, (workspaces, team)
        else:
            assert not refused, (workspaces, team)
