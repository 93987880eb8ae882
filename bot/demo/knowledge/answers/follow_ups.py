"""Questions somebody could ask next, made of headings near the answer."""

import re
from collections.abc import Iterable, Sequence

from bot.demo.knowledge.answers.words import stems
from bot.demo.knowledge.documents.index import Record

MOST = 3
UNTELLING = re.compile(
    r"^(overview|introduction|intro|summary|contents?|see also|references?|examples?|notes?|links|related|"
    r"usage|background|purpose|scope|appendix|faq|changelog|history|description|synopsis|misc|other|general|options|"
    r"parameters|arguments|returns?|questions( and answers)?|where to .*|who to ask.*|help|about this .*|"
    r"further reading|more|top|api|todo|at a glance)$",
    re.IGNORECASE,
)
LONGEST_HEADING = 48
PARTICLE = 3
"""Letters; "and" and "for" are small in any style."""
TITLE_CASE_FROM = 3
"""Words; two capitals in a row may as well be a verb and a name."""
DEPENDENT = re.compile(r"^(After|At|Before|During|For|If|In|On|While|With|Without) ")
"""How a heading begins that is no subject of a question."""
CLAUSE = re.compile(r"^(How|What|When|Where|Who|Why|Which)\b")
ASKING = re.compile(r"^\w+ (do|does|did|is|are|can|could|should|will|would|must|has|have)\b")
GERUND = re.compile(
    r"^(?!(Getting|Meeting|Training|Parking|Pricing|Briefing|Building)\b)[A-Z][a-z]+ing (?!and\b)\w"
)
PATTERNS = (
    "What does {title} say about {heading}?",
    "What should I know about {heading}?",
    "Can you tell me more about {heading}?",
)


def follow_ups(
    headings: Sequence[tuple[Record, str]], used: Iterable[str], asked: str, turn: int
) -> tuple[str, ...]:
    """Return up to three questions about headings not `used` yet; `turn` varies how they are put."""
    done = [frozenset(stems(each)) for each in (*used, asked)]
    found: list[str] = []
    for record, heading in headings:
        own = frozenset(stems(heading))
        telling = not UNTELLING.match(heading) and re.fullmatch(r"[A-Z][\w\s,'?&-]{4,}", heading)
        if (
            not telling
            or DEPENDENT.match(heading)
            or len(heading) > LONGEST_HEADING
            or heading == record.title
        ):
            continue
        if any(own <= each or (each and each <= own) for each in done):
            continue
        done.append(own)
        found.append(_put(record.title, heading, turn + len(found)))
        if len(found) == MOST:
            break
    return tuple(found)


def _put(title: str, heading: str, turn: int) -> str:
    if heading.endswith("?"):
        return heading
    if CLAUSE.match(heading):
        return (
            f"{heading}?" if ASKING.match(heading) else f"Can you explain {heading[0].lower()}{heading[1:]}?"
        )
    spoken = _spoken(heading)
    if GERUND.match(heading):
        return f"How does {spoken} work?"
    return PATTERNS[turn % len(PATTERNS)].format(title=f"“{title}”", heading=spoken)


def _spoken(heading: str) -> str:
    """Return a heading as it stands inside a sentence; names and abbreviations keep their capitals."""
    words = heading.split()
    title_case = len(words) >= TITLE_CASE_FROM and all(
        word[0].isupper() or len(word) <= PARTICLE for word in words
    )
    return " ".join(_lowered(word) if title_case or at == 0 else word for at, word in enumerate(words))


def _lowered(word: str) -> str:
    return word.lower() if re.fullmatch(r"[A-Z][a-z'-]*\W?", word) and word != "I" else word
