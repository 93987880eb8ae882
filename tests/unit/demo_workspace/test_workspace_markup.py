from bot.demo.workspace.markup import as_rich_text, as_typed, mentions
from bot.demo.workspace.model import Team
from bot.demo.workspace.options import Options
from bot.demo.workspace.state import State, found


def state() -> State:
    made = State(Team(), lambda: 1_760_000_000.0)
    found(made, Options())
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
