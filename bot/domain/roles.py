"""What somebody is in the workspace."""

from dataclasses import dataclass


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
