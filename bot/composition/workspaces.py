"""The workspaces of a process, each with the bot as it is installed there."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot import manifest
from bot.composition.installed import Installed
from bot.composition.linkage import Linkage, known
from bot.composition.process import SLACK_TIMEOUT, Process, secret
from bot.domain.people import Installation, NotInstalled
from bot.flows.accounts.identity import Identities
from bot.flows.accounts.installation import REDIRECT, CurrentToken, Installing, Leaving
from bot.pipeshub.oauth import fixed
from bot.slack.client import MeasuredClient, RenewedClient, SlackOAuth
from bot.slack.directory import Directory
from bot.store.accounts import Links
from bot.store.installations import Installations


def installed(
    process: Process,
    client: MeasuredClient,
    linkage: Linkage | None,
    workspace: Callable[[], Awaitable[str]] | None = None,
) -> Installed:
    """Return the bot where `client` has a token of; Slack is asked where that is, if not `workspace`."""
    if linkage is not None:
        identities = linkage.identities(workspace or known(Directory(client).workspace))
        return Installed(process, client, identities, linkage.linking)
    auth = fixed(secret(process.settings.pipeshub_bearer_auth))
    return Installed(process, client, Identities(process.server, lambda _: auth))


class Workspaces:
    """Those that installed the bot from its own page."""

    def __init__(self, process: Process, linkage: Linkage | None) -> None:
        """Build the parts; where there is a `linkage`, people connect accounts of their own."""
        settings = process.settings
        self._process = process
        self._linkage = linkage
        self.installations = Installations(process.database, process.vault)
        self._oauth = SlackOAuth(
            process.client(""),
            (settings.slack_client_id or "", secret(settings.slack_client_secret)),
            manifest.load().scopes,
            f"{settings.public_url}{REDIRECT}",
        )
        self.installing = Installing(self.installations, Links(process.database, process.vault), self._oauth)
        self.leaving = Leaving(self.installations, linkage.linking.unlink if linkage else None)
        self._known: dict[str, tuple[float, Installed]] = {}

    async def of(self, workspace: str, enterprise: str | None = None) -> Installed:
        """Return the bot as it is installed in a workspace now. Raises NotInstalled.

        `enterprise` is the organization by whose installation the workspace was heard of.
        """
        since = await self.installations.since(workspace)
        if since is None and enterprise is not None:
            await self.installations.reach(workspace, enterprise)
        elif (kept := self._kept(workspace, since)) is not None:
            return kept
        installation = await self.installations.find(workspace)
        if installation is None:
            self._known.pop(workspace, None)
            raise NotInstalled(f"not installed in {workspace or 'no workspace'}")
        # Of deliveries that come at once the first one makes it.
        return self._kept(workspace, installation.installed_at) or self._made(workspace, installation)

    def _kept(self, workspace: str, since: float | None) -> Installed | None:
        """Return the bot as it was made for the installation of that moment, None where it was not."""
        installed_at, found = self._known.get(workspace, (None, None))
        return found if since is not None and installed_at == since else None

    def _made(self, workspace: str, installation: Installation) -> Installed:
        made = installed(self._process, self._client(installation), self._linkage, partial(_told, workspace))
        self._known[workspace] = installation.installed_at, made
        return made

    def _client(self, installation: Installation) -> MeasuredClient:
        process = self._process
        return RenewedClient(
            process.meters,
            token=CurrentToken(installation, self.installations, self._oauth.refresh),
            base_url=process.settings.slack_api_url,
            timeout=SLACK_TIMEOUT,
            session=process.http,
        )


async def _told(workspace: str) -> str:
    return workspace
