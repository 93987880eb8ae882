"""For which workspace a call is: the one its token belongs to; of an organization, the one it names."""

from bot.demo.workspace.api.arguments import Arguments
from bot.demo.workspace.refusals import Refusal
from bot.demo.workspace.slack import Slack
from bot.demo.workspace.workspace import Workspace

_LISTS = frozenset({"conversations.list", "users.conversations", "users.list"})
"""Methods that need `team_id` with an organization's token (docs.slack.dev, "Organization-ready apps")."""

_PLACES = ("channel", "channel_id", "user", "user_id", "users", "file", "email", "trigger_id", "view_id")


def whose(slack: Slack, method: str, arguments: Arguments, token: str) -> Workspace:
    """Return the workspace a call is for; the first where the token says nothing.

    Raises Refusal `team_access_not_granted` or `missing_argument` for an organization's token.
    """
    holders = slack.holders(token)
    if not holders:
        return slack.first
    if not holders[0].app.is_org_wide:
        return holders[0]
    if team := arguments.text("team_id"):
        named = next((each for each in holders if each.state.team.id == team), None)
        if named is None:
            raise Refusal("team_access_not_granted")
        return named
    if method in _LISTS:
        raise Refusal("missing_argument")
    given = {arguments.text(name) for name in _PLACES} - {""}
    # Ids are unique within an organization, so whatever a call names is in one of its workspaces.
    return next((each for each in holders if any(_has(each, name) for name in given)), holders[0])


def _has(workspace: Workspace, name: str) -> bool:
    state = workspace.state
    ids = (state.channels, state.users, state.files, state.views)
    return (
        any(name.partition(",")[0] in known for known in ids)
        or workspace.triggers.knows(name)
        or any(each.email == name for each in state.users.values())
    )
