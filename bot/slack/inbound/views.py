"""What somebody does in the Home tab and in modals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.slack.inbound.fields import (
    Malformed,
    Payload,
    at,
    objects,
    part,
    slack_id,
    storable,
    text,
    text_or_empty,
)
from bot.slack.inbound.presses import chosen, pressed, workspace


@dataclass(frozen=True, slots=True)
class ViewPress:
    """A button, choice or text field of a modal or Home tab that somebody used.

    `about` is what the view was drawn about, `value` as in `Press`; for a text field it is what stands there.
    """

    workspace: str
    person: str
    view_id: str
    about: str
    value: object
    trigger_id: str


def view_press(body: Payload) -> ViewPress:
    """Return what a `block_actions` payload from a view says. Raises Malformed."""
    value = chosen(pressed(body))
    return ViewPress(
        workspace=workspace(body),
        person=slack_id(body, "user", "id"),
        view_id=slack_id(body, "view", "id"),
        about=text_or_empty(body, "view", "private_metadata"),
        value=storable(value) if isinstance(value, str) else value,
        trigger_id=text(body, "trigger_id"),
    )


@dataclass(frozen=True, slots=True)
class HomeVisit:
    """Somebody looks at the Home tab; `about` is what it was last drawn about, empty the first time."""

    person: str
    about: str


def home_visit(event: Payload) -> HomeVisit | None:
    """Return what an `app_home_opened` event says, or None if it is about another tab. Raises Malformed."""
    if event.get("tab") != "home":
        return None
    return HomeVisit(slack_id(event, "user"), text_or_empty(event, "view", "private_metadata"))


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal somebody submitted: who, what it was opened about, and what was entered, by block id.

    A text is a string, a choice its value, several choices a list of theirs, nothing chosen None.
    """

    workspace: str
    person: str
    about: str
    entered: Mapping[str, str | list[str] | None]
    view_id: str


def submission(body: Payload) -> Submission:
    """Return what a `view_submission` payload says. Raises Malformed."""
    values = at(body, "view", "state", "values")
    if not isinstance(values, Mapping):
        raise Malformed("view.state.values")
    return Submission(
        workspace=workspace(body),
        person=slack_id(body, "user", "id"),
        about=text_or_empty(body, "view", "private_metadata"),
        entered={storable(block_id): _entered(values, block_id) for block_id in values},
        view_id=slack_id(body, "view", "id"),
    )


def submitted(body: Payload) -> str | None:
    """Return the title of the modal that a payload submits, None for every other payload."""
    if body.get("type") != "view_submission":
        return None
    return text_or_empty(body, "view", "title", "text") or "PipesHub"


def drawn(body: Payload) -> Sequence[Payload]:
    """Return the blocks of a submitted modal as they were drawn, for drawing it again."""
    return [each for each in objects(body, "view", "blocks") if _is_whole(each)]


def _is_whole(block: Payload) -> bool:
    """Whether a block came back with everything that an input needs to be filled in again."""
    element = part(block, "element")
    options = objects(element, "options")
    known = options == element.get("options", []) and all("value" in each for each in options)
    return block.get("type") != "input" or (bool(element) and known)


def _entered(values: Payload, block_id: str) -> str | list[str] | None:
    """Return what the one input of a block holds; Slack puts it under a key of its own for each kind."""
    element = next(iter(part(values, block_id).values()), None)
    if not isinstance(element, Mapping):
        return None
    for many in ("selected_options", "selected_users", "selected_conversations", "selected_channels"):
        if isinstance(element.get(many), list):
            named = (each.get("value") if isinstance(each, Mapping) else each for each in element[many])
            return [storable(each) for each in named if isinstance(each, str)]
    for one in ("value", "selected_user", "selected_conversation", "selected_channel", "selected_date"):
        if isinstance(element.get(one), str):
            return storable(element[one])
    return text_or_empty(element, "selected_option", "value") or None
