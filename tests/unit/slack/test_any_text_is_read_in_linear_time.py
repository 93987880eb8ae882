"""Foreign text must not hold up the event loop: twice the text takes twice the time, whatever it is.

The time is the thread's own, so that other programs do not count; a pass with a nested loop takes four times
as long or more.
"""

import asyncio
import gc
import string
import time
from collections.abc import Callable
from functools import partial

import pytest

from bot.domain.conversations import DEFAULT_FOOTER, Answer, AnswerState, Citation
from bot.domain.question_detection import is_follow_up_question, is_question, is_small_talk
from bot.domain.text import question_without_thread
from bot.pipeshub.answer_text import clean_answer, clean_partial_answer
from bot.slack import markup
from bot.slack.render.answer import answer_sections, render_answer, source_blocks
from bot.slack.render.blocks import fallback_text
from bot.slack.render.markdown.mrkdwn import literal
from bot.slack.render.markdown.parse import parse_lines, scan_inline
from bot.slack.render.markdown.partial import close_partial_markdown, settled_prefix
from bot.slack.render.markdown.plain import plain_passage, plain_summary
from bot.slack.render.markdown.sanitize import markdown_url, sanitize, sanitize_prefix, to_mrkdwn
from bot.slack.render.markdown.split import split_markdown
from bot.slack.render.streamed import StreamContent, offset_after, stream_growth
from bot.slack.replies.post import draw_beside_loop
from tests.unit.slack.written import FRONTEND

# Repeated to any length.
UNITS = [
    *string.punctuation,
    *" \n\tx\u00a0漢",
    *("a*", "**a ", "*a _b ", "a_", "a` ", "``a`", "[a", "[a](", "[](", "![", "[a][b]", "[[1]]", "[a](b 'c"),
    *("[a](<b ", "\\[", "> ", ">\n", "- ", "-\n", "---\n", "1. ", "# ", "#\n", "```\n", "~~~\n", "- ```\n"),
    *("|\n", "|a\n", "|-", "|a|b|\n", "| a |\n|-|\n", "a|b\n-|-\n", "&amp;", "&#", ":smile: ", ": ", "<a "),
    *(
        "<b>",
        "</b>",
        "<!--",
        "<pre>a",
        "<think>",
        "</think>\n",
        "<@U1>",
        "<@U1|",
        "@here ",
        "http://a",
        "漢。",
    ),
    *(
        "::artifact[",
        "::artifact[a](b",
        "ref1 ",
        "(ref1, ",
        "ref1.xyz/",
        "a\u0301",
        "😀",
        "word. ",
        "\n\n---\n",
    ),
]
N = 1_000
RATIO = 2.6
"""How much longer twice the text may take; held over two doublings, which tells it better from a square."""

