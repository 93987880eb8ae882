"""Every error that a person can meet, and the reasons for refusing.

A class stands here where code branches on it; everything else the bot refuses is `Refused` with a
`Reason`. The reason of an error names it in the log, and its sentence is `error.<reason>` in `bot.sentences`.
`detail` is for the log and holds no token and no message text.
"""

import re
from enum import StrEnum
from math import ceil
from typing import ClassVar

from bot.sentences import SENTENCES, sentence


class Reason(StrEnum):
    """Why the bot refuses, where code does not branch on it."""

    # Who may do what.
    NOT_THE_OWNER = "not_the_owner"
    NOT_THE_OWNER_UNKNOWN = "not_the_owner_unknown"
    NO_WRITE_ACCESS = "no_write_access"
    NO_WRITE_ACCESS_OWNER_UNKNOWN = "no_write_access_owner_unknown"
    NOT_THE_AUTHOR = "not_the_author"
    NOT_AN_ADMIN = "not_an_admin"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    CONVERSATION_NOT_ACCESSIBLE = "conversation_not_accessible"
    NOT_IN_ITS_CHANNEL = "not_in_its_channel"

    # What an action meets.
    NO_SUCH_TURN = "no_such_turn"
    MESSAGE_GONE = "message_gone"
    ALREADY_ASKED = "already_asked"
    STILL_WRITING = "still_writing"
    PRESSED_ELSEWHERE = "pressed_elsewhere"
    NOT_SHARED = "not_shared"
    NOT_A_PRIVATE_ANSWER = "not_a_private_answer"
    ALREADY_SHARED = "already_shared"
    SEARCH_REFUSED = "search_refused"
    SOURCES_UNAVAILABLE = "sources_unavailable"
    OPTION_UNAVAILABLE = "option_unavailable"
    NOT_A_CHANNEL = "not_a_channel"

    # What was entered in a form.
    EMPTY_FEEDBACK = "empty_feedback"
    TITLE_MISSING = "title_missing"
    TITLE_TOO_LONG = "title_too_long"
    TITLE_WITH_ANGLE_BRACKETS = "title_with_angle_brackets"
    TITLE_REFUSED = "title_refused"
    INVALID_RECORD_ID = "invalid_record_id"
    PERSON_NOT_IN_CHANNEL = "person_not_in_channel"
    PERSON_NOT_IN_TARGET_CHANNEL = "person_not_in_target_channel"
    BOT_NOT_IN_CHANNEL = "bot_not_in_channel"
    CHANNEL_ARCHIVED = "channel_archived"
    CHANNEL_EXTERNALLY_SHARED = "channel_externally_shared"

    # Accounts and installations.
    LINK_EXPIRED = "link_expired"
    CONSENT_DENIED = "consent_denied"
    EMAIL_MISMATCH = "email_mismatch"
    EMAIL_MISMATCH_SLACK_UNKNOWN = "email_mismatch_slack_unknown"
    INSTALL_EXPIRED = "install_expired"
    INSTALL_DENIED = "install_denied"
    INSTALL_REFUSED = "install_refused"


class BotError(Exception):
    """An error with a sentence for the person who meets it."""

    reason: str
    """The class's name in snake case where that has a sentence, otherwise the reason of its base."""
    expected: ClassVar[bool] = True
    """Whether it belongs to the ordinary course of things; what does not is logged as an error."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        reason = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        if f"error.{reason}" in SENTENCES:
            cls.reason = reason

    def __init__(self, detail: str = "", **values: object) -> None:
        """`values` fill the placeholders of the sentence."""
        super().__init__(detail)
        self.detail = detail
        self.values = values

    @property
    def sentence(self) -> str:
        """What a person reads, ending in the next step; a refusal's is Slack markup."""
        return sentence(f"error.{self.reason}", **self.values)


class Unforeseen(BotError):
    """A bug. The log has the cause under `code`; the person gets the code alone."""

    expected = False

    def __init__(self, code: str) -> None:
        super().__init__(code, code=code)


class RecordErased(BotError):
    """What was worked on is erased, as is everything of a workspace that uninstalled the bot."""


class WrongEncryptionKey(BotError):
    """What is stored was encrypted with a key that is not in ENCRYPTION_KEY, or for something else."""

    expected = False


