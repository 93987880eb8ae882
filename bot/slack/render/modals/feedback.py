"""Feedback on an answer: the thanks for a thumb, and the modal that asks for everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.conversations import Citation
from bot.domain.feedback import Aspect, Category, Comment, Feedback, FeedbackSubject
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.render.answer_footer import plain_passage
from bot.slack.render.blocks import (
    Block,
    RenderedMessage,
    button,
    button_row,
    context_block,
    section_block,
    shortened,
)
from bot.slack.render.modals.base import (
    Entered,
    checkbox_input,
    modal,
    radio_input,
    refilled_blocks,
    select_input,
    text_input,
)

FEEDBACK_TITLE = "Tell us more"
FEEDBACK_SENT_TEXT = "Thank you! Your feedback is with PipesHub :raised_hands:"
VOTE_SENT_TEXT = (
    "Thank you! PipesHub took your yes or no, but not the rest. "
    "If that matters to you, please tell the people who run me."
)


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

_ASPECTS = {
    Aspect.ACCURACY: ("Accuracy", "Is it right?"),
    Aspect.RELEVANCE: ("Relevance", "Does it answer the question?"),
    Aspect.COMPLETENESS: ("Completeness", "Does it say everything that matters?"),
    Aspect.CLARITY: ("Clarity", "Is it easy to understand?"),
}
_STARS = (
    ("5  ★★★★★  very good", "5"),
    ("4  ★★★★  good", "4"),
    ("3  ★★★  fair", "3"),
    ("2  ★★  weak", "2"),
    ("1  ★  poor", "1"),
)
_CATEGORIES = {
    Category.INCORRECT: "Something in it is wrong",
    Category.MISSING: "Something is missing",
    Category.OUTDATED: "It is out of date",
    Category.IRRELEVANT: "It does not answer the question",
    Category.TOO_VERBOSE: "It is too long",
    Category.TOO_BRIEF: "It is too short",
    Category.FORMATTING: "It is laid out badly",
    Category.CITATIONS: "Its sources are wrong or missing",
}
_COMMENTS = {
    Comment.POSITIVE: "What was good?",
    Comment.NEGATIVE: "What was not good?",
    Comment.SUGGESTIONS: "What should be different?",
}


def render_feedback_thanks(turn: str, *, helpful: bool, changed: bool) -> RenderedMessage:
    """Draw the private answer to a thumb, with the way to say more."""
    thumb = "👍" if helpful else "👎"
    noted = f"Thanks, noted {thumb}." if changed else f"Your {thumb} is noted already."
    more = button(actions.FEEDBACK_DETAILS, FEEDBACK_TITLE, actions.button_value(turn))
    return RenderedMessage(noted, (section_block(noted), button_row("thanks", [more])))


def feedback_modal(turn: str, subject: FeedbackSubject) -> Block:
    """Draw the modal; the vote given before is chosen already."""
    given = {None: "", True: YES, False: NO}[subject.is_helpful]
    blocks = [
        context_block("Everything here is optional; what you leave open is not sent."),
        radio_input(HELPFUL, "Did this answer help you?", (("👍 Yes", YES), ("👎 No", NO)), chosen=given),
        *(_rating(aspect) for aspect in Aspect),
        checkbox_input(
            CATEGORIES, "What is wrong with it?", [(_CATEGORIES[each], each) for each in Category]
        ),
        *(_comment(kind) for kind in Comment),
        *_sources(subject.citations),
    ]
    if subject.has_follow_ups:
        choices = (("👍 Yes", YES), ("👎 No", NO), ("No opinion", NO_OPINION))
        blocks.append(radio_input(FOLLOW_UPS, "Were the suggested follow-up questions helpful?", choices))
    return _form(turn, blocks)


def feedback_modal_again(
    blocks: Sequence[Mapping[str, Any]], entered: Entered, turn: str, trouble: str
) -> Block:
    """Draw a modal that could not be sent again, with everything in it; `trouble` is Slack markup."""
    return _form(turn, refilled_blocks(blocks, entered, trouble))


def _form(turn: str, blocks: Sequence[Block]) -> Block:
    about = actions.button_value(turn)
    return modal(FEEDBACK_TITLE, blocks, callback_id=actions.FEEDBACK_FORM, submit="Send", about=about)


def _rating(aspect: Aspect) -> Block:
    label, hint = _ASPECTS[aspect]
    return select_input(
        f"{RATING}{aspect}", label, (*_STARS, ("No opinion", NO_OPINION)), empty="No opinion", hint=hint
    )


def _comment(kind: Comment) -> Block:
    return text_input(f"{COMMENT}{kind}", _COMMENTS[kind], optional=True, lines=True, most=LONGEST_COMMENT)


def _sources(citations: tuple[Citation, ...]) -> list[Block]:
    """Return a question for each citation that the server can tell from the others."""
    known = {citation.id: citation for citation in citations if citation.id}
    ordered = sorted(known.items(), key=lambda each: each[1].number)
    if not ordered:
        return []
    drawn = [section_block("*Does each source belong to this answer?*")]
    drawn += [_source(id_, citation) for id_, citation in ordered[:MOST_CITATIONS]]
    more = len(ordered) - MOST_CITATIONS
    return [*drawn, context_block(f"and {more} more, which are not asked about here")] if more > 0 else drawn


def _source(id_: str, citation: Citation) -> Block:
    page = f"  ·  p. {citation.page}" if citation.page else ""
    return select_input(
        f"{CITATION}{id_}",
        f"[{citation.number}]  {shortened(citation.title, DOCUMENT)}{page}",
        (("Relevant", YES), ("Not relevant", NO), ("No opinion", NO_OPINION)),
        empty="No opinion",
        hint=shortened(plain_passage(citation.excerpt), PASSAGE),
    )


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
    return {stars: int(stars) for _, stars in _STARS}[str(value)]


def _yes(value: object) -> bool | None:
    return None if value is None or value == NO_OPINION else {YES: True, NO: False}[str(value)]
