"""Who of the workspace's people has an account in PipesHub: all but one, whom nothing can be shared with."""

from collections.abc import Iterable

from bot.demo.knowledge.users import User
from bot.demo.workspace.model import Team
from bot.demo.workspace.options import PEOPLE, Person

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
