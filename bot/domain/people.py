"""People on both sides: Slack members, PipesHub accounts, installations, and who may ask."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.conversations import Answer
from bot.domain.errors import SlackRefused
from bot.domain.turns import Thread


class NotInstalled(SlackRefused):
    """The bot is not installed in a workspace (any more)."""


@dataclass(frozen=True, slots=True)
class BotTokens:
    """What signs calls in a workspace.

    Where an app rotates its tokens, `expires_at` (seconds since 1970) is when `access` ends and `refresh` is
    what the next one is got with, once. Neither is shown by `repr`.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class GrantedInstallation:
    """What Slack answers to an installation's code.

    `holder` is the id of the workspace, or of the organization, whose tokens these are, `name` what it is
    called.
    """

    tenant_id: str
    name: str
    installed_by: str
    tokens: BotTokens


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in a workspace, or in an organization with all its workspaces, since `installed_at`.

    `lease` names the claim under which the tokens are to be renewed by whoever holds it, None where that is
    nobody's business or somebody else's.
    """

    tenant_id: str
    installed_at: float
    tokens: BotTokens
    lease: float | None = None


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """What signs requests for an account; `expires_at` (seconds since 1970) is of the access token.

    Neither is shown by `repr`. A refresh token is good once: the next one comes with what it is used for.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """Whose an account is; `email` is lower case, and None where the server tells none."""

    user_id: str
    email: str | None


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """The account of a Slack user in a workspace.

    `refused` says that PipesHub does not accept it any more. `lease` names the claim under which the tokens
    are to be renewed by whoever holds it, None where that is nobody's business or somebody else's.
    """

    workspace: str
    person: str
    owner: AccountOwner
    tokens: AccountTokens
    refused: bool = False
    lease: float | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """What Slack says of a user.

    `workspaces` are where their account is: one, which can be another company's, or several of an
    organization. None where Slack does not tell.
    """

    workspaces: frozenset[str] = frozenset()
    is_admin: bool = False
    """Admin or owner of the workspace."""
    is_guest: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class SlackUser:
    """Somebody in Slack; `email` is lower case, and None where Slack tells none."""

    id: str
    name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class PipesHubUser:
    """Somebody in PipesHub; `name` is empty where the server tells none."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MatchedPerson:
    """Somebody in Slack with their account in PipesHub."""

    member: SlackUser
    user: PipesHubUser


class MatchFailure(StrEnum):
    """Why a conversation cannot be shared with somebody."""

    ONESELF = "oneself"
    BOT = "bot"
    NO_EMAIL = "no e-mail address"
    NO_ACCOUNT = "no account"


@dataclass(frozen=True, slots=True)
class UnmatchedPerson:
    """Somebody in Slack with whom a conversation cannot be shared."""

    member: SlackUser
    reason: MatchFailure


@dataclass(frozen=True, slots=True)
class PeopleMatch:
    """The people somebody chose, matched to accounts as far as that goes."""

    matches: tuple[MatchedPerson, ...] = ()
    unmatched: tuple[UnmatchedPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonWithAccess:
    """An account that has access now; `level` is `read` or `write`."""

    user: PipesHubUser
    level: str


@dataclass(frozen=True, slots=True)
class CurrentAccess:
    """A conversation's title, and who has access to it beside its owner."""

    title: str
    people: tuple[PersonWithAccess, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What the server gave somebody.

    `level` is `read`, `write`, or None where it gave nothing. `is_news` says that it is more or less
    than they had before.
    """

    match: MatchedPerson
    level: str | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class SharedWith:
    """What came of sharing the conversation called `title`, which is `thread` in Slack."""

    title: str
    thread: Thread
    grants: tuple[AccessGrant, ...]


@dataclass(frozen=True, slots=True)
class AccessRemoval:
    """What came of taking an account's access back; `gone` where the server did so."""

    user: PipesHubUser
    removed: bool


@dataclass(frozen=True, slots=True)
class AnswerCopy:
    """The answer of a turn, to be shown elsewhere: what was asked, by whom (a Slack user) and where."""

    turn_id: str
    question: str
    asker: str
    thread: Thread
    answer: Answer


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Who (a Slack user) wants to ask where, before anything is recorded of it.

    `ts` names the message of the question, or whatever else tells it from others: with the channel it is
    the same however often it is delivered. `outside` says that people of another company read along, `team`
    in which workspace the payload says that the person is, None where it does not.
    """

    workspace: str
    channel: str
    person: str
    ts: str
    externally_shared: bool = False
    asker_team: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it is in a direct message with the bot, of which nobody decides anything."""
        return self.channel.startswith(("D", "U", "W"))


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Whom the bot answers, and how many questions a minute of one person and of all together."""

    allow_guests: bool = False
    allow_shared_channels: bool = False
    questions_per_person: int = 120
    questions_per_workspace: int = 3_000
