"""The local PipesHub as an authorization server, held against what is known of real ones; its tokens."""

import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.demo.knowledge.authorization import Authorizer, Client, OAuthError
from bot.demo.knowledge.model import Dialect, Forbidden, Unauthorized
from bot.demo.knowledge.server import KnowledgeServer, Options
from bot.demo.knowledge.users import DEMO_USERS, SERVICE_USER, Tokens, Users

ADA, BEN = "65f000000000000000000002", "65f000000000000000000003"
BACK = "http://127.0.0.1:9/pipeshub/callback"
CLIENT = Client("client", "hush", (BACK,))
PUBLIC = Client("public", None, (BACK,))
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "client",
    "redirect_uri": BACK,
    "scope": "openid email offline_access conversation:read conversation:chat",
    "state": "s 1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
WHO = {"client_id": "client", "client_secret": "hush"}
OAUTH = "/api/v1/oauth2"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KnowledgeServer]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nYou get 27 days of leave a year.\n")
    options = Options(tmp_path / "docs", tmp_path / "k.db", speed=0, clients=(CLIENT, PUBLIC))
    async with KnowledgeServer.running(options) as running:
        yield running


@pytest.fixture
async def http(server: KnowledgeServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=False, base_url=server.url, timeout=10) as client:
        yield client


async def back(
    http: httpx.AsyncClient, user: str = ADA, decision: str = "allow", **changes: str
) -> dict[str, Any]:
    """Go through the pages as a person does, and return what the client is told."""
    sent = await http.get(f"{OAUTH}/authorize", params=ASKED | changes)
    assert sent.status_code == 302
    page = await http.get(sent.headers["location"])
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    name = re.search(r'name="request" value="([^"]+)"', page.text)
    assert name is not None
    form = {"request": name.group(1), "user": user, "decision": decision}
    decided = await http.post("/oauth/authorize", data=form)
    assert decided.headers["location"].startswith(BACK)
    again = await http.post("/oauth/authorize", data=form)
    assert again.status_code == 404
    return {key: values[0] for key, values in parse_qs(urlsplit(decided.headers["location"]).query).items()}


async def exchange(http: httpx.AsyncClient, code: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return await http.post(f"{OAUTH}/token", data=WHO | form | changes)


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post(
        f"{OAUTH}/token", json=WHO | {"grant_type": "refresh_token", "refresh_token": token}
    )


async def test_discovery_tells_the_addresses(http: httpx.AsyncClient) -> None:
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        found = (await http.get(path)).json()
        assert found["token_endpoint"] == f"{str(http.base_url).rstrip('/')}{OAUTH}/token"


async def test_a_person_lets_a_client_in_and_the_token_is_theirs(http: httpx.AsyncClient) -> None:
    told = await back(http)
    assert told["state"] == "s 1"
    granted = await exchange(http, told["code"])
    assert granted.status_code == 200
    body = granted.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    signed = {"Authorization": f"Bearer {body['access_token']}"}
    who = (await http.get(f"{OAUTH}/userinfo", headers=signed)).json()
    assert (who["user_id"], who["email"]) == (ADA, "ada@example.com")


async def test_who_denies_is_sent_back_with_the_reason(http: httpx.AsyncClient) -> None:
    told = await back(http, decision="deny")
    assert (told["error"], told["state"]) == ("access_denied", "s 1")
    assert "code" not in told


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "nobody"}, 401),
        ({"redirect_uri": "https://evil.example.com/"}, 400),
        ({"state": ""}, 400),
        ({"response_type": "token"}, 400),
        ({"scope": "everything"}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"client_id": "public", "code_challenge": ""}, 400),
    ],
)
async def test_a_request_that_is_none_leads_nowhere(
    http: httpx.AsyncClient, changes: dict[str, str], status: int
) -> None:
    found = await http.get(f"{OAUTH}/authorize", params=ASKED | changes)
    assert found.status_code == status
    assert "location" not in found.headers


