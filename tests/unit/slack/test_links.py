"""Links that a model writes: where they may lead, and that what is seen of them is true."""

import pytest

from bot.slack.render.blocks import context_block, section_block
from bot.slack.render.markdown.sanitize import sanitize, sanitize_prefix

HUB = "https://pipeshub.example.com"


def drawn(text: str) -> str:
    """Return a text as it is drawn, the same while it is written and at its end."""
    whole = sanitize(text, HUB)
    assert sanitize_prefix(text, HUB, lambda _: None) == whole
    return whole.replace("\u2060", "")


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (
            "[https://pipeshub.example.com/login](https://evil.example/x)",
            "https://pipeshub.example.com/login",
        ),
        ("[pipeshub.example.com](https://evil.example)", "pipeshub.example.com"),
        ("[**pipeshub.example.com/login**](https://evil.example)", "**pipeshub.example.com/login**"),
        ("[`https://pipeshub.example.com`](https://evil.example)", "`https://pipeshub.example.com`"),
        ("[pipeshub&#46;example.com](https://evil.example)", "pipeshub&#46;example.com"),
        ("[pipeshub\u3002example\uff0ecom](https://evil.example)", "pipeshub\u3002example\uff0ecom"),
        ("[p\u0456peshub.example.com](https://evil.example)", "p\u0456peshub.example.com"),
        ("[see https://a.example/x](https://b.example)", "see https://a.example/x"),
        ("[it@pipeshub.example.com](mailto:it@evil.example)", "it@pipeshub.example.com"),
        ("[x](https://user:password@evil.example/)", "x"),
        ("[x](https://pipeshub.example.com@evil.example)", "x"),
        ("[x](http://169.254.169.254/latest/meta-data)", "x"),
        ("[x](http://10.0.0.1/)", "x"),
        ("[x](http://2130706433/)", "x"),
        ("[x](http://0x7f.1:8080/)", "x"),
        ("[x](http://[fe80::1%25eth0]/)", "x"),
        ("[x](http://localhost:3000/admin)", "x"),
    ],
)
def test_a_link_that_lies_or_leads_inside_is_only_its_label(written: str, label: str) -> None:
    assert drawn(written) == label


@pytest.mark.parametrize(
    "written",
    [
        "[the policy](https://wiki.example.com/leave)",
        "[wiki.example.com](https://wiki.example.com/leave)",
        "[example.com](https://wiki.example.com/leave)",
        "[www.example.com](https://example.com/leave)",
        "[README.md](https://github.com/a/b/README.md)",
        "[Leave policy.pdf](https://drive.example.com/1)",
        "[Node.js, e.g. v1.2.3](https://nodejs.org)",
        "[b\u00fccher.example (xn--bcher-kva.example)](https://xn--bcher-kva.example/)",
        "[it@example.com](mailto:it@example.com)",
    ],
)
def test_a_link_that_tells_the_truth_stays(written: str) -> None:
    assert drawn(written).startswith(written.partition("]")[0].rstrip(")"))
    assert "](" in drawn(written)


def test_the_own_frontend_may_be_inside() -> None:
    assert sanitize("[x](http://10.0.0.1/record/1)", "http://10.0.0.1") == "[x](http://10.0.0.1/record/1)"
    assert sanitize("[x](/record/1)", "http://localhost:3000") == "[x](http://localhost:3000/record/1)"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("[bank](https://xn--e1awd7f.com/)", "xn--e1awd7f.com"),
        ("[bank](https://\u0440\u0430ypal.com/)", "xn--ypal-43d9g.com"),
    ],
)
def test_a_host_whose_letters_can_look_like_others_is_shown(written: str, host: str) -> None:
    assert drawn(written).startswith(f"[bank ({host})](")


def test_what_turns_a_text_around_goes_and_right_to_left_text_stays() -> None:
    assert drawn("pay \u202eFDP.exe\u202c now\x00\u2066!") == "pay FDP.exe now!"
    assert drawn("\u05e9\u05dc\u05d5\u05dd\u200f \u0645\u0631\u062d\u0628\u0627") == (
        "\u05e9\u05dc\u05d5\u05dd\u200f \u0645\u0631\u062d\u0628\u0627"
    )


def test_slack_makes_no_links_of_what_people_wrote() -> None:
    assert section_block("evil.example")["text"]["verbatim"] is True
    assert all(each["verbatim"] for each in context_block("evil.example")["elements"])
