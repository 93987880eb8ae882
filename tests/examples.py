"""How many examples a property is tried with."""

import os

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE", "dev") == "ci"


def examples(thorough: int) -> int:
    """Return `thorough` under HYPOTHESIS_PROFILE=ci, and a quarter of it in the ordinary run."""
    return thorough if THOROUGH else max(thorough // 4, 10)
