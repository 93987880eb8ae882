"""Whom the bot answers, and how fast."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
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


async def refused(home: House, who: str, sentence: str) -> None:
    """Make sure that somebody is told a sentence, once and alone, and that nothing else happens."""
    assert sentence in await whispered(home, who)
    await home.settle()
    assert len(home.workspace.ephemerals(who)) == 1
    assert not await home.knowledge.conversations()


async def by_mention(home: House, who: str, where: str) -> None:
    await home.ask(who, f"@pipeshub {LEAVE}", where)


async def by_command(home: House, who: str, where: str) -> None:
    await home.people.slash(who, where, "/ask", LEAVE)


WAYS: list[Callable[[House, str, str], Awaitable[None]]] = [by_mention, by_command]


@pytest.mark.parametrize("way", WAYS)
async def test_guests_are_told_that_they_are(home: House, way: Callable[..., Awaitable[None]]) -> None:
    await way(home, "gita", "help-desk")
    await refused(home, "gita", "you are here as a guest")


async def test_guests_are_refused_in_their_direct_message_too(home: House) -> None:
    direct = home.workspace.direct_message("gita").id
    await home.people.post("gita", direct, LEAVE)
    await refused(home, "gita", "you are here as a guest")


@pytest.mark.parametrize("way", WAYS)
async def test_where_another_company_reads_along_nobody_is_answered(
    home: House, way: Callable[..., Awaitable[None]]
) -> None:
    await way(home, "mara", "with-partners")
    await refused(home, "mara", "people of another company read along")


@pytest.mark.parametrize("way", WAYS)
async def test_people_of_another_company_are_not_answered(
    home: House, way: Callable[..., Awaitable[None]]
) -> None:
    await way(home, "olaf", "help-desk")
    await refused(home, "olaf", "nor questions of theirs")


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_setting_allows_is_answered(tmp_path: Path, way: Callable[..., Awaitable[None]]) -> None:
    async with house(tmp_path, workspace=COMPANY, allow_guests=True, allow_shared_channels=True) as home:
        for who in ("gita", "olaf", "mara"):
            await way(home, who, "with-partners")
        await home.workspace.until(lambda: len(threads(home)) == 3 or None)
        assert home.workspace.ephemerals("gita") == []


def threads(home: House, where: str = "with-partners") -> list[Message]:
    """Return the finished answers of a channel."""
    found = [each for top in home.workspace.messages(where) for each in home.replies(top.ts, where)]
    return [each for each in found if "Regenerate" in labels(each)]


async def test_refused_questions_cost_slack_one_look_up_an_hour(home: House) -> None:
    await home.ask("gita", f"@pipeshub {LEAVE}")
    await whispered(home, "gita")
    home.workspace.faults.add(SlackFault("users.info", times=None, status=503))
    for number in range(2, 5):
        await home.ask("gita", f"@pipeshub {LEAVE}")
        await home.workspace.until(partial(_heard, home, "gita", number))


def _heard(home: House, who: str, times: int) -> bool:
    return len(home.workspace.ephemerals(who)) == times


async def test_who_talks_on_in_a_thread_hears_once_that_it_is_not_for_them(home: House) -> None:
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    await home.ending(ts)
    for text in ("I see.", "and for guests?", "nobody knows"):
        await home.ask("gita", text, thread_ts=ts)
    await home.settle()
    assert len(home.workspace.ephemerals("gita")) == 1
    assert len(home.replies(ts)) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_a_channel_that_is_switched_off_is(home: House, way: Callable[..., Awaitable[None]]) -> None:
    await decided(home, on="no")
    await way(home, "tomasz", "help-desk")
    await refused(home, "tomasz", "I am switched off in this channel")
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}", "general")
    assert "28 days" in (await home.ending(ts, where="general")).text


async def test_a_form_finds_the_channel_switched_off(home: House) -> None:
    await decided(home, on="no")
    await home.people.global_shortcut("tomasz", "ask_a_question")
    await form(home, "tomasz")
    await fill(home, "tomasz", question=LEAVE, place=home.workspace.channel("help-desk").id)
    await home.people.submit_view("tomasz")
    assert "I am switched off" in await outcome(home, "tomasz")
    await home.settle()
    assert home.workspace.messages("help-desk") == []


async def test_switched_off_the_buttons_under_old_answers_ask_nothing_more(home: House) -> None:
    ts = await home.ask("tomasz", f"@pipeshub {LEAVE}")
    reply = await home.ending(ts)
    await decided(home, on="no")
    await home.press("tomasz", reply, "Regenerate")
    await home.workspace.until(lambda: home.workspace.ephemerals("tomasz") or None)
    suggestion = next(each for each in labels(reply) if each.endswith("?"))
    await home.press("tomasz", reply, suggestion)
    await home.settle()
    said = [each.text for each in home.workspace.ephemerals("tomasz")]
    assert ["switched off" in each for each in said] == [True, True]
    assert len(home.replies(ts)) == 1


async def test_who_asks_too_fast_is_told_when_to_ask_again(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_person=2) as home:
        asked = [await home.ask("tomasz", f"@pipeshub {LEAVE}") for _ in range(6)]
        await home.workspace.until(lambda: len(home.workspace.ephemerals("tomasz")) == 4 or None)
        said = home.workspace.ephemerals("tomasz")[0].text
        assert "You ask faster than I answer" in said
        assert "Please ask it again in " in said
        await home.workspace.until(lambda: len([each for each in asked if home.replies(each)]) == 2 or None)
        assert "28 days" in (await home.ending(await home.ask("amina", f"@pipeshub {LEAVE}"))).text
        await home.people.slash("tomasz", "help-desk", "/ask", LEAVE)
        await home.workspace.until(lambda: len(home.workspace.ephemerals("tomasz")) == 5 or None)


async def test_all_together_ask_no_faster_than_the_workspace_may(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_workspace=2) as home:
        for who in ("tomasz", "amina"):
            await home.ending(await home.ask(who, f"@pipeshub {LEAVE}"))
        await home.ask("jonas", f"@pipeshub {LEAVE}")
        assert "Your workspace asks a lot just now" in await whispered(home, "jonas")


async def test_replicas_count_together(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_person=2) as home:
        for _ in range(2):
            await home.ending(await home.ask("tomasz", f"@pipeshub {LEAVE}"))
        async with another(home) as (_, url):
            home.workspace.app.request_url = url
            await home.ask("tomasz", f"@pipeshub {LEAVE}")
            assert "You ask faster" in await whispered(home, "tomasz")


async def test_regenerating_and_trying_again_count_too(tmp_path: Path) -> None:
    async with house(tmp_path, questions_per_person=2) as home:
        reply = await home.ending(await home.ask("tomasz", f"@pipeshub {LEAVE}"))
        await home.press("tomasz", reply, "Regenerate")
        await home.workspace.until(lambda: "Regenerate" not in labels(reply) or None)
        await home.workspace.until(lambda: "Regenerate" in labels(reply) or None)
        await home.press("tomasz", reply, "Regenerate")
        assert "You ask faster" in await whispered(home, "tomasz")


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


@pytest.mark.parametrize(
    ("workspaces", "team", "refused"),
    [
        ({"T1"}, "T1", False),
        ({"T1", "T2"}, "T2", False),  # a colleague from another workspace of the organization
        ({"T2"}, "T2", True),
        (set(), "T2", True),
        (set(), None, False),
    ],
)
async def test_colleagues_in_an_organization_are_no_strangers(
    database: Database, workspaces: set[str], team: str | None, refused: bool
) -> None:
    admitting = rules(database, AccessPolicy(), Role(frozenset(workspaces)))
    question = replace(asked("T1", "U1", "10.1"), asker_team=team)
    with pytest.raises(NotForOutsiders) if refused else nullcontext():
        await admitting.admit(question, DEFAULT_CHANNEL_SETTINGS)


async def test_two_bots_cannot_keep_each_other_talking(home: House) -> None:
    """Not even where the other one's messages look like a person's."""
    robot = home.workspace.user("jonas")
    robot.is_bot = True
    ts = await home.ask("mara", f"@pipeshub {LEAVE}")
    before = shown(await home.ending(ts))
    for text in (f"@pipeshub {LEAVE}", "and for interns?", "how long is the notice period?"):
        await home.ask("jonas", text, thread_ts=ts)
    top = await home.ask("jonas", f"@pipeshub {LEAVE}")
    direct = home.workspace.direct_message("jonas").id
    written = await home.people.post("jonas", direct, LEAVE)
    await home.settle()
    assert [shown(each) for each in home.replies(ts)] == [before]
    assert home.replies(top) == []
    assert home.workspace.ephemerals("jonas") == []
    assert home.replies(written, direct) == []
