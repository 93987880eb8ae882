from typing import Any

import pytest

from bot.demo.workspace.block_kit.blocks import check_message_blocks, check_view
from bot.demo.workspace.block_kit.content import drawn_blocks, text_length
from bot.demo.workspace.model import Refusal

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("Go")} | fields


def actions(*elements: Json, **fields: Any) -> Json:
    return {"type": "actions", "elements": list(elements)} | fields


def select(options: list[Json], **fields: Any) -> Json:
    return {"type": "static_select", "options": options} | fields


def option(value: str) -> Json:
    return {"text": plain(value[:75]), "value": value}


def table(rows: int, columns: int, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


SECTION = {"type": "section", "text": mrkdwn("hello")}
RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}],
        },
    ],
}
TASK = {"type": "task_card", "task_id": "1", "title": "Search", "status": "complete", "output": RICH}
GOOD: list[Json] = [
    SECTION,
    {"type": "section", "fields": [mrkdwn("a"), plain("b")], "accessory": button(url="https://a.example")},
    {"type": "header", "text": plain("Title")},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("x"), {"type": "image", "image_url": "u", "alt_text": "a"}]},
    actions(button(value="1"), select([option("a")]), {"type": "users_select"}, {"type": "datepicker"}),
    {"type": "input", "label": plain("l"), "element": {"type": "plain_text_input"}},
    {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x", "title": plain("t")},
    RICH,
    {"type": "markdown", "text": "**bold**"},
    table(100, 20),
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            },
            {"type": "icon_button", "icon": "trash", "text": plain("Delete")},
        ],
    },
    {"type": "file", "external_id": "x", "source": "remote"},
    {"type": "video", "alt_text": "a", "title": plain("t"), "thumbnail_url": "u", "video_url": "v"},
    TASK,
    {"type": "plan", "title": "Plan", "tasks": [TASK]},
    {"type": "card", "title": mrkdwn("t"), "body": mrkdwn("b"), "actions": [button()]},
    {"type": "carousel", "elements": [{"type": "card", "title": plain("t")}]},
    {"type": "container", "title": plain("t"), "child_blocks": [SECTION]},
]

