"""What somebody is in the workspace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """What Slack says of a user; `workspace` is where their account is, which can be another company's."""

    workspace: str
    is_admin: bool = False
    """Admin or owner of the workspace."""
    is_guest: bool = False
    is_bot: bool = False
