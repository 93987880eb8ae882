"""Text that can be encoded and stored."""


def whole(text: str) -> str:
    """Join surrogate pairs and replace halves of them.

    JSON may escape an emoji as two halves, and a delta can end between them.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable(text: str) -> str:
    """Return a text without what no database holds: halves of characters, and NULs."""
    return whole(text).replace("\0", "")
