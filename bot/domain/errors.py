"""Everything that can go wrong and that somebody can do something about.

BotError
├── PipesHubError            what the knowledge server did
│   ├── Unreachable          no connection, or it broke before the answer began
│   │   └── NotAnswering     it failed so often just now that it is left alone
│   ├── SignInRefused        401: the bot's token is not accepted (any more)
│   ├── NotAllowed           403: the token lacks a scope
│   ├── NotFound             404: no such conversation, or not this person's
│   ├── RequestRefused       400: the server does not take what was sent
│   ├── TooManyRequests      429: with the seconds to wait, where it says them
│   ├── ServerFailed         5xx
│   ├── NotPipesHub          the address answers, but with something else than the API
│   ├── WentQuiet            an answer began, then nothing came for too long
│   ├── Interrupted          an answer began, then the connection ended
│   ├── TookTooLong          an answer began and went on past every patience
│   ├── RatingRefused        the server does not take what was said of an answer
│   ├── LinkRefused          the server does not let an account be connected
│   ├── NotTheNewest         an older answer was to be regenerated, or one that is none
│   └── AnswerFailed         the server reported, in the stream, that it could not answer
├── Refusal              what the bot itself does not do: see refusals.py
├── SlackError               what Slack did
│   ├── ReplyGone            the message, thread or channel to write to is not there any more
│   │   └── NotAMember       the bot is not in the channel, or cannot see it
│   ├── SlackUnreachable     no connection, a timeout, or a failure on Slack's side
│   └── SlackRefused         any other refusal
├── Erased               what was worked on is not there any more
├── WrongKey                what is stored was encrypted with a key that is not there
└── Unforeseen               a bug

Each class holds the sentence a person reads, ending in the next step. `detail` is for the log and
holds no token and no message text.
"""

from math import ceil
from typing import ClassVar


class BotError(Exception):
    """An error with a sentence for the person who meets it."""

    sentence: str
    expected: ClassVar[bool] = True
    """Whether it belongs to the ordinary course of things; what does not is logged as an error."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Unforeseen(BotError):
    """A bug. The log has the cause under `code`; the person gets the code alone."""

    expected = False

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = (
            "Something went wrong on my side. Please try again; if it happens again, "
            f"tell the people who run me this code: {code}."
        )


class Erased(BotError):
    """What was worked on is erased, as everything is of a workspace that the bot was taken away from."""

    sentence = "This is not known to me any more. Please ask again."


class PipesHubError(BotError):
    """What the knowledge server did.

    `status` is the HTTP status where one was the reason. `said` are the server's own words: for
    decisions, never for a log, since they can quote what people wrote.
    """

    def __init__(self, detail: str = "", *, status: int | None = None, said: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.said = said


class Unreachable(PipesHubError):
    """No connection could be made, or it broke before the answer began.

    `arrived` says that what was sent can have arrived all the same.
    """

    sentence = "I can't reach PipesHub right now. Please try again in a minute."

    def __init__(self, detail: str = "", *, arrived: bool = False) -> None:
        super().__init__(detail)
        self.arrived = arrived


class NotAnswering(Unreachable):
    """The server failed so often just now that it is left alone; `again_in` is in seconds."""

    def __init__(self, detail: str = "", again_in: float = 0.0) -> None:
        super().__init__(detail)
        self.again_in = again_in
        when = f"in {ceil(again_in)} seconds" if again_in > 1 else "in a moment"
        self.sentence = (
            "PipesHub has not been answering for a while, so I am not asking it right now. "
            f"Please try again {when}; if it stays so, tell the people who run me."
        )


class SignInRefused(PipesHubError):
    """The server does not accept the bot's token."""

    sentence = (
        "PipesHub does not accept my sign-in any more. Please ask the people who run me to renew it, "
        "then try again."
    )
    expected = False


class NotAllowed(PipesHubError):
    """The token lacks a scope."""

    sentence = (
        "PipesHub does not allow me to do this. Please ask the people who run me to extend my permissions, "
        "then try again."
    )
    expected = False


