"""People on both sides: Slack members, PipesHub accounts, installations, and who may ask."""

from collections.abc import Mapping
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

    Where an app rotates its tokens, `access` expires at `expires_at` (seconds since 1970), and `refresh` gets
    the next one, once. `repr` shows neither.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class GrantedInstallation:
    """What Slack returns for an installation's code.

    `tenant_id` is the id of the workspace, or of the organization, whose tokens these are, `name` its name.
    """

    tenant_id: str
    name: str
    installed_by: str
    tokens: BotTokens


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in a workspace, or in an organization with all its workspaces, since `installed_at`.

    `lease` names the lease to renew its tokens, None where the caller does not hold it.
    """

    tenant_id: str
    installed_at: float
    tokens: BotTokens
    lease: float | None = None


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """What signs requests for an account; `expires_at` (seconds since 1970) is of the access token.

    `repr` shows neither. A refresh token is good for one use, which returns the next one.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """The owner of an account; `email` is lower case, and None where the server gives none."""

    user_id: str
    email: str | None


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """The account of a Slack user in a workspace.

    `refused` says that PipesHub does not accept it any more. `lease` names the lease to renew its tokens,
    None where the caller does not hold it.
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

    `workspaces` are those their account is in: one, which can be another company's, or several of an
    organization; empty where Slack does not say it.
    """

    workspaces: frozenset[str] = frozenset()
    is_admin: bool = False
    """Admin or owner of the workspace."""
    is_guest: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A person in Slack; `email` is lower case, and None where Slack gives none."""

    id: str
    name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class PipesHubUser:
    """A person in PipesHub; `name` is empty where the server gives none."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MatchedPerson:
    """A person in Slack with their account in PipesHub."""

    member: SlackUser
    user: PipesHubUser


class MatchFailure(StrEnum):
    """Why a conversation cannot be shared with a person."""

    ONESELF = "oneself"
    BOT = "bot"
    NO_EMAIL = "no e-mail address"
    NO_ACCOUNT = "no account"


@dataclass(frozen=True, slots=True)
class PeopleMatch:
    """The people chosen to share with, matched to accounts as far as possible."""

    matches: tuple[MatchedPerson, ...] = ()
    unmatched: Mapping[SlackUser, MatchFailure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """The access a person got.

    `level` is `read`, `write`, or None where the server gave nothing; `is_changed` says that they had another
    level before.
    """

    match: MatchedPerson
    level: str | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class SharedWith:
    """The result of sharing the conversation called `title`, which is `thread` in Slack."""

    title: str
    thread: Thread
    grants: tuple[AccessGrant, ...]


@dataclass(frozen=True, slots=True)
class AnswerCopy:
    """The answer of a turn, to be shown elsewhere: what was asked, by whom (a Slack user) and where."""

    turn_id: str
    question: str
    asker: str
    thread: Thread
    answer: Answer


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Whom the bot answers, and how many questions a minute from one person and from all together."""

    allow_guests: bool = False
    allow_shared_channels: bool = False
    questions_per_person: int = 120
    questions_per_workspace: int = 3_000
