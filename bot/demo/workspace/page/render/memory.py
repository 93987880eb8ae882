"""Remembering what was drawn: an edit of one message must not cost the drawing of all the others."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup

KEPT = 3000
"""Drawings remembered: ten windows of 150 messages, each in the channel and in a thread."""


class Memory:
    """The newest drawing of each message in each window. `fresh` counts the drawings really made."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._drawn: OrderedDict[str, tuple[Hashable, Markup]] = OrderedDict()
        self.fresh = 0

    def recall(self, key: str, looks: Hashable, draw: Callable[[], Markup]) -> Markup:
        """Return the drawing under `key` as long as it would look the same, else draw it anew.

        `looks` is everything the drawing depends on.
        """
        known = self._drawn.get(key)
        if known is None or known[0] != looks:
            known = (looks, draw())
            self._drawn[key] = known
            self.fresh += 1
        self._drawn.move_to_end(key)
        if len(self._drawn) > self._kept:
            self._drawn.popitem(last=False)
        return known[1]
