"""The pictures of people and apps, drawn here: the page loads none from elsewhere."""

from markupsafe import Markup

from bot.demo.workspace.model import User
from bot.demo.workspace.page.render.html import tag


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
