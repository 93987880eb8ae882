import pytest

from bot.demo.knowledge.model import Forbidden, Unauthorized
from bot.demo.knowledge.users import DEMO_USERS, SERVICE_USER, Tokens, Users

ADA = DEMO_USERS[1]


def tokens(now: float = 0) -> Tokens:
    return Tokens(Users(DEMO_USERS), {"demo-token": SERVICE_USER.id}, clock=lambda: now)


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ("Bearer demo-token", SERVICE_USER),
        (f"Bearer user:{ADA.id}", ADA),
        ("bearer user:Ada@Example.com", ADA),
    ],
)
def test_a_known_token_names_its_user(header: str, user: object) -> None:
    assert tokens().identify(header).user == user


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No token provided"),
        ("Basic abc", "No token provided"),
        ("Bearer", "No token provided"),
        ("Bearer nonsense", "Invalid token"),
        ("Bearer user:nobody@example.com", "User not found, please login again"),
    ],
)
def test_an_unknown_token_is_refused_in_the_servers_words(header: str | None, message: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        tokens().identify(header)
    assert (refused.value.message, refused.value.error_code) == (message, "HTTP_UNAUTHORIZED")


def test_a_session_reaches_everywhere() -> None:
    tokens().identify("Bearer demo-token").require("conversation:chat", "agent:execute")


def test_an_access_token_reaches_as_far_as_its_scopes() -> None:
    table = tokens()
    caller = table.identify(f"Bearer {table.issue(ADA.id, frozenset({'conversation:read'}))}")
    caller.require("conversation:read")
    with pytest.raises(Forbidden, match=r"Insufficient scope\. Required: conversation:chat"):
        caller.require("conversation:chat")


def test_an_access_token_expires() -> None:
    now = [0.0]
    table = Tokens(Users(DEMO_USERS), {}, clock=lambda: now[0])
    token = table.issue(ADA.id, frozenset(), lifetime=60)
    now[0] = 61
    with pytest.raises(Unauthorized) as refused:
        table.identify(f"Bearer {token}")
    assert (refused.value.message, refused.value.error_code) == (
        "Access token has expired",
        "OAUTH_EXPIRED_TOKEN",
    )


def test_a_revoked_access_token_is_refused() -> None:
    table = tokens()
    token = table.issue(ADA.id, frozenset())
    table.revoke(token)
    with pytest.raises(Unauthorized) as refused:
        table.identify(f"Bearer {token}")
    assert refused.value.error_code == "OAUTH_INVALID_TOKEN"
