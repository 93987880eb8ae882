"""The page's templates."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


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
