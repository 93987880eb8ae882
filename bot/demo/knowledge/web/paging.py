"""Pages of a list, as PipesHub counts them."""

from bot.demo.knowledge.store.rows import Json


def pages(page: int, limit: int, total: int) -> Json:
    """Return where a page stands among the others; pages count from 1."""
    count = -(-total // limit)
    return {
        "page": page,
        "limit": limit,
        "totalCount": total,
        "totalPages": count,
        "hasNextPage": page < count,
        "hasPrevPage": page > 1,
    }
