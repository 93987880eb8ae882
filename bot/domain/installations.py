"""Workspaces that the bot is installed in."""

from dataclasses import dataclass, field

from bot.domain.errors import SlackRefused


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
class Granted:
    """What Slack answers to an installation's code.

    `holder` is the id of the workspace, or of the organization, whose tokens these are, `name` what it is
    called.
    """

    holder: str
    name: str
    installed_by: str
    tokens: BotTokens


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in a workspace, or in an organization with all its workspaces, since `installed_at`.

    `lease` names the claim under which the tokens are to be renewed by whoever holds it, None where that is
    nobody's business or somebody else's.
    """

    holder: str
    installed_at: float
    tokens: BotTokens
    lease: float | None = None
