"""The slash command: a question, a list, the channel's settings, a how-to."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.turns import Posed
from bot.flows.conversations.browse import Recalled, Recalling
from bot.flows.questions.ask import Posing
from bot.slack.api_errors import UNREACHABLE
from bot.slack.inbound import messages
from bot.slack.listeners.channels import SettingsForm
from bot.slack.listeners.mishaps import judged
from bot.slack.outbox import Outbox
from bot.slack.render import asides, notices
from bot.slack.render import posed as draw
from bot.slack.render.message import Drawn
from bot.tasks import Inflight

log = structlog.get_logger(__name__)


def register(
    app: AsyncApp,
    posing: Posing,
    recalling: Recalling,
    settings: SettingsForm,
    outbox: Outbox,
    inflight: Inflight,
) -> None:
    """Listen to `/ask`."""

    async def on_ask(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        command = messages.command(body)
        match command.text.casefold():
            case "" | "help":
                shown = draw.how_to()
                await ack(text=shown.text, blocks=list(shown.blocks), response_type="ephemeral")
            case "list":
                await ack()
                inflight.start(_answer(respond, lambda: listing(command)), "command list")
            case "settings":
                await ack()
                inflight.start(_answer(respond, lambda: settings.open(command)), "command settings")
            case _:
                await ack()
                inflight.start(_answer(respond, lambda: asking(command)), "command question")

    async def listing(command: messages.Command) -> Drawn:
        found = await recalling.newest(command.workspace, command.person)
        return draw.listing([await _listed(each, outbox) for each in found])

    async def asking(command: messages.Command) -> Drawn | None:
        posed = Posed(command.workspace, command.channel, command.person, command.text)
        question, work = await posing.pose(posed)
        if work is not None:
            inflight.start(work, f"question {question.thread.channel} {question.ts}")
        if question.thread.channel == command.channel:
            return None
        link = await outbox.permalink(question.thread.channel, question.ts)
        return asides.pointer(command.person, link)

    app.command("/ask")(on_ask)


async def _listed(recalled: Recalled, outbox: Outbox) -> draw.Listed:
    thread, conversation = recalled.thread, recalled.conversation
    at = conversation.last_activity_at
    link = await outbox.permalink(thread.channel, thread.ts)
    return draw.Listed(conversation.title, thread.channel, link, at.timestamp() if at else None)


async def _answer(respond: AsyncRespond, work: Callable[[], Awaitable[Drawn | None]]) -> None:
    """Answer a command with what `work` draws, or with why it could not; for who wrote it alone.

    By its response URL, which works also where the bot may not write.
    """
    try:
        said = await work()
    except Exception as error:  # noqa: BLE001 (judged tells bugs from the rest and logs them)
        found = judged(error)
        said = Drawn(found.sentence, notices.saying(found.sentence, found.address))
    if said is None:
        return
    try:
        await respond(text=said.text, blocks=list(said.blocks), response_type="ephemeral")
    except UNREACHABLE as error:
        log.warning("a command could not be answered", error=type(error).__name__)
