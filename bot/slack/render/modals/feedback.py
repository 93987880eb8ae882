"""Feedback on an answer: the thanks for a thumb, and the modal that asks for everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.conversations import Citation
from bot.domain.feedback import Aspect, Category, Comment, Feedback, FeedbackSubject
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.render.answer import plain_passage
from bot.slack.render.blocks import (
    Block,
    Entered,
    RenderedMessage,
    button,
    button_row,
    checkbox_input,
    context_block,
    modal,
    radio_input,
    refilled_blocks,
    section_block,
    select_input,
    shortened,
    text_input,
)

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
PASSAGE = 140
DOCUMENT = 100

_MOST_STARS = 5


def render_feedback_thanks(turn: str, *, helpful: bool, changed: bool) -> RenderedMessage:
    """Draw the private answer to a thumb, with the way to say more."""
    thumb = "👍" if helpful else "👎"
    noted = sentence("feedback.noted" if changed else "feedback.noted_already", thumb=thumb)
    more = button(actions.FEEDBACK_DETAILS, FEEDBACK_TITLE, actions.button_value(turn))
    return RenderedMessage(noted, (section_block(noted), button_row("thanks", [more])))


def feedback_modal(turn: str, subject: FeedbackSubject) -> Block:
    """Draw the modal; the vote given before is chosen already."""
    votes = ((sentence("feedback.yes"), YES), (sentence("feedback.no"), NO))
    categories = [(sentence(f"feedback.category.{each}"), each) for each in Category]
    given = {None: "", True: YES, False: NO}[subject.is_helpful]
    blocks = [
        context_block(sentence("feedback.introduction")),
        radio_input(HELPFUL, "feedback.helpful", votes, chosen=given),
        *(_rating(aspect) for aspect in Aspect),
        checkbox_input(CATEGORIES, "feedback.categories", categories),
        *(_comment(kind) for kind in Comment),
        *_sources(subject.citations),
    ]
    if subject.has_follow_ups:
        choices = (*votes, (sentence("feedback.no_opinion"), NO_OPINION))
        blocks.append(radio_input(FOLLOW_UPS, "feedback.follow_ups", choices))
    return _form(turn, blocks)


def feedback_modal_again(
    blocks: Sequence[Mapping[str, Any]], entered: Entered, turn: str, trouble: str
) -> Block:
    """Draw a modal that could not be sent again, with everything in it; `trouble` is Slack markup."""
    return _form(turn, refilled_blocks(blocks, entered, trouble))


def _form(turn: str, blocks: Sequence[Block]) -> Block:
    submit, about = sentence("feedback.submit"), actions.button_value(turn)
    return modal(FEEDBACK_TITLE, blocks, callback_id=actions.FEEDBACK_FORM, submit=submit, about=about)


def _rating(aspect: Aspect) -> Block:
    stars = [(sentence(f"feedback.stars.{count}"), str(count)) for count in range(_MOST_STARS, 0, -1)]
    none = sentence("feedback.no_opinion")
    choices = (*stars, (none, NO_OPINION))
    return select_input(f"{RATING}{aspect}", f"feedback.rating.{aspect}", choices, empty=none)


def _comment(kind: Comment) -> Block:
    key = f"feedback.comment.{kind}"
    return text_input(f"{COMMENT}{kind}", key, optional=True, lines=True, most=LONGEST_COMMENT)


def _sources(citations: tuple[Citation, ...]) -> list[Block]:
    """Return a question for each citation that the server can tell from the others."""
    known = {citation.id: citation for citation in citations if citation.id}
    ordered = sorted(known.items(), key=lambda each: each[1].number)
    if not ordered:
        return []
    drawn = [section_block(sentence("feedback.sources"))]
    drawn += [_source(id_, citation) for id_, citation in ordered[:MOST_CITATIONS]]
    more = len(ordered) - MOST_CITATIONS
    return [*drawn, context_block(sentence("feedback.sources.more", count=more))] if more > 0 else drawn


def _source(id_: str, citation: Citation) -> Block:
    key = "feedback.source_page" if citation.page else "feedback.source"
    title, none = shortened(citation.title, DOCUMENT), sentence("feedback.no_opinion")
    label = sentence(key, number=citation.number, title=title, page=citation.page)
    relevant, not_relevant = sentence("feedback.source.relevant"), sentence("feedback.source.not_relevant")
    choices = ((relevant, YES), (not_relevant, NO), (none, NO_OPINION))
    hint = shortened(plain_passage(citation.excerpt), PASSAGE)
    return select_input(f"{CITATION}{id_}", key, choices, empty=none, label=label, hint=hint)


def read_feedback(entered: Entered) -> Feedback:
    """Return what was entered, by block id. Raises UnreadableValueError for what this modal never offers."""
    try:
        return Feedback(
            is_helpful=_yes(entered.get(HELPFUL)),
            ratings={
                Aspect(rest): stars
                for rest, value in _under(RATING, entered)
                if (stars := _stars(value)) is not None
            },
            categories=tuple(Category(each) for each in entered.get(CATEGORIES) or ()),
            comments={
                Comment(rest): text
                for rest, value in _under(COMMENT, entered)
                if (text := str(value or "").strip())
            },
            citation_relevance={
                rest: yes for rest, value in _under(CITATION, entered) if (yes := _yes(value)) is not None
            },
            follow_ups_helpful=_yes(entered.get(FOLLOW_UPS)),
        )
    except (KeyError, TypeError, ValueError):
        raise UnreadableValueError("not a choice that was drawn") from None


def _under(prefix: str, entered: Entered) -> list[tuple[str, object]]:
    return [(key.removeprefix(prefix), value) for key, value in entered.items() if key.startswith(prefix)]


def _stars(value: object) -> int | None:
    if value is None or value == NO_OPINION:
        return None
    return {str(stars): stars for stars in range(1, _MOST_STARS + 1)}[str(value)]


def _yes(value: object) -> bool | None:
    return None if value is None or value == NO_OPINION else {YES: True, NO: False}[str(value)]
