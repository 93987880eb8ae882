"""Parts of the workspace that need no server: markup, inputs, limits, faults, waiting."""

import asyncio

import pytest

from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.deliveries import signature
from bot.demo.workspace.faults import DELIVERY, Fault, Faults
from bot.demo.workspace.inputs import entered, state_values, unfilled, with_ids
from bot.demo.workspace.markup import as_rich_text, as_typed, mentions
from bot.demo.workspace.model import Json, NotPossible, Team
from bot.demo.workspace.options import NONE, PUBLISHED, TIERS, Allowance, Options, RateLimits
from bot.demo.workspace.state import State, populate


class Moment:
    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def test_timestamps_of_messages_only_grow() -> None:
    clock = Moment()
    state = State(Team(), clock)
    first, second = state.next_ts(), state.next_ts()
    clock.now -= 10
    third = state.next_ts()
    assert first == "1760000000.000000"
    assert first < second < third


def test_signatures_are_slacks() -> None:
    # The example of docs.slack.dev, "Verifying requests from Slack".
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
        b"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == expected


def test_a_tier_counts_the_last_minute() -> None:
    clock = Moment()
    allowance = Allowance(RateLimits({"chat.update": 2}, burst=1), clock)
    for _ in range(3):
        assert allowance.spend("chat.update") is None
        clock.now += 1
    assert allowance.spend("chat.update") == 57
    clock.now += 57
    assert allowance.spend("chat.update") is None


def test_a_channel_takes_a_short_burst_and_then_one_message_a_second() -> None:
    clock = Moment()
    allowance = Allowance(PUBLISHED, clock)
    waits = [allowance.spend("chat.postMessage", "C1") for _ in range(5)]
    assert waits == [None, None, None, None, 1]
    assert allowance.spend("chat.postMessage", "C2") is None
    clock.now += 1
    assert allowance.spend("chat.postMessage", "C1") is None


def test_no_limits_limit_nothing() -> None:
    allowance = Allowance(NONE, Moment())
    assert all(allowance.spend("chat.postMessage", "C1") is None for _ in range(1000))
    assert TIERS["chat.update"] == 50


def test_a_fault_strikes_so_often_and_only_its_method() -> None:
    faults = Faults()
    fault = faults.add(Fault("chat.update", times=2, error="x"))
    struck = [faults.take(name) for name in ("chat.update", "auth.test", "chat.update", "chat.update")]
    assert struck == [fault, None, fault, None]


def test_a_fault_for_every_method_spares_deliveries() -> None:
    faults = Faults()
    faults.add(Fault("*", times=None, error="x"))
    assert faults.take("auth.test")
    assert faults.take(DELIVERY) is None


def test_chance_repeats_itself_with_the_same_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Fault("auth.test", times=None, probability=0.5))
        return [faults.take("auth.test") is not None for _ in range(50)]

    assert strikes(1) == strikes(1)
    assert 5 < sum(strikes(1)) < 45


async def test_waiting_ends_with_the_change_that_makes_it_true() -> None:
    changes, things = Changes(), list[int]()
    waiting = asyncio.create_task(changes.until(lambda: things))
    await asyncio.sleep(0)
    changes.tell(What.CHANNEL)
    things.append(1)
    changes.tell(What.CHANNEL, channel="C1")
    assert await waiting == [1]


async def test_waiting_in_vain_ends() -> None:
    with pytest.raises(TimeoutError):
        await Changes().until(lambda: False, timeout=0.01)


def test_blocks_get_the_ids_they_lack() -> None:
    (block,) = with_ids([{"type": "actions", "block_id": "b", "elements": [{"type": "button"}]}])
    assert block["block_id"] == "b"
    assert block["elements"][0]["action_id"]


