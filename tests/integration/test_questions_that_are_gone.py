"""A streamed reply to a question that was deleted before: Slack puts it into the channel, below nothing."""

from pathlib import Path
from typing import Any

from bot.demo.workspace.deliveries import Route
from bot.domain.turns import deletion_claim
from bot.store.claims import ClaimStore
from tests.house import House, house

LEAVE = "@pipeshub how many days of annual leave do I have?"
SLOW = 15.0


async def delivered(home: House, event: dict[str, Any]) -> None:
    """Deliver an event as Slack does, in the channel of a question that was asked before."""
    body = home.workspace.deliveries.of("app_mention")[-1].body
    fields = {"event_id": f"Ev{event['type']}{event['ts']}", "event": body["event"] | event}
    await home.workspace.request_url.send(Route.EVENTS, body | fields, None)


def of_bot(home: House) -> list[str]:
    """Return what the bot wrote in the channel, outside of threads."""
    return [each.ts for each in home.workspace.messages("help-desk") if each.user == home.workspace.bot.id]


async def test_a_stream_that_lost_its_thread_is_taken_back_and_one_in_its_thread_stays(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, answer_delivery="stream", knowledge={"speed": SLOW}) as home:
        kept = await home.ask("mara", LEAVE)
        reply = await home.reply(kept)
        await home.workspace.until(lambda: reply.text or None)
        await home.people.delete("mara", "help-desk", kept)
        await home.ending(kept)
        await home.settle()
        assert home.replies(kept) == [reply], "its thread is there, since it has this reply"
        before = of_bot(home)
        assert before == []

        gone = await home.ask("mara", "good morning")
        await home.people.delete("mara", "help-desk", gone)
        await home.settle()  # as if the deletion were not told yet
        claim = deletion_claim(home.workspace.state.team.id, reply.channel, gone)
        await ClaimStore(home.bot.database).release(claim)
        await delivered(home, {"type": "app_mention", "ts": gone})
        await home.workspace.until(lambda: len(of_bot(home)) > len(before) or None)
        deletion = {"subtype": "message_deleted", "deleted_ts": gone, "ts": f"{float(gone) + 1:.6f}"}
        await delivered(home, {"type": "message"} | deletion)
        await home.settle()
        assert of_bot(home) == before
        assert len(home.workspace.calls.of("chat.startStream")) == 2
