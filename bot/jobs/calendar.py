"""What is done when. Hours are UTC's."""

from bot.flows.forgetting import Forgetting
from bot.flows.idling import Idling
from bot.flows.reporting import Reporting
from bot.jobs.slots import Slotted

HOUR = 3_600
DAY = 24 * HOUR
WEEK = 7 * DAY

MONDAY = 4 * DAY
"""The first one of 1970, whose first day was a Thursday."""


def calendar(
    forgetting: Forgetting, idling: Idling | None = None, reporting: Reporting | None = None
) -> list[Slotted]:
    """Return the scheduled work: at night what nobody waits for, the note when the week's work begins."""
    work = [
        Slotted("retention", DAY, 2 * HOUR, forgetting.forget),
        Slotted("claims", DAY, 3 * HOUR, forgetting.expire),
    ]
    if idling is not None:
        work.append(Slotted("archiving", DAY, 4 * HOUR, idling.archive))
    if reporting is not None:
        work.append(Slotted("report", WEEK, MONDAY + 9 * HOUR, reporting.report))
    return work
