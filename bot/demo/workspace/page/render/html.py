"""Writing HTML so that nothing a person or an app wrote is taken for markup; templates and avatars."""

import html
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.demo.workspace.model import User

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


def dicts(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever an app sent
    """Return the objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def avatar(user: User) -> Markup:
    """Return a person's initials on their colour, or the mark of an app."""
    inside = _mark() if user.is_bot else _initials(user)
    return tag("svg", {"class": "avatar", "viewBox": "0 0 36 36", "aria-hidden": "true"}, *inside)


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def _initials(user: User) -> list[Markup]:
    return [
        tag("rect", {"width": 36, "height": 36, "fill": user.color}),
        tag("path", {"d": "M36 0v36H0z", "fill": "#000", "fill-opacity": "0.1"}),
        tag(
            "text",
            {"x": 18, "y": 23, "fill": "#fff", "font-size": 14, "font-weight": 700, "text-anchor": "middle"},
            initials(user.real_name or user.name),
        ),
    ]


def _mark() -> list[Markup]:
    """Return a drawing of pipes that meet in one point."""
    pipe = {"fill": "none", "stroke": "#fff", "stroke-width": "2.6", "stroke-linecap": "round"}
    return [
        tag("rect", {"width": 36, "height": 36, "fill": "#16213f"}),
        tag("path", {"d": "M8 10h5c4 0 4 8 8 8M8 26h5c4 0 4-8 8-8M8 18h13", **pipe}),
        tag("circle", {"cx": 25, "cy": 18, "r": "4.4", "fill": "#35d0a5"}),
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bot.demo.workspace.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def filled(template: str, **values: Any) -> Markup:  # noqa: ANN401 - whatever the template shows
    """Return a template of the page, filled in; everything that is not `Markup` is escaped."""
    return Markup(_environment().get_template(template).render(values))  # noqa: S704 - autoescape is on
