import pytest

from bot.slack.render.markdown import safe, with_links

FRONTEND = "https://pipeshub.example.com"
URLS = {1: "https://example.com/a", 2: "https://example.com/b"}


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("days [1].", "days [[1]](https://example.com/a)."),
        ("days [1][2].", "days [[1]](https://example.com/a)[[2]](https://example.com/b)."),
        ("days [1](https://other.example/x).", "days [[1]](https://example.com/a)."),
        ("days [7].", "days [7]."),
        ("[7](https://other.example/x)", "[[7]](https://other.example/x)"),
        (
            "[a guide](https://other.example/x) [1]",
            "[a guide](https://other.example/x) [[1]](https://example.com/a)",
        ),
        ("`list[1]` and\n```\nlist[1]\n```", "`list[1]` and\n```\nlist[1]\n```"),
        ("[1]: https://example.com", "[1]: https://example.com"),
    ],
)
def test_markers_lead_to_their_sources(text: str, linked: str) -> None:
    assert with_links(text, URLS.get) == linked


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("[x](javascript:alert(1))", "x"),
        ("[x](data:text/html,x)", "x"),
        ("[mail](mailto:a@example.com)", "[mail](mailto:a@example.com)"),
        ("![a picture](https://example.com/p.png)", "[a picture](https://example.com/p.png)"),
        ("![](https://example.com/p.png)", "[https://example.com/p.png](https://example.com/p.png)"),
        ("`[x](javascript:y)`", "`[x](javascript:y)`"),
        ("[a file](/record/r1)", f"[a file]({FRONTEND}/record/r1)"),
        ("[x](//evil.example)", "x"),
        ("a < b and <b>bold</b>", "a < b and <b>bold</b>"),
    ],
)
def test_links_lead_to_the_web_or_to_mail_only(text: str, harmless: str) -> None:
    assert safe(text, FRONTEND) == harmless


@pytest.mark.parametrize(
    "mention", ["<!channel>", "<!here>", "<!everyone>", "<@U123>", "<!subteam^S1>", "<#C1>"]
)
def test_a_models_text_notifies_nobody(mention: str) -> None:
    assert mention not in safe(f"hello {mention} and ```\n{mention}\n```", FRONTEND)
