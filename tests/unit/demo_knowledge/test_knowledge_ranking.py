from bot.demo.knowledge.answers.composing import composed
from bot.demo.knowledge.answers.ranking import Question, Rarity, ranked, read
from bot.demo.knowledge.answers.text import bare
from bot.demo.knowledge.documents.index import Findings, Hit, Record

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
