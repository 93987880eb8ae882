"""Markdown as a model writes it, made safe and fit for Slack's `markdown` block."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

# Fenced blocks and inline code: what stands in them is nobody's markup.
_CODE = re.compile(
    r"(^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)[`~]*\s*$|\Z)|(?P<ticks>`+)[^\n]+?(?P=ticks))",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(
    r"!?\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"\n]*\")?\)"
)
_MARKER = re.compile(r"\[(\d{1,3})\](?!\(|\w|:)")
# What would notify people or name them: users, channels, groups, @channel and its like.
_MENTION = re.compile(r"<(?=@[UWB]|#[CGD]|!(?:channel|here|everyone|subteam|date))")
_WORD_JOINER = "\u2060"


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return `text` with `change` applied to all of it that is not code."""
    done: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        done += [change(text[end : code.start()]), code.group(0)]
        end = code.end()
    return "".join(done) + change(text[end:])


def safe(text: str, frontend: str) -> str:
    """Return Markdown that notifies nobody, loads no image and links to the web and to mail only.

    Links to the server's own records are relative; `frontend` completes them.
    """

    def safe_link(link: re.Match[str]) -> str:
        label, url = link.group("label"), link.group("url")
        url = completed(url, frontend)
        if web_address(url) or url.startswith("mailto:"):
            return f"[{label or url}]({url})"
        return label or url

    return _MENTION.sub("<" + _WORD_JOINER, outside_code(text, lambda prose: _LINK.sub(safe_link, prose)))


def with_links(text: str, url_of: Callable[[int], str | None]) -> str:
    """Return Markdown in which each citation marker links to its source, where it has an address."""

    def linked(marker: re.Match[str]) -> str:
        url = url_of(int(marker.group(1)))
        return f"[[{marker.group(1)}]]({url})" if url else marker.group(0)

    def numbered(link: re.Match[str]) -> str:
        # Newer servers write [1](address); brackets set the number apart from the sentence.
        label, url = link.group("label"), link.group("url")
        if not label.isdecimal():
            return link.group(0)
        url = url_of(int(label)) or url
        return f"[[{label}]]({url})"

    def change(prose: str) -> str:
        done: list[str] = []
        end = 0
        for link in _LINK.finditer(prose):
            done += [_MARKER.sub(linked, prose[end : link.start()]), numbered(link)]
            end = link.end()
        return "".join(done) + _MARKER.sub(linked, prose[end:])

    return outside_code(text, change)


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
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
