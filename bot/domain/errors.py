"""Everything that can go wrong and that somebody can do something about.

BotError
├── PipesHubError                  what the knowledge server did
│   ├── Unreachable                no connection, or it broke before the answer began
│   │   └── NotAnswering           it failed so often just now that it is left alone
│   ├── SignInRefused              401: the bot's token is not accepted (any more)
│   ├── NotAllowed                 403: the token lacks a scope
│   ├── NotFound                   404: no such conversation, or not this person's
│   ├── RequestRefused             400: the server does not take what was sent
│   ├── TooManyRequests            429: with the seconds to wait, where it says them
│   ├── ServerFailed               5xx
│   ├── NotPipesHub                the address answers, but with something else than the API
│   ├── WentQuiet                  an answer began, then nothing came for too long
│   ├── Interrupted                an answer began, then the connection ended
│   ├── TookTooLong                an answer began and went on past every patience
│   ├── FeedbackRefused            the server does not take what was said of an answer
│   ├── LinkRefused                the server does not let an account be connected
│   ├── NotTheNewest               an older answer was to be regenerated, or one that is none
│   └── AnswerFailed               the server reported, in the stream, that it could not answer
├── Refusal                        what the bot itself does not do
│   ├── NoSuchTurn                 the answer is not on record (any more)
│   ├── NotTheOwner                somebody else started the conversation
│   ├── NoWriteAccess              they did, and this person may not write in it
│   ├── AccountDeactivated         whoever pressed belongs to the workspace no more
│   ├── MessageGone                the message that was pressed is deleted
│   ├── NotTheAuthor               somebody else wrote the question
│   ├── StillWriting               the answer is not finished
│   ├── AlreadyAsked               somebody pressed the same suggestion before
│   ├── EmptyFeedback              feedback without any content
│   ├── NotShared                  the server shares the conversation with none of those people
│   ├── ChannelClosed              a channel that nothing can be copied to
│   ├── ConversationNotAccessible  a conversation that is not for this person
│   ├── SearchRefused              words that the server does not search for
│   ├── SourcesUnavailable         sources that the server does not tell
│   ├── TitleRefused               a title that the server would not take
│   ├── OptionUnavailable          something chosen that is not offered (any more)
│   ├── NotLinked                  a person whose PipesHub account is not connected
│   │   └── LinkAgain              it was, and PipesHub does not accept that any more
│   ├── LinkExpired                a link that was used, is too old, or was made for another browser
│   ├── ConsentDenied              a person who did not let the bot use their account
│   ├── EmailMismatch              an account with another e-mail address than the person's in Slack
│   ├── InstallExpired             an installation that was begun too long ago, or in another browser
│   ├── InstallDenied              nobody allowed it
│   ├── InstallRefused             Slack did not let the bot be installed
│   ├── NotAnAdmin                 somebody who may not change how the bot answers in a channel
│   ├── NotAChannel                settings of a direct message, which has none
│   ├── SwitchedOff                the bot does not answer in this channel
│   ├── FromABot                   another bot
│   ├── NotForGuests               a guest of the workspace
│   ├── NotForOutsiders            somebody of another company, or a channel that one reads along
│   ├── TooManyQuestions           more of them in a minute than one person, or all together, may ask
│   ├── NotAPrivateAnswer          an answer that stands in the thread of its question already
│   ├── AlreadyShared              a private answer that was posted in the thread before
│   ├── PressedElsewhere           a button that was drawn for another place
│   └── RecordIdsRefused           record ids that no server takes
├── SlackError                     what Slack did
│   ├── ReplyTargetGone            the message, thread or channel to write to is not there any more
│   │   └── NotAMember             the bot is not in the channel, or cannot see it
│   ├── SlackUnreachable           no connection, a timeout, or a failure on Slack's side
│   └── SlackRefused               any other refusal
├── RecordErased                   what was worked on is not there any more
├── WrongEncryptionKey             what is stored was encrypted with a key that is not there
└── Unforeseen                     a bug

Each class holds the sentence a person reads, ending in the next step. `detail` is for the log and
holds no token and no message text.
"""

from collections.abc import Iterable
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


class RecordErased(BotError):
    """What was worked on is erased, as everything is of a workspace that the bot was taken away from."""

    sentence = "This is not known to me any more. Please ask again."


