"""What the bot itself does not do, and why.

Refusal
├── NoSuchTurn           the answer is not on record (any more)
├── NotTheOwner          somebody else started the conversation
├── NoWriteAccess        they did, and this person may not write in it
├── Deactivated          whoever pressed belongs to the workspace no more
├── MessageGone          the message that was pressed is deleted
├── NotTheAuthor         somebody else wrote the question
├── StillWriting         the answer is not finished
├── AskedAlready         somebody pressed the same suggestion before
├── NothingSaid          feedback without any content
├── NotShared            the server shares the conversation with none of those people
├── ChannelClosed        a channel that nothing can be copied to
├── NotOpen              a conversation that is not for this person
├── SearchRefused        words that the server does not search for
├── SourcesAway          sources that the server does not tell
├── TitleRefused         a title that the server would not take
├── ChoiceGone           something chosen that is not offered (any more)
├── NotLinked            a person whose PipesHub account is not connected
│   └── LinkAgain        it was, and PipesHub does not accept that any more
├── LinkExpired          a link that was used, is too old, or was made for another browser
├── ConsentDenied        a person who did not let the bot use their account
├── OtherAccount         an account with another e-mail address than the person's in Slack
├── InstallExpired       an installation that was begun too long ago, or in another browser
├── InstallDenied        nobody allowed it
├── InstallRefused       Slack did not let the bot be installed
├── NotAnAdmin           somebody who may not change how the bot answers in a channel
├── NoChannel            settings of a direct message, which has none
├── SwitchedOff          the bot does not answer in this channel
├── FromABot             another bot
├── NotForGuests         a guest of the workspace
├── NotForOutsiders      somebody of another company, or a channel that one reads along
├── TooManyQuestions     more of them in a minute than one person, or all together, may ask
├── NotPrivate           an answer that stands in the thread of its question already
├── SharedAlready        a private answer that was posted in the thread before
├── Elsewhere            a button that was drawn for another place
└── RecordIdsRefused     record ids that no server takes

Each class holds the sentence a person reads, ending in the next step.
"""

from collections.abc import Iterable
from math import ceil

from bot.domain.errors import BotError, PipesHubError


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


class Deactivated(Refusal):
    """Whoever pressed belongs to the workspace no more."""

    sentence = "Your Slack account is deactivated, so I changed nothing. Please ask an admin to activate it."


class MessageGone(Refusal):
    """The message that was pressed is deleted, so nobody would see what comes of it."""

    sentence = "This message was deleted, so I changed nothing. Please ask again in the thread."


class NotTheAuthor(Refusal):
    """Somebody else wrote the question."""

    sentence = "Only who wrote this question can have it answered anew. Please ask your own in the thread."


class AskedAlready(Refusal):
    """Somebody pressed the same suggestion before."""

    sentence = "This has been asked already. Please look further down in the thread."


class StillWriting(Refusal):
    """The answer is not finished."""

    sentence = "This answer is still being written. Please wait for its end, then try again."


class NothingSaid(Refusal):
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


class NotOpen(Refusal):
    """The conversation is neither this person's nor shared with them."""

    sentence = (
        "This conversation is not open to you, or not any more. "
        "Please ask whoever started it to share it with you."
    )


class SearchRefused(Refusal):
    """The server does not search for these words."""

    sentence = "PipesHub can't search for this. Please use other words, without special characters."


class SourcesAway(Refusal):
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


class ChoiceGone(Refusal):
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


class NoChannel(Refusal):
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

    def __init__(self, again_in: float, *, together: bool = False) -> None:
        super().__init__()
        self.again_in = max(1, ceil(again_in))
        whose = "Your workspace asks a lot just now" if together else "You ask faster than I answer"
        when = "in a second" if self.again_in == 1 else f"in {self.again_in} seconds"
        self.sentence = f"{whose}, so I let this one pass. Please ask it again {when}."


class NotPrivate(Refusal):
    """An answer that stands in the thread of its question already."""

    sentence = "This answer belongs to no thread in a channel. Please use Share to show it to others."


class SharedAlready(Refusal):
    """A private answer that was posted in the thread before."""

    sentence = "This answer stands in the thread already. Please look there."


class Elsewhere(Refusal):
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


class OtherAccount(Refusal):
    """An account with another e-mail address than the person's in Slack; both can be unknown."""

    def __init__(self, in_pipeshub: str | None = None, in_slack: str | None = None) -> None:
        super().__init__()
        theirs = f"with the address {in_slack}" if in_slack else "whose address is your Slack address"
        self.sentence = (
            f"You signed in to PipesHub as {in_pipeshub or 'somebody without an e-mail address'}, and I only "
            f"connect the account {theirs}. Nothing is connected. Please sign in to PipesHub with that "
            "account, then open my Home tab in Slack and connect again."
        )
