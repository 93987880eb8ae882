import pytest

from bot.slack import markup


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("how many days?", "how many days?"),
        ("ask <@U1> or <@U2|bea>", "ask @Ada or @bea"),
        ("see <#C1> and <#C2|general>", "see #help and #general"),
        ("who is <@U404> in <#C404>", "who is @someone in #a channel"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@support> please", "@support please"),
        ("does <!subteam^S1> know?", "does a user group know?"),
        ("<!subteam^S1> and <!subteam^S2|@ops>", "a user group and @ops"),
        ("by <!date^1700000000^{date}|Nov 14>", "by Nov 14"),
        ("<https://example.com/a?b=1>", "https://example.com/a?b=1"),
        ("<https://example.com|our page>", "our page (https://example.com)"),
        ("<http://example.com|example.com>", "http://example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        ("what does &lt;div&gt; do", "what does \u2039div\u203a do"),
        ("1 &lt; 2 and 3 &gt; 2", "1 \u2039 2 and 3 \u203a 2"),
        ("null \x00 byte", "null  byte"),
        ("", ""),
    ],
)
def test_markup_is_read_as_a_person_reads_it(written: str, read: str) -> None:
    assert markup.plain_text(written, {"U1": "Ada"}, {"C1": "help"}) == read


def test_only_names_that_the_text_lacks_are_looked_up() -> None:
    found = markup.find_mentions("<@U1> <@U2|bea> <#C1> <#C2|general> <!here> <https://example.com>")
    assert found == (["U1"], ["C1"])


def test_the_mention_of_the_bot_is_taken_out_wherever_it_stands() -> None:
    assert markup.without_mention("<@UBOT> how many days?", "UBOT") == "how many days?"
    assert markup.without_mention("how many days, <@UBOT>?", "UBOT") == "how many days?"
    assert markup.without_mention("<@UBOT|pipeshub>", "UBOT") == ""
    assert markup.without_mention("<@UBOTTLE> hello", "UBOT") == "<@UBOTTLE> hello"


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("<@UBOT>: how many?", "how many?"),
        ("<@UBOT>, how many?", "how many?"),
        ("<@UBOT> - how many?", "how many?"),
        ("<@UBOT> \u2014 how many?", "how many?"),
        ("<@UBOT|pipeshub>:how many?", "how many?"),
        ("<@UBOT>\uff1a how many?", "how many?"),
        ("<@UBOT>! how many?", "how many?"),
        ("hey <@UBOT>, how many?", "hey, how many?"),
        ("<@UBOT>:", ""),
        ("<@UBOT> -", ""),
        ("<@UBOT>... how many?", "how many?"),
        ("*<@UBOT>*: how many?", "how many?"),
        ("(<@UBOT>) how many?", "how many?"),
        ("<@UBOT>?", ""),
        ("hey <@UBOT>?!", "hey?!"),
        ("<@UBOT> :tada:", ":tada:"),
        ("<@UBOT>: :+1: or :-1:?", ":+1: or :-1:?"),
        ("<@UBOT> -5 degrees?", "-5 degrees?"),
        ("<@UBOT> .NET or Go?", ".NET or Go?"),
        (": how <@UBOT>", ": how"),
    ],
)
def test_the_marks_that_set_off_the_mention_go_with_it(written: str, asked: str) -> None:
    assert markup.without_mention(written, "UBOT") == asked


def test_lines_of_a_question_stay_lines() -> None:
    assert markup.plain_text("first\n\n    indented", {}, {}) == "first\n\n    indented"


def test_a_number_that_is_no_character_is_read_as_it_is_written() -> None:
    assert markup.plain_text(f"a &#{'9' * 5_000}; b &#65; c", {}, {}) == f"a &#{'9' * 5_000}; b A c"
