import pytest
from hypothesis import given, settings

from bot.domain.conversations import DEFAULT_FOOTER, Answer, AnswerState, Citation
from bot.slack.render.answer import render_answer, render_partial_answer
from bot.slack.render.blocks import RenderedMessage, markdown_block, section_block
from bot.slack.render.markdown.plain import plain_summary
from tests.examples import examples
from tests.unit.slack import written
from tests.unit.slack.written import FRONTEND, RECORDED

MOST = 280


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        (
            "You have **28 days** [1]. They *accrue* [2](https://a.b). Ask HR. Or not.",
            "You have 28 days. They accrue. Ask HR.",
        ),
        (
            "# Leave\n\nSee [the handbook](/record/r1) and [click](javascript:x).",
            "Leave: See the handbook and click.",
        ),
        ("- one\n- `two`\n\n> three &amp; \\*four\\*", "one. two. three & *four*"),
        ("Days:\n\n| Who | Days |\n|---|---|\n| interns | 20 |", "Days: Who, Days. interns, 20"),
        ("Run this:\n```sh\nrm -r /\n```\nDone", "Run this: Done"),
        ("```sh\nls -l\n```", "ls -l"),
        ("\n\n[a]: https://e.com", ""),
        ("See [the plan][p] and [a][].\n\n[p]: https://e.com", "See the plan and a."),
        ("- [ ] write\n- [x] read", "write. read"),
        ("一句。两句。三句。四句。", "一句。两句。三句。"),
        ("x" * 400, "x" * 279 + "…"),
        ("Short. " + "long " * 100, "Short. " + ("long " * 54).strip() + "…"),
        (
            "A sentence of some length, " * 6 + "ends. Another one " + "goes on " * 30,
            ("A sentence of some length, " * 6 + "ends."),
        ),
    ],
)
def test_a_summary_is_plain_sentences(markdown: str, words: str) -> None:
    assert plain_summary(markdown, MOST) == words


@pytest.mark.parametrize("name", RECORDED)
def test_the_text_beside_an_answer_is_short_and_without_markup(name: str) -> None:
    cited = (Citation(1, "Leave"), Citation(2, "Travel"))
    answer = Answer(AnswerState.DONE, text=RECORDED[name] * 3, citations=cited)
    *before, last = render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND)
    assert last.text.endswith(" 2 sources")
    for told in (last.text, *(each.text for each in before)):
        assert len(told) <= 300
        assert not [mark for mark in ("**", "](", "```", "|-", "\n", "javascript:") if mark in told]


@settings(max_examples=examples(300), deadline=None)
@given(written.markdown)
def test_any_text_is_told_in_few_words(text: str) -> None:
    (drawn,) = render_partial_answer(Answer(text=text), "t", FRONTEND)
    assert len(drawn.text) <= 300
    assert "\n" not in drawn.text
    assert len(plain_summary(text * 50, MOST)) <= MOST


def test_one_source_is_one_source() -> None:
    answer = Answer(AnswerState.DONE, text="Yes [1].", citations=(Citation(1, "Leave"),))
    (drawn,) = render_answer(answer, "t", DEFAULT_FOOTER, FRONTEND)
    assert drawn.text == "Yes. 1 source"


def test_where_no_block_is_taken_the_text_is_all_of_the_answer() -> None:
    drawn = RenderedMessage("Yes.", (markdown_block("**Yes**, and more."), section_block("*too*")))
    assert drawn.text_only == RenderedMessage("*Yes*, and more.\n\n*too*", ())
    assert RenderedMessage("Yes.", ()).text_only == RenderedMessage("Yes.", ())
