"""Thumbs under answers and on them, and the modal that says more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.demo.knowledge.faults import Fault, Trouble
from bot.demo.workspace.faults import DELIVERY
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.model import Message, View
from bot.slack import actions
from bot.store.answers import FeedbackStore
from bot.store.database import Database
from tests.house import House, house, labels, menu

LEAVE = "@pipeshub how many days of annual leave do I have?"
FEEDBACK = "feedback"  # in the address of the operation


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """The house whose PipesHub keeps everything it is told."""
    async with house(tmp_path, knowledge={"dialect": "documented"}) as home:
        yield home


async def answered(home: House) -> Message:
    return await home.ending(await home.ask("mara", LEAVE))


async def feedback(home: House) -> list[dict[str, Any]]:
    """Return what PipesHub holds about the newest answer, oldest first, without what it adds itself."""
    conversation = (await home.knowledge.conversations())[-1]
    own = {"feedbackProvider", "timestamp", "metrics"}
    given = conversation.messages[1].feedback
    return [{key: value for key, value in each.items() if key not in own} for each in given]


async def each_by_itself(home: House, *cases: Callable[[House], Awaitable[None]]) -> None:
    """Try one case after the other, each with an answer of its own and nothing left of the one before."""
    for case in cases:
        await case(home)
        await home.settle()
        home.knowledge.faults.clear()
        home.workspace.faults.clear()
        for who in ("mara", "tomasz"):
            await home.people.reload(who)
            if home.workspace.modal(who):
                await home.people.close_view(who, all_of_them=True)


async def thumb(home: House, who: str, reply: Message, choice: str) -> None:
    await home.people.choose(who, (reply.channel, reply.ts), actions.FEEDBACK, choice)


async def up(home: House, who: str, reply: Message) -> None:
    await thumb(home, who, reply, "👍")


async def down(home: House, who: str, reply: Message) -> None:
    await thumb(home, who, reply, "👎")


async def told(home: House, who: str, number: int = 1) -> Message:
    """Wait for the numbered sentence that only this person sees."""

    def found() -> Message | None:
        said = home.workspace.ephemerals(who)
        return said[number - 1] if len(said) >= number else None

    return await home.workspace.until(found)


async def modal_with(home: House, who: str, text: str) -> View:
    def found() -> View | None:
        view = home.workspace.modal(who)
        return view if view and text in str(view.payload) else None

    return await home.workspace.until(found)


async def form(home: House, who: str, reply: Message) -> View:
    await home.people.choose(who, (reply.channel, reply.ts), actions.MORE_MENU, menu(reply)["Tell us more"])
    return await modal_with(home, who, "Did this answer help you?")


async def fill(home: House, who: str, view: View, block_id: str, *values: str) -> None:
    action = "text" if block_id.startswith("comment:") else "choice"
    await home.people.choose(who, view, action, *values, block_id=block_id)


def citations(view: View) -> list[str]:
    return [block["block_id"] for block in view.blocks if block.get("block_id", "").startswith("citation:")]


async def the_other_thumb_replaces_it_and_the_same_one_again_sends_nothing(home: House) -> None:
    reply = await answered(home)
    for give in (up, up, down, down, up):
        await give(home, "mara", reply)
    await told(home, "mara", 5)
    assert [each["isHelpful"] for each in await feedback(home)] == [True, False, True]
    assert [each.text for each in home.workspace.ephemerals("mara")] == [
        "Thanks, noted 👍.",
        "Your 👍 is noted already.",
        "Thanks, noted 👎.",
        "Your 👎 is noted already.",
        "Thanks, noted 👍.",
    ]


async def pressing_wildly_sends_each_change_once_and_the_last_one_last(home: House) -> None:
    reply = await answered(home)
    await asyncio.gather(*(up(home, "mara", reply) for _ in range(4)), down(home, "mara", reply))
    await told(home, "mara", 5)
    sent = [each["isHelpful"] for each in await feedback(home)]
    assert set(sent) == {True, False}
    assert all(one != other for one, other in pairwise(sent))


async def an_answer_written_again_is_rated_again(home: House) -> None:
    reply = await answered(home)
    await up(home, "mara", reply)
    await told(home, "mara")
    await home.press("mara", reply, "Regenerate")
    await home.workspace.until(lambda: "Stop" in labels(reply) or None)
    await home.ending(reply.thread_ts or "")
    assert await feedback(home) == []
    await up(home, "mara", reply)
    assert (await told(home, "mara", 2)).text == "Thanks, noted 👍."
    assert await feedback(home) == [{"isHelpful": True}]


async def each_person_has_a_vote(home: House) -> None:
    reply = await answered(home)
    await up(home, "mara", reply)
    await down(home, "tomasz", reply)
    await told(home, "mara")
    await told(home, "tomasz")
    assert sorted(each["isHelpful"] for each in await feedback(home)) == [False, True]


async def test_plain_buttons_rate_where_a_workspace_draws_no_thumbs(tmp_path: Path) -> None:
    refused = frozenset({"markdown", "context_actions"})
    async with house(tmp_path, workspace={"refused_blocks": refused}) as home:
        reply = await answered(home)
        await home.press("mara", reply, "👎")
        assert (await told(home, "mara")).text == "Thanks, noted 👎."
        await home.press("mara", reply, "👍")
        assert (await told(home, "mara", 2)).text == "Thanks, noted 👍."
        assert [each["isHelpful"] for each in await feedback(home)] == [False, True]


async def a_vote_that_does_not_arrive_is_told_and_can_be_given_again(home: House) -> None:
    reply = await answered(home)
    for status, sentence in ((500, "try again in a minute"), (400, "did not accept this feedback")):
        home.knowledge.faults.add(Fault(Trouble.STATUS, path=FEEDBACK, status=status, times=None))
        await up(home, "mara", reply)
        assert sentence in (await told(home, "mara")).text
        home.knowledge.faults.clear()
        await home.people.reload("mara")
    await up(home, "mara", reply)
    assert (await told(home, "mara")).text == "Thanks, noted 👍."
    assert [each["isHelpful"] for each in await feedback(home)] == [True]


async def a_change_that_does_not_arrive_leaves_the_vote_before_it(home: House) -> None:
    reply = await answered(home)
    await up(home, "mara", reply)
    await told(home, "mara")
    home.knowledge.faults.add(Fault(Trouble.STATUS, path=FEEDBACK, status=500, times=None))
    await down(home, "mara", reply)
    await told(home, "mara", 2)
    home.knowledge.faults.clear()
    await up(home, "mara", reply)
    assert (await told(home, "mara", 3)).text == "Your 👍 is noted already."
    assert [each["isHelpful"] for each in await feedback(home)] == [True]


async def fill_everything(home: House, who: str, view: View) -> str:
    """Fill in the modal and return the id of the citation that is called relevant."""
    first, *_ = citations(view)
    for block_id, values in {
        "rating:accuracy": ["2"],
        "rating:relevance": ["5"],
        "rating:completeness": ["unsaid"],
        "categories": ["incorrect_information", "citation_issues"],
        "comment:positive": ["short"],
        "comment:negative": [" 28 is last year's number "],
        "comment:suggestions": ["ask HR"],
        first: ["yes"],
    }.items():
        await fill(home, who, view, block_id, *values)
    return first.removeprefix("citation:")


EVERYTHING = {
    "isHelpful": False,
    "ratings": {"accuracy": 2, "relevance": 5},
    "categories": ["incorrect_information", "poor_citations"],
    "comments": {"positive": "short", "negative": "28 is last year's number", "suggestions": "ask HR"},
}
WITHOUT_SUGGESTIONS = {"positive": "short", "negative": "28 is last year's number"}


@pytest.mark.parametrize("dialect", ["documented", "legacy", "agui"])
async def test_a_thumb_is_sent_at_once_and_everything_can_be_said_in_one_modal(
    tmp_path: Path, dialect: str
) -> None:
    async with house(tmp_path, knowledge={"dialect": dialect}) as home:
        reply = await answered(home)
        await down(home, "tomasz", reply)
        said = await told(home, "tomasz")
        assert said.text == "Thanks, noted 👎."
        assert said.thread_ts == reply.thread_ts
        assert await feedback(home) == [{} if dialect == "legacy" else {"isHelpful": False}]
        await home.people.press("tomasz", said, actions.FEEDBACK_DETAILS)
        view = await modal_with(home, "tomasz", "Did this answer help you?")
        relevant = await fill_everything(home, "tomasz", view)
        await home.people.submit_view("tomasz")
        await modal_with(home, "tomasz", "Thank you!")
        kept: dict[str, dict[str, Any]] = {
            "documented": {
                **EVERYTHING,
                "citationFeedback": [{"citationId": relevant, "isRelevant": True}],
            },
            "agui": {
                "isHelpful": False,
                "categories": EVERYTHING["categories"],
                "comments": WITHOUT_SUGGESTIONS,
            },
            "legacy": {},
        }
        assert (await feedback(home))[-1] == kept[dialect]


async def the_modal_names_the_documents_and_has_the_vote_given_before(home: House) -> None:
    reply = await answered(home)
    await up(home, "mara", reply)
    await told(home, "mara")
    view = await form(home, "mara", reply)
    assert "Leave" in str([block for block in view.blocks if block["block_id"] in citations(view)])
    (overall,) = [block for block in view.blocks if block["block_id"] == "helpful"]
    assert overall["element"]["initial_option"]["value"] == "yes"


async def nothing_entered_is_said_beside_the_field(home: House) -> None:
    reply = await answered(home)
    await form(home, "mara", reply)
    await home.people.submit_view("mara")
    view = home.workspace.modal("mara")
    assert view is not None
    assert "fill in at least one field" in view.errors["helpful"]
    await fill(home, "mara", view, "comment:negative", "   ")
    await home.people.submit_view("mara")
    assert "fill in at least one field" in view.errors["helpful"]
    assert await feedback(home) == []


async def a_vote_in_the_modal_counts_as_a_thumb(home: House) -> None:
    reply = await answered(home)
    view = await form(home, "mara", reply)
    await fill(home, "mara", view, "helpful", "no")
    await home.people.submit_view("mara")
    await modal_with(home, "mara", "Thank you!")
    await down(home, "mara", reply)
    assert (await told(home, "mara")).text == "Your 👎 is noted already."
    assert [each["isHelpful"] for each in await feedback(home)] == [False]


async def what_was_written_stays_when_it_cannot_be_sent(home: House) -> None:
    reply = await answered(home)
    view = await form(home, "mara", reply)
    await fill(home, "mara", view, "helpful", "no")
    await fill(home, "mara", view, "rating:clarity", "4")
    await fill(home, "mara", view, "categories", "too_brief")
    await fill(home, "mara", view, "comment:suggestions", "an example")
    home.knowledge.faults.add(Fault(Trouble.STATUS, path=FEEDBACK, status=500, times=None))
    await home.people.submit_view("mara")
    await modal_with(home, "mara", "try again in a minute")
    home.knowledge.faults.clear()
    await home.people.submit_view("mara")
    await modal_with(home, "mara", "Thank you!")
    (kept,) = await feedback(home)
    assert kept == {
        "isHelpful": False,
        "ratings": {"clarity": 4},
        "categories": ["other"],
        "comments": {"suggestions": "an example"},
    }


async def the_vote_arrives_where_a_server_refuses_everything_else(home: House) -> None:
    reply = await answered(home)
    view = await form(home, "mara", reply)
    await fill(home, "mara", view, "helpful", "yes")
    await fill(home, "mara", view, "rating:accuracy", "5")
    await fill(home, "mara", view, "comment:positive", "short")
    home.knowledge.faults.add(Fault(Trouble.STATUS, path=FEEDBACK, status=400, times=2))
    await home.people.submit_view("mara")
    await modal_with(home, "mara", "took your yes or no")
    assert await feedback(home) == [{"isHelpful": True}]


async def a_reaction_on_an_answer_is_a_vote(home: House) -> None:
    reply = await answered(home)
    names = {"+1": True, "-1": False, "thumbsup": True, "thumbsdown": False, "+1::skin-tone-4": True}
    for number, (name, helpful) in enumerate(names.items(), 1):
        await home.people.react("tomasz", reply.channel, reply.ts, name)
        said = await told(home, "tomasz", number)
        assert said.text == f"Thanks, noted {'👍' if helpful else '👎'}."
        assert said.thread_ts == reply.thread_ts
        assert [each["isHelpful"] for each in await feedback(home)] == list(names.values())[:number]


async def a_reaction_taken_back_changes_nothing_and_the_next_one_counts(home: House) -> None:
    reply = await answered(home)
    await home.people.react("mara", reply.channel, reply.ts, "+1")
    await told(home, "mara")
    await home.people.unreact("mara", reply.channel, reply.ts, "+1")
    await home.people.react("mara", reply.channel, reply.ts, "-1")
    await told(home, "mara", 2)
    assert [each["isHelpful"] for each in await feedback(home)] == [True, False]


async def a_reaction_that_is_delivered_twice_is_one_vote(home: House) -> None:
    reply = await answered(home)
    home.workspace.faults.add(SlackFault(DELIVERY, times=None, twice=True))
    await home.people.react("mara", reply.channel, reply.ts, "+1")
    await told(home, "mara")
    assert [each["isHelpful"] for each in await feedback(home)] == [True]


async def other_reactions_and_reactions_on_other_messages_start_nothing(home: House) -> None:
    reply = await answered(home)
    await home.people.react("mara", reply.channel, reply.thread_ts or "", "+1")
    await home.people.react("mara", reply.channel, reply.ts, "tada")
    home.workspace.conversations.react(reply, "+1", home.workspace.bot.id)
    await home.people.react("tomasz", reply.channel, reply.ts, "-1")
    await told(home, "tomasz")
    assert home.workspace.ephemerals("mara") == []
    assert [each["isHelpful"] for each in await feedback(home)] == [False]


async def a_reaction_on_a_failed_answer_starts_nothing(home: House) -> None:
    home.knowledge.faults.add(Fault(Trouble.ERROR, path="stream"))
    failed = await answered(home)
    await home.people.react("mara", failed.channel, failed.ts, "-1")
    good = await answered(home)
    await up(home, "mara", good)
    assert (await told(home, "mara")).text == "Thanks, noted 👍."
    assert len(home.workspace.ephemerals("mara")) == 1


async def test_an_answer_on_its_way_is_rated_when_it_is_there(tmp_path: Path) -> None:
    async with house(tmp_path, knowledge={"speed": 5}) as home:
        ts = await home.ask("mara", LEAVE)
        reply = await home.reply(ts)
        await home.people.react("tomasz", reply.channel, reply.ts, "+1")
        assert "still being written" in (await told(home, "tomasz")).text


async def test_of_several_replicas_at_once_one_learns_that_a_vote_is_new(database: Database) -> None:
    feedback_store = FeedbackStore(database)
    votes = await asyncio.gather(*(feedback_store.save_vote("t1", "U1", is_helpful=True) for _ in range(5)))
    assert sorted(is_changed for _, is_changed in votes) == [False] * 4 + [True]
    await feedback_store.restore_vote("t1", "U1", None)
    assert await feedback_store.find_vote("t1", "U1") is None


async def a_thumb_of_another_version_or_on_a_lost_answer_is_explained(home: House) -> None:
    reply = await answered(home)
    buttons = next(block for block in reply.blocks if block["type"] == "context_actions")["elements"][0]
    for number, (value, sentence) in enumerate(
        [
            (actions.button_value("no-such-turn", actions.UP), "no longer have this answer"),
            (actions.button_value("t1", "sideways"), "older message"),
            ("up", "older message"),
        ],
        start=1,
    ):
        buttons["positive_button"]["value"] = value
        await thumb(home, "mara", reply, "👍")
        assert sentence in (await told(home, "mara", number)).text
    assert await feedback(home) == []


async def a_form_of_another_version_says_so(home: House) -> None:
    reply = await answered(home)
    view = await form(home, "mara", reply)
    view.payload["private_metadata"] = "t1"
    await home.people.submit_view("mara")
    await modal_with(home, "mara", "open it anew")
    assert await feedback(home) == []


async def test_each_person_has_one_vote_on_an_answer_and_what_does_not_arrive_is_told(home: House) -> None:
    await each_by_itself(
        home,
        the_other_thumb_replaces_it_and_the_same_one_again_sends_nothing,
        pressing_wildly_sends_each_change_once_and_the_last_one_last,
        an_answer_written_again_is_rated_again,
        each_person_has_a_vote,
        a_vote_that_does_not_arrive_is_told_and_can_be_given_again,
        a_change_that_does_not_arrive_leaves_the_vote_before_it,
        a_thumb_of_another_version_or_on_a_lost_answer_is_explained,
    )


async def test_the_modal_takes_a_vote_and_keeps_what_was_written(home: House) -> None:
    await each_by_itself(
        home,
        the_modal_names_the_documents_and_has_the_vote_given_before,
        nothing_entered_is_said_beside_the_field,
        a_vote_in_the_modal_counts_as_a_thumb,
        what_was_written_stays_when_it_cannot_be_sent,
        the_vote_arrives_where_a_server_refuses_everything_else,
        a_form_of_another_version_says_so,
    )


async def test_a_reaction_on_an_answer_counts_as_a_thumb_and_no_other(home: House) -> None:
    await each_by_itself(
        home,
        a_reaction_on_an_answer_is_a_vote,
        a_reaction_taken_back_changes_nothing_and_the_next_one_counts,
        a_reaction_that_is_delivered_twice_is_one_vote,
        other_reactions_and_reactions_on_other_messages_start_nothing,
        a_reaction_on_a_failed_answer_starts_nothing,
    )
