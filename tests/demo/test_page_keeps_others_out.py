"""The page answers its own scripts and nobody else's."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.demo.workspace.server import WorkspaceServer


@pytest.fixture
async def server() -> AsyncIterator[WorkspaceServer]:
    async with WorkspaceServer.running() as running:
        yield running


@pytest.fixture
async def visitor(server: WorkspaceServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=False, base_url=server.url) as client:
        yield client


def body(server: WorkspaceServer) -> dict[str, str]:
    channel = server.workspace.channel("general").id
    return {"as": server.workspace.user("mara").id, "channel": channel, "text": "hello"}


async def test_the_pages_own_script_may_act(server: WorkspaceServer, visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/page/act/post", json=body(server), headers={"Origin": server.url})
    assert answer.json()["ok"] is True
    assert server.workspace.messages("general")[0].text == "hello"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
async def test_other_sites_may_not_act(
    server: WorkspaceServer, visitor: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await visitor.post("/page/act/post", json=body(server), headers=headers)
    assert answer.status_code == 403
    assert server.workspace.messages("general") == []


async def test_a_form_of_another_site_is_no_act(server: WorkspaceServer, visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/page/act/post", data=body(server), headers={"Origin": server.url})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/as/U1", "/page/stream?at=/as/U1", "/page/static/page.js"])
async def test_a_foreign_name_for_this_address_is_refused(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "name", ["../routes.py", "..%2Froutes.py", "%2e%2e/routes.py", "nothing.css", "message.html"]
)
async def test_only_the_pages_own_files_are_served(visitor: httpx.AsyncClient, name: str) -> None:
    assert (await visitor.get(f"/page/static/{name}")).status_code == 404


async def test_the_page_forbids_foreign_scripts_styles_and_frames(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/", follow_redirects=True)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "wrong",
    [
        {"as": "UNOBODY"},
        {"as": 3},
        {},
        {"text": 7},
        [],
        "text",
    ],
)
async def test_an_act_that_makes_no_sense_is_a_bad_request(
    server: WorkspaceServer, visitor: httpx.AsyncClient, wrong: object
) -> None:
    sent = {**body(server), **wrong} if isinstance(wrong, dict) and wrong else wrong
    answer = await visitor.post("/page/act/post", json=sent, headers={"Origin": server.url})
    assert answer.status_code == 400


@pytest.mark.parametrize("at", ["/as/UNOBODY", "/as/UNOBODY/home", "/nowhere", ""])
async def test_there_is_nothing_to_follow_where_nobody_is(visitor: httpx.AsyncClient, at: str) -> None:
    assert (await visitor.get("/page/stream", params={"at": at})).status_code == 404


async def test_an_address_from_before_a_restart_leads_to_the_start(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/as/UNOBODY/CNOWHERE")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


async def test_nobody_reads_a_channel_they_are_not_in(
    server: WorkspaceServer, visitor: httpx.AsyncClient
) -> None:
    amina, leads = server.workspace.user("amina").id, server.workspace.channel("leads").id
    assert (await visitor.get(f"/as/{amina}/{leads}")).status_code == 302
    assert (await visitor.get("/page/stream", params={"at": f"/as/{amina}/{leads}"})).status_code == 404
