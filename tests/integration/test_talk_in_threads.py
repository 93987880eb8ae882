"""Thanks to the bot, and questions about people, in the threads of its answers."""

from pathlib import Path

from tests.house import house

LEAVE = "@pipeshub how many days of annual leave do I have?"


async def test_thanks_want_no_message_and_questions_about_people_do(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        ts = await home.ask("mara", LEAVE)
        await home.ending(ts)
        for text in ("@pipeshub thanks", "@pipeshub: merci!", "thanks @pipeshub", "@pipeshub :tada:"):
            await home.ask("mara", text, thread_ts=ts)
        await home.ask("tomasz", "@pipeshub ok :+1:", thread_ts=ts)
        await home.ask("mara", "hey @tomasz, can you check?", thread_ts=ts)
        await home.settle()
        assert len(home.replies(ts)) == 1
        for number, (who, text) in enumerate(
            (
                ("mara", "how many days does @amina have?"),
                ("tomasz", "what about @amina?"),
                ("mara", "@pipeshub hi"),
            ),
            start=2,
        ):
            await home.ask(who, text, thread_ts=ts)
            await home.ending(ts, number)

        elsewhere = await home.ask("mara", "lunch at noon")
        await home.ask("mara", "@pipeshub ok", thread_ts=elsewhere)
        await home.ending(elsewhere)