async def test_a_code_is_good_once_and_used_again_it_revokes_what_it_gave(http: httpx.AsyncClient) -> None:
    code = (await back(http))["code"]
    given = (await exchange(http, code)).json()
    signed = {"Authorization": f"Bearer {given['access_token']}"}
    assert (await http.get(f"{OAUTH}/userinfo", headers=signed)).status_code == 200
    again = await exchange(http, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await http.get(f"{OAUTH}/userinfo", headers=signed)).status_code == 401
    assert (await refresh(http, given["refresh_token"])).status_code == 400


@pytest.mark.parametrize(("dialect", "status"), [("agui", 400), ("v09", 302)])
async def test_only_generations_with_projects_know_their_scopes(
    tmp_path: Path, dialect: Dialect, status: int
) -> None:
    (tmp_path / "docs").mkdir()
    options = Options(tmp_path / "docs", tmp_path / "k.db", dialect, clients=(CLIENT,))
    async with (
        KnowledgeServer.running(options) as server,
        httpx.AsyncClient(verify=False, base_url=server.url) as http,
    ):
        sent = await http.get(f"{OAUTH}/authorize", params=ASKED | {"scope": "project:read"})
    assert sent.status_code == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code_verifier": "w" * 64}, 400),
        ({"code_verifier": ""}, 400),
        ({"redirect_uri": "http://127.0.0.1:10/"}, 400),
        ({"client_secret": "loud"}, 401),
        ({"client_id": "public", "client_secret": ""}, 400),
        ({"grant_type": "password"}, 400),
    ],
)
async def test_a_code_is_good_for_who_asked_for_it_alone(
    http: httpx.AsyncClient, changes: dict[str, str], status: int
) -> None:
    refused = await exchange(http, (await back(http))["code"], **changes)
    assert refused.status_code == status
    assert isinstance(refused.json()["error"], str)


async def test_a_request_without_a_grant_type_is_refused_in_the_apis_own_shape(
    http: httpx.AsyncClient,
) -> None:
    refused = await http.post(f"{OAUTH}/token", data=WHO)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_the_client_signs_in_by_header_too(http: httpx.AsyncClient) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": (await back(http))["code"],
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    assert (await http.post(f"{OAUTH}/token", data=form, auth=("client", "hush"))).status_code == 200


async def test_a_refresh_token_is_good_once_and_then_dead_at_once(http: httpx.AsyncClient) -> None:
    first = (await exchange(http, (await back(http))["code"])).json()["refresh_token"]
    second = (await refresh(http, first)).json()
    assert second["refresh_token"] != first
    dead = await refresh(http, first)
    assert (dead.status_code, dead.json()) == (
        400,
        {"error": "server_error", "error_description": "Refresh token has been revoked"},
    )
    never = await refresh(http, "never given")
    assert never.json()["error_description"] == "Invalid refresh token"
    assert (await refresh(http, second["refresh_token"])).status_code == 200


async def test_without_offline_access_no_refresh_token_comes(http: httpx.AsyncClient) -> None:
    told = await back(http, scope="openid conversation:read")
    assert "refresh_token" not in (await exchange(http, told["code"])).json()


async def test_revoking_is_always_fine_and_ends_either_token(http: httpx.AsyncClient) -> None:
    granted = (await exchange(http, (await back(http))["code"])).json()
    for token in (granted["access_token"], granted["refresh_token"], "never given"):
        assert (await http.post(f"{OAUTH}/revoke", data=WHO | {"token": token})).status_code == 200
    assert (await refresh(http, granted["refresh_token"])).status_code == 400
    signed = {"Authorization": f"Bearer {granted['access_token']}"}
    refused = await http.get(f"{OAUTH}/userinfo", headers=signed)
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "Token has been revoked")


