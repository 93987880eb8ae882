"""More forms in which models write reasoning, references, line ends and HTML."""

from time import perf_counter

import pytest

from bot.pipeshub.answer_text import clean_answer, clean_partial_answer


@pytest.mark.parametrize(
    "written",
    [
        "secret.</think>Answer",
        "<analysis>secret</analysis>Answer",
        "<antThinking>secret</antThinking>Answer",
        "<thought_process>secret</thought_process>\nAnswer",
        "<|begin_of_thought|>secret<|end_of_thought|>Answer",
        "<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>Answer",
    ],
)
def test_reasoning_is_hidden_by_whatever_name_it_goes(written: str) -> None:
    assert clean_answer(written) == "Answer"
    if not written.startswith("secret"):  # what follows tells that this was reasoning
        shown = [clean_partial_answer(written[:length]) for length in range(len(written))]
        assert all("Answer".startswith(each) for each in shown)


@pytest.mark.parametrize(
    "written",
    ["The </think> tag ends it.", 'Write "</think>" there.', "It begins (<b>x</b>) and </think> ends."],
)
def test_a_closing_tag_that_is_talked_about_hides_nothing(written: str) -> None:
    shown = clean_answer(written)
    assert shown.startswith(written[:4])
    assert shown.endswith(written[-5:])


@pytest.mark.parametrize(
    "written",
    [
        "A {ref1} b",
        "A [^ref1] b",
        "A \\[ref1\\] b",
        "A ref1-ref3 b",
        "A [source](ref1 - ref3) b",
        "A [source](ref1/ref2) b",
        "A [source](#ref1) b",
        "A [sources: ref1, ref2] b",
        "A (source: ref1) b",
        'A [source](https://ref3.xyz "title") b',
    ],
)
def test_references_go_in_whatever_form_they_come(written: str) -> None:
    assert clean_answer(written) == "A b"
    for length in range(len(written)):
        assert "ref" not in clean_partial_answer(written[:length])


def test_a_reference_that_the_model_did_not_end_goes_too() -> None:
    assert clean_answer("A https://www.ref7.xyz b") == "A b"
    assert clean_answer("A [source](ref1") == "A"
    assert clean_answer("A [source](https://ref1.xy") == "A"


def test_references_in_a_row_are_read_once() -> None:
    began = perf_counter()
    for run in ("ref1.xyz/a", "ref1.xyz/", "ref1-", "ref1 and "):
        clean_answer(f"[{run * 18}!")
        clean_partial_answer(f"[source]({run * 2_000}!")
    assert perf_counter() - began < 1


def test_line_ends_of_other_systems_are_line_ends() -> None:
    assert clean_answer("```markdown\r\n# A\r\n\r\n- b\r\n```") == "# A\n\n- b"
    assert clean_answer("```py\r\nx\r\n```\r\nA ref1 b") == "```py\nx\n```\nA b"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("> a<br>b", "> a  \n> b"),
        ("> > a<br>b<br/>c", "> > a  \n> > b  \n> > c"),
        ("> a<br>\n> b", "> a  \n> b"),
        ("a -> b<br>c", "a -> b  \nc"),
        ("<big>a</big> <q>b</q> <var>c</var>", "a b c"),
    ],
)
def test_html_ends_lines_inside_of_quotes_and_other_tags_go(written: str, read: str) -> None:
    assert clean_answer(written) == read
