from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import Markup

from bot.demo.workspace.model import Channel, File, Kind, Message
from bot.demo.workspace.page.board import Drawing
from bot.demo.workspace.page.place import HOME, Place, Reading, Unread, place_of
from bot.demo.workspace.page.render.html import EMPTY
from bot.demo.workspace.page.render.messages import Memory, Pane, Replies, message_list
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.routes import Screen

Read = Callable[[str], Any]
NOON = 1_763_899_200.0


def at(seconds: float) -> str:
    return f"{NOON + seconds:.6f}"


def message(seconds: float, user: str = "U1", **more: Any) -> Message:
    return Message(ts=at(seconds), channel="C1", user=user, text="hello", **more)


def pane(reader: Reader, **more: Any) -> Pane:
    return Pane(key="log", reader=reader, channel_path="/as/U1/C1", **more)


def test_one_authors_messages_share_a_name(reader: Reader) -> None:
    drawn = message_list([message(0), message(60), message(120, "U2")], {}, pane(reader))
    assert ["author" in html for _, html in drawn] == [False, True, False, True]


def test_a_long_pause_shows_the_name_again(reader: Reader) -> None:
    drawn = message_list([message(0), message(301)], {}, pane(reader))
    assert ["author" in html for _, html in drawn[1:]] == [True, True]


def test_each_day_begins_with_a_divider(reader: Reader) -> None:
    drawn = message_list([message(-86400), message(0)], {}, pane(reader))
    assert [html.striptags() for _, html in drawn if "separator" in html] == ["Yesterday", "Today"]


def test_replies_are_a_link_to_their_thread(reader: Reader) -> None:
    replies = {at(0): Replies(("UBOT", "U2"), at(5))}
    _, html = message_list([message(0)], replies, pane(reader))[1]
    assert f'href="/as/U1/C1/{at(0)}"' in html
    assert "2 replies" in html
    assert f'data-app-replied="/as/U1/C1/{at(0)}"' in html


def test_inside_a_thread_nothing_leads_to_the_thread(reader: Reader) -> None:
    replies = {at(0): Replies(("UBOT",), at(5))}
    _, html = message_list([message(0)], replies, pane(reader, is_thread=True))[1]
    assert "Reply in thread" not in html
    assert "1 reply" not in html


def test_only_ones_own_message_can_be_edited(reader: Reader) -> None:
    drawn = message_list([message(0), message(1, "U2")], {}, pane(reader))
    assert ["Edit message" in html for _, html in drawn[1:]] == [True, False]


def test_an_ephemeral_message_says_so_and_can_be_dismissed(reader: Reader) -> None:
    _, html = message_list([message(0, "UBOT", visible_to="U1", bot_id="B1")], {}, pane(reader))[1]
    assert "Only visible to you" in html
    assert "Dismiss message" in html
    assert "Reply in thread" not in html


def test_a_message_of_the_app_bears_its_badge(reader: Reader) -> None:
    _, html = message_list([message(0, "UBOT", bot_id="B1")], {}, pane(reader))[1]
    assert ">APP</span>" in html


def test_reactions_say_who_gave_them(reader: Reader) -> None:
    _, html = message_list([message(0, reactions={"tada": ["U1", "U2"]})], {}, pane(reader))[1]
    assert 'aria-label="2 tada (you, Tomasz Wieczorek)"' in html
    assert 'aria-pressed="true"' in html


def test_hostile_names_files_and_attachments_stay_text(reader: Reader, read_harmless: Read) -> None:
    evil = '"><script>alert(1)</script>'
    hostile = message(
        0,
        "UBOT",
        bot_id="B1",
        username=evil,
        files=[File("F1", evil, "U1", content=evil)],
        attachments=[
            {
                "color": evil,
                "title": evil,
                "title_link": "javascript:x",
                "text": evil,
                "fields": [{"title": evil}],
            }
        ],
        reactions={evil: ["U1"]},
    )
    for _, html in message_list([hostile], {}, pane(reader)):
        # The toolbar's pictures refer to the page's own drawings; everything else is checked.
        read_harmless(str(html).replace('<use href="/page/static/icons.svg', '<use href="/as/icons.svg'))


@pytest.mark.parametrize(
    "place", [Place("U1"), Place("U1", HOME), Place("U1", "C1"), Place("U1", "C1", "1.000100")]
)
def test_an_address_says_where_somebody_is(place: Place) -> None:
    assert place_of(place.path) == place


@pytest.mark.parametrize("path", ["/", "/as", "/to/U1", "/as/U1/C1/1/2"])
def test_another_address_is_no_place(path: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        place_of(path)


def test_messages_of_others_are_unread_until_seen() -> None:
    reading, channel = Reading(), Channel("C1", "general")
    arrived = [message(0, "U2"), message(1, "U1"), Message(at(2), "C1", "U2", text="<@U1> look")]
    assert reading.unread("U1", channel, arrived) == Unread(2, 1)
    reading.saw("U1", "C1", at(0))
    assert reading.unread("U1", channel, arrived) == Unread(1, 1)
    reading.saw("U1", "C1", at(2))
    assert reading.unread("U1", channel, arrived) == Unread(0, 0)


def test_every_direct_message_calls() -> None:
    assert Reading().unread("U1", Channel("D1", "", Kind.IM), [message(0, "U2")]) == Unread(1, 1)


def drawing(regions: dict[str, str], items: dict[str, str]) -> Drawing:
    return Drawing(
        "t",
        {k: Markup(v) for k, v in regions.items()},
        {"log": [(k, Markup(v)) for k, v in items.items()]},
    )


def test_a_window_is_sent_only_what_it_does_not_show_yet() -> None:
    screen = Screen()
    first = screen.update(drawing({"main": "a", "rail": "r"}, {"m1": "one"}))
    assert first is not None
    assert first["regions"] == {"main": "a", "rail": "r"}
    assert screen.update(drawing({"main": "a", "rail": "r"}, {"m1": "one"})) is None
    assert screen.update(drawing({"main": "b", "rail": "r"}, {"m1": "one"})) == {"regions": {"main": "b"}}
    assert screen.update(drawing({"main": "b", "rail": "r"}, {"m1": "one", "m2": "two"})) == {
        "lists": {"log": {"order": ["m1", "m2"], "items": {"m2": "two"}}}
    }
    assert screen.update(drawing({"main": "b", "rail": "r"}, {"m2": "two"})) == {
        "lists": {"log": {"order": ["m2"], "items": {}}}
    }


def test_an_empty_window_is_sent_even_an_empty_list() -> None:
    patch = Screen().update(Drawing("t", {"main": EMPTY}, {"log": []}))
    assert patch is not None
    assert patch["lists"] == {"log": {"order": [], "items": {}}}


def test_only_the_message_that_changed_is_drawn_again(reader: Reader) -> None:
    messages, where = [message(0), message(1), message(2, "U2")], pane(reader)
    first = message_list(messages, {}, where)
    assert where.memory.fresh == 3
    messages[1].text = "changed"
    second = message_list(messages, {}, where)
    assert where.memory.fresh == 4
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, True, False, True]


def test_what_was_drawn_longest_ago_is_forgotten() -> None:
    memory = Memory(kept=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        memory.recall(key, 1, lambda: Markup("x"))
    assert memory.fresh == 4