class NotFound(PipesHubError):
    """There is no such conversation, or it is somebody else's."""

    sentence = (
        "PipesHub no longer has this conversation, or it is not open to me. "
        "Mention me in a new thread to start afresh."
    )


class RequestRefused(PipesHubError):
    """The server does not take what was sent."""

    sentence = "PipesHub did not accept this question. Please put it differently and try again."
    expected = False


class TooManyRequests(PipesHubError):
    """The server asks to slow down; `retry_after` is in seconds, where it says."""

    sentence = "PipesHub has more questions than it can take right now. Please try again in a minute."

    def __init__(
        self,
        detail: str = "",
        retry_after: float | None = None,
        *,
        status: int | None = None,
        said: str = "",
    ) -> None:
        super().__init__(detail, status=status, said=said)
        self.retry_after = retry_after


class ServerFailed(PipesHubError):
    """The server failed on its side."""

    sentence = "PipesHub had a problem of its own. Please try again in a minute."


class NotPipesHub(PipesHubError):
    """Something answers at the address, but not the API."""

    sentence = (
        "The address I was given for PipesHub answers with something else. "
        "Please ask the people who run me to check it."
    )
    expected = False


class WentQuiet(PipesHubError):
    """An answer began, then nothing came for too long."""

    sentence = "PipesHub stopped sending in the middle of the answer. Please try again."


class Interrupted(PipesHubError):
    """An answer began, then the connection ended without a last word."""

    sentence = "The connection to PipesHub broke in the middle of the answer. Please try again."


class TookTooLong(PipesHubError):
    """An answer began and went on past every patience."""

    sentence = "PipesHub took too long over this answer. Please try again, or ask for less at once."


class RatingRefused(PipesHubError):
    """The server does not take what was said of an answer."""

    sentence = (
        "PipesHub did not accept this feedback. Please try again with less; "
        "if it stays so, tell the people who run me."
    )
    expected = False


class NotTheNewest(PipesHubError):
    """Only the newest answer can be regenerated, and only while no error stands in its place."""

    sentence = "PipesHub can only rewrite the newest answer of a conversation. Please ask the question again."


class AnswerFailed(PipesHubError):
    """The server reported that it could not answer; `code` is its word for why, where it gives one."""

    sentence = "PipesHub could not finish this answer. Please try again, or put the question differently."

    def __init__(self, detail: str = "", code: str | None = None, *, said: str = "") -> None:
        super().__init__(detail, said=said)
        self.code = code


class LinkRefused(PipesHubError):
    """The server does not let an account be connected."""

    sentence = (
        "PipesHub did not let me connect your account. Please try again from my Home tab in Slack; "
        "if it stays so, tell the people who run me."
    )
    expected = False


class WrongKey(BotError):
    """What is stored was encrypted with a key that is not in ENCRYPTION_KEY, or for something else."""

    sentence = (
        "I can't read what I stored for you any more. Please tell the people who run me: "
        "the key in ENCRYPTION_KEY is another one than before."
    )
    expected = False


class SlackError(BotError):
    """What Slack did."""


class ReplyGone(SlackError):
    """The message, thread or channel to write to is not there any more."""

    sentence = "I can't write there any more. Please ask me again where I am a member."


class NotAMember(ReplyGone):
    """The bot is not in the channel, or cannot see it."""

    sentence = (
        "I am not in this channel, so I can't answer there. Please invite me (write /invite and my name) "
        "and ask again, or write to me directly."
    )


class SlackUnreachable(SlackError):
    """No connection, a timeout, or a failure on Slack's side."""

    sentence = "Slack is not answering me properly right now. Please try again in a minute."


class SlackRefused(SlackError):
    """Slack refused a call for another reason."""

    sentence = "Slack did not let me do that. Please try again; if it stays so, tell the people who run me."
    expected = False