class PipesHubError(BotError):
    """What the knowledge server did.

    `status` is the HTTP status where one was the reason. `server_message` are the server's own words: for
    decisions, never for a log, since they can quote what people wrote.
    """

    may_have_arrived = False
    """Whether the server can have taken what was sent, so that it is looked up before it is sent again."""

    def __init__(self, detail: str = "", *, status: int | None = None, server_message: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.server_message = server_message


class Unreachable(PipesHubError):
    """No connection could be made, or it broke before the answer began.

    `may_have_arrived` says that what was sent can have arrived all the same.
    """

    def __init__(self, detail: str = "", *, may_have_arrived: bool = False) -> None:
        super().__init__(detail)
        self.may_have_arrived = may_have_arrived


class NotAnswering(Unreachable):
    """The circuit breaker is open: nothing is sent for the next `retry_in` seconds."""

    def __init__(self, detail: str = "", retry_in: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_in = retry_in
        self.values = {"count": max(1, ceil(retry_in))}


class SignInRefused(PipesHubError):
    """The server does not accept the bot's token (401)."""

    expected = False


class NotAllowed(PipesHubError):
    """The token lacks a scope (403)."""

    expected = False


class NotFound(PipesHubError):
    """The conversation does not exist, or is not this person's (404)."""


class RequestRefused(PipesHubError):
    """The server does not take what was sent (400)."""

    expected = False


class ActionRefused(RequestRefused):
    """The server does not take what is no question, or not for what a question says."""


class NoModel(RequestRefused):
    """The server has no language model to answer with (424)."""


class TooManyRequests(PipesHubError):
    """The server asks to slow down (429); `retry_after` is in seconds, where it says."""

    def __init__(
        self,
        detail: str = "",
        retry_after: float | None = None,
        *,
        status: int | None = None,
        server_message: str = "",
    ) -> None:
        super().__init__(detail, status=status, server_message=server_message)
        self.retry_after = retry_after


class ServerFailed(PipesHubError):
    """The server failed on its side, or a gateway before it gave up (5xx)."""

    may_have_arrived = True


class NotPipesHub(PipesHubError):
    """Something answers at the address, but not the API."""

    reason = "not_pipeshub"
    expected = False


class WentQuiet(PipesHubError):
    """An answer began, then nothing came for too long."""

    may_have_arrived = True


class Interrupted(PipesHubError):
    """An answer began, then the connection ended without a last event."""

    may_have_arrived = True


class TookTooLong(PipesHubError):
    """An answer began and went on for longer than the bot waits."""

    may_have_arrived = True


class TooLarge(PipesHubError):
    """The server sends more than the bot takes in, for a call or for an answer."""

    expected = False
    may_have_arrived = True


class AnswerStopped(PipesHubError):
    """The server stopped an answer (from v0.7 on): it was cancelled, or its reader left."""

    may_have_arrived = True


class FeedbackRefused(PipesHubError):
    """The server does not take the feedback on an answer."""

    expected = False


class LinkRefused(PipesHubError):
    """The server does not let an account be connected."""

    expected = False


class NotTheNewest(PipesHubError):
    """Only the newest answer can be regenerated, and only while no error stands in its place."""


class AnswerFailed(PipesHubError):
    """The server reported that it could not answer; `code` is its word for why, where it gives one."""

    def __init__(self, detail: str = "", code: str | None = None, *, server_message: str = "") -> None:
        super().__init__(detail, server_message=server_message)
        self.code = code


class SlackError(BotError):
    """What Slack did; `code` is Slack's own name of the error, empty where it gave none."""

    def __init__(self, detail: str = "", *, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class ReplyTargetGone(SlackError):
    """The message, thread or channel to write to does not exist any more."""


class NotAMember(ReplyTargetGone):
    """The bot is not in the channel, or cannot see it."""


class SlackUnreachable(SlackError):
    """No connection, a timeout, or a failure on Slack's side."""


class UnknownSlackError(SlackUnreachable):
    """Slack's answer is a word that the bot does not know, which may pass."""


class SlackRefused(SlackError):
    """Slack refused a call for another reason."""

    expected = False


class LeaseLost(SlackRefused):
    """Another worker may have the turn by now: its messages and its row are not touched any more."""

    expected = True


class Refused(BotError):
    """What the bot itself does not do; `values` fill the placeholders of the reason's sentence."""

    def __init__(self, reason: str = "", detail: str = "", **values: object) -> None:
        """`reason` may be left out where the class has one."""
        super().__init__(detail, **values)
        self.reason = reason or self.reason


class InvalidInput(Refused):
    """What was entered or chosen in a form cannot be used; shown at its field while the form is open."""


class SwitchedOff(Refused):
    """The bot does not answer in this channel."""


class FromABot(Refused):
    """Another bot asked, which could go on talking for ever."""


class NotForGuests(Refused):
    """A guest of the workspace asked."""


class NotForOutsiders(Refused):
    """A person of another company asked, or people of one read along."""


class NotIdentified(Refused):
    """Slack does not tell now who asks, or who reads along."""


class TooManyQuestions(Refused):
    """More questions in a minute than one person, or all `together`, may ask; `retry_in` is in seconds."""

    def __init__(self, retry_in: float, *, together: bool = False) -> None:
        self.retry_in = max(1, ceil(retry_in))
        reason = "too_many_questions_together" if together else "too_many_questions"
        super().__init__(reason, count=self.retry_in)


class TooManyInstallations(Refused):
    """More installations were begun in a minute than from one address, or in all, are let begin."""


class NotLinked(Refused, PipesHubError):
    """The person's PipesHub account is not connected.

    It is of both families: nothing was asked, and what asks PipesHub has to handle it. `address` is where the
    person connects it, good for them alone; it belongs into no log and no message that others see.
    """

    def __init__(self, address: str = "") -> None:
        super().__init__()
        self.address = address


class LinkAgain(NotLinked):
    """The person's account was connected, and PipesHub does not accept that any more."""