ELEMENTS: list[tuple[Json, tuple[str, ...], Json]] = [
    ({"type": "plain_text_input"}, ("hi",), {"value": "hi"}),
    ({"type": "plain_text_input"}, ("",), {"value": None}),
    ({"type": "static_select", "options": [option("a")]}, ("A",), {"selected_option": option("a")}),
    ({"type": "radio_buttons", "options": [option("a")]}, ("a",), {"selected_option": option("a")}),
    (
        {"type": "checkboxes", "options": [option("a"), option("b")]},
        ("a", "b"),
        {"selected_options": [option("a"), option("b")]},
    ),
    (
        {"type": "static_select", "option_groups": [{"options": [option("a")]}]},
        ("a",),
        {"selected_option": option("a")},
    ),
    ({"type": "overflow", "options": [option("a"), option("b")]}, ("b",), {"selected_option": option("b")}),
    ({"type": "users_select"}, ("U1",), {"selected_user": "U1"}),
    ({"type": "multi_users_select"}, ("U1", "U2"), {"selected_users": ["U1", "U2"]}),
    ({"type": "conversations_select"}, ("C1",), {"selected_conversation": "C1"}),
    ({"type": "datepicker"}, ("2026-11-23",), {"selected_date": "2026-11-23"}),
    ({"type": "timepicker"}, ("10:30",), {"selected_time": "10:30"}),
    ({"type": "datetimepicker"}, ("1760000000",), {"selected_date_time": 1760000000}),
]


@pytest.mark.parametrize(("element", "values", "held"), ELEMENTS)
def test_an_element_holds_what_was_entered(element: Json, values: tuple[str, ...], held: Json) -> None:
    assert entered(element, values, []) == {"type": element["type"]} | held


def test_only_what_is_offered_can_be_chosen() -> None:
    with pytest.raises(NotPossible, match="'z'"):
        entered({"type": "static_select", "options": [option("a")]}, ("z",), [])
    with pytest.raises(NotPossible, match="button"):
        entered({"type": "button"}, ("z",), [])


def test_the_state_tells_of_every_field_touched_or_not() -> None:
    blocks: list[Json] = [
        {
            "type": "input",
            "block_id": "b",
            "element": {"type": "plain_text_input", "action_id": "a", "initial_value": "old"},
        },
        {"type": "actions", "block_id": "c", "elements": [{"type": "button", "action_id": "go"}]},
    ]
    assert state_values(blocks, {}) == {"b": {"a": {"type": "plain_text_input", "value": "old"}}}
    touched = {"b": {"a": {"type": "plain_text_input", "value": None}}}
    assert state_values(blocks, touched) == touched
    assert unfilled(blocks, touched) == {"b": "Please complete this required field."}
    assert unfilled(blocks, {}) == {}


def state() -> State:
    made = State(Team(), lambda: 1_760_000_000.0)
    populate(made, Options())
    return made


def test_names_channels_and_addresses_become_markup() -> None:
    here = state()
    mara, general = here.user("mara"), here.channel("general")
    typed = "@mara look at #general and https://a.example/x?y=1&z=2, please"
    assert as_typed(typed, here) == (
        f"<@{mara.id}> look at <#{general.id}|general> and <https://a.example/x?y=1&amp;z=2>, please"
    )


def test_everything_else_is_escaped_and_left_alone() -> None:
    assert as_typed("1 < 2 && @nobody a@mara.example #nowhere", state()) == (
        "1 &lt; 2 &amp;&amp; @nobody a@mara.example #nowhere"
    )


def test_what_a_person_types_as_markup_is_no_markup() -> None:
    assert as_typed("<@U1> <!channel>", state()) == "&lt;@U1&gt; &lt;!channel&gt;"


def test_code_is_not_touched() -> None:
    assert as_typed("`@mara` and ```#general <x>```", state()) == "`@mara` and ```#general &lt;x&gt;```"


def test_everybody_is_called_by_special_names() -> None:
    assert as_typed("@here and @channel", state()) == "<!here> and <!channel>"


def test_a_mention_is_found_in_stored_text() -> None:
    assert mentions("hi <@U1> and <@U2|ann>", "U2")
    assert not mentions("hi <@U12>", "U1")


def test_stored_text_becomes_a_rich_text_block() -> None:
    block = as_rich_text("hi <@U1> &amp; <https://a.example|A> in <#C1|general> <!here>")
    assert block["elements"][0]["elements"] == [
        {"type": "text", "text": "hi "},
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " & "},
        {"type": "link", "url": "https://a.example", "text": "A"},
        {"type": "text", "text": " in "},
        {"type": "channel", "channel_id": "C1"},
        {"type": "text", "text": " "},
        {"type": "broadcast", "range": "here"},
    ]
