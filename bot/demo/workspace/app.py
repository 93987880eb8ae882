"""The app that is installed in the workspace: who it is, what it may do, where it listens."""

from dataclasses import dataclass, field

from bot.demo.workspace.model import Json
from bot.demo.workspace.options import Command, Options, Shortcut
from bot.demo.workspace.tokens import Tokens


@dataclass(slots=True)
class Address:
    """Where the app listens, the same for every workspace."""

    request_url: str | None


@dataclass(slots=True)
class App:
    """One installed Slack app. Everything can be changed while the workspace runs.

    With `request_url` None the app is reached in Socket Mode. `is_org_wide` is set where it is installed
    for the whole organization of this workspace, whose workspaces then share `tokens`.
    """

    id: str
    name: str
    bot_id: str
    bot_user: str
    signing_secret: str
    verification_token: str
    client_id: str
    client_secret: str
    app_token: str
    config_token: str
    address: Address
    tokens: Tokens
    scopes: set[str]
    events: set[str]
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    agent: bool = True
    assistant: bool = False
    options_url: str | None = None
    refused_blocks: set[str] = field(default_factory=set)
    streaming: bool = True
    stream_lifetime: float = 300.0
    is_installed: bool = True
    is_org_wide: bool = False

    @classmethod
    def founded(cls, options: Options, bot_user: str, address: Address) -> "App":
        """Return the app that `options` describe, with its bot user."""
        return cls(
            id=options.app_id,
            name=options.app_name,
            bot_id="B" + options.app_id.removeprefix("A"),
            bot_user=bot_user,
            signing_secret=options.signing_secret,
            verification_token=options.verification_token,
            client_id=options.client_id,
            client_secret=options.client_secret,
            app_token=options.app_token,
            config_token=options.config_token,
            address=address,
            tokens=Tokens(
                options.clock, options.token_lifetime, (options.bot_token,) if options.installed else ()
            ),
            scopes=set(options.scopes) if options.installed else set(),
            events=set(options.events),
            commands=options.commands,
            shortcuts=options.shortcuts,
            agent=options.agent,
            assistant=options.assistant,
            options_url=options.options_url,
            refused_blocks=set(options.refused_blocks),
            streaming=options.streaming,
            stream_lifetime=options.stream_lifetime,
            is_installed=options.installed,
        )

    @property
    def request_url(self) -> str | None:
        """Where events and interactions go, whichever workspace they come from."""
        return self.address.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.address.request_url = url

    @property
    def profile(self) -> Json:
        """The `bot_profile` that Slack puts beside the app's messages."""
        return {"id": self.bot_id, "app_id": self.id, "name": self.name, "deleted": False}

    @property
    def manifest(self) -> Json:
        """The app's manifest as Slack exports it."""
        return {
            "display_information": {"name": self.name},
            "features": {
                "slash_commands": [{"command": each.name} for each in self.commands],
                "shortcuts": [
                    {
                        "name": each.name,
                        "type": "message" if each.on_messages else "global",
                        "callback_id": each.callback_id,
                    }
                    for each in self.shortcuts
                ],
            },
            "oauth_config": {"scopes": {"bot": sorted(self.scopes)}},
            "settings": {
                "event_subscriptions": {"bot_events": sorted(self.events)},
                "interactivity": {"is_enabled": True},
                "socket_mode_enabled": self.request_url is None,
            },
        }

    def revoke(self) -> None:
        """End every bot token."""
        self.tokens.revoke()
