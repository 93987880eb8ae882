import pytest

from bot.demo.knowledge.answers.ranking import MOST_CONCEPTS, Want, read
from bot.demo.knowledge.answers.text import sentences, stem, telling_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("holidays", "holiday"),
        ("policies", "policy"),
        ("reimbursed", "reimbursement"),
        ("approves", "approval"),
        ("stopping", "stops"),
        ("sharing", "share"),
        ("stolen", "steal"),
        ("kept", "keep"),
    ],
)
def test_kin_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("bus", "bu"), ("string", "str"), ("bring", "brs")])
def test_strangers_keep_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_stop_words_tell_nothing() -> None:
    assert telling_words("Could you please tell me what the company's VPN is?") == ["company", "vpn"]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("How many days are there?", Want.NUMBER),
        ("How do I sign in?", Want.STEPS),
        ("Who approves it?", Want.PERSON),
        ("What is a canary?", Want.MEANING),
        ("pension", Want.ANYTHING),
    ],
)
def test_a_question_says_what_it_wants(text: str, want: Want) -> None:
    assert read(text).want is want


def test_the_question_before_counts_for_less() -> None:
    question = read("and for interns?", before="How much leave do I get?")
    weights = {concept.word: concept.weight for concept in question.concepts}
    assert weights["interns"] > weights["leave"] > 0


def test_a_question_of_weak_words_alone_is_still_asked() -> None:
    assert all(concept.weight == 1.0 for concept in read("company policy").concepts)


def test_a_very_long_question_is_searched_with_a_few_words() -> None:
    text = " ".join(f"word{number}" for number in range(5000))
    assert len(read(text).concepts) == MOST_CONCEPTS


def test_sentences_are_not_cut_at_abbreviations_or_in_code() -> None:
    text = "Use e.g. Ledgerline. Run `a. B` first! Then stop? Yes, at 14.30. Done."
    assert sentences(text) == [
        "Use e.g. Ledgerline.",
        "Run `a. B` first!",
        "Then stop?",
        "Yes, at 14.30.",
        "Done.",
    ]
