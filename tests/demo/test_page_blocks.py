import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.blocks import blocks
from bot.demo.workspace.page.render.reader import Frame, Reader
from tests.examples import examples

Read = Callable[[str], Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(f"The {value}"), "value": value}


def row(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


SOMEBODY = Reader("U1", UTC, 0.0)
EVIL = '"><script>alert(1)</script>'
OPTIONS = [option("one"), option(EVIL)]

ELEMENTS: list[Json] = [
    {"type": "button", "action_id": "a", "text": plain(EVIL), "value": EVIL, "style": EVIL},
    {"type": "button", "action_id": "a", "text": plain("x"), "url": "javascript:alert(1)"},
    {"type": "button", "action_id": "a", "text": plain("x"), "url": "https://x.example"},
    {"type": "icon_button", "action_id": "a", "icon": "trash", "text": plain(EVIL)},
    {
        "type": "feedback_buttons",
        "action_id": "a",
        "positive_button": {"text": plain("Good"), "value": EVIL},
        "negative_button": {"text": plain("Bad"), "value": "-"},
    },
    {
        "type": "overflow",
        "action_id": "a",
        "options": [*OPTIONS, option("x") | {"url": "javascript:alert(1)"}],
    },
    {"type": "static_select", "action_id": "a", "placeholder": plain(EVIL), "options": OPTIONS},
    {
        "type": "multi_static_select",
        "action_id": "a",
        "option_groups": [{"label": plain(EVIL), "options": OPTIONS}],
    },
    {"type": "external_select", "action_id": "a", "initial_option": option(EVIL)},
    {"type": "multi_external_select", "action_id": "a", "initial_options": OPTIONS},
    {"type": "users_select", "action_id": "a", "initial_user": "U2"},
    {"type": "multi_users_select", "action_id": "a", "initial_users": ["U1", EVIL]},
    {"type": "channels_select", "action_id": "a", "initial_channel": "C1"},
    {"type": "conversations_select", "action_id": "a"},
    {"type": "multi_conversations_select", "action_id": "a", "initial_conversations": ["C1"]},
    {"type": "checkboxes", "action_id": "a", "options": OPTIONS, "initial_options": OPTIONS[:1]},
    {"type": "radio_buttons", "action_id": "a", "options": OPTIONS},
    {"type": "datepicker", "action_id": "a", "initial_date": EVIL},
    {"type": "timepicker", "action_id": "a", "initial_time": "12:30"},
    {"type": "datetimepicker", "action_id": "a", "initial_date_time": 1_763_900_000},
    {"type": "plain_text_input", "action_id": "a", "multiline": True, "initial_value": "</textarea>" + EVIL},
    {"type": "plain_text_input", "action_id": "a", "initial_value": EVIL},
    {"type": "number_input", "action_id": "a", "is_decimal_allowed": True},
    {"type": "email_text_input", "action_id": "a"},
    {"type": "url_text_input", "action_id": "a"},
    {"type": "rich_text_input", "action_id": "a"},
    {"type": "file_input", "action_id": "a"},
    {"type": EVIL, "action_id": EVIL},
]

BLOCKS: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": EVIL}, "fields": [plain(EVIL)]},
    {"type": "header", "text": plain(EVIL)},
    {"type": "divider"},
    {"type": "context", "elements": [plain(EVIL), {"type": "image", "image_url": "x", "alt_text": EVIL}]},
    {"type": "image", "image_url": "javascript:alert(1)", "alt_text": EVIL},
    {"type": "video", "video_url": "javascript:alert(1)", "title": plain(EVIL)},
    {"type": "file", "external_id": EVIL},
    {"type": "markdown", "text": EVIL},
    {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": EVIL}], [{"type": "raw_number", "value": 1200}]],
    },
    {"type": "alert", "level": EVIL, "text": plain(EVIL)},
    {"type": "card", "title": plain(EVIL), "body": plain(EVIL), "actions": [ELEMENTS[0]]},
    {"type": "carousel", "elements": [{"type": "card", "title": plain(EVIL)}]},
    {
        "type": "container",
        "title": plain(EVIL),
        "is_collapsible": True,
        "child_blocks": [{"type": "divider"}],
    },
    {
        "type": "task_card",
        "title": EVIL,
        "status": EVIL,
        "sources": [{"url": "javascript:alert(1)", "text": EVIL}],
    },
    {"type": "plan", "title": EVIL, "tasks": [{"title": EVIL, "status": "complete"}]},
    {"type": EVIL, "secret": EVIL},
]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda each: each["type"][:24])
def test_every_element_is_drawn_without_harm(element: Json, reader: Reader, read_harmless: Read) -> None:
    question = {"title": plain(EVIL), "text": plain(EVIL), "confirm": plain("Yes"), "deny": plain("No")}
    element = element | {"confirm": question}
    field = {"type": "input", "block_id": EVIL, "label": plain(EVIL), "hint": plain(EVIL), "element": element}
    frame = Frame(reader, "key", {}, {EVIL: EVIL})
    assert "<script>" in read_harmless(blocks([row(element), field], frame)).text


