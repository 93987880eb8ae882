"""What flows need of Slack, as Protocols: `bot.slack` has the classes that fulfil them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.domain.conversations import DEFAULT_FOOTER, Answer, FooterState
from bot.domain.errors import NotLinked, SlackError, Unforeseen
from bot.domain.people import AnswerCopy, BotTokens, GrantedInstallation, Role, SlackUser
from bot.domain.report import WeeklyReport
from bot.domain.text import ThreadMessage
from bot.domain.turns import FoundMessages, PostedQuestion, Question, ShownMessages, Thread, Turn


class Reply(Protocol):
    """The message that shows one answer."""

    def show(self, answer: Answer) -> None:
        """Show an answer on its way, as soon as there is room; never waits, and only the newest counts."""

    async def finish(self, answer: Answer, footer: FooterState = DEFAULT_FOOTER) -> ShownMessages:
        """Show an answer's end and return the messages that show it.

        Raises SlackError where it cannot be shown.
        """


class Replies(Protocol):
    """Opens replies and finds them again."""

    async def post_placeholder(self, turn: Turn) -> str:
        """Post the message that will show the answer and return its `ts`. Raises SlackError."""

    def for_turn(self, turn: Turn) -> Reply:
        """Return the reply of a turn whose message is posted."""

    async def post_how_to(self, question: Question) -> None:
        """Say how to ask, in the thread of an empty question."""


class AccessDirectory(Protocol):
    """What admission has to know of people and channels. Its answers are an hour old at most."""

    async def cached_role(self, user: str) -> Role:
        """Return what a user may do. Raises SlackError."""

    async def is_externally_shared(self, channel: str) -> bool:
        """Return whether people of another company read a channel. Raises SlackError."""


class Directory(AccessDirectory, Protocol):
    """Who is who and what is where in one workspace."""

    async def workspace_id(self) -> str:
        """Return the workspace of the bot's token. Raises SlackError."""

    async def question_text(self, question: Question) -> str:
        """Return a question as a person reads it."""

    async def plain_text(self, workspace: str, text: str) -> str:
        """Return Slack markup as a person reads it."""

    async def find_user(self, user: str) -> SlackUser:
        """Return who a user is. Raises SlackError."""

    async def role(self, user: str) -> Role:
        """Return what a user may do in the workspace now. Raises SlackError."""

    async def can_read(self, channel: str, person: str) -> bool:
        """Return whether a person can read a channel now; no, where Slack does not tell."""

    async def is_public(self, channel: str) -> bool:
        """Return whether everybody in the workspace may read a channel; no, where Slack does not tell."""


class Chat(Protocol):
    """What Slack knows of messages and threads."""

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, None where Slack tells none."""

    async def set_thread_title(self, thread: Thread, title: str) -> None:
        """Name a thread where Slack has titles; never fails."""


class MessageFinder(Protocol):
    """Finds the messages that Slack took of a turn, also those whose call was never answered."""

    async def messages_of(self, turn: Turn) -> FoundMessages:
        """Return the messages of a turn. Raises SlackError where Slack does not tell."""


class PostedReplies(Protocol):
    """Messages of turns to which no answer is written now."""

    async def redraw(self, turn: Turn, answer: Answer, footer: FooterState) -> None:
        """Draw the end of a finished answer again, with what can be done with it now. Raises SlackError."""

    async def delete_leftovers(self, turn: Turn) -> tuple[str, ...]:
        """Delete leftover messages of a turn as far as there is room, and return those that are gone."""

    async def is_outside_thread(self, turn: Turn) -> bool:
        """Return whether the reply of a turn is not in its thread; no, where Slack does not tell."""

    async def show_queue_position(self, turn: Turn) -> bool:
        """Return whether the placeholder of a turn now says its `questions_ahead`."""

    async def strip_buttons(self, turn: Turn) -> None:
        """Take the buttons off the reply of a turn."""


class Notes(Protocol):
    """Messages beside the replies: other people's, posted questions, what is said of private answers."""

    async def messages_between(
        self, thread: Thread, since: str, before: str, answers: Collection[str], known: Collection[str]
    ) -> Sequence[ThreadMessage]:
        """Return what was said in a thread between two `ts`, oldest first.

        Of the bot's own messages only `answers`, of the others all but the `known` ones.
        """

    async def invite(self, question: Question, missing: NotLinked) -> None:
        """Tell the asker alone where to link an account. Raises SlackError."""

    async def tell_refused(self, question: Question, error: SlackError | Unforeseen) -> None:
        """Tell the asker alone that no reply to their question can be posted; never fails."""

    async def post_question(self, posted: PostedQuestion) -> Question:
        """Post the question of a person who wrote no message, and return it. Raises SlackError."""

    async def post_notice(self, asked_in: Thread, person: str, answered_in: Thread, first: bool) -> None:  # noqa: FBT001 (one of a kind in one call)
        """Say that `person` is answered in another thread: to everybody the `first` time, then to them."""

    async def post_copy(self, copy: AnswerCopy, asked_in: Thread, person: str) -> None:
        """Post an answer for `person` where it was asked. Raises InvalidInput and SlackError."""


class WeeklyReportChannel(Protocol):
    """The channel that the weekly report goes to."""

    async def post(self, report: WeeklyReport) -> None:
        """Post a report. Raises SlackError."""


class InstallationOAuth(Protocol):
    """Slack's OAuth. Its calls raise SlackError."""

    def authorization_url(self, state: str) -> str:
        """Return where an admin allows the app."""

    async def exchange(self, code: str) -> GrantedInstallation:
        """Return what a code stands for."""

    async def refresh(self, refresh_token: str) -> BotTokens:
        """Return the tokens that follow, for a refresh token that is good once."""


class Members(Protocol):
    """Who the people of any workspace are."""

    async def member(self, workspace: str, person: str) -> SlackUser:
        """Return who a Slack user of a workspace is. Raises NotInstalled and SlackError."""
