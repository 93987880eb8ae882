"""Who a Slack user is in PipesHub."""

from collections.abc import Awaitable, Callable

from bot.domain.people import Member
from bot.flows.identities import Identities


class Accounts:
    """Finds the PipesHub account that goes with a Slack user's e-mail address."""

    def __init__(self, identities: Identities, member: Callable[[str], Awaitable[Member]]) -> None:
        """Bring the parts together; `member` tells who a Slack user is."""
        self._identities = identities
        self._member = member

    async def of(self, person: str) -> str | None:
        """Return the PipesHub user id of a Slack user, None where no account has their e-mail address.

        Raises SlackError and PipesHubError.
        """
        email = (await self._member(person)).email
        people = self._identities.people(self._identities.of(person))
        found = await people.with_emails([email]) if email else {}
        return found[email].id if email and email in found else None
