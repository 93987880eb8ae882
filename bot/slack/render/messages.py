"""Short messages: notices, posted questions, private answers, edited questions, the weekly report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.errors import BotError, NotAMember, SlackError
from bot.domain.report import ChannelReport, ReportedQuestion, WeakAnswerCounts, WeeklyReport
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import SECTION_TEXT
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    date_text,
    escaped,
    fallback_text,
    link_text,
    one_line,
    place_text,
    section_block,
    shortened,
)


def render_private_answer_notice(person: str, link: str | None) -> RenderedMessage:
    """Draw where `person` (a Slack user) is answered; `link` leads there, and only them."""
    place = sentence("private_answer.place")
    text = sentence("private_answer.notice", person=person, place=link_text(link, place) if link else place)
    return RenderedMessage(text, (context_block(text),))


def question_origin_text(channel: str, link: str | None) -> str:
    """Say in Slack markup where a question was asked; `link` leads to its thread, where it has one."""
    key = "private_answer.origin_linked" if link else "private_answer.origin"
    return sentence(key, channel=channel, url=link)


UNREADABLE_TEXT = sentence("form.unreadable")
MALFORMED_TEXT = sentence("form.malformed")
NOT_FAILED = sentence("answer.not_failed")
NOT_STOPPED = sentence("stop.not_stopped")
NOT_RUNNING = sentence("stop.not_running")

BROWSER_OPENED_TEXT = sentence("account.browser_opened")
ALREADY_CONNECTED_TEXT = sentence("account.already_connected")
UNLINKED_TEXT = sentence("account.unlinked")


def render_mention_how_to() -> RenderedMessage:
    """Draw what to do, for a person who mentioned the bot and asked nothing."""
    how_to = section_block(sentence("how_to.mention"))
    return RenderedMessage(sentence("how_to.mention.notification"), (how_to,))


def render_command_how_to() -> RenderedMessage:
    """Draw what the command does."""
    text = sentence("how_to.command")
    return RenderedMessage(text, (section_block(text),))


def error_text(error: BotError) -> str:
    """Return the sentence of an error as Slack markup."""
    return escaped(error.sentence)


SHOWN_QUESTION_LENGTH = 2_000  # PipesHub gets all of it
UNTITLED = sentence("conversation.untitled")
LISTED_TITLE_LENGTH = 100


def render_posted_question(
    asker: str, author: str, text: str, words: Sequence[str], *, about_message: bool = False, origin: str = ""
) -> RenderedMessage:
    """Draw the question of `asker` (a Slack user) called `author`; `text` and `words` are plain.

    `words` say what was chosen for it, `origin` (Slack markup) where it was asked. What people wrote notifies
    no one.
    """
    key = "posted_question.asks_about_message" if about_message else "posted_question.asks"
    question = escaped(shortened(text, SHOWN_QUESTION_LENGTH))
    shown = section_block(sentence(key, asker=f"<@{asker}>", question=question))
    small = [context_block(each) for each in (escaped(" · ".join(words)), origin) if each]
    return RenderedMessage(fallback_text(sentence(key, asker=author, question=text)), (shown, *small))


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
        none = sentence("recent.none")
        return RenderedMessage(none, (section_block(none),))
    title = sentence("recent.title")
    lines = [f"*{title}*"]
    for row in rows:
        name = one_line(row.title, LISTED_TITLE_LENGTH) or UNTITLED
        about = [place_text(row.channel)]
        if row.active_at:
            about.append(date_text(row.active_at, sentence("recent.lately"), "{date_short_pretty}"))
        lines.append(f"• {link_text(row.link, name) if row.link else name} {', '.join(about)}")
    return RenderedMessage(title, (section_block("\n".join(lines)), context_block(sentence("recent.all"))))


REPORTED_QUESTION_LENGTH = 100  # enough to know what is missing, on two lines at most
LAST_LINE_LENGTH = 30  # characters for the line that counts what is not told
MAX_CHANNELS = 15  # with a paragraph of their own; a message holds 50 blocks, and few read that far


def render_weekly_report(found: WeeklyReport) -> RenderedMessage:
    """Draw the report: the week in one line, a paragraph a channel, and what can be done."""
    shown, others = found.channels[:MAX_CHANNELS], found.channels[MAX_CHANNELS:]
    total = _total([*(each.counts for each in found.channels), found.private])
    summary = sentence(
        "report.summary" if total.total else "report.summary.good",
        questions=sentence("report.questions", count=found.question_count),
        counts=_counts(total),
    )
    last = _day(found.until - 1)  # the end is midnight, when the next day begins
    title = sentence("report.title")
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": title}},
        section_block(sentence("report.week", first=_day(found.since), last=last, summary=summary)),
        *(section_block(_channel(each)) for each in shown),
    ]
    if others:
        counts = _counts(_total([each.counts for each in others]))
        blocks.append(section_block(sentence("report.more_channels", count=len(others), counts=counts)))
    if found.private.total:
        blocks.append(section_block(sentence("report.private", counts=_counts(found.private))))
    if found.channels or found.private.total:
        blocks.append(context_block(sentence("report.advice")))
    return RenderedMessage(f"{title}: {summary}", tuple(blocks))


def _day(moment: float) -> str:
    day = datetime.fromtimestamp(moment, UTC)
    return date_text(moment, f"{day.day} {day:%B}", "{date_short}")


def _total(every: Sequence[WeakAnswerCounts]) -> WeakAnswerCounts:
    return WeakAnswerCounts(
        sum(each.total for each in every),
        sum(each.unanswered for each in every),
        sum(each.voted_down for each in every),
    )


def _channel(found: ChannelReport) -> str:
    lines = [sentence("report.channel", channel=found.channel, counts=_counts(found.counts))]
    room = SECTION_TEXT - len(lines[0]) - LAST_LINE_LENGTH
    for each in found.questions:
        line = f"• {_reported(each)}"
        room -= len(line) + 1
        if room < 0:  # half a link would not work
            break
        lines.append(line)
    shown = len(lines) - 1
    if found.counts.total > shown:
        key = "report.more" if shown else "report.not_told"
        lines.append(sentence(key, count=found.counts.total - shown))
    return "\n".join(lines)


def _reported(reported: ReportedQuestion) -> str:
    weak = reported.weak_answer
    why = (
        sentence(f"report.weakness.{weak.weakness.name.lower()}") if weak.weakness else "",
        sentence("report.question.voted_down", count=weak.down_votes) if weak.down_votes else "",
    )
    question = one_line(reported.question, REPORTED_QUESTION_LENGTH) or sentence("report.question")
    return f"{link_text(reported.link, question)} · {', '.join(filter(None, why))}"


def _counts(counts: WeakAnswerCounts) -> str:
    counted = (("report.unanswered", counts.unanswered), ("report.voted_down", counts.voted_down))
    return ", ".join(sentence(key, count=count) for key, count in counted if count)


def render_edit_offer(turn: str, question_ts: str) -> RenderedMessage:
    """Draw the offer to answer an edited question, the message `question_ts`, whose old text `turn` asked."""
    offer, value = sentence("question_edit.offer"), actions.button_value(turn, question_ts)
    ask = button(actions.ASK_EDITED, sentence("question_edit.button"), value)
    return RenderedMessage(offer, (section_block(offer), button_row("edited", [ask])))


ARCHIVED_CODES = {"is_archived", "is_inactive"}


def reply_refused_text(channel: str, error: SlackError) -> str:
    """Return what a person reads whose question cannot be answered in its channel, and what to do."""
    if not channel.startswith(("C", "G")):
        return sentence("reply_refused.direct_message")
    key = "not_a_member" if isinstance(error, NotAMember) else "not_allowed"
    key = "archived" if error.code in ARCHIVED_CODES else key
    return sentence(f"reply_refused.{key}", channel=channel)
