"""The Bolt app with all its listeners."""

import logging
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.archiving import Archiving
from bot.flows.asking import Asking
from bot.flows.deleting import Deleting
from bot.flows.renaming import Renaming
from bot.flows.stopping import Stopping
from bot.slack.inflight import Inflight
from bot.slack.listeners import buttons, conversations, mishaps, more, questions
from bot.slack.listeners.errands import Errands
from bot.slack.outbox import Outbox


@dataclass(frozen=True)
class Flows:
    """What the listeners call."""

    asking: Asking
    stopping: Stopping
    archiving: Archiving
    renaming: Renaming
    deleting: Deleting


def assemble(
    client: AsyncWebClient, signing_secret: str, flows: Flows, outbox: Outbox, inflight: Inflight
) -> AsyncApp:
    """Return the app that Slack's deliveries are dispatched to.

    Listeners only take note and start the work, so that the acknowledgement can follow them: what was
    acknowledged is safe in the database.
    """
    app = AsyncApp(
        client=client,
        signing_secret=signing_secret,
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    errands = Errands(outbox, inflight)
    questions.register(app, flows.asking, inflight)
    buttons.register(app, flows.asking, flows.stopping, outbox, inflight)
    conversations.register(app, flows.archiving, errands)
    more.register(app, conversations.modals(app, flows.renaming, flows.deleting, errands))
    mishaps.register(app, outbox)
    return app
