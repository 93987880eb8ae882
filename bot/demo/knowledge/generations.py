"""The generations of PipesHub servers: one row each, which says how its API differs from the others'."""

from dataclasses import dataclass
from typing import Literal

from bot.demo.knowledge.model import Dialect

DOCUMENT_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What could be attached to a question at first."""
TEXT_TYPES = frozenset(
    {
        "image/jpg",
        "text/plain",
        "text/markdown",
        "text/mdx",
        "text/csv",
        "text/tab-separated-values",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
"""What could be attached from 0.6 on, too."""
STREAM_MODES = ("agent", "internal_search", "web_search")
FIRST_MODES = ("web_search", "internal_search", "deep", "quick", "verification", "auto")
WIDE_MODES = ("web_search", "internal_search", "agent", "deep", "quick", "verification", "auto")
RATING = frozenset({"isHelpful", "categories", "comments"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How one generation behaves. The defaults are those of 0.6.

    `bodies` are `bare` as published, or in an `envelope`; in 0.3, lists also have what `others` share.
    `plain_modes` and `stream_modes` are the chat modes that operations without and with a stream take, none
    for any. Where not `plain_answers`, those without a stream fail and leave a failed conversation behind;
    where they `hang`, they never answer a question that looks like markup. `kept_feedback` are the fields of
    a rating that are not stripped. With `traces_errors` a refusal carries the id of its request.
    """

    vocabulary: Literal["documented", "legacy", "agui"] = "agui"
    bodies: Literal["bare", "others", "envelope"] = "envelope"
    linked_markers: bool = True
    opens_with_id: bool = True
    doubles_errors: bool = False
    plain_answers: bool = False
    plain_modes: tuple[str, ...] = WIDE_MODES
    stream_modes: tuple[str, ...] = STREAM_MODES
    requires_mode: bool = True
    hang: bool = True
    refuses_any_format: bool = False
    kept_feedback: frozenset[str] = RATING
    attachment_types: frozenset[str] = DOCUMENT_TYPES | TEXT_TYPES
    lists_plain_paths: bool = False
    searches_archives: bool = True
    stops_when_left: bool = False
    can_cancel: bool = False
    has_projects: bool = False
    names_sharers: bool = False
    tells_contents: bool = False
    traces_errors: bool = False

    @property
    def bare(self) -> bool:
        """Whether documents come without an envelope, as in the published description."""
        return self.bodies == "bare"


GENERATIONS: dict[Dialect, Generation] = {
    "documented": Generation(
        vocabulary="documented",
        bodies="bare",
        linked_markers=False,
        plain_answers=True,
        plain_modes=(),
        stream_modes=(),
        requires_mode=False,
        hang=False,
        kept_feedback=RATING | {"ratings", "citationFeedback", "followUpQuestionsHelpful"},
        attachment_types=frozenset(),
        lists_plain_paths=True,
        searches_archives=False,
    ),
    "legacy": Generation(
        vocabulary="legacy",
        bodies="others",
        linked_markers=False,
        opens_with_id=False,
        doubles_errors=True,
        plain_answers=True,
        plain_modes=(),
        stream_modes=(),
        requires_mode=False,
        refuses_any_format=True,
        kept_feedback=frozenset(),
        attachment_types=frozenset(),
        lists_plain_paths=True,
        searches_archives=False,
    ),
    "v05": Generation(
        vocabulary="legacy",
        plain_modes=FIRST_MODES,
        stream_modes=FIRST_MODES,
        requires_mode=False,
        attachment_types=DOCUMENT_TYPES,
    ),
    "agui": Generation(),
    "v09": Generation(
        plain_answers=True,
        plain_modes=STREAM_MODES,
        hang=False,
        lists_plain_paths=True,
        stops_when_left=True,
        can_cancel=True,
        has_projects=True,
        names_sharers=True,
        tells_contents=True,
        traces_errors=True,
    ),
}