async def test_an_expired_token_says_so(server: KnowledgeServer, http: httpx.AsyncClient) -> None:
    granted = (await exchange(http, (await back(http))["code"])).json()
    server.tokens.expire_all(ADA)
    refused = await http.get(
        "/api/v1/conversations", headers={"Authorization": f"Bearer {granted['access_token']}"}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "OAUTH_EXPIRED_TOKEN")


async def test_a_token_reaches_its_own_users_conversations_and_nobody_elses(
    server: KnowledgeServer, http: httpx.AsyncClient
) -> None:
    signed = {}
    for user in (ADA, BEN):
        granted = (await exchange(http, (await back(http, user))["code"])).json()
        signed[user] = {"Authorization": f"Bearer {granted['access_token']}"}
    body = {"query": "How many days of leave?", "chatMode": "internal_search"}
    asked = await http.post("/api/v1/conversations/stream", json=body, headers=signed[ADA])
    assert asked.status_code == 200
    (conversation,) = await server.conversations()
    assert conversation.owner == ADA
    mine = await http.get(f"/api/v1/conversations/{conversation.id}", headers=signed[ADA])
    theirs = await http.get(f"/api/v1/conversations/{conversation.id}", headers=signed[BEN])
    assert (mine.status_code, theirs.status_code) == (200, 404)


async def test_a_token_without_the_scope_is_refused_by_name(http: httpx.AsyncClient) -> None:
    told = await back(http, scope="openid conversation:read")
    signed = {"Authorization": f"Bearer {(await exchange(http, told['code'])).json()['access_token']}"}
    body = {"query": "How many days of leave?", "chatMode": "internal_search"}
    refused = await http.post("/api/v1/conversations/stream", json=body, headers=signed)
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "Insufficient scope. Required: conversation:chat"


def test_codes_last_ten_minutes() -> None:
    now = [1_000.0]
    users = Users(DEMO_USERS)
    authorizer = Authorizer((CLIENT,), Tokens(users, {}), 3600, lambda: now[0])
    ada = users.named(ADA)
    assert ada is not None
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}

    def code() -> str:
        return parse_qs(urlsplit(authorizer.allow(authorizer.ask(ASKED), ada)).query)["code"][0]

    early, late = code(), code()
    now[0] += 599
    assert authorizer.grant(WHO | form | {"code": early})
    now[0] += 1
    with pytest.raises(OAuthError, match="expired"):
        authorizer.grant(WHO | form | {"code": late})


OF_ADA = DEMO_USERS[1]


def tokens(now: float = 0) -> Tokens:
    return Tokens(Users(DEMO_USERS), {"demo-token": SERVICE_USER.id}, clock=lambda: now)


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ("Bearer demo-token", SERVICE_USER),
        (f"Bearer user:{OF_ADA.id}", OF_ADA),
        ("bearer user:Ada@Example.com", OF_ADA),
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
    caller = table.identify(f"Bearer {table.issue(OF_ADA.id, frozenset({'conversation:read'}))}")
    caller.require("conversation:read")
    with pytest.raises(Forbidden, match=r"Insufficient scope\. Required: conversation:chat"):
        caller.require("conversation:chat")


def test_an_access_token_expires() -> None:
    now = [0.0]
    table = Tokens(Users(DEMO_USERS), {}, clock=lambda: now[0])
    token = table.issue(OF_ADA.id, frozenset(), lifetime=60)
    now[0] = 61
    with pytest.raises(Unauthorized) as refused:
        table.identify(f"Bearer {token}")
    assert (refused.value.message, refused.value.error_code) == (
        "Access token has expired",
        "OAUTH_EXPIRED_TOKEN",
    )


def test_a_revoked_access_token_is_refused() -> None:
    table = tokens()
    token = table.issue(OF_ADA.id, frozenset())
    table.revoke(token)
    with pytest.raises(Unauthorized) as refused:
        table.identify(f"Bearer {token}")
    assert refused.value.error_code == "OAUTH_INVALID_TOKEN"
