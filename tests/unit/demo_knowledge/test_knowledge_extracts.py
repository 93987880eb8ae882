from bot.demo.knowledge.answers.composing import Reader, extract
from bot.demo.knowledge.answers.ranking import Rarity, read
from bot.demo.knowledge.answers.text import bare


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