BAD: list[tuple[Any, str, str]] = [
    ({"type": "section", "text": mrkdwn("x" * 3001)}, "must be less than 3001 characters", "/text/text"),
    ({"type": "section", "text": mrkdwn("")}, "must be more than 0 characters", "/text/text"),
    ({"type": "section"}, "must define either text or fields", ""),
    ({"type": "section", "text": {"type": "html", "text": "x"}}, "unsupported type: html", "/text/type"),
    ({"type": "section", "text": mrkdwn("x"), "colour": 1}, "invalid additional property: colour", ""),
    ({"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items allowed", "/fields"),
    (
        {"type": "section", "fields": [mrkdwn("x" * 2001)]},
        "must be less than 2001 characters",
        "/fields/0/text",
    ),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/text/text"),
    ({"type": "header", "text": mrkdwn("x")}, "must be plain_text", "/text"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items allowed", "/elements"),
    ({"type": "context", "elements": []}, "no fewer than 1 items allowed", "/elements"),
    (actions(*[button()] * 26), "no more than 25 items allowed", "/elements"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters", "/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
    (actions(button(url="x" * 3001)), "must be less than 3001 characters", "/elements/0/url"),
    (actions(button(style="loud")), "must be a valid enum value: danger, primary", "/elements/0/style"),
    (actions(button(action_id="x" * 256)), "must be less than 256 characters", "/elements/0/action_id"),
    (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input", "/elements/0/type"),
    (actions(select([option("a")] * 101)), "no more than 100 items allowed", "/elements/0/options"),
    (actions(select([option("x" * 151)])), "must be less than 151 characters", "/elements/0/options/0/value"),
    (actions(select([option("a")], initial_option=option("b"))), "must be one of the options", "/elements/0"),
    (actions({"type": "overflow", "options": [option("a")]}), "no fewer than 2 items allowed", "/elements/0"),
    (
        actions({"type": "overflow", "options": [option("a")] * 6}),
        "no more than 5 items allowed",
        "/elements",
    ),
    (actions(button(), block_id="x" * 256), "must be less than 256 characters", "/block_id"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert", "/type"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters", "/text"),
    ({"type": "image", "image_url": "u"}, "missing required field: alt_text", ""),
    (table(101, 1), "no more than 100 items allowed", "/rows"),
    (table(1, 21), "no more than 20 items allowed", "/rows/0"),
    (table(2, 2, "x" * 2501), "must be less than 10001 characters", "/rows"),
    ({"type": "rich_text", "elements": [{"type": "mrkdwn"}]}, "unsupported type: mrkdwn", "/elements/0/type"),
    ({"type": "marquee"}, "unsupported type: marquee", "/type"),
    ({"type": "task_card", "task_id": "1", "title": "t", "status": "odd"}, "must be a valid enum", "/status"),
    ({"type": "card", "subtitle": plain("t")}, "must define at least one of", ""),
    ("text", "must be an object", ""),
]


def problems_of(blocks: Any) -> list[str]:
    with pytest.raises(Refusal) as caught:
        check_message_blocks(blocks)
    problems: list[str] = caught.value.extra.get("errors", [caught.value.code])
    return problems


@pytest.mark.parametrize("block", GOOD, ids=[str(each["type"]) for each in GOOD])
def test_a_good_block_is_taken(block: Json) -> None:
    assert check_message_blocks([block]) == [block]


@pytest.mark.parametrize(("block", "problem", "place"), BAD)
def test_a_bad_block_is_named_with_its_place(block: Any, problem: str, place: str) -> None:
    first = problems_of([{"type": "divider"}, block])[0]
    assert first.startswith(problem)
    assert f"[json-pointer:/blocks/1{place}" in first


def test_a_message_takes_fifty_blocks() -> None:
    assert check_message_blocks([SECTION] * 50)
    assert problems_of([SECTION] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_ids_are_unique() -> None:
    twice = [SECTION | {"block_id": "a"}] * 2
    assert "already exists" in problems_of(twice)[0]
    assert "already exists" in problems_of([actions(button(action_id="a"), button(action_id="a"))])[0]


def test_markdown_blocks_count_together_and_as_what_they_become() -> None:
    assert "12001" in problems_of([{"type": "markdown", "text": "x" * 6001}] * 2)[0]
    assert "50 items" in problems_of([{"type": "markdown", "text": "# Title\n\ntext\n\n" * 26}])[0]


def test_all_text_of_a_message_has_a_limit() -> None:
    assert problems_of([{"type": "section", "text": mrkdwn("x" * 2700)}] * 5) == ["msg_blocks_too_long"]


def test_a_message_has_one_table() -> None:
    with pytest.raises(Refusal, match="invalid_attachments"):
        check_message_blocks([table(1, 1)] * 2)


def test_a_type_the_workspace_does_not_know_is_refused() -> None:
    with pytest.raises(Refusal, match="invalid_blocks"):
        check_message_blocks([{"type": "markdown", "text": "x"}], {"markdown"})


def test_blocks_are_a_list() -> None:
    assert problems_of({"type": "section"}) == ["invalid_blocks_format"]


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": [SECTION]} | fields


def view_problems(view: Any, wanted: str = "modal") -> list[str]:
    with pytest.raises(Refusal) as caught:
        check_view(view, wanted)
    problems: list[str] = caught.value.extra.get("errors", [caught.value.code])
    return problems


def test_good_views_are_taken() -> None:
    alert = {"type": "alert", "text": mrkdwn("careful"), "level": "warning"}
    assert check_view(modal(blocks=[alert], private_metadata="x" * 3000), "modal")
    assert check_view({"type": "home", "blocks": [SECTION] * 100}, "home")


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(blocks=[SECTION] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(blocks=[{"type": "markdown", "text": "x"}]), "unsupported type: markdown"),
        (modal(blocks=[GOOD[6]]), "submit is required"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        ({"type": "home", "blocks": []}, "must be of type modal"),
        ("view", "must be an object"),
    ],
)
def test_a_bad_view_is_named_with_its_place(view: Any, problem: str) -> None:
    assert view_problems(view)[0].startswith(problem)


def test_a_view_has_a_largest_size() -> None:
    huge = [{"type": "section", "text": mrkdwn("é" * 2990)}] * 100
    assert view_problems(modal(blocks=huge)) == ["view_too_large"]


def test_text_is_added_up_however_deep_it_stands() -> None:
    assert text_length([RICH, SECTION, {"type": "header", "text": plain("abc")}]) == 1 + 5 + 3


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("one paragraph\n\nand another", 1),
        ("# Title\n\ntext", 2),
        ("text\n\n---\n\ntext", 3),
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", 1),
        ("```\n# no title\n```", 1),
        ("", 1),
    ],
)
def test_markdown_becomes_so_many_blocks(markdown: str, blocks: int) -> None:
    assert drawn_blocks(markdown) == blocks
