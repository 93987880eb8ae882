"""Which addresses a link may lead to, and whether what a reader sees of it tells the truth."""

import re
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_CHECKED_LABEL = 500  # characters of a label in which an address is looked for; Slack shows fewer

_FILE_ENDINGS = re.compile(
    "bat|c|cc|cfg|conf|cpp|cs|css|csv|doc|docx|exe|gif|go|gz|h|html|ini|ipynb|java|jpeg|jpg|js|json|jsx|kt|lock|"
    "log|md|mdx|mp3|mp4|odt|pdf|php|png|ppt|pptx|ps1|py|rb|rs|rst|rtf|scss|sh|sql|svg|tar|tex|toml|ts|tsv|tsx|"
    "txt|wav|webp|xls|xlsx|xml|yaml|yml|zip"
)
# Full stops of other scripts separate the parts of a host too: https://www.unicode.org/reports/tr46/
_DOT = "[.\u2024\u3002\uff0e\uff61]"
_ADDRESS = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]{{0,20}}://)?(?P<host>(?:[\w-]{{1,63}}{_DOT}){{1,9}}[^\W\d_][\w-]{{1,62}})(?P<path>[:/?#])?",
    re.IGNORECASE,
)
_ANY_DOT = re.compile(_DOT)


def is_web_url(url: str | None) -> bool:
    """Return whether `url` is an absolute address that a link may lead to.

    One with a user's name before its host is none: `https://hub.example.com@evil.example` looks like another.
    """
    if not url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def host_of(url: str) -> str:
    """Return the host of an address in small letters, empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_inside(host: str) -> bool:
    """Return whether a host is this machine, or an address that only its own network reaches."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # Browsers read numbers such as 2130706433, 0x7f.1 and 127.1 as addresses too.
        address = ip_address(host.partition("%")[0] if ":" in host else socket.inet_aton(host))
    except (OSError, ValueError):  # a name
        return False
    return not address.is_global


def host_to_show(url: str) -> str:
    """Return the host of an address as browsers look it up, where its letters can look like others."""
    host = host_of(url)
    return _ascii(host) if not host.isascii() or "xn--" in host else ""


def claims_another_host(label: str, url: str) -> bool:
    """Return whether a link's label reads like the address of another host than that of `url`.

    A host that the one of `url` is a part of is none; neither is a file's name.
    """
    actual = _ascii(
        host_of(url) or url.lower().rpartition("@")[2]
    )  # of an e-mail address what is behind the @
    for found in _ADDRESS.finditer(label[:MAX_CHECKED_LABEL]):
        host = _ANY_DOT.sub(".", found["host"]).lower()
        is_file = _FILE_ENDINGS.fullmatch(host.rpartition(".")[2])
        if is_file and not (found["scheme"] or found["path"]):
            continue
        claimed = _ascii(host).removeprefix("www.")
        if actual != claimed and not actual.endswith(f".{claimed}"):
            return True
    return False


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