class PipesHubError(BotError):
    """What the knowledge server did.

    `status` is the HTTP status where one was the reason. `said` are the server's own words: for
    decisions, never for a log, since they can quote what people wrote.
    """

    def __init__(self, detail: str = "", *, status: int | None = None, server_message: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.server_message = server_message


class Unreachable(PipesHubError):
    """No connection could be made, or it broke before the answer began.

    `arrived` says that what was sent can have arrived all the same.
    """

    sentence = "I can't reach PipesHub right now. Please try again in a minute."

    def __init__(self, detail: str = "", *, may_have_arrived: bool = False) -> None:
        super().__init__(detail)
        self.may_have_arrived = may_have_arrived


class NotAnswering(Unreachable):
    """The server failed so often just now that it is left alone; `again_in` is in seconds."""

    def __init__(self, detail: str = "", retry_in: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_in = retry_in
        when = f"in {ceil(retry_in)} seconds" if retry_in > 1 else "in a moment"
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
        server_message: str = "",
    ) -> None:
        super().__init__(detail, status=status, server_message=server_message)
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


class FeedbackRefused(PipesHubError):
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

    def __init__(self, detail: str = "", code: str | None = None, *, server_message: str = "") -> None:
        super().__init__(detail, server_message=server_message)
        self.code = code


class LinkRefused(PipesHubError):
    """The server does not let an account be connected."""

    sentence = (
        "PipesHub did not let me connect your account. Please try again from my Home tab in Slack; "
        "if it stays so, tell the people who run me."
    )
    expected = False


class WrongEncryptionKey(BotError):
    """What is stored was encrypted with a key that is not in ENCRYPTION_KEY, or for something else."""

    sentence = (
        "I can't read what I stored for you any more. Please tell the people who run me: "
        "the key in ENCRYPTION_KEY is another one than before."
    )
    expected = False


class SlackError(BotError):
    """What Slack did."""


class ReplyTargetGone(SlackError):
    """The message, thread or channel to write to is not there any more."""

    sentence = "I can't write there any more. Please ask me again where I am a member."


class NotAMember(ReplyTargetGone):
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


class Refusal(BotError):
    """What the bot itself does not do."""


class NoSuchTurn(Refusal):
    """The answer is not on record, or not any more."""

    sentence = "I no longer have this answer on record. Please ask again in the thread."


class NotTheOwner(Refusal):
    """Somebody else started the conversation; `owner` is their Slack user id."""

    def __init__(self, owner: str = "") -> None:
        super().__init__()
        who = f"<@{owner}>" if owner else "the person who started this conversation"
        self.sentence = f"Only {who} can do this, because they started this conversation. Please ask them to."


class NoWriteAccess(Refusal):
    """Somebody else started the conversation, and it is not shared with this person for writing.

    `owner` is the Slack user id of who started it.
    """

    def __init__(self, owner: str = "") -> None:
        super().__init__()
        who = f"<@{owner}>, who started this conversation," if owner else "whoever started this conversation"
        whom = f"<@{owner}>" if owner else "them"
        self.sentence = (
            f"Only {who} and people with write access to it can regenerate its answers. "
            f"Please ask {whom} to do it, or to give you write access with Share."
        )


class AccountDeactivated(Refusal):
    """Whoever pressed belongs to the workspace no more."""

    sentence = "Your Slack account is deactivated, so I changed nothing. Please ask an admin to activate it."


class MessageGone(Refusal):
    """The message that was pressed is deleted, so nobody would see what comes of it."""

    sentence = "This message was deleted, so I changed nothing. Please ask again in the thread."


class NotTheAuthor(Refusal):
    """Somebody else wrote the question."""

    sentence = "Only who wrote this question can have it answered anew. Please ask your own in the thread."


class AlreadyAsked(Refusal):
    """Somebody pressed the same suggestion before."""

    sentence = "This has been asked already. Please look further down in the thread."


class StillWriting(Refusal):
    """The answer is not finished."""

    sentence = "This answer is still being written. Please wait for its end, then try again."


class EmptyFeedback(Refusal):
    """Feedback without anything that was not said before."""

    sentence = "There is nothing new here to send yet. Please fill in at least one field, or cancel."


class NotShared(Refusal):
    """The server does not know one of the people, and shares the conversation with none."""

    sentence = (
        "PipesHub no longer knows one of these people, so nothing was shared. "
        "Please open Share again and choose them anew."
    )


class ChannelClosed(Refusal):
    """Nothing can be copied to a channel; the sentence, in Slack markup, says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


class ConversationNotAccessible(Refusal):
    """The conversation is neither this person's nor shared with them."""

    sentence = (
        "This conversation is not open to you, or not any more. "
        "Please ask whoever started it to share it with you."
    )


class SearchRefused(Refusal):
    """The server does not search for these words."""

    sentence = "PipesHub can't search for this. Please use other words, without special characters."


class SourcesUnavailable(Refusal):
    """The server does not tell the sources of an answer; those of archived ones it keeps to itself."""

    sentence = (
        "PipesHub does not show the sources of this answer right now. "
        "If the conversation is archived, please unarchive it first."
    )


class TitleRefused(Refusal):
    """A title that the server would not take; the sentence says why."""

    def __init__(self, sentence: str = "Please write a title of 1 to 200 characters.") -> None:
        super().__init__()
        self.sentence = sentence


class OptionUnavailable(Refusal):
    """A model, mode or source that the server does not offer (any more)."""

    sentence = "PipesHub does not offer this choice any more. Please open the form again and choose anew."


class RecordIdsRefused(Refusal):
    """Record ids of a form that no server takes; `wrong` is the first of them."""

    def __init__(self, wrong: str = "") -> None:
        super().__init__()
        named = f" {wrong[:40]} is none." if wrong else ""
        self.sentence = (
            "A record id has 24 characters, the digits 0 to 9 and the letters a to f."
            f"{named} Please separate several with spaces."
        )


class NotAnAdmin(Refusal):
    """Somebody who may not change how the bot answers in a channel; `others` (Slack users) may."""

    def __init__(self, others: Iterable[str] = ()) -> None:
        super().__init__()
        named = "".join(f", <@{each}>" for each in sorted(others))
        self.sentence = (
            "How I answer in a channel is decided by the admins and owners of this workspace"
            f"{named}. Please ask one of them."
        )


class NotAChannel(Refusal):
    """Settings of a direct message, which has none."""

    sentence = "Only channels have settings. Please write `/ask settings` in the channel that you mean."


class SwitchedOff(Refusal):
    """The bot does not answer in this channel."""

    sentence = (
        "I am switched off in this channel. Please write to me directly, "
        "or ask an admin of the workspace to switch me on with `/ask settings`."
    )


class FromABot(Refusal):
    """Another bot, which could go on talking for ever."""

    sentence = "I answer people only. Please have one of them ask me."


class NotForGuests(Refusal):
    """A guest of the workspace."""

    sentence = (
        "I answer members of this workspace only, and you are here as a guest. "
        "Please ask a member to put your question to me."
    )


class NotForOutsiders(Refusal):
    """Somebody of another company, or a channel that people of one read along."""

    sentence = (
        "I don't answer where people of another company read along, nor questions of theirs. "
        "If you work here, please write to me directly."
    )


class TooManyQuestions(Refusal):
    """More questions in a minute than one person, or all together, may ask; `again_in` is in seconds."""

    def __init__(self, retry_in: float, *, together: bool = False) -> None:
        super().__init__()
        self.retry_in = max(1, ceil(retry_in))
        whose = "Your workspace asks a lot just now" if together else "You ask faster than I answer"
        when = "in a second" if self.retry_in == 1 else f"in {self.retry_in} seconds"
        self.sentence = f"{whose}, so I let this one pass. Please ask it again {when}."


class NotAPrivateAnswer(Refusal):
    """An answer that stands in the thread of its question already."""

    sentence = "This answer belongs to no thread in a channel. Please use Share to show it to others."


class AlreadyShared(Refusal):
    """A private answer that was posted in the thread before."""

    sentence = "This answer stands in the thread already. Please look there."


class PressedElsewhere(Refusal):
    """A button that was drawn for another place."""

    sentence = "This button belongs to another conversation. Please ask again in the thread."


class NotLinked(Refusal, PipesHubError):
    """The person's PipesHub account is not connected.

    It is of both families: nothing was asked, and whoever asks PipesHub has to reckon with it. `address` is
    where the person connects it, good for them alone; it belongs into no log and no message that others see.
    """

    sentence = "I answer with your own PipesHub account. Please connect it once, then I can go on."

    def __init__(self, address: str = "") -> None:
        super().__init__()
        self.address = address


class LinkAgain(NotLinked):
    """The person's account was connected, and PipesHub does not accept that any more."""

    sentence = "PipesHub no longer lets me use your account. Please connect it again, then I can go on."


class LinkExpired(Refusal):
    """A link that was used before, is too old, or was opened in another browser than it was begun in."""

    sentence = (
        "This link does not work any more: it is good for one use and a short while. "
        "Please ask me something in Slack, or open my Home tab there, to get a new one."
    )


class InstallExpired(Refusal):
    """An installation that was begun too long ago, in another browser, or ended before."""

    sentence = "This took too long or was done before. Please open /slack/install of this address again."


class InstallDenied(Refusal):
    """Nobody allowed the bot into a workspace."""

    sentence = (
        "You did not allow it, so nothing is installed. "
        "Please open /slack/install of this address again if you want the bot in your workspace after all."
    )


class InstallRefused(Refusal):
    """Slack did not let the bot be installed."""

    sentence = (
        "Slack did not let me be installed there. Please open /slack/install of this address again; "
        "if it happens again, ask whoever runs this bot to look into its log."
    )


class ConsentDenied(Refusal):
    """The person did not let the bot use their account."""

    sentence = (
        "You did not allow it, so nothing is connected. "
        "Please open my Home tab in Slack if you want to connect your account after all."
    )


class EmailMismatch(Refusal):
    """An account with another e-mail address than the person's in Slack; both can be unknown."""

    def __init__(self, in_pipeshub: str | None = None, in_slack: str | None = None) -> None:
        super().__init__()
        theirs = f"with the address {in_slack}" if in_slack else "whose address is your Slack address"
        self.sentence = (
            f"You signed in to PipesHub as {in_pipeshub or 'somebody without an e-mail address'}, and I only "
            f"connect the account {theirs}. Nothing is connected. Please sign in to PipesHub with that "
            "account, then open my Home tab in Slack and connect again."
        )
