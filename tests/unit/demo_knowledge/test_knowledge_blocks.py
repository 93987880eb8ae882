from bot.demo.knowledge.documents.passages import Form, blocks

MIXED = """\
A paragraph
on two lines.

- one
  still one

- two

  ```sh
  run
  ```

| A | B |
| --- | --- |
| 1 | 2 |

> quoted
> words

1. first
2. second

***

    indented code
"""


def test_each_block_is_told_by_its_form() -> None:
    forms = [block.form for block in blocks(MIXED)]
    assert forms == [Form.PARAGRAPH, Form.LIST, Form.TABLE, Form.QUOTE, Form.LIST, Form.CODE]


def test_a_list_keeps_the_code_under_its_items() -> None:
    assert blocks(MIXED)[1].text.endswith("  ```sh\n  run\n  ```")


def test_indented_code_becomes_a_fence() -> None:
    assert blocks(MIXED)[-1].text == "```\nindented code\n```"


def test_a_table_ends_where_its_rows_end() -> None:
    table, after = blocks("| A |\n| --- |\n| 1 |\nAfter it.")
    assert (table.text, after.text) == ("| A |\n| --- |\n| 1 |", "After it.")


def test_nothing_has_no_blocks() -> None:
    assert blocks("\n  \n---\n") == []
