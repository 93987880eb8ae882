"""The edit scheduler, simulated: time is a clock that a test sets."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.replies.rate_limits import (
    MIN_EDIT_INTERVAL,
    UPDATES,
    EditScheduler,
    RateLimit,
    ReplySlot,
    Urgency,
)
from tests.examples import examples
from tests.unit.slack.clock import Clock

STEP = 0.1


@dataclass
class Scene:
    """Replies that always have something new to show, each from its start to its end."""

    spans: list[tuple[float, float]]
    calls: list[float] = field(default_factory=list)
    pictures: dict[int, list[float]] = field(default_factory=dict)
    endings: dict[int, float] = field(default_factory=dict)

    def play(self) -> "Scene":
        """Play it to the last ending; those that find no edit go out as posts and are not counted here."""
        clock = Clock()
        rate_limit = RateLimit(UPDATES, clock)
        scheduler = EditScheduler(rate_limit)
        live: dict[int, ReplySlot] = {}
        for step in range(int(max(end for _, end in self.spans) / STEP) + 2):
            now = clock.now = step * STEP
            for number, (start, end) in enumerate(self.spans):
                if start <= now < end and number not in live:
                    live[number] = scheduler.add_slot()
                    live[number].pending = Urgency.FIRST_TEXT
                if number in live and now >= end:
                    if rate_limit.try_spend():
                        self.calls.append(now)
                        self.endings[number] = now
                    scheduler.remove_slot(live.pop(number))
            while slot := scheduler.next_slot():
                number = next(key for key, each in live.items() if each is slot)
                self.calls.append(now)
                self.pictures.setdefault(number, []).append(now)
            for slot in live.values():
                slot.pending = slot.pending if slot.pending is not None else Urgency.TEXT
        return self


SPANS = st.lists(
    st.tuples(st.floats(0.0, 90.0), st.floats(1.0, 60.0)).map(lambda each: (each[0], each[0] + each[1])),
    min_size=1,
    max_size=80,
)


@settings(deadline=None, max_examples=examples(60))
@given(SPANS)
def test_no_minute_ever_holds_more_calls_than_slack_allows(spans: list[tuple[float, float]]) -> None:
    calls = Scene(spans).play().calls
    for start in calls:
        assert sum(start <= each < start + 60.0 for each in calls) <= UPDATES.calls


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.floats(1.0, 59.0), min_size=1, max_size=30))
def test_each_of_thirty_replies_of_a_minute_finds_an_edit_for_its_ending(ends: list[float]) -> None:
    scene = Scene([(0.0, end) for end in ends]).play()
    assert len(scene.endings) == len(ends)


@settings(deadline=None, max_examples=examples(30))
@given(st.integers(2, 12))
def test_no_reply_starves_beside_others(number: int) -> None:
    pictures = Scene([(0.0, 50.0)] * number).play().pictures
    counts = [len(pictures[each]) for each in range(number)]
    assert max(counts) - min(counts) <= 1


def test_a_lone_reply_is_shown_every_half_second_and_slower_as_the_minute_drains() -> None:
    shown = Scene([(0.0, 55.0)]).play().pictures[0]
    gaps = [later - before for before, later in itertools.pairwise(shown)]
    assert gaps[0] < MIN_EDIT_INTERVAL + 2 * STEP
    assert sum(each < 10.0 for each in shown) >= 18
    assert gaps[-1] > 2 * MIN_EDIT_INTERVAL
    assert max(gaps) < 8.0


def test_the_first_text_of_a_reply_comes_at_once_in_a_quiet_workspace() -> None:
    clock = Clock()
    scheduler = EditScheduler(RateLimit(UPDATES, clock))
    one, other = scheduler.add_slot(), scheduler.add_slot()
    one.pending = other.pending = Urgency.FIRST_TEXT
    clock.now = 0.01
    assert {scheduler.next_slot(), scheduler.next_slot()} == {one, other}


def slots_added(scheduler: EditScheduler, clock: Clock, times: Sequence[float]) -> list[ReplySlot]:
    """Return slots that were added at different times."""
    added = list[ReplySlot]()
    for clock.now in times:
        added += [scheduler.add_slot()]
    return added


def slots_let_through(scheduler: EditScheduler, clock: Clock) -> list[ReplySlot | None]:
    """Return which slot may edit in each of three seconds."""
    through = list[ReplySlot | None]()
    for clock.now in (2.0, 3.0, 4.0):
        through += [scheduler.next_slot()]
    return through


def test_first_texts_come_before_further_texts_and_those_before_progress() -> None:
    clock = Clock()
    scheduler = EditScheduler(RateLimit(UPDATES, clock))
    progress, text, first = slots_added(scheduler, clock, (0.0, 0.1, 0.2))
    progress.pending, text.pending, first.pending = Urgency.PROGRESS, Urgency.TEXT, Urgency.FIRST_TEXT
    assert slots_let_through(scheduler, clock) == [first, text, progress]


def test_of_equals_the_one_speaks_whose_reader_has_waited_longest() -> None:
    clock = Clock()
    scheduler = EditScheduler(RateLimit(UPDATES, clock))
    speakers = slots_added(scheduler, clock, (0.0, 0.1, 0.2))
    for each in speakers:
        each.pending = Urgency.TEXT
    assert slots_let_through(scheduler, clock) == speakers


def test_progress_is_not_worth_a_call_when_few_are_left() -> None:
    clock = Clock()
    rate_limit = RateLimit(UPDATES, clock)
    scheduler = EditScheduler(rate_limit)
    for _ in range(42):
        rate_limit.spend()
    slot = scheduler.add_slot()
    slot.pending = Urgency.PROGRESS
    clock.now = 50.0
    assert scheduler.next_slot() is None
    clock.now = 62.0
    assert scheduler.next_slot() is slot


def test_a_crowd_is_spread_over_the_time_that_answers_usually_take() -> None:
    scene = Scene([(0.0, 20.0)] * 30).play()
    live = sorted(each for shown in scene.pictures.values() for each in shown)
    assert 16 <= len(live) <= UPDATES.calls - 30
    assert 6.0 < live[len(live) // 2] < 11.0


def test_who_looks_again_when_told_to_finds_somebody_to_let_through() -> None:
    clock, passed = Clock(), 0
    scheduler = EditScheduler(RateLimit(UPDATES, clock))
    speakers = [scheduler.add_slot() for _ in range(5)]
    while clock.now < 55.0:
        while scheduler.next_slot():
            passed += 1
        for each in speakers:
            each.pending = Urgency.TEXT
        again = scheduler.next_time()
        assert again is not None
        assert again > clock.now
        clock.now = again
    assert passed > 30


def test_nobody_has_to_look_again_where_nobody_wants_to_speak() -> None:
    scheduler = EditScheduler(RateLimit(UPDATES, Clock()))
    scheduler.add_slot()
    assert scheduler.next_time() is None
