"""From a question to an answer: words, ranking, extracts, follow-ups, markers."""

import pytest

from bot.demo.knowledge.answers.answering import follow_ups
from bot.demo.knowledge.answers.composing import Reader, composed, extract
from bot.demo.knowledge.answers.ranking import MOST_CONCEPTS, Question, Rarity, Want, ranked, read
from bot.demo.knowledge.answers.text import (
    bare,
    linked,
    marker,
    raw,
    sentences,
    stem,
    telling_words,
    unmarked,
)
from bot.demo.knowledge.documents.index import Findings, Hit, Record


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


LEAVE = Record("1", "leave.md", "Leave", "docs")
TRAVEL = Record("2", "travel.md", "Travel", "docs")
PASSAGES = (
    (LEAVE, 0, "Annual leave", "Full-time staff get **27 days** of annual leave a year."),
    (LEAVE, 1, "Carrying over", "Up to five days of annual leave can be carried over."),
    (TRAVEL, 0, "Hotels", "A hotel may cost up to €140 a night."),
    (TRAVEL, 1, "Trains", "Take the train when it is shorter than five hours."),
)


def findings(question: Question) -> Findings:
    hits = tuple(
        Hit(record, position, heading, heading.lower().replace(" ", "-"), (heading,), text, -1.0)
        for record, position, heading, text in PASSAGES
    )
    return Findings(hits, {word: sum(word in hit.text for hit in hits) for word in question.search_words}, 40)


def answer(text: str, attempt: int = 0) -> str:
    question = read(text)
    found = findings(question)
    return bare(composed(question, ranked(question, found), Rarity(found.frequencies, 40), attempt).text)


def test_the_best_passage_comes_first() -> None:
    assert "**27 days** of annual leave a year. [1]" in answer("How much annual leave do I get?")


def test_what_is_not_in_the_documents_is_not_answered() -> None:
    question = read("Who won the football world cup?")
    assert ranked(question, findings(question)) == []


def test_each_further_attempt_is_composed_differently() -> None:
    texts = [answer("annual leave", attempt) for attempt in range(3)]
    assert len(set(texts)) == 3
    assert texts[2].index("five days") < texts[2].index("27 days")


def test_citations_bear_the_numbers_of_their_markers() -> None:
    question = read("annual leave")
    found = findings(question)
    made = composed(question, ranked(question, found), Rarity(found.frequencies, 40), 1)
    numbers = [citation.number for citation in made.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(f"[{number}]" in bare(made.text) for number in numbers)
    assert made.citations[0].url == "/record/1#annual-leave"


def quoted(question: str, text: str, budget: int = 700) -> str:
    return bare(extract(text, Reader(read(question), Rarity({}, 100)), 1, budget))


def test_a_statement_bears_its_marker() -> None:
    assert quoted("limit", "The limit is\n€220 a night.") == "The limit is €220 a night. [1]"


def test_code_is_quoted_whole_with_the_line_that_leads_to_it() -> None:
    text = "To reset it, run this:\n\n```sh\nreset --all\n# done\n```\n\nUnrelated words follow here."
    assert (
        quoted("how do I reset it", text) == "To reset it, run this: [1]\n\n```sh\nreset --all\n# done\n```"
    )


def test_a_table_alone_is_preceded_by_the_marker() -> None:
    table = "| City | Limit |\n| --- | --- |\n| Paris | €220 |"
    assert quoted("limit in Paris", table) == f" [1]\n\n{table}"


def test_a_long_table_keeps_its_head_and_the_rows_that_match() -> None:
    rows = "\n".join(f"| City {number} | {number} |" for number in range(30))
    table = f"| Place | Limit |\n| --- | --- |\n{rows}\n| Paris | 220 |"
    assert quoted("limit in Paris", table).endswith("| Place | Limit |\n| --- | --- |\n| Paris | 220 |")


def test_a_long_list_says_how_much_is_left_out() -> None:
    items = "\n".join(f"- item number {number}" for number in range(20))
    found = quoted("item", items)
    assert found.count("- item number") == 7
    assert found.endswith("- … and 13 more [1]")


def test_a_long_paragraph_is_quoted_from_its_best_sentence_on() -> None:
    text = "Nothing of use here. " * 20 + "Dogs are welcome on Fridays. They stay on a lead."
    assert quoted("dogs", text, 100) == "Dogs are welcome on Fridays. They stay on a lead. [1]"


def test_a_sentence_that_leans_back_brings_the_one_before_it() -> None:
    text = (
        "Filler words stand here. " * 15 + "Take the train. It is cheaper than flying. " + "More words. " * 30
    )
    assert quoted("cheaper flying", text, 100).startswith("Take the train. It is cheaper than flying.")


def test_links_inside_the_folder_become_plain_words() -> None:
    text = "See [Equipment](equipment.md#x) or [the site](https://example.org)."
    assert quoted("equipment", text) == "See Equipment or [the site](https://example.org). [1]"


def test_a_line_that_announces_what_is_left_out_is_left_out_too() -> None:
    text = "The limit is ten.\n\nAll the details of this limit are in here:\n\n```\n" + "x\n" * 60 + "```"
    assert quoted("limit", text) == "The limit is ten. [1]"


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


TEXT = f"Twenty days.{marker(1)} Ask early.{marker(12)}"


def test_bare_markers_are_numbers() -> None:
    assert bare(TEXT) == "Twenty days. [1] Ask early. [12]"


def test_linked_markers_lead_to_their_source() -> None:
    assert linked(TEXT, {1: "http://x/record/a"}) == "Twenty days. [1](http://x/record/a) Ask early. [12]"


def test_raw_markers_are_those_of_a_model() -> None:
    assert raw(TEXT) == "Twenty days. [source](ref1) Ask early. [source](ref12)"


def test_unmarked_text_has_none() -> None:
    assert unmarked(TEXT) == "Twenty days. Ask early."
