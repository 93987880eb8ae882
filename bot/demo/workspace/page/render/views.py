"""Modals and the app's Home tab."""

from markupsafe import Markup

from bot.demo.workspace.model import User, View
from bot.demo.workspace.page.render.avatars import avatar
from bot.demo.workspace.page.render.blocks import blocks
from bot.demo.workspace.page.render.frame import Frame
from bot.demo.workspace.page.render.html import dom_id, plain, tag
from bot.demo.workspace.page.render.reader import Reader
from bot.demo.workspace.page.templating import filled


def modal(view: View, depth: int, app: User, reader: Reader) -> Markup:
    """Return a modal; `depth` is how many views lie under it."""
    frame = Frame(reader, dom_id(view.id), view.state, view.errors)
    has_input = any(block.get("type") == "input" for block in view.blocks)
    return filled(
        "modal.html",
        view=view,
        depth=depth,
        app=app,
        picture=avatar(app),
        title=plain(view.payload.get("title")),
        submit=plain(view.payload.get("submit")) or ("Submit" if has_input else ""),
        close=plain(view.payload.get("close")) or "Cancel",
        body=blocks(view.blocks, frame),
        error=view.errors.get("", ""),
    )


def home(view: View | None, app_name: str, reader: Reader) -> Markup:
    """Return the Home tab, or a word about its absence until the app publishes one."""
    if view is None:
        return tag("div", {"class": "home-empty"}, f"{app_name} has not published its Home tab yet.")
    frame = Frame(reader, dom_id(view.id), view.state, view.errors)
    return tag(
        "div", {"id": f"home-{view.id}", "class": "home", "data-view": view.id}, blocks(view.blocks, frame)
    )
