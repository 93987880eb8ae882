"""Files cut into sections, blocks and passages."""

from textwrap import dedent

from bot.demo.knowledge.documents.files import document
from bot.demo.knowledge.documents.passages import LONGEST, Form, blocks, passages

GUIDE = dedent(
    """\
    ---
    title: The guide
    tags: [a, b]
    ---
    Before any heading.

    # Setting up

    First words.

    ```bash
    # this is a comment, not a heading
    make install
    ```

    ## Step `one`

    Text of step one.

    Step two
    --------

    Text of step two.

    ## Step one

    The same heading again.
    """
)


def test_front_matter_gives_the_title_and_is_no_text() -> None:
    read = document("guide.md", GUIDE)
    assert read.title == "The guide"
    assert not any("tags:" in section.text for section in read.sections)


def test_a_comment_in_a_fence_is_not_a_heading() -> None:
    headings = [section.heading for section in document("guide.md", GUIDE).sections]
    assert headings == ["The guide", "Setting up", "Step one", "Step two", "Step one"]


def test_every_section_has_an_anchor_of_its_own() -> None:
    slugs = [section.slug for section in document("guide.md", GUIDE).sections]
    assert slugs == ["top", "setting-up", "step-one", "step-two", "step-one-1"]


def test_the_trail_holds_the_headings_above() -> None:
    trails = {section.slug: section.trail for section in document("guide.md", GUIDE).sections}
    assert trails["step-two"] == ("Setting up", "Step two")


def test_a_document_without_title_is_called_by_its_first_heading_or_its_file() -> None:
    assert document("a/b.md", "# Hello\n\ntext").title == "Hello"
    assert document("a/remote-work.txt", "just text").title == "Remote work"
    assert document("payments/README.md", "just text").title == "Payments"


def test_restructured_text_reads_like_markdown() -> None:
    text = dedent(
        """\
        .. _anchor:

        Title
        =====

        Use :func:`open <builtins.open>` and ``close``.

        Part
        ----

        .. note:: Mind the gap.

        Example::

            run --fast

        .. code-block:: python

            print("hello")
        """
    )
    read = document("doc.rst", text)
    assert [section.heading for section in read.sections] == ["Title", "Part"]
    assert read.sections[0].text == "Use open and `close`."
    assert "**Note:** Mind the gap." in read.sections[1].text
    assert "```\nrun --fast\n```" in read.sections[1].text
    assert '```python\nprint("hello")\n```' in read.sections[1].text


def test_badges_comments_and_html_are_left_out() -> None:
    text = '# T\n\n[![ci](a.svg)](b) <!-- hidden --> <div class="x">Shown</div> `<kept>`\n'
    assert document("t.md", text).sections[0].text.split() == ["Shown", "`<kept>`"]


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 60 for number in range(12)]
    found = passages(document("long.md", "# Long\n\n" + "\n\n".join(paragraphs)))
    assert len(found) > 1
    assert all(len(each.text) <= LONGEST + 400 for each in found)
    joined = "\n\n".join(each.text for each in found)
    assert [part.split(".")[0] for part in joined.split("\n\n")] == [f"Paragraph {n}" for n in range(12)]


def test_a_fence_is_never_cut() -> None:
    code = "```\n" + "\n".join(f"line {number}" for number in range(400)) + "\n```"
    found = passages(document("code.md", f"# Code\n\nBefore:\n\n{code}\n\nAfter."))
    assert any(code in each.text for each in found)


def test_an_unclosed_fence_is_closed() -> None:
    found = passages(document("open.md", "# T\n\n```sh\nrun\n\n# not a heading\n"))
    assert found[0].text.count("```") == 2


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
