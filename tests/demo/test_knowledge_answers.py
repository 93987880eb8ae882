"""From a question to an answer: words, ranking, extracts, follow-ups, markers, the handbook's answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.demo
from bot.demo.knowledge.answers.answering import Answerer, Asked, follow_ups
from bot.demo.knowledge.answers.composing import composed, extract
from bot.demo.knowledge.answers.ranking import MOST_WORDS, Question, Ranking, read
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
from bot.demo.knowledge.documents.index import SCHEMA, Findings, Hit, Index, Record
from bot.demo.knowledge.store import Database


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("holidays", "holiday"),
        ("policies", "policy"),
        ("reimbursed", "reimbursement"),
        ("approves", "approval"),
        ("sharing", "share"),
    ],
)
def test_related_words_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_stop_words_tell_nothing() -> None:
    assert telling_words("Could you please tell me what the company's VPN is?") == ["company", "vpn"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many days are there?", "There are ten."),
        ("How do I sign in?", "Like this:\n\n1. Open the page."),
        ("What is a canary?", "A canary is a release to a few customers."),
    ],
)
def test_a_text_fits_the_kind_of_question(question: str, text: str) -> None:
    assert read(question).fits(text)
    assert not read(question).fits("Nothing of the kind stands here.")


def test_the_question_before_counts_for_less() -> None:
    weights = read("and for interns?", before="How much leave do I get?").weights
    assert weights["interns"] > weights["leave"] > 0


def test_a_very_long_question_is_searched_with_a_few_words() -> None:
    text = " ".join(f"word{number}" for number in range(5000))
    assert len(read(text, before=text[::-1]).weights) == MOST_WORDS


def test_sentences_are_not_cut_at_abbreviations() -> None:
    text = "Use e.g. Ledgerline. Run it first! Then stop? Yes, at 14.30. Done."
    assert sentences(text) == [
        "Use e.g. Ledgerline.",
        "Run it first!",
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


def ranking(question: Question) -> Ranking:
    hits = tuple(
        Hit(record, position, heading, heading.lower().replace(" ", "-"), (heading,), text)
        for record, position, heading, text in PASSAGES
    )
    frequencies = {word: sum(word in hit.text for hit in hits) for word in question.search_words}
    return Ranking(question, Findings(hits, frequencies, 40))


def answer(text: str, attempt: int = 0) -> str:
    ranked = ranking(read(text))
    return bare(composed(ranked, ranked.passages(), attempt).text)


def test_the_best_passage_comes_first() -> None:
    assert "**27 days** of annual leave a year. [1]" in answer("How much annual leave do I get?")


def test_a_synonym_finds_the_documents_own_word() -> None:
    assert "**27 days**" in answer("How many vacation days do I get?")


def test_what_is_not_in_the_documents_is_not_answered() -> None:
    assert ranking(read("Who won the football world cup?")).passages() == []


def test_a_question_of_weak_words_alone_is_still_answered() -> None:
    assert "**27 days**" in answer("days a year")


def test_each_further_attempt_is_composed_differently() -> None:
    texts = [answer("annual leave", attempt) for attempt in range(3)]
    assert len(set(texts)) == 3
    assert texts[1].index("five days") < texts[1].index("27 days")


def test_citations_bear_the_numbers_of_their_markers() -> None:
    ranked = ranking(read("annual leave"))
    made = composed(ranked, ranked.passages(), 2)
    assert [citation.number for citation in made.citations] == [1, 2]
    assert all(f"[{number}]" in bare(made.text) for number in (1, 2))
    assert made.citations[0].url == "/record/1#annual-leave"


def quoted(question: str, text: str, budget: int = 700) -> str:
    return bare(extract(text, Ranking(read(question), Findings((), {}, 100)), 1, budget))


def test_a_short_passage_is_quoted_whole_with_its_marker() -> None:
    assert quoted("limit", "The limit is\n€220 a night.\n\nAsk first.") == (
        "The limit is €220 a night.\n\nAsk first. [1]"
    )


def test_of_a_long_passage_the_best_blocks_are_quoted() -> None:
    text = "Unrelated words stand here. " * 8 + "\n\nTo reset it, run this:\n\n```sh\nreset\n```"
    assert quoted("how do I reset it", text, 100) == "To reset it, run this: [1]\n\n```sh\nreset\n```"


def test_long_code_stays_in_its_document_unless_there_is_nothing_else() -> None:
    code = "```\n" + "run\n" * 40 + "```"
    assert quoted("run", f"Run it.\n\n{code}") == "Run it. [1]"
    assert quoted("run", code) == f" [1]\n\n{code}"


def test_a_table_alone_is_preceded_by_the_marker() -> None:
    table = "| City | Limit |\n| --- | --- |\n| Paris | €220 |"
    assert quoted("limit in Paris", table) == f" [1]\n\n{table}"


def test_a_long_table_keeps_its_head_and_the_rows_that_match() -> None:
    rows = "\n".join(f"| City {number} | {number} |" for number in range(30))
    found = quoted("limit in Paris", f"| Place | Limit |\n| --- | --- |\n{rows}\n| Paris | 220 |")
    assert "| Place | Limit |\n| --- | --- |\n" in found
    assert found.endswith("| Paris | 220 |")
    assert found.count("City") == 7


def test_a_long_list_says_how_much_is_left_out() -> None:
    found = quoted("item", "\n".join(f"- item number\n  {number}" for number in range(20)))
    assert found.count("- item number") == 8
    assert found.endswith("- … and 12 more [1]")


def test_a_long_paragraph_is_quoted_from_its_best_sentence_on() -> None:
    text = "Nothing of use here. " * 20 + "Dogs are welcome on Fridays. They stay on a lead."
    assert quoted("dogs", text, 100) == "Dogs are welcome on Fridays. They stay on a lead. [1]"


def test_an_excerpt_is_cut_where_its_sentence_has_no_end() -> None:
    endless = Hit(LEAVE, 0, "Leave", "top", (), "leave " * 10_000)
    ranked = Ranking(read("leave"), Findings((endless,), {}, 1))
    (citation,) = composed(ranked, ranked.passages(), 0).citations
    assert len(citation.excerpt) <= 602


def test_links_inside_the_folder_become_plain_words() -> None:
    text = "See [Equipment](equipment.md#x) or [the site](https://example.org)."
    assert quoted("equipment", text) == "See Equipment or [the site](https://example.org). [1]"


def asked_about(*headings: str, done: tuple[str, ...] = ()) -> tuple[str, ...]:
    return follow_ups([(LEAVE, heading) for heading in headings], done)


def test_headings_become_questions() -> None:
    assert asked_about("Public holidays", "How do I swap days?") == (
        "What does “Leave” say about public holidays?",
        "How do I swap days?",
    )


def test_general_headings_are_passed_over() -> None:
    assert asked_about("Overview", "See also", "Who to ask", "3.1.2", "foo()") == ()


def test_what_was_answered_or_asked_is_not_asked_again() -> None:
    assert asked_about("Annual leave", "Sick leave", done=("Annual leave", "tell me: sick leave")) == ()


def test_there_are_no_more_than_three_follow_ups() -> None:
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


HANDBOOK = Path(bot.demo.__file__).parent / "handbook"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index the handbook once for all tests of it."""
    path = tmp_path_factory.mktemp("handbook") / "k.db"

    async def refresh() -> None:
        database = Database(path)
        await database.open(SCHEMA)
        await Index(HANDBOOK, database).refresh()
        await database.close()

    asyncio.run(refresh())
    return path


