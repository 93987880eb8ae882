"""What the blocks of one message or view are drawn with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.demo.workspace.model import Json
from bot.demo.workspace.page.render.html import Attribute, dom_id
from bot.demo.workspace.page.render.reader import Reader


@dataclass(frozen=True, slots=True)
class Frame:
    """One drawing of a message's or a view's blocks.

    `key` begins every element's id. `values` is what the reader has entered (block id to action id to
    value, as `state.values`), `errors` what the app objects to, by block id.
    """

    reader: Reader
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one interactive element: its block, and whether a change is told to the app at once."""

    frame: Frame
    block_id: str
    element: Json
    dispatch: bool = True

    @property
    def action_id(self) -> str:
        """The element's `action_id`."""
        return str(self.element.get("action_id") or "")

    @property
    def id(self) -> str:
        """The id of the drawn element."""
        return dom_id(self.frame.key, self.block_id, self.action_id)

    @property
    def value(self) -> Json | None:
        """What the reader has entered, as in `state.values`; None before that."""
        entered = self.frame.values.get(self.block_id)
        value = entered.get(self.action_id) if isinstance(entered, Mapping) else None
        return value if isinstance(value, dict) else None

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes by which the page's script finds the element and knows what to send."""
        return {
            "id": self.id,
            "data-element": str(self.element.get("type")),
            "data-block": self.block_id,
            "data-action": self.action_id,
            "data-dispatch": self.dispatch,
            "data-confirm": f"{self.id}-confirm" if self.element.get("confirm") else None,
        }

    def current(self, key: str, initial: str) -> Any:  # noqa: ANN401 - text, an option, a list of ids …
        """Return what was entered under `key`, or what the app gave as `initial`."""
        return self.element.get(initial) if self.value is None else self.value.get(key)
