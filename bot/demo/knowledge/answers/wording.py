"""The sentences an answer is framed in."""

import hashlib
from collections.abc import Sequence

OPENINGS = (
    "“{title}” has this under *{heading}*.",
    "The answer is in “{title}”, in the part on *{heading}*.",
    "Here is what “{title}” says in the part on *{heading}*.",
)
OPENINGS_WITHOUT_HEADING = (
    "“{title}” covers this.",
    "The answer is in “{title}”.",
    "Here is what “{title}” says.",
)
OPENINGS_AGAIN = (
    "Looked at again, this time starting with *{heading}* in “{title}”.",
    "Another way to answer it: “{title}”, in the part on *{heading}*.",
    "Put differently, with the part on *{heading}* in “{title}” first.",
)
UNSURE = "I found no direct answer; “{title}” comes closest, in the part on *{heading}*."


def opening(title: str, heading: str, seed: str, attempt: int, *, sure: bool) -> str:
    """Return the sentence that leads to the best passage."""
    named = bool(heading) and heading.lower() != title.lower()
    if not sure:
        patterns: tuple[str, ...] = (UNSURE,)
    elif attempt:
        patterns = OPENINGS_AGAIN
    else:
        patterns = OPENINGS if named else OPENINGS_WITHOUT_HEADING
    return patterns[(_number(seed) + attempt) % len(patterns)].format(title=title, heading=heading or title)


def addition(titles: Sequence[str]) -> str:
    """Return the sentence that names further documents, with the space before it; "" where there are none."""
    if not titles:
        return ""
    return f" {_listed([f'“{each}”' for each in titles])} {'adds' if len(titles) == 1 else 'add'} to it."


def nothing_found(subject: Sequence[str], documents: int, titles: Sequence[str]) -> str:
    """Return what is said when no document answers."""
    about = f"about *{' '.join(subject)}* " if subject else "on that "
    plural = "document" if documents == 1 else "documents"
    honest = f"I found nothing {about}in the {documents} {plural} I can read, so I would rather not guess."
    if not titles:
        return honest
    return (
        f"{honest}\n\nOther words may help, or ask about something I do know, for instance {_listed(titles)}."
    )


def greeting(documents: int, titles: Sequence[str]) -> str:
    """Return what is said to somebody who has not asked anything yet."""
    plural = "document" if documents == 1 else "documents"
    known = f" They cover, among other things, {_listed(titles)}." if titles else ""
    return (
        f"Ask me a question in your own words, and I will look it up in the {documents} {plural} I can read "
        f"and say where each part of the answer comes from.{known}"
    )


def _listed(names: Sequence[str]) -> str:
    """Return names as English lists them."""
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _number(seed: str) -> int:
    return hashlib.blake2s(seed.encode(), digest_size=2).digest()[0]