# What needs more than repetition: something at the end that makes all that was read before worth nothing.
SHAPES: dict[str, Callable[[int], str]] = {
    "quotes, then a word": lambda n: ">" * n + "a",
    "a cell and blanks": lambda n: "| a" + " " * n + "x",
    "a delimiter that is none": lambda n: "| a |\n|" + " " * n + "x",
    "a delimiter of many columns": lambda n: "| a |\n" + "|- " * (n // 3) + "x",
    "blanks, then a mention": lambda n: " " * n + "<@U0BOT>",
    "blanks addressed to no one": lambda n: " " * n + "x",
    "ticks of all lengths": lambda n: "".join("`" * (i + 1) + "a" for i in range(int((2 * n) ** 0.5))),
    "ticks of falling lengths": lambda n: "".join("`" * i + "a" for i in range(int((2 * n) ** 0.5), 0, -1)),
    "a link and blanks": lambda n: "[a](b" + " " * n + "x",
    "an address and blanks": lambda n: "](" + " " * n + "x",
    "underscores in a word": lambda n: "a" + "_" * n + "b",
    "nested lists": lambda n: "- " * (n // 2) + "a\n" + "  a\n" * (n // 4),
    "nested brackets": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "images in images": lambda n: ("![" * 60 + "](http://a.b)" * 20) * (n // 380),
    "links behind brackets": lambda n: "[" * (n // 2) + "[a](b)" * (n // 12),
    "definitions": lambda n: "".join(f"[a{i}]: b\n" for i in range(n // 10)),
    "a half wrapper": lambda n: "```" + " " * n + "x y",
    "references to no end": lambda n: "(" + "ref1 " * (n // 5) + "x",
    "an excerpt of brackets": lambda n: "[" * n,
    "a wide cell above many rows": lambda n: "|a\n|-\n|" + "x" * (n // 2) + "\n" + "|b\n" * (n // 6),
    "a long number": lambda n: "&#" + "9" * n + ";",
}


def _repeated(unit: str, n: int) -> str:
    """Return a unit again and again, and at the end what may make all that was read before worth nothing."""
    return f"{unit * (n // len(unit))}x"


TEXTS = SHAPES | {repr(unit): partial(_repeated, unit) for unit in UNITS}


def _drawn(state: AnswerState, text: str) -> object:
    cited = (Citation(1, text, excerpt=text, url="https://example.com/a"),)
    answer = Answer(state=state, text=text, citations=cited, conversation_id="0" * 24)
    return render_answer(answer, "turn", DEFAULT_FOOTER, FRONTEND)


def _streamed(text: str) -> object:
    return stream_growth(StreamContent(), Answer(text=text), FRONTEND)


def _no_url(_: int) -> None:
    return None


READERS: dict[str, Callable[[str], object]] = {
    "a finished answer": partial(_drawn, AnswerState.DONE),
    "an answer on its way": partial(_drawn, AnswerState.WRITING),
    "a stream": _streamed,
    "what a stream sends": settled_prefix,
    "where a stream goes on": lambda text: offset_after(text[: len(text) // 2], f"[1]{text}"),
    "what an edit shows": close_partial_markdown,
    "lines": parse_lines,
    "inline": lambda text: (scan_inline(text), scan_inline(text, names={"b"}, final=False)),
    "parts": lambda text: split_markdown(text, 10_000),
    "safe": lambda text: (sanitize(text, FRONTEND), sanitize_prefix(text, FRONTEND, _no_url)),
    "Slack's markup": to_mrkdwn,
    "sections": lambda text: answer_sections(text, (), FRONTEND),
    "sources": lambda text: source_blocks((Citation(1, text, excerpt=text, connector=text),), FRONTEND),
    "plain words": lambda text: (plain_passage(text), plain_summary(text, 280), literal(text)),
    "a notification": fallback_text,
    "an address": markdown_url,
    "a message": lambda text: (
        markup.without_mention(text, "U0BOT"),
        markup.find_mentions(text),
        markup.plain_text(text, {}, {}),
    ),
    "a question": lambda text: (is_question(text), is_follow_up_question(text), is_small_talk(text)),
    "a sent question": question_without_thread,
    "what PipesHub sends": lambda text: (clean_answer(text), clean_partial_answer(text)),
}


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()  # a collection looks at all that the process has
    start = time.thread_time()
    try:
        read(text)
        return time.thread_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize("reader", READERS)
def test_twice_the_text_takes_twice_the_time(reader: str) -> None:
    read, slow = READERS[reader], {}
    for name, text_of in TEXTS.items():
        once, fourfold = (_seconds(read, text_of(n)) for n in (N, 4 * N))
        if fourfold < 0.004 or fourfold < 5 * once:
            continue
        # Other programs take the caches away: the best of many runs counts.
        runs: dict[int, list[float]] = {20 * N: [], 80 * N: []}
        for _ in range(8):
            for n, taken in runs.items():
                taken.append(_seconds(read, text_of(n)))
            once, fourfold = (min(taken) for taken in runs.values())
            if fourfold <= RATIO**2 * once:
                break
        else:
            slow[name] = round((fourfold / once) ** 0.5, 1)
    assert not slow


@pytest.mark.parametrize("unit", ["|\n", "[](", "<a ", "#\n", "`a"])
def test_a_drawing_of_100_000_characters_is_bounded(unit: str) -> None:
    text = _repeated(unit, 100_000)
    for state in (AnswerState.DONE, AnswerState.WRITING):
        draw = partial(_drawn, state)
        once, of_more = (min(_seconds(draw, each) for _ in range(2)) for each in (text, text * 10))
        assert of_more < 2.6 * max(once, 0.05)  # no more of it is read
        assert once < 1.0  # alone on its machine it takes less than 0.25


async def test_a_long_answer_is_drawn_while_the_event_loop_goes_on() -> None:
    answer = Answer(state=AnswerState.DONE, text=_repeated("[a](b) ", 60_000))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    before = turns
    drawn = await draw_beside_loop(answer, partial(render_answer, answer, "turn", DEFAULT_FOOTER, FRONTEND))
    counting.cancel()
    assert drawn == render_answer(answer, "turn", DEFAULT_FOOTER, FRONTEND)
    assert turns - before > 5
