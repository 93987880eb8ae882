from tests.soak.plan import REPLICAS, Plan
from tests.soak.troubles import PIPESHUB, SLACK, STREAMS


def drawn(seed: int, *, streamed: bool = False) -> Plan:
    return Plan.drawn(seed, seconds=60, questions=200, kills=12, troubles=300, streamed=streamed)


def test_the_same_seed_draws_the_same_plan_and_another_one_another() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_every_question_is_asked_once_in_one_of_forty_threads() -> None:
    plan = drawn(7)
    asked = [each.number for talk in plan.talks for each in talk.asks]
    assert asked == list(range(1, 201))
    assert len(plan.talks) == 40
    assert plan.questions == 200


def test_everything_happens_in_its_order_and_in_time() -> None:
    plan = drawn(7)
    rows = [
        [kill.at for kill in plan.kills],
        [trouble.at for trouble in plan.troubles],
        *([ask.at for ask in talk.asks] for talk in plan.talks),
    ]
    for times in rows:
        assert times == sorted(times)
        assert all(0 <= each <= 60 for each in times)


def test_only_replicas_that_there_are_end() -> None:
    kills = [kill for seed in range(20) for kill in drawn(seed).kills]
    assert {each for kill in kills for each in kill.replicas} == set(range(REPLICAS))
    assert {len(kill.replicas) for kill in kills} == {1, 2, 3}
    assert {kill.gentle for kill in kills} == {True, False}


def test_every_fault_comes_up_and_those_of_streams_only_where_there_are_some() -> None:
    def names(*, streamed: bool) -> set[str]:
        return {each.name for seed in range(20) for each in drawn(seed, streamed=streamed).troubles}

    assert names(streamed=False) == {*SLACK, *PIPESHUB}
    assert names(streamed=True) == {*SLACK, *PIPESHUB, *STREAMS}
