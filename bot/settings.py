"""All settings, read and checked from the environment and `.env`."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class SettingsError(Exception):
    """A setting is missing or malformed; the message names it and says how to correct it."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http(s) address; write it like https://pipeshub.example.com")
    return value


def _channel_id(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise ValueError(
            "is not a channel's id; copy it from the end of the channel's About tab, it begins with C"
        )
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError(
            "does not begin with https://, and PipesHub and Slack lead people to such addresses only; "
            "set it to the https address of the bot"
        )
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("has more than an address; write it like https://your-bot.example.com")
    return value.rstrip("/")


def _listen_address(value: str) -> str:
    try:
        parts = urlsplit(f"//{value}")
        complete = parts.hostname and parts.port is not None and parts.netloc == value and "@" not in value
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("is not an address to listen on; write it like 127.0.0.1:9090")
    return value


def _bearer_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError(
            "holds a blank, or a character that no header carries; make one with python -m bot key"
        )
    return value


def _user_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = frozenset(value.replace(",", " ").split())
    if any(not re.fullmatch(r"[UW][A-Z0-9]{2,}", each) for each in found):
        raise ValueError(
            "is not a list of Slack user ids; copy each from the person's profile, the three dots, "
            "Copy member ID, and separate them with commas"
        )
    return found


def _with_slash(value: str) -> str:
    return value.rstrip("/") + "/"


def _none_if_off(value: object) -> object:
    return None if isinstance(value, str) and value.lower() == "off" else value


def _keys(value: SecretStr | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in value.get_secret_value().split(",")) if value else ()


def _fernet_keys(value: SecretStr) -> SecretStr:
    try:
        for key in _keys(value):
            Fernet(key)
    except ValueError:
        raise ValueError(
            "holds something that is no key; make one with python -m bot key, and separate several by commas"
        ) from None
    return value


DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def _database_url(value: str) -> str:
    try:
        url = make_url(value)
        driver = DRIVERS[url.drivername]
    except (ArgumentError, KeyError, ValueError):
        raise ValueError(
            "is not a database this bot knows; write it like sqlite+aiosqlite:///bot.db "
            "or postgresql+asyncpg://user:password@host/name"
        ) from None
    if "sslmode" in url.query:
        # libpq's name, which hosting companies put into their URLs; asyncpg takes the same values.
        url = url.set(query={**url.query, "ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
    return url.set(drivername=driver).render_as_string(hide_password=False)


class Delivery(StrEnum):
    """How an answer is shown in Slack while it is written."""

    EDIT = "edit"
    STREAM = "stream"
    AUTO = "auto"


HttpUrl = Annotated[str, AfterValidator(_http_url)]

HOW_TO_GET = {
    "SLACK_BOT_TOKEN": "copy the token that starts with xoxb- from your app's page, OAuth & Permissions",
    "SLACK_CLIENT_SECRET": "copy it from your Slack app's page, Basic Information, beside the client id",
    "SLACK_SIGNING_SECRET": "copy it from your Slack app's page, Basic Information",
    "SLACK_APP_TOKEN": (
        "make a token that starts with xapp- and has connections:write on your Slack app's page, "
        "Basic Information"
    ),
    "PIPESHUB_SERVER_URL": "set it to the address of your PipesHub server",
    "PIPESHUB_BEARER_AUTH": (
        "set it to a token of the PipesHub user in whose name the bot asks, "
        "or set PIPESHUB_CLIENT_ID, so that everybody connects their own account"
    ),
    "PUBLIC_URL": (
        "set it to the bot's own address, https://…, where people come back to from PipesHub and Slack"
    ),
    "ENCRYPTION_KEY": (
        "make one with python -m bot key and keep it: tokens are stored, and without it they cannot be read"
    ),
}

TO_SERVE = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PIPESHUB_SERVER_URL", "PIPESHUB_BEARER_AUTH")
TO_LISTEN = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PIPESHUB_SERVER_URL", "PIPESHUB_BEARER_AUTH")
TO_STORE_TOKENS = ("PUBLIC_URL", "ENCRYPTION_KEY")

NOT_TOGETHER = {
    "slack_client_id": (
        "is set, and so is SLACK_BOT_TOKEN: the bot is either in one workspace, by a token, or "
        "installed in many, from its own page; remove one of them"
    ),
    "admin_users": (
        "names people of one workspace, and with SLACK_CLIENT_ID there are many; remove it: admins "
        "and owners of each workspace may change settings there"
    ),
    "report_channel": "is a channel of one workspace, and with SLACK_CLIENT_ID there are many; remove it",
}
"""Why SLACK_CLIENT_ID cannot stand beside SLACK_BOT_TOKEN, and the others not beside SLACK_CLIENT_ID."""


class Settings(BaseSettings):
    """What an operator decides. Every field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, frozen=True
    )

    slack_bot_token: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_config_token: SecretStr | None = None
    slack_api_url: Annotated[HttpUrl, AfterValidator(_with_slash)] = "https://slack.com/api/"

    pipeshub_server_url: HttpUrl | None = None
    pipeshub_bearer_auth: SecretStr | None = None
    pipeshub_client_id: str | None = None
    pipeshub_client_secret: SecretStr | None = None
    allow_email_mismatch: bool = False
    pipeshub_frontend_url: HttpUrl | None = None
    pipeshub_model_key: str | None = None
    pipeshub_chat_mode: str = "internal_search"
    pipeshub_streaming: bool = True

    answer_delivery: Annotated[Delivery, BeforeValidator(str.lower)] = Delivery.EDIT
    max_live_answers: Annotated[int, Field(ge=1)] = 200
    lease_seconds: Annotated[float, Field(ge=3)] = 15  # the same for all replicas
    grace_seconds: Annotated[float, Field(ge=0)] = 20  # Heroku and Kubernetes kill after 30

    admin_users: Annotated[frozenset[str], NoDecode, BeforeValidator(_user_ids)] = frozenset()
    allow_guests: bool = False
    allow_shared_channels: bool = False
    questions_per_person: Annotated[int, Field(ge=1)] = 120
    questions_per_workspace: Annotated[int, Field(ge=1)] = 3_000

    retention_days: Annotated[int, Field(ge=1)] = 90
    archive_after_days: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_none_if_off)] = None
    report_channel: Annotated[
        Annotated[str, AfterValidator(_channel_id)] | None, BeforeValidator(_none_if_off)
    ] = None

    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    encryption_key: Annotated[SecretStr, AfterValidator(_fernet_keys)] | None = None

    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite+aiosqlite:///bot.db"

    host: str = "0.0.0.0"  # noqa: S104 (behind a load balancer a server listens on every interface)
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    metrics_token: Annotated[SecretStr, AfterValidator(_bearer_token)] | None = None
    metrics_address: Annotated[str, AfterValidator(_listen_address)] | None = None

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises SettingsError with a line for each malformed setting."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError("\n".join(_findings(error))) from None

    @classmethod
    def load_leniently(cls) -> tuple[Self, dict[str, str]]:
        """Read the environment, malformed settings as if not set; return also a line for each of these."""
        lines: dict[str, str] = {}
        while True:  # without the first malformed settings, checks that depend on them find others
            defaults = {name.lower(): cls.model_fields[name.lower()].default for name in lines}
            try:
                return cls(**defaults), lines
            except ValidationError as error:
                lines |= {line.split()[0]: line for line in _findings(error)}

    def missing(self, names: Sequence[str]) -> dict[str, str]:
        """Return those of `names`, TO_SERVE or TO_LISTEN, that are not set, each with where to get it.

        With many workspaces, and with accounts of people's own, other settings are needed instead.
        """
        instead: dict[str, tuple[str, ...]] = {}
        if self.installs_in_many_workspaces:
            instead["SLACK_BOT_TOKEN"] = ("SLACK_CLIENT_SECRET",)
        if self.links_accounts:
            instead["PIPESHUB_BEARER_AUTH"] = ()
        needed = [*chain.from_iterable(instead.get(name, (name,)) for name in names)]
        if instead:
            needed += TO_STORE_TOKENS
        return {name: HOW_TO_GET[name] for name in needed if getattr(self, name.lower()) is None}

    def require(self, names: Sequence[str]) -> None:
        """Raise SettingsError where `missing` finds any."""
        if missing := self.missing(names):
            raise SettingsError("\n".join(f"{name} is not set: {fix}" for name, fix in missing.items()))

    @field_validator(*NOT_TOGETHER)
    @classmethod
    def _is_allowed_beside_others(cls, value: object, found: ValidationInfo) -> object:
        rival = "slack_bot_token" if found.field_name == "slack_client_id" else "slack_client_id"
        if value and found.data.get(rival) is not None:
            raise ValueError(NOT_TOGETHER[str(found.field_name)])
        return value

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The keys that encrypt stored tokens, the one in use first."""
        return _keys(self.encryption_key)

    @property
    def links_accounts(self) -> bool:
        """Whether each person asks with their own PipesHub account."""
        return self.pipeshub_client_id is not None

    @property
    def installs_in_many_workspaces(self) -> bool:
        """Whether the bot is installed from its own page, in any number of workspaces."""
        return self.slack_client_id is not None

    @field_validator("archive_after_days")
    @classmethod
    def _before_it_is_forgotten(cls, value: int | None, found: ValidationInfo) -> int | None:
        if value is not None and value >= found.data.get("retention_days", value + 1):
            raise ValueError(
                "is not less than RETENTION_DAYS, after which a conversation is no longer known; "
                "lower it or raise RETENTION_DAYS"
            )
        return value

    @property
    def metrics_host_and_port(self) -> tuple[str, int] | None:
        """Where the metrics are served, None where it is beside everything else."""
        parts = urlsplit(f"//{self.metrics_address or ''}")
        return (parts.hostname, parts.port) if parts.hostname and parts.port is not None else None

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, where the database is SQLite."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path.partition("?")[0]) if scheme.startswith("sqlite") else None


def _findings(error: ValidationError) -> Iterator[str]:
    for finding in error.errors(include_url=False, include_input=False):
        name = str(finding["loc"][0]).upper()
        message = finding["msg"].removeprefix("Value error, ")
        if finding["type"] == "value_error":
            yield f"{name} {message}"
        else:
            yield f"{name} is malformed: {message}; correct it or remove it to use the default"


def secret_value(value: SecretStr | None) -> str:
    """Return a secret setting in plain text, empty where it is not set."""
    return value.get_secret_value() if value else ""
