"""Feedback on an answer: the thanks for a thumb, and the modal that asks for everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.conversations import Citation
from bot.domain.feedback import Aspect, Category, Comment, Feedback, FeedbackSubject
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.render.blocks import (
    Block,
    Entered,
    RenderedMessage,
    button,
    button_row,
    checkbox_input,
    context_block,
    form,
    radio_input,
    refilled_blocks,
    section_block,
    select_input,
    shortened,
    text_input,
)
from bot.slack.render.markdown.plain import plain_passage

FEEDBACK_TITLE = sentence("feedback.title")
FEEDBACK_SENT_TEXT = sentence("feedback.sent")
VOTE_SENT_TEXT = sentence("feedback.vote_sent")

HELPFUL = "helpful"
CATEGORIES = "categories"
FOLLOW_UPS = "follow_ups"
RATING, COMMENT, CITATION = "rating:", "comment:", "citation:"
"""What block ids begin with; the aspect, the kind of comment or the citation's id follows."""

YES, NO, NO_OPINION = "yes", "no", "unsaid"

LONGEST_COMMENT = 3_000  # characters; Slack takes no more in one field
MOST_CITATIONS = 50  # a view holds 100 blocks
PASSAGE_LENGTH = 140
DOCUMENT_LENGTH = 100

_STARS = {str(count): count for count in range(5, 0, -1)}
_VOTES = {YES: True, NO: False, NO_OPINION: None}


def render_feedback_thanks(turn: str, *, helpful: bool, changed: bool) -> RenderedMessage:
    """Draw the private answer to a thumb, with the way to say more."""
    thumb = "👍" if helpful else "👎"
    noted = sentence("feedback.noted" if changed else "feedback.noted_already", thumb=thumb)
    more = button(actions.FEEDBACK_DETAILS, FEEDBACK_TITLE, actions.button_value(turn))
    return RenderedMessage(noted, (section_block(noted), button_row("thanks", [more])))


def feedback_modal(turn: str, subject: FeedbackSubject) -> Block:
    """Draw the modal; the vote given before is chosen already."""
    votes = [(sentence("feedback.yes"), YES), (sentence("feedback.no"), NO)]
    none = sentence("feedback.no_opinion")
    unsaid = (none, NO_OPINION)
    given = {None: "", True: YES, False: NO}[subject.is_helpful]
    blocks = [
        context_block(sentence("feedback.introduction")),
        radio_input(HELPFUL, "feedback.helpful", votes, chosen=given),
    ]
    stars = [*((sentence(f"feedback.stars.{count}"), count) for count in _STARS), unsaid]
    blocks += [
        select_input(f"{RATING}{aspect}", f"feedback.rating.{aspect}", stars, empty=none) for aspect in Aspect
    ]
    categories = [(sentence(f"feedback.category.{each}"), each) for each in Category]
    blocks.append(checkbox_input(CATEGORIES, "feedback.categories", categories))
    for kind in Comment:
        key = f"feedback.comment.{kind}"
        blocks.append(text_input(f"{COMMENT}{kind}", key, optional=True, lines=True, most=LONGEST_COMMENT))
    blocks += _sources(subject.citations)
    if subject.has_follow_ups:
        blocks.append(radio_input(FOLLOW_UPS, "feedback.follow_ups", [*votes, unsaid]))
    return _form(turn, blocks)


def feedback_modal_again(
    blocks: Sequence[Mapping[str, Any]], entered: Entered, turn: str, trouble: str
) -> Block:
    """Draw a modal that could not be sent again, with everything in it; `trouble` is Slack markup."""
    return _form(turn, refilled_blocks(blocks, entered, trouble))


def _form(turn: str, blocks: Sequence[Block]) -> Block:
    submit, about = sentence("feedback.submit"), actions.button_value(turn)
    return form(FEEDBACK_TITLE, submit, actions.FEEDBACK_FORM, about, blocks)


def _sources(citations: tuple[Citation, ...]) -> list[Block]:
    """Return a question for each citation that the server can tell from the others."""
    known = {citation.id: citation for citation in citations if citation.id}
    ordered = sorted(known.items(), key=lambda each: each[1].number)
    if not ordered:
        return []
    none = sentence("feedback.no_opinion")
    relevance = (
        (sentence("feedback.source.relevant"), YES),
        (sentence("feedback.source.not_relevant"), NO),
        (none, NO_OPINION),
    )
    drawn = [section_block(sentence("feedback.sources"))]
    for id_, citation in ordered[:MOST_CITATIONS]:
        key = "feedback.source_page" if citation.page else "feedback.source"
        title = shortened(citation.title, DOCUMENT_LENGTH)
        label = sentence(key, number=citation.number, title=title, page=citation.page)
        hint = shortened(plain_passage(citation.excerpt), PASSAGE_LENGTH)
        drawn.append(select_input(f"{CITATION}{id_}", key, relevance, empty=none, label=label, hint=hint))
    if (more := len(ordered) - MOST_CITATIONS) > 0:
        drawn.append(context_block(sentence("feedback.sources.more", count=more)))
    return drawn


def read_feedback(entered: Entered) -> Feedback:
    """Return what was entered, by block id. Raises UnreadableValueError for what this modal never offers."""
    try:
        return Feedback(
            is_helpful=_vote(entered.get(HELPFUL)),
            ratings={
                Aspect(rest): _STARS[str(value)]
                for rest, value in _under(RATING, entered)
                if value is not None and value != NO_OPINION
            },
            categories=tuple(Category(each) for each in entered.get(CATEGORIES) or ()),
            comments={
                Comment(rest): text
                for rest, value in _under(COMMENT, entered)
                if (text := str(value or "").strip())
            },
            citation_relevance={
                rest: relevant
                for rest, value in _under(CITATION, entered)
                if (relevant := _vote(value)) is not None
            },
            follow_ups_helpful=_vote(entered.get(FOLLOW_UPS)),
        )
    except (KeyError, TypeError, ValueError):
        raise UnreadableValueError("not a choice that was drawn") from None


def _under(prefix: str, entered: Entered) -> list[tuple[str, object]]:
    return [(key.removeprefix(prefix), value) for key, value in entered.items() if key.startswith(prefix)]


def _vote(value: object) -> bool | None:
    return None if value is None else _VOTES[str(value)]
