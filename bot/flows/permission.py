"""Who may have an answer written anew."""

from bot.domain.errors import NotTheOwner, NoWriteAccess
from bot.domain.turns import Turn
from bot.flows.accounts import Accounts
from bot.flows.records import Records


class Permission:
    """Lets who started a conversation write in it, and the people it is shared with at the level `write`."""

    def __init__(self, records: Records, accounts: Accounts) -> None:
        self._records = records
        self._accounts = accounts

    async def to_regenerate(self, turn_id: str, person: str) -> Turn:
        """Return a finished turn that `person` (a Slack user) may have written anew.

        Who started the conversation is known here; of everybody else the server is asked each time, since
        access can be taken back. Nobody acts with somebody else's own account. Raises NotTheOwner,
        NoWriteAccess and other Refusals, SlackError and PipesHubError.
        """
        turn = await self._records.answered(turn_id)
        owner = await self._records.owner(turn)
        if person != owner and turn.is_personal:
            raise NotTheOwner(owner or "")
        if person != owner and not await self._writes(turn, person):
            raise NoWriteAccess(owner or "")
        return turn

    async def _writes(self, turn: Turn, person: str) -> bool:
        account = await self._accounts.of(person)
        if account is None:
            return False
        shared_with = (await self._records.conversation(turn)).shared_with
        return any(each.user_id == account and each.level == "write" for each in shared_with)
