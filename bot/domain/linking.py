"""PipesHub accounts that people let the bot use."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signs requests for an account; `expires_at` (seconds since 1970) is of the access token.

    Neither is shown by `repr`. A refresh token is good once: the next one comes with what it is used for.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an account is; `email` is lower case, and None where the server tells none."""

    user_id: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """The account of a Slack user in a workspace.

    `refused` says that PipesHub does not accept it any more. `lease` names the claim under which the tokens
    are to be renewed by whoever holds it, None where that is nobody's business or somebody else's.
    """

    workspace: str
    person: str
    owner: Owner
    tokens: Tokens
    refused: bool = False
    lease: float | None = None
