"""What the weekly note looks like."""

import json

from bot.demo.workspace.block_kit.blocks import check_message_blocks
from bot.domain.report import (
    ChannelReport,
    ReportedQuestion,
    WeakAnswer,
    WeakAnswerCounts,
    Weakness,
    WeeklyReport,
)
from bot.domain.turns import Question, Thread, Turn, TurnState
from bot.slack.limits import ALL_TEXT, BLOCKS
from bot.slack.render.blocks import RenderedMessage
from bot.slack.render.messages import render_weekly_report

MONDAY = 1_795_424_400.0  # 2026-11-23 09:00 UTC
TURN = Turn("t", Question(Thread("T1", "C1", "1.0"), "1.0", "UASKER", ""), "service", TurnState.DONE)
LINK = "https://larkfield.slack.com/archives/C1/p1700000000000000?thread_ts=1700000000.000000&cid=C1"


def told(
    question: str = "How?", missing: Weakness | None = Weakness.NO_SOURCE, votes: int = 0
) -> ReportedQuestion:
    return ReportedQuestion(WeakAnswer(TURN, missing, votes), LINK, question)


def week(*channels: ChannelReport, hidden: WeakAnswerCounts | None = None) -> WeeklyReport:
    return WeeklyReport(MONDAY - 7 * 86_400, MONDAY, 1_200, channels, hidden or WeakAnswerCounts())


def text(found: WeeklyReport) -> str:
    return text_of(render_weekly_report(found))


def text_of(drawn: RenderedMessage) -> str:
    return json.dumps(drawn.blocks, ensure_ascii=False)


def test_each_channel_has_its_numbers_and_its_questions() -> None:
    one = told("How do I get a badge?", None, 2)
    drawn = text(week(ChannelReport("C1", WeakAnswerCounts(3, 2, 1), (one, told()))))
    assert "*<#C1>*: 2 unanswered, 1 voted down" in drawn
    assert f"<{LINK}|How do I get a badge?> · voted down 2 times" in drawn
    assert f"<{LINK}|How?> · no source" in drawn
    assert "_and 1 more_" in drawn
    assert "1,200 questions, 2 unanswered, 1 voted down." in drawn
    assert "UASKER" not in drawn


def test_the_week_is_told_in_days() -> None:
    drawn = text(week())
    assert "|16 November>" in drawn
    assert "|23 November>" in drawn
    assert "1,200 questions, all with a good answer." in drawn
    assert "What helps" not in drawn


def test_what_is_private_is_counted_and_not_told() -> None:
    drawn = text(week(hidden=WeakAnswerCounts(3, 3, 0)))
    assert "*Private channels and direct messages*: 3 unanswered (counted only)" in drawn


def test_a_question_notifies_nobody_and_breaks_no_link() -> None:
    drawn = text(week(ChannelReport("C1", WeakAnswerCounts(1, 1, 0), (told("is <!channel> a|b\n& <@U1>?"),))))
    assert "|is &lt;!channel&gt; a¦b &amp; &lt;@U1&gt;?>" in drawn


def test_a_question_nobody_has_any_more_is_still_a_link() -> None:
    assert f"<{LINK}|A question>" in text(week(ChannelReport("C1", WeakAnswerCounts(1, 1, 0), (told(""),))))


def test_a_terrible_week_still_fits_into_a_message() -> None:
    long = tuple(told("what and why " * 50, Weakness.LOW_CONFIDENCE, 12) for _ in range(10))
    full = [ChannelReport(f"C{number}", WeakAnswerCounts(900, 900, 900), long) for number in range(3)]
    rest = [ChannelReport(f"C{number}", WeakAnswerCounts(9, 9, 9)) for number in range(3, 60)]
    drawn = render_weekly_report(week(*full, *rest, hidden=WeakAnswerCounts(9, 9, 9)))
    assert "*45 more channels*: 405 unanswered, 405 voted down" in text_of(drawn)
    assert "_and 890 more_" in text_of(drawn)
    assert len(drawn.blocks) <= BLOCKS
    assert len(text_of(drawn)) <= ALL_TEXT
    check_message_blocks(list(drawn.blocks))


def test_no_link_is_cut_where_a_paragraph_is_full() -> None:
    wide = tuple(told("&" * 500) for _ in range(10))
    drawn = render_weekly_report(week(ChannelReport("C1", WeakAnswerCounts(10, 10), wide)))
    paragraph = drawn.blocks[2]["text"]["text"]
    assert paragraph.count("<https") == paragraph.count("> · no source") < 10
    assert paragraph.endswith("more_")
    check_message_blocks(list(drawn.blocks))
