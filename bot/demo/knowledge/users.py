"""The people of the organisation this server plays."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """One account; `id` has 24 hex digits, `email` is lower case."""

    id: str
    email: str
    full_name: str
    role: str = "Member"


SERVICE_USER = User("65f000000000000000000001", "service@example.com", "Knowledge Service", "Admin")
DEMO_USERS = (
    SERVICE_USER,
    User("65f000000000000000000002", "ada@example.com", "Ada Okafor", "Admin"),
    User("65f000000000000000000003", "ben@example.com", "Ben Lindqvist"),
    User("65f000000000000000000004", "chloe@example.com", "Chloé Martin"),
    User("65f000000000000000000005", "dev@example.com", "Dev Patel"),
)


class Users:
    """The directory: who exists, by id, by e-mail address and by search."""

    def __init__(self, users: Iterable[User]) -> None:
        self._by_id = {user.id: user for user in users}
        self._by_email = {user.email.lower(): user for user in self._by_id.values()}

    def named(self, name: str) -> User | None:
        """Return the user with this id or e-mail address."""
        return self._by_id.get(name) or self._by_email.get(name.lower())

    def everybody(self) -> tuple[User, ...]:
        """Return all users."""
        return tuple(self._by_id.values())

    def with_id(self, user_id: str) -> User | None:
        """Return the user with this id."""
        return self._by_id.get(user_id)

    def matching(self, pattern: str) -> list[User]:
        """Return the users whose name or address matches a regular expression, whatever the case.

        Real servers take the search as an unescaped pattern, so this one does. Raises `re.error`.
        """
        wanted = re.compile(pattern, re.IGNORECASE)
        return [
            user
            for user in self._by_id.values()
            if wanted.search(user.email) or wanted.search(user.full_name)
        ]
