"""Short messages: notices, posted questions, private answers, edited questions, the weekly report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.errors import BotError
from bot.domain.report import (
    NO_WEAK_ANSWERS,
    ChannelReport,
    ReportedQuestion,
    WeakAnswerCounts,
    WeeklyReport,
)
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import SECTION_TEXT
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    counted,
    date_text,
    escaped,
    fallback_text,
    link_text,
    one_line,
    section_block,
    shortened,
)


def render_private_answer_notice(person: str, link: str | None) -> RenderedMessage:
    """Draw where `person` (a Slack user) is answered; `link` leads there, and only them."""
    where = f"<{link}|our direct message>" if link else "our direct message"
    said = f":lock: <@{person}>, I answer you in {where}."
    return RenderedMessage(said, (context_block(said),))


def question_origin_text(channel: str, link: str | None) -> str:
    """Say in Slack markup where a question was asked; `link` leads to its thread, where it has one."""
    where = f"in <#{channel}>" + (f", <{link}|in this thread>" if link else "")
    return f":lock: Asked {where}. Only you see the answer."


MENTION_HOW_TO = (
    "Hello! Ask me something about your company's knowledge, in one message: "
    "mention me with your question, for example _how many days of leave do I have?_\n"
    "I answer in a thread, with my sources. In that thread you need not mention me again, "
    "and in a direct message you never need to."
)

UNREADABLE_TEXT = (
    "This belongs to an older message of mine, which I can't read any more. "
    "Please open it anew, or ask again in the thread."
)
MALFORMED_TEXT = "Slack sent me something that I can't read, so I changed nothing. Please try again."
NOT_FAILED = "This question is already being answered, or has been. There is nothing to try again."
NOT_STOPPED = "The full answer is shown already, or on its way. There is nothing more to show."
NOT_RUNNING = "This answer is not being written any more, so there is nothing to stop."

CONNECT = "Connect your PipesHub account"
BROWSER_OPENED_TEXT = (
    "PipesHub has opened in your browser. As soon as you have allowed it there, I go on by myself. "
    "If that did not work, open my Home tab and connect your account there."
)
ALREADY_CONNECTED_TEXT = "Your PipesHub account is connected already. Please press *Try again*."
UNLINKED_TEXT = "Your PipesHub account is not connected any more, and I have forgotten what let me use it."


def sentence_blocks(sentence: str, address: str = "") -> tuple[Block, ...]:
    """Draw a sentence in Slack markup, above a button to `address` where an account is to be connected."""
    return (section_block(sentence), *([button_row("connect", [connect_button(address)])] if address else []))


def connect_button(address: str) -> Block:
    """Return the button that leads to where the person who sees it connects their account."""
    return button(actions.CONNECT, CONNECT, "connect", style="primary") | {"url": address}


def render_mention_how_to() -> RenderedMessage:
    """Draw what to do, for a person who mentioned the bot and asked nothing."""
    return RenderedMessage(
        "Ask me something about your company's knowledge.", (section_block(MENTION_HOW_TO),)
    )


def error_text(error: BotError) -> str:
    """Return the sentence of an error as Slack markup."""
    return escaped(error.sentence)


SHOWN_QUESTION_LENGTH = 2_000
"""Characters of a question that are shown; PipesHub gets all of it."""

COMMAND_HOW_TO = (
    "Ask me something about your company's knowledge:\n"
    "• `/ask how many days of leave do I have?` asks here, where everybody sees question and answer\n"
    "• `/ask list` lists your newest conversations, for you alone\n"
    "• `/ask settings` says how I answer in this channel, for admins\n"
    "• `/ask help` shows this\n"
    "The shortcut *Ask a question* lets you choose the model, the mode and the sources. "
    "*Ask about this message*, in the menu of a message, answers in its thread."
)

NONE_YET = (
    "You have not asked me anything here yet, or all of it is archived. "
    "Ask with `/ask` and your question, or look into my Home tab."
)
WHERE_ALL = "My Home tab has all of your conversations, those that are shared with you and the archived ones."
UNTITLED = sentence("conversation.untitled")
LISTED_TITLE_LENGTH = 100


def render_posted_question(
    asker: str,
    author: str,
    text: str,
    words: Sequence[str],
    *,
    about_message: bool = False,
    origin: str = "",
) -> RenderedMessage:
    """Draw the question of `asker` (a Slack user) called `author`; `text` and `words` are plain.

    `words` say what was chosen for it, `origin` (Slack markup) where it was asked. What people wrote notifies
    nobody.
    """
    asks = "asks about this message" if about_message else "asks"
    question = escaped(shortened(text, SHOWN_QUESTION_LENGTH))
    small = [context_block(each) for each in (escaped(" · ".join(words)), origin) if each]
    return RenderedMessage(
        fallback_text(f"{author} {asks}: {text}"), (section_block(f"<@{asker}> {asks}: {question}"), *small)
    )


@dataclass(frozen=True, slots=True)
class RecentConversationRow:
    """One line of a list; `active_at` in seconds since 1970, `link` leads to the thread."""

    title: str
    channel: str
    link: str | None
    active_at: float | None


def render_recent_conversations(rows: Sequence[RecentConversationRow]) -> RenderedMessage:
    """Draw a person's newest conversations."""
    if not rows:
        return RenderedMessage(NONE_YET, (section_block(NONE_YET),))
    lines = "\n".join(map(_line, rows))
    return RenderedMessage(
        "Your newest conversations",
        (section_block(f"*Your newest conversations*\n{lines}"), context_block(WHERE_ALL)),
    )


