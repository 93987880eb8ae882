import pytest
from hypothesis import given, settings

from bot.slack.render.markdown.parse import TABLE_KINDS, LineKind, parse_lines
from tests.examples import examples
from tests.unit.slack.written import RECORDED, documents, tokens


def of(text: str) -> list[str]:
    return [line.kind.name for line in parse_lines(text)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a\nb\n\nc", ["PROSE", "MORE", "BLANK", "PROSE"]),
        ("# a\nb", ["HEADING", "PROSE"]),
        ("a\n---\n\n---", ["PROSE", "RULE", "BLANK", "RULE"]),
        ("- a\n  b\n- c", ["ITEM", "MORE", "ITEM"]),
        ("```x\n- a\n```\nb", ["FENCE", "CODE", "FENCE", "PROSE"]),
        ("- a\n  ```\n  b\n- c", ["ITEM", "FENCE", "CODE", "ITEM"]),
        ("> ```\n> a\nb", ["FENCE", "CODE", "PROSE"]),
        ("````\n```\n````", ["FENCE", "CODE", "FENCE"]),
        ("| a |\n|---|\n| 1 |\n\nb", ["HEADER", "DELIMITER", "ROW", "BLANK", "PROSE"]),
        ("a | b\n---|---\n1 | 2", ["HEADER", "DELIMITER", "ROW"]),
        ("| a | b |\n|---|\n", ["PROSE", "MORE", "BLANK"]),
        ("a `b | c`", ["PROSE"]),
    ],
)
def test_lines_are_told_apart(text: str, kinds: list[str]) -> None:
    assert of(text) == kinds


def test_only_rows_with_a_pipe_in_front_make_a_table_where_that_is_asked() -> None:
    assert parse_lines("a | b\n---|---", piped=True)[0].kind is LineKind.PROSE
    assert parse_lines("| a |\n|---|", piped=True)[0].kind is LineKind.HEADER


def found_by_markdown_it(text: str) -> tuple[set[int], set[int]]:
    code: set[int] = set()
    tables: set[int] = set()
    for token in tokens(text):
        if token.map and token.type in {"fence", "table_open"}:
            (code if token.type == "fence" else tables).update(range(*token.map))
    return code, tables


def compared(text: str) -> None:
    """Code and tables are where markdown-it-py finds them; empty lines at their end belong to nobody."""
    read = parse_lines(text)
    code, tables = found_by_markdown_it(text)
    words = {number for number, line in enumerate(read) if line.text.strip(" \t>")}
    assert {n for n in words if read[n].kind in {LineKind.CODE, LineKind.FENCE}} == code & words
    assert {n for n in words if read[n].kind in TABLE_KINDS} == tables & words


@pytest.mark.parametrize("name", RECORDED)
def test_code_and_tables_of_recorded_answers_are_where_markdown_it_finds_them(name: str) -> None:
    compared(RECORDED[name])


@settings(max_examples=examples(300), deadline=None)
@given(documents)
def test_code_and_tables_are_where_markdown_it_finds_them(text: str) -> None:
    compared(text)
