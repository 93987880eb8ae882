"""How the workspace says no: to an app in Slack's words, to a person in a sentence."""

from typing import Any


class Refusal(Exception):
    """The Web API refuses a call; `code` is Slack's word for the reason.

    `extra` is merged into the answer, for example `needed` and `provided` with `missing_scope`.
    """

    def __init__(self, code: str, **extra: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(code)
        self.code = code
        self.extra = extra


def invalid_arguments(*messages: str, code: str = "invalid_arguments") -> Refusal:
    """Return the refusal of arguments that are wrong in the ways `messages` say."""
    return Refusal(code, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]})


class NotPossible(Exception):
    """A person cannot do this in Slack: the button is not there, the view is not open."""
