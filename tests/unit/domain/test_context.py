import pytest

from bot.domain.text import LONGEST, MOST, Said, asked, with_context

QUESTION = "and for interns?"
SAID = (Said("Mara", "how many days of leave do I have?"), Said("You", "28 days."))


def test_the_question_comes_first() -> None:
    said = "Earlier in this thread:\nMara: how many days of leave do I have?\nYou: 28 days."
    assert with_context(QUESTION, SAID) == f"{QUESTION}\n\n---\n{said}"


def test_a_question_alone_stays_as_it_is() -> None:
    assert with_context(QUESTION, ()) == QUESTION


def test_of_too_much_the_newest_is_kept() -> None:
    said = [Said("Mara", f"{number} " + "x" * 1_000) for number in range(20)]
    sent = with_context(QUESTION, said)
    assert len(sent) <= len(QUESTION) + MOST + 50
    assert "Mara: 19 " in sent
    assert "Mara: 14 " not in sent


def test_of_a_long_message_the_beginning_is_kept() -> None:
    sent = with_context(QUESTION, [Said("Mara", "y" * 5_000)])
    assert sent.endswith("y…")
    assert sent.count("y") == LONGEST - 1


@pytest.mark.parametrize("cut", range(len(QUESTION), 200))
def test_the_question_is_found_again_wherever_the_text_is_cut(cut: int) -> None:
    assert asked(with_context(QUESTION, SAID)[:cut]).strip() == QUESTION


@pytest.mark.parametrize("text", ["a\n\n---\nb", "a", "", "a --- Earlier in this thread: b"])
def test_any_other_text_is_the_question_itself(text: str) -> None:
    assert asked(text) == text
