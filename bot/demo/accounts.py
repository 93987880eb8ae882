"""As whom the demo's bot asks PipesHub, and which of the workspace's people have an account there."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from bot.demo.knowledge.authorization import Client
from bot.demo.knowledge.users import User
from bot.demo.workspace.model import Team
from bot.demo.workspace.options import PEOPLE, Person
from bot.flows.accounts.link import CALLBACK_PATH

CLIENT = "demo-client"
KEY = "encryption.key"


@dataclass(frozen=True)
class Asking:
    """The bot's settings, and the clients that PipesHub has to know for them."""

    settings: dict[str, str]
    clients: tuple[Client, ...] = ()


AS_ONE = Asking({"PIPESHUB_BEARER_AUTH": "demo-token"})


def linked(port: int, data: Path) -> Asking:
    """Return how a bot on `port` asks with each person's own account; its key is kept in `data`."""
    secret = secrets.token_urlsafe(24)
    address = f"http://127.0.0.1:{port}"
    return Asking(
        {
            "PIPESHUB_CLIENT_ID": CLIENT,
            "PIPESHUB_CLIENT_SECRET": secret,
            "PUBLIC_URL": address,
            "ENCRYPTION_KEY": _key(data / KEY),
        },
        (Client(CLIENT, secret, (f"{address}{CALLBACK_PATH}",)),),
    )


def _key(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(Fernet.generate_key().decode())
    return file.read_text()


WITHOUT_ACCOUNT = "jonas"
FIRST_ID = 0x65F000000000000000000101


def accounts(
    people: Iterable[Person] = PEOPLE, domain: str = Team().domain, first_id: int = FIRST_ID
) -> tuple[User, ...]:
    """Return the accounts of people, under the e-mail addresses that they have in the workspace."""
    known = [each for each in people if each.name != WITHOUT_ACCOUNT and not each.team_id]
    return tuple(
        User(f"{first_id + number:024x}", f"{each.name}@{domain}.example", each.real_name)
        for number, each in enumerate(known)
    )