@pytest.mark.parametrize("block", BLOCKS, ids=lambda each: each["type"][:24])
def test_every_block_is_drawn_without_harm(block: Json, reader: Reader, read_harmless: Read) -> None:
    read_harmless(blocks([block], Frame(reader, "key")))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "options", "rows", "title"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=examples(100), deadline=None)
@given(block=st.fixed_dictionaries({"type": st.just("hologram"), "text": ANYTHING}))
def test_an_unknown_block_shows_what_it_is(block: Json, read_harmless: Read) -> None:
    drawn = read_harmless(blocks([block], Frame(SOMEBODY, "key")))
    assert "A “hologram” block" in drawn.text
    assert json.dumps(block, indent=2, ensure_ascii=False) in drawn.text


def test_a_button_carries_its_words_and_its_place(reader: Reader, read_harmless: Read) -> None:
    button = {"type": "button", "action_id": "vote", "text": plain(":+1: Yes"), "style": "primary"}
    tag, attributes = next(
        each for each in read_harmless(blocks([row(button)], Frame(reader, "k"))).seen if each[0] == "button"
    )
    assert tag == "button"
    assert attributes["class"] == "btn primary"
    assert (attributes["data-block"], attributes["data-action"]) == ("row", "vote")


def test_ids_differ_between_two_drawings_of_the_same_message(reader: Reader, read_harmless: Read) -> None:
    button = {"type": "button", "action_id": "vote", "text": plain("Yes")}
    ids = set()
    for key in ("log", "thread"):
        ids |= {
            a["id"] for _, a in read_harmless(blocks([row(button)], Frame(reader, key))).seen if "id" in a
        }
    assert len(ids) == 2


def test_what_was_entered_wins_over_what_the_app_began_with(reader: Reader) -> None:
    element = {"type": "plain_text_input", "action_id": "a", "initial_value": "before"}
    field = {"type": "input", "block_id": "b", "label": plain("Name"), "element": element}
    values = {"b": {"a": {"type": "plain_text_input", "value": "after"}}}
    assert 'value="before"' in blocks([field], Frame(reader, "k"))
    assert 'value="after"' in blocks([field], Frame(reader, "k", values))


def test_an_objection_stands_beside_its_field(reader: Reader) -> None:
    element = {"type": "plain_text_input", "action_id": "a"}
    field = {"type": "input", "block_id": "b", "label": plain("Name"), "element": element}
    drawn = blocks([field], Frame(reader, "k", {}, {"b": "Too short"}))
    assert '<div class="error" role="alert">Too short</div>' in drawn
    assert 'aria-invalid="true"' in drawn


def test_an_icon_button_is_seen_by_those_it_is_for(reader: Reader) -> None:
    button = {"type": "icon_button", "action_id": "a", "icon": "trash", "text": plain("Remove")}
    block = {
        "type": "context_actions",
        "block_id": "b",
        "elements": [button | {"visible_to_user_ids": ["U2"]}],
    }
    assert "Remove" not in blocks([block], Frame(reader, "k"))


def test_a_chosen_option_is_shown_on_a_select(reader: Reader) -> None:
    select = {"type": "static_select", "action_id": "a", "options": [option("one"), option("two")]}
    values = {"row": {"a": {"type": "static_select", "selected_option": option("two")}}}
    drawn = blocks([row(select)], Frame(reader, "k", values))
    assert ">The two</button>" in drawn
    assert 'data-value="two" aria-selected="true"' in drawn
    assert 'data-value="one" aria-selected="false"' in drawn
