"""What others wrote, without characters that are not shown or that turn a text around."""

from time import perf_counter

import pytest

from bot.domain.text import readable_text, single_line

TURNED = "\u202egpj.exe\u202c"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Leave\n• <https://evil.example|Sign in>", "Leave • <https://evil.example|Sign in>"),
        ("Leave\r\nSign in", "Leave Sign in"),
        ("Leave\u2028Sign\u2029in\x85here\vand\fthere", "Leave Sign in here and there"),
        ("Le\0ave\x1b[31m \x07", "Leave[31m"),
        (f"report{TURNED}", "reportgpj.exe"),
        ("\u2066a\u2069\u200f\u061cb", "ab"),
        ("\ud800", "\ufffd"),
        ("👩\u200d💻 नमस्ते שלום", "👩\u200d💻 नमस्ते שלום"),
        (" \n\t\0 ", ""),
    ],
)
def test_a_title_is_one_line_without_what_is_not_shown(written: str, read: str) -> None:
    assert single_line(written) == read


def test_a_passage_keeps_its_lines_and_indents() -> None:
    assert readable_text(f"a:\r\n\tb\rc\0\n{TURNED}") == "a:\n\tb\nc\ngpj.exe"


@pytest.mark.parametrize("one", ["\r", "\0", "\u202e", " ", "\r\n", "a"])
def test_it_takes_time_in_proportion_to_the_text(one: str) -> None:
    began = perf_counter()
    single_line(one * 400_000)
    assert perf_counter() - began < 1