@pytest.fixture
async def handbook(indexed: Path) -> AsyncIterator[Answerer]:
    database = Database(indexed)
    await database.open(SCHEMA)
    index = Index(HANDBOOK, database)
    await index.refresh()
    yield Answerer(index)
    await database.close()


@pytest.mark.parametrize(
    ("question", "statement", "title"),
    [
        (
            "how many days of leave do I have?",
            "**27 days** of paid annual leave",
            "Holidays and leave",
        ),
        ("How many vacation days do I get?", "**27 days** of paid annual leave", "Holidays and leave"),
        ("What is our company's vacation policy?", "**27 days**", "Holidays and leave"),
        ("How do I reset my password?", "gatehouse.larkfield.example/reset", "Security and passwords"),
        ("my laptop was stolen what do I do", "+32 9 555 01 12", "Security and passwords"),
        ("Who approves expenses over 1000 euros?", "Head of department", "Travel and expenses"),
        ("how do I roll back a release", "```bash\ntrain rollback portal\n```", "Releases"),
        ("what does SEV1 mean", "| SEV1 | Data at risk", "Incident response"),
        ("how long do we keep meter readings", "25 months", "Data protection"),
        (
            "who is the data protection officer",
            "Ines Carvalho is our data protection officer",
            "Data protection",
        ),
        ("How much maternity leave is there?", "20 weeks", "Parental leave"),
        ("What are the core hours?", "**10:00 to 15:00**", "Remote and flexible work"),
        ("How often am I on call?", "once in **six weeks**", "On-call"),
        ("what laptop do I get", "a laptop of your choice", "Equipment"),
        ("when is payday", "**25th**", "Benefits and pay"),
    ],
)
async def test_the_handbook_answers(handbook: Answerer, question: str, statement: str, title: str) -> None:
    answer = await handbook.answer(Asked(question))
    assert statement in answer.text
    assert answer.citations[0].record.title == title
    assert answer.text.count("```") % 2 == 0


@pytest.mark.parametrize("question", ["What is the capital of France?", "Who won the football world cup?"])
async def test_what_is_not_written_is_not_made_up(handbook: Answerer, question: str) -> None:
    answer = await handbook.answer(Asked(question))
    assert answer.text.startswith("I found nothing about")
    assert "15 documents" in answer.text
    assert answer.citations == ()


async def test_a_greeting_is_answered_with_an_invitation(handbook: Answerer) -> None:
    answer = await handbook.answer(Asked("thanks"))
    assert answer.text.startswith("Ask me a question")


async def test_a_follow_up_leans_on_the_question_before(handbook: Answerer) -> None:
    answer = await handbook.answer(Asked("and for interns?", "How many vacation days do I get?", turn=1))
    assert "Interns get **two days** of paid leave" in answer.text


async def test_an_answer_written_anew_is_another_one(handbook: Answerer) -> None:
    question = "How many vacation days do I get?"
    texts = [(await handbook.answer(Asked(question, attempt=attempt))).text for attempt in range(4)]
    assert len(set(texts)) == 4
    assert all("**27 days**" in text for text in texts)


async def test_what_is_asked_next_can_be_answered(handbook: Answerer) -> None:
    first = await handbook.answer(Asked("How do I claim an expense?"))
    assert len(first.follow_ups) == 3
    for question in first.follow_ups:
        assert (await handbook.answer(Asked(question))).citations


async def test_every_marker_has_its_citation_and_the_reverse(handbook: Answerer) -> None:
    answer = await handbook.answer(Asked("how do releases work"))
    text = bare(answer.text)
    assert [f"[{citation.number}]" in text for citation in answer.citations] == [True] * len(answer.citations)
    assert f"[{len(answer.citations) + 1}]" not in text
