import pytest

from bot.domain.text import (
    MAX_THREAD_LENGTH,
    MAX_THREAD_MESSAGE_LENGTH,
    ThreadMessage,
    question_with_thread,
    question_without_thread,
)

QUESTION = "and for interns?"
SAID = (ThreadMessage("Mara", "how many days of leave do I have?"), ThreadMessage("You", "28 days."))


def test_the_question_comes_first() -> None:
    said = "Earlier in this thread:\nMara: how many days of leave do I have?\nYou: 28 days."
    assert question_with_thread(QUESTION, SAID) == f"{QUESTION}\n\n---\n{said}"


def test_a_question_alone_stays_as_it_is() -> None:
    assert question_with_thread(QUESTION, ()) == QUESTION


def test_of_too_much_the_newest_is_kept() -> None:
    said = [ThreadMessage("Mara", f"{number} " + "x" * 1_000) for number in range(20)]
    sent = question_with_thread(QUESTION, said)
    assert len(sent) <= len(QUESTION) + MAX_THREAD_LENGTH + 50
    assert "Mara: 19 " in sent
    assert "Mara: 14 " not in sent


def test_of_a_long_message_the_beginning_is_kept() -> None:
    sent = question_with_thread(QUESTION, [ThreadMessage("Mara", "y" * 5_000)])
    assert sent.endswith("y…")
    assert sent.count("y") == MAX_THREAD_MESSAGE_LENGTH - 1


def test_the_question_is_found_again_wherever_the_text_is_cut() -> None:
    sent = question_with_thread(QUESTION, SAID)
    for cut in range(len(QUESTION), len(sent) + 1):
        assert question_without_thread(sent[:cut]).strip() == QUESTION, cut


@pytest.mark.parametrize("text", ["a\n\n---\nb", "a", "", "a --- Earlier in this thread: b"])
def test_any_other_text_is_the_question_itself(text: str) -> None:
    assert question_without_thread(text) == text
