"""The catalogue of what people read: one sentence a key, in English.

A key begins with the feature it belongs to. Placeholders have names, so that another language can put them
in another order.
"""

from bot.sentences.errors import ERRORS
from bot.sentences.interface import INTERFACE

SENTENCES: dict[str, str] = {**ERRORS, **INTERFACE}


def sentence(key: str, **values: object) -> str:
    """Return the sentence of a key, with `values` for its placeholders.

    With a `count` of 1 it is that of `<key>.one`, where the catalogue has one.
    """
    singular = f"{key}.one"
    if values.get("count") == 1 and singular in SENTENCES:
        key = singular
    return SENTENCES[key].format_map(values)
