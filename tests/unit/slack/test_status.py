import pytest

from bot.slack.replies.delivery import status_text


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        ("", ""),
        ("Searching the company's knowledge", "is searching the company's knowledge…"),
        ("Search: annual leave", "is at work: Search: annual leave"),
    ],
)
def test_a_status_reads_on_from_the_bots_name(doing: str, said: str) -> None:
    assert status_text(doing) == said
