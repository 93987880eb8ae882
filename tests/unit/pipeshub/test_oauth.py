import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import LinkRefused, PipesHubError, ServerFailed, TooManyRequests
from bot.domain.people import AccountTokens
from bot.pipeshub.http import Server
from bot.pipeshub.oauth import PipesHubOAuth, code_challenge, new_verifier, read_endpoints

API = "https://pipeshub.example.com/api/v1"
MOUNTED = {
    "authorization_endpoint": f"{API}/oauth2/authorize",
    "token_endpoint": f"{API}/oauth2/token",
    "revocation_endpoint": f"{API}/oauth2/revoke",
    "userinfo_endpoint": f"{API}/oauth2/userinfo",
}


def test_the_challenge_is_that_of_the_rfc() -> None:
    assert code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_verifiers_have_the_form_of_the_rfc_and_never_repeat() -> None:
    found = {new_verifier() for _ in range(100)}
    assert len(found) == 100
    assert all(43 <= len(each) <= 128 and each.replace("-", "").replace("_", "").isalnum() for each in found)


def test_endpoints_are_where_the_server_says() -> None:
    said = {
        "authorization_endpoint": "https://pipeshub.example.com/login",
        "token_endpoint": "https://pipeshub.example.com:443/t",
        "revocation_endpoint": "https://pipeshub.example.com/r",
        "userinfo_endpoint": "https://pipeshub.example.com/u",
    }
    assert read_endpoints(API, said) == said


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com/token",
        "http://pipeshub.example.com/token",
        "https://pipeshub.example.com:8443/token",
        "https://pipeshub.example.com@evil.example.com/token",
        "https://evil.example.com\\@pipeshub.example.com/token",
        "//pipeshub.example.com/token",
        "/token",
        "javascript:alert(1)",
        "https://[bad/token",
        "https://pipeshub.example.com:port/token",
        "",
        None,
        7,
        {"url": "x"},
    ],
)
def test_what_is_no_address_of_the_same_origin_counts_as_left_out(elsewhere: object) -> None:
    assert read_endpoints(API, dict.fromkeys(MOUNTED, elsewhere)) == MOUNTED


@given(st.dictionaries(st.text(), st.text()))
def test_whatever_a_server_says_tokens_stay_with_it(document: dict[str, str]) -> None:
    said = document | dict.fromkeys(("token_endpoint", "userinfo_endpoint"), next(iter(document), ""))
    found = read_endpoints(API, said)
    assert found["token_endpoint"].startswith("https://pipeshub.example.com")
    assert found["userinfo_endpoint"].startswith("https://pipeshub.example.com")


@pytest.mark.parametrize(
    ("url", "root"),
    [
        (API, "https://pipeshub.example.com"),
        ("https://example.com/pipeshub/api/v1", "https://example.com/pipeshub"),
    ],
)
async def test_discovery_is_at_the_servers_root(url: str, root: str) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(404)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        oauth = PipesHubOAuth(Server(http, url), "client", "", "https://bot.example.com/back")
        address = await oauth.authorization_url("state", new_verifier())
    assert asked == [
        f"{root}/.well-known/oauth-authorization-server",
        f"{root}/.well-known/openid-configuration",
    ]
    assert address.startswith(f"{root}/api/v1/oauth2/authorize?")


def test_tokens_do_not_show() -> None:
    assert "secret" not in repr(AccountTokens("secret access", "secret refresh", 1.0))


@pytest.mark.parametrize(
    ("status", "kind"), [(429, TooManyRequests), (400, LinkRefused), (503, ServerFailed)]
)
async def test_a_limit_of_the_token_endpoint_is_no_refusal(status: int, kind: type[PipesHubError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status if request.method == "POST" else 404, json={"error": "x"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        oauth = PipesHubOAuth(Server(http, API), "client", "", "https://bot.example.com/back")
        with pytest.raises(kind):
            await oauth.exchange("code", new_verifier())
