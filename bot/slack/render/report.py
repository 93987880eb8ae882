"""The weekly note about unanswered and down-voted questions."""

from datetime import UTC, datetime

from bot.domain.report import NO_GAPS, ChannelGaps, Counts, Gap, Report, Told
from bot.slack.limits import SECTION_TEXT
from bot.slack.render.message import Block, Drawn, context, escaped, section, shortened

TITLE = "Questions without a good answer"

QUESTION = 100
"""Characters of a question: enough to know what is missing, on two lines at most."""

LAST_LINE = 30
"""Characters for the line that counts what is not told."""

CHANNELS = 15
"""Channels with a paragraph of their own; a message holds 50 blocks, and nobody reads that far."""

HOW_TO_MEND = (
    "Unanswered are questions that failed, and answers with low confidence or without any source. "
    "What helps: add or correct the documents behind them, then ask again in the thread."
)


def report(found: Report) -> Drawn:
    """Draw the note: the week in one line, a paragraph a channel, and what can be done."""
    shown, others = found.channels[:CHANNELS], found.channels[CHANNELS:]
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": TITLE}},
        section(f"{_week(found)}: {_summary(found)}"),
        *(section(_channel(each)) for each in shown),
    ]
    if others:
        blocks.append(section(f"*{_some(len(others), 'more channel')}*: {_said(_total(others))}"))
    if found.hidden.gaps:
        hidden = f"*Private channels and direct messages*: {_said(found.hidden)} (counted only)"
        blocks.append(section(hidden))
    if found.channels or found.hidden.gaps:
        blocks.append(context(HOW_TO_MEND))
    return Drawn(f"{TITLE}: {_summary(found)}", tuple(blocks))


def _week(found: Report) -> str:
    # The last second belongs to the day before.
    return f"*{_day(found.since)} to {_day(found.until - 1)}*"


def _day(moment: float) -> str:
    spelt = datetime.fromtimestamp(moment, UTC)
    return f"<!date^{int(moment)}^{{date_short}}|{spelt.day} {spelt:%B}>"


def _summary(found: Report) -> str:
    total = _total(found.channels, found.hidden)
    asked = _some(found.asked, "question")
    return f"{asked}, {_said(total)}." if total.gaps else f"{asked}, all with a good answer."


def _total(channels: tuple[ChannelGaps, ...], hidden: Counts = NO_GAPS) -> Counts:
    every = [*(each.counts for each in channels), hidden]
    return Counts(
        sum(each.gaps for each in every),
        sum(each.unanswered for each in every),
        sum(each.voted_down for each in every),
    )


def _channel(found: ChannelGaps) -> str:
    lines = [f"*<#{found.channel}>*: {_said(found.counts)}"]
    room = SECTION_TEXT - len(lines[0]) - LAST_LINE
    for each in found.told:
        line = f"• {_told(each)}"
        room -= len(line) + 1
        if room < 0:  # a link that is cut is none
            break
        lines.append(line)
    told = len(lines) - 1
    if found.counts.gaps > told:
        lines.append(f"_and {found.counts.gaps - told} more_" if told else "_not told here_")
    return "\n".join(lines)


def _told(told: Told) -> str:
    question = " ".join(told.question.split()) or "A question"
    label = escaped(shortened(question, QUESTION)).replace("|", "¦")
    return f"<{told.link}|{label}> · {_why(told.gap)}"


def _why(gap: Gap) -> str:
    votes = "voted down" if gap.down_votes == 1 else f"voted down {gap.down_votes} times"
    return ", ".join([*([str(gap.lack)] if gap.lack else []), *([votes] if gap.down_votes else [])])


def _said(counts: Counts) -> str:
    said = [f"{counts.unanswered} unanswered"] if counts.unanswered else []
    return ", ".join([*said, *([f"{counts.voted_down} voted down"] if counts.voted_down else [])])


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
