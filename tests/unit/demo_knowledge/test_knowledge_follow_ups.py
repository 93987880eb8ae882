from bot.demo.knowledge.answers.answering import follow_ups
from bot.demo.knowledge.documents.index import Record

RECORD = Record("id", "leave.md", "Leave", "docs")


def asked_about(*headings: str, used: tuple[str, ...] = (), asked: str = "") -> tuple[str, ...]:
    return follow_ups([(RECORD, heading) for heading in headings], used, asked, 0)


def test_each_heading_is_asked_about_in_its_own_way() -> None:
    assert asked_about("Public holidays", "Booking leave", "How do I swap days?") == (
        "What does “Leave” say about public holidays?",
        "How does booking leave work?",
        "How do I swap days?",
    )


def test_general_headings_are_passed_over() -> None:
    assert asked_about("Overview", "See also", "Who to ask", "3.1.2", "foo()") == ()


def test_what_was_answered_or_asked_is_not_asked_again() -> None:
    assert (
        asked_about("Annual leave", "Sick leave", used=("Annual leave",), asked="tell me: sick leave") == ()
    )


def test_a_clause_is_explained() -> None:
    assert asked_about("Where data may go") == ("Can you explain where data may go?",)


def test_there_are_no_more_than_three() -> None:
    assert len(asked_about("Apples", "Pears trees", "Plums", "Grapes", "Cherries")) == 3
