"""Keeping other sites out: a page elsewhere must not act in the workspace through a visitor's browser."""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with everything the page serves: only its own files are loaded, and nobody frames it."""


def check_host(request: web.Request) -> None:
    """Raise HTTPForbidden unless the page was asked for by an address of this computer, or its bare number.

    A name that somebody else's DNS points here would otherwise make their page the same origin as ours.
    """
    name = urlsplit(f"//{request.host}").hostname or ""
    if name != "localhost" and not name.endswith(".localhost") and not _is_address(name):
        raise web.HTTPForbidden(text=f"This page is not served under the name {name!r}.")


def check_origin(request: web.Request) -> None:
    """Raise HTTPForbidden unless the request comes from this very page, as JSON."""
    check_host(request)
    if request.content_type != "application/json":
        raise web.HTTPForbidden(text="Only JSON is taken here.")
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in {None, "same-origin"} or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="Only this page itself may ask for that.")
    if site is None and origin is None:
        raise web.HTTPForbidden(text="The request does not say which page it comes from.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
