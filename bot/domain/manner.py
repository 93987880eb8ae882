"""How a question is asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """What somebody chose for a question; what is not chosen is left to the server.

    `apps` and `kb` are ids of connectors and knowledge bases that the answer may rest on, all of them
    where none is named; `record_ids` likewise.
    """

    chat_mode: str | None = None
    model_key: str | None = None
    model_name: str | None = None
    apps: tuple[str, ...] = ()
    kb: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()

    def over(self, default: "Manner") -> "Manner":
        """Return this manner with what it leaves open taken from `default`."""
        # Apps and knowledge bases limit an answer together: one list of each would be neither's wish.
        limited = self if self.apps or self.kb else default
        return Manner(
            chat_mode=self.chat_mode or default.chat_mode,
            model_key=self.model_key or default.model_key,
            model_name=self.model_name if self.model_key else default.model_name,
            apps=limited.apps,
            kb=limited.kb,
            record_ids=self.record_ids or default.record_ids,
        )


NOTHING_CHOSEN = Manner()
