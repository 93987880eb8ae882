"""Whose address a request comes from, directly and behind proxies."""

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.slack.http import caller


@pytest.mark.parametrize(
    ("trusted", "forwarded", "found"),
    [
        (0, ["203.0.113.7"], "192.0.2.1"),
        (1, [], "192.0.2.1"),
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (1, ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (2, ["198.51.100.1, 203.0.113.7, 10.0.0.3"], "203.0.113.7"),
        (2, ["203.0.113.7"], "203.0.113.7"),
        (1, ["203.0.113.7:51234"], "203.0.113.7"),
        (1, ["[2001:db8:1:2::7]:51234"], "2001:db8:1:2::/64"),
        (1, ["2001:db8:1:2:ffff::8"], "2001:db8:1:2::/64"),
        (1, ["::ffff:203.0.113.7"], "203.0.113.7"),
        (1, ['unknown, "><script>'], "unknown"),
        (1, ["x" * 8_000], "unknown"),
    ],
)
def test_a_caller_is_who_the_outermost_trusted_proxy_saw(
    trusted: int, forwarded: list[str], found: str
) -> None:
    request = make_mocked_request("GET", "/slack/install")
    headers = request.headers.copy()
    for each in forwarded:
        headers.add("X-Forwarded-For", each)
    assert caller(request.clone(headers=headers, remote="192.0.2.1"), trusted) == found
