from bot.flows.answers.live import LiveAnswers


async def test_a_turn_may_be_read_again_before_its_first_reading_has_ended() -> None:
    live = LiveAnswers()
    async with live.read("t1"), live.read("t1") as second:
        assert live.stop("t1", "U1")
        assert second.by == "U1"
    assert not live.turn_ids
