"""Where links may lead, and how an address is written in Markdown."""

import html
import re
from urllib.parse import quote, urlsplit

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")
# What would end the address, begin a mention or other markup, or be taken for an entity.
_UNFIT = re.compile(r"[\x00-\x20\x7f<>\"\\`|{}^\[\]]|@(?=(?:channel|here|everyone))")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MAIL = re.compile(r"mailto:[^\s@:<>]+@[^\s@:<>]+", re.IGNORECASE)
_BALANCED = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")


def completed(url: str, frontend: str) -> str:
    """Return an address of the server's own, which is relative, under `frontend`; others stay."""
    own = url.startswith("/") and not url.startswith("//")
    return frontend.rstrip("/") + url if own else url


def web_address(url: str | None) -> bool:
    """Return whether `url` is an absolute address that a link may lead to."""
    if not url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def reachable(target: str, frontend: str) -> str | None:
    """Return the address that a link's `target` in Markdown stands for, None where no link may lead there."""
    url = _ESCAPED.sub(lambda found: found[1] or html.unescape(found[0]), target).strip()
    url = completed(url, frontend)
    return url if web_address(url) or _MAIL.fullmatch(url) else None


def written(url: str) -> str:
    """Return an address as Markdown takes it between parentheses."""
    url = _UNFIT.sub(lambda found: quote(found[0], safe="") if found[0] != "@" else "%40", url)
    if not _BALANCED.fullmatch(url):
        url = url.replace("(", "%28").replace(")", "%29")
    return _ENTITY.sub("&amp;", url)
