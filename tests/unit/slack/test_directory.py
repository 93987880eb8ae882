"""What the bot asks Slack about people, and how often."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bot.domain.errors import SlackError, SlackRefused
from bot.slack.client import SlackClient
from bot.slack.directory import MAX_LOOK_UPS, Directory


@dataclass
class CountingClient:
    """Knows the people in `users`, and counts for whom it is asked."""

    users: Mapping[str, Mapping[str, Any]]
    asked: Counter[str] = field(default_factory=Counter)
    refusal: str = "user_not_found"

    async def users_info(self, *, user: str) -> Mapping[str, Any]:
        self.asked[user] += 1
        if user not in self.users:
            raise SlackRefused(f"users.info: {self.refusal}", code=self.refusal)
        return {"user": self.users[user]}


def directory(**users: Mapping[str, Any]) -> tuple[Directory, CountingClient]:
    client = CountingClient(users)
    return Directory(cast("SlackClient", client), "T1"), client


@pytest.mark.parametrize("known", [True, False])
async def test_a_text_costs_a_bounded_number_of_look_ups(known: bool) -> None:
    people = {f"U{number}": {"id": f"U{number}", "real_name": f"Bea {number}"} for number in range(150)}
    found, client = directory(**people if known else {})
    text = await found.plain_text("T1", " ".join(f"<@{each}>" for each in people))
    assert sum(client.asked.values()) == MAX_LOOK_UPS == 20
    assert text.count("@someone") == (130 if known else 150)
    await found.plain_text("T1", " ".join(f"<@{each}>" for each in people))
    assert sum(client.asked.values()) == MAX_LOOK_UPS  # neither names nor their absence are asked for again


async def test_who_someone_is_is_asked_again_where_slack_did_not_tell() -> None:
    found, client = directory()
    for _ in range(2):
        with pytest.raises(SlackError):
            await found.cached_role("U1")
    assert client.asked["U1"] == 2
    client.users = {"U1": {"id": "U1", "is_restricted": True}}
    for _ in range(2):
        assert (await found.cached_role("U1")).is_guest
    assert client.asked["U1"] == 3


async def test_a_server_that_knows_no_people_has_no_guests() -> None:
    found, client = directory()
    client.refusal = "unknown_method"
    assert not (await found.cached_role("U1")).is_guest
