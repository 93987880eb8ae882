"""The three generations of the API this server can speak."""

from typing import Literal

Dialect = Literal["documented", "legacy", "agui"]
"""`documented`: as the published description; `legacy`: as 0.2 and 0.3; `agui`: as 0.6."""

DIALECTS: tuple[Dialect, ...] = ("documented", "legacy", "agui")
