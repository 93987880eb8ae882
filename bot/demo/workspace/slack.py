"""All of Slack on this machine: the workspaces behind one API, and the app's installations in them."""

from collections.abc import Iterable

from bot.demo.workspace.consents import Consents
from bot.demo.workspace.model import Enterprise, Team
from bot.demo.workspace.options import Options
from bot.demo.workspace.refusals import NotPossible
from bot.demo.workspace.tokens import Given, Tokens
from bot.demo.workspace.workspace import Workspace


class Slack:
    """Several workspaces that one app is, or can be, installed in.

    Each has people, channels, messages, limits and tokens of its own; two may give out the same ids. The
    app is the same everywhere: its client, its secrets, its request URL, its sockets. `options` are the
    first workspace's and say who the app is; those of `others` differ in what is a workspace's own.
    """

    def __init__(self, options: Options, others: Iterable[Options] = ()) -> None:
        self.first = Workspace(options)
        self.workspaces = [self.first]
        self.consents = Consents(options.clock)
        for each in others:
            fellows = self.members(each.team.enterprise)
            # An app that is installed in an organization has one bot user in all of its workspaces.
            bot_user = fellows[0].app.bot_user if fellows else ""
            self.workspaces.append(Workspace(each, self.first, bot_user))

    def team(self, team_id: str) -> Workspace:
        """Return the workspace with this id; raises NotPossible."""
        for each in self.workspaces:
            if each.state.team.id == team_id:
                return each
        raise NotPossible(f"there is no workspace {team_id!r}")

    def members(self, enterprise: Enterprise | None) -> list[Workspace]:
        """Return the workspaces of an organization."""
        if enterprise is None:
            return []
        return [each for each in self.workspaces if each.state.team.enterprise == enterprise]

    @property
    def places(self) -> dict[str, Team | Enterprise]:
        """Where the app can be installed, by id: every workspace, then every organization."""
        teams = [each.state.team for each in self.workspaces]
        found: dict[str, Team | Enterprise] = {each.id: each for each in teams}
        return found | {each.enterprise.id: each.enterprise for each in teams if each.enterprise}

    def holders(self, token: str) -> list[Workspace]:
        """Return the workspaces an access token is, or once was, for: several for an organization's."""
        return [each for each in self.workspaces if each.app.tokens.knows(token)]

    def install(self, place: str, scopes: Iterable[str]) -> tuple[Workspace, Given]:
        """Install the app in a workspace or an organization; returns a workspace of it and the token."""
        where = self.places[place]
        if isinstance(where, Enterprise):
            members = self.members(where)
            tokens = members[0].app.tokens if members[0].app.is_org_wide else members[0].new_tokens()
        else:
            members = [self.team(where.id)]
            tokens = self._own_tokens(members[0])
        for each in members:
            each.agent.install(tokens, scopes, org_wide=isinstance(where, Enterprise))
        return members[0], tokens.give()

    def refresh(self, refresh_token: str) -> tuple[Workspace, Given]:
        """Exchange a refresh token for new ones; raises Refusal `invalid_refresh_token`."""
        holder = next((w for w in self.workspaces if w.app.tokens.refreshes(refresh_token)), self.first)
        return holder, holder.app.tokens.refresh(refresh_token)

    def uninstall(self, workspace: Workspace) -> None:
        """Remove the app from a workspace, or from its organization where it is installed for all of it."""
        members = self.members(workspace.state.team.enterprise) if workspace.app.is_org_wide else []
        fellows = [each for each in members if each.app.is_org_wide]
        workspace.agent.uninstall()
        for each in fellows:
            each.agent.remove()

    def uninstall_org(self, enterprise_id: str) -> None:
        """Remove the app from an organization, as its admins do; raises NotPossible where it is not there."""
        for each in self.workspaces:
            enterprise = each.state.team.enterprise
            if each.app.is_org_wide and enterprise is not None and enterprise.id == enterprise_id:
                self.uninstall(each)
                return
        raise NotPossible(f"the app is not installed in an organization {enterprise_id!r}")

    def _own_tokens(self, workspace: Workspace) -> Tokens:
        """Return the workspace's tokens, or new ones where it shared those of an organization."""
        tokens = workspace.app.tokens
        shared = any(each.app.tokens is tokens for each in self.workspaces if each is not workspace)
        return workspace.new_tokens() if shared else tokens