def render_command_how_to() -> RenderedMessage:
    """Draw what the command does."""
    return RenderedMessage(COMMAND_HOW_TO, (section_block(COMMAND_HOW_TO),))


def _line(row: RecentConversationRow) -> str:
    title = one_line(row.title, LISTED_TITLE_LENGTH) or UNTITLED
    name = link_text(row.link, title) if row.link else title
    where = "in our direct message" if row.channel.startswith("D") else f"in <#{row.channel}>"
    when = f", {date_text(row.active_at, 'lately', '{date_short_pretty}')}" if row.active_at else ""
    return f"• {name} {where}{when}"


WEEKLY_REPORT_TITLE = "Questions without a good answer"

REPORTED_QUESTION_LENGTH = 100
"""Characters of a question: enough to know what is missing, on two lines at most."""

LAST_LINE_LENGTH = 30
"""Characters for the line that counts what is not told."""

MAX_CHANNELS = 15
"""Channels with a paragraph of their own; a message holds 50 blocks, and nobody reads that far."""

HOW_TO_MEND = (
    "Unanswered are questions that failed, and answers with low confidence or without any source. "
    "What helps: add or correct the documents behind them, then ask again in the thread."
)


def render_weekly_report(found: WeeklyReport) -> RenderedMessage:
    """Draw the report: the week in one line, a paragraph a channel, and what can be done."""
    shown, others = found.channels[:MAX_CHANNELS], found.channels[MAX_CHANNELS:]
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": WEEKLY_REPORT_TITLE}},
        section_block(f"{_week(found)}: {_summary(found)}"),
        *(section_block(_channel(each)) for each in shown),
    ]
    if others:
        blocks.append(section_block(f"*{counted(len(others), 'more channel')}*: {_counts(_total(others))}"))
    if found.private.total:
        private = f"*Private channels and direct messages*: {_counts(found.private)} (counted only)"
        blocks.append(section_block(private))
    if found.channels or found.private.total:
        blocks.append(context_block(HOW_TO_MEND))
    return RenderedMessage(f"{WEEKLY_REPORT_TITLE}: {_summary(found)}", tuple(blocks))


def _week(found: WeeklyReport) -> str:
    # The last second belongs to the day before.
    return f"*{_day(found.since)} to {_day(found.until - 1)}*"


def _day(moment: float) -> str:
    day = datetime.fromtimestamp(moment, UTC)
    return date_text(moment, f"{day.day} {day:%B}", "{date_short}")


def _summary(found: WeeklyReport) -> str:
    total = _total(found.channels, found.private)
    asked = counted(found.question_count, "question")
    return f"{asked}, {_counts(total)}." if total.total else f"{asked}, all with a good answer."


def _total(
    channels: tuple[ChannelReport, ...], private: WeakAnswerCounts = NO_WEAK_ANSWERS
) -> WeakAnswerCounts:
    every = [*(each.counts for each in channels), private]
    return WeakAnswerCounts(
        sum(each.total for each in every),
        sum(each.unanswered for each in every),
        sum(each.voted_down for each in every),
    )


def _channel(found: ChannelReport) -> str:
    lines = [f"*<#{found.channel}>*: {_counts(found.counts)}"]
    room = SECTION_TEXT - len(lines[0]) - LAST_LINE_LENGTH
    for each in found.questions:
        line = f"• {_reported(each)}"
        room -= len(line) + 1
        if room < 0:  # half a link would not work
            break
        lines.append(line)
    shown = len(lines) - 1
    if found.counts.total > shown:
        lines.append(f"_and {found.counts.total - shown} more_" if shown else "_not told here_")
    return "\n".join(lines)


def _reported(reported: ReportedQuestion) -> str:
    weak = reported.weak_answer
    times = "" if weak.down_votes == 1 else f" {weak.down_votes} times"
    why = (weak.weakness, f"voted down{times}" if weak.down_votes else "")
    question = one_line(reported.question, REPORTED_QUESTION_LENGTH) or "A question"
    return f"{link_text(reported.link, question)} · {', '.join(filter(None, why))}"


def _counts(counts: WeakAnswerCounts) -> str:
    unanswered = f"{counts.unanswered} unanswered" if counts.unanswered else ""
    return ", ".join(
        filter(None, (unanswered, f"{counts.voted_down} voted down" if counts.voted_down else ""))
    )


EDIT_OFFER = "You changed your question after I had begun with it. Shall I answer it as it is now?"


def render_edit_offer(turn: str, question_ts: str) -> RenderedMessage:
    """Draw the offer to answer an edited question, the message `question_ts`, whose old text `turn` asked."""
    ask = button(actions.ASK_EDITED, "Answer the edited question", actions.button_value(turn, question_ts))
    return RenderedMessage(EDIT_OFFER, (section_block(EDIT_OFFER), button_row("edited", [ask])))
