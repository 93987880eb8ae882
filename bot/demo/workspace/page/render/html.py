"""Writing HTML so that nothing a person or an app wrote is taken for markup."""

import html
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

Attribute = str | int | bool | None

EMPTY = Markup()

_VOID = frozenset({"br", "hr", "input", "img"})
_LINKABLE = frozenset({"http", "https", "mailto"})


def tag(name: str, attributes: Mapping[str, Attribute] | None = None, *children: object) -> Markup:
    """Return one element; children that are not `Markup` are escaped.

    An attribute that is None or False is left out, one that is True stands without a value.
    """
    opening = f"<{name}" + "".join(_attribute(key, value) for key, value in (attributes or {}).items()) + ">"
    inside = "" if name in _VOID else f"{joined(children)}</{name}>"
    return Markup(opening + inside)  # noqa: S704 - names are ours, values and children are escaped


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{escape(value)}"'


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Return the parts one after another, escaped where they are not `Markup`."""
    return Markup(between.join([str(escape(part)) for part in parts]))  # noqa: S704 - escaped one by one


def unescaped(text: str) -> str:
    """Undo the three escapes Slack asks apps to write: `&amp;`, `&lt;` and `&gt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def safe_url(url: object) -> str | None:
    """Return the address where it is one to follow (http, https, mailto), else None."""
    text = html.unescape(str(url or "")).strip()
    if any(character <= " " for character in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    reachable = parts.netloc or (parts.scheme == "mailto" and parts.path)
    return text if parts.scheme.lower() in _LINKABLE and reachable else None


def link(url: object, label: object, css: str = "") -> Markup:
    """Return a link that opens beside the page, or the bare label where the address is not to be followed."""
    address = safe_url(url)
    if address is None:
        return tag("span", {"class": css or None}, label)
    return tag(
        "a", {"href": address, "class": css or None, "target": "_blank", "rel": "noopener noreferrer"}, label
    )


def dom_id(*parts: object) -> str:
    """Return an id for an element, made of the parts; the same parts give the same id."""
    return "-".join("".join(c if c.isalnum() else "_" for c in str(part)) for part in parts)


def plain(text_object: Any) -> str:  # noqa: ANN401 - whatever an app sent
    """Return the words of a text object (or of a bare string), its escapes undone."""
    text = text_object.get("text") if isinstance(text_object, Mapping) else text_object
    return unescaped(str(text)) if isinstance(text, str) else ""
