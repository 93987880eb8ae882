"""The Bolt app with all its listeners."""

import logging
from dataclasses import dataclass

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.accounts.link import Linking
from bot.flows.actions.feedback import Rating
from bot.flows.actions.permissions import Belonging
from bot.flows.actions.regenerate import Regenerating, Resuming, Retrying
from bot.flows.actions.share import Revealing, Sharing
from bot.flows.actions.stop import Stopping
from bot.flows.channel_settings import Choosing, Configuring
from bot.flows.conversations.browse import Browsing, Recalling
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.flows.questions.ask import Following, Posing
from bot.flows.questions.awaiting_account import Postponing
from bot.flows.questions.edits import Revising
from bot.flows.questions.incoming import Hearing, Silencing
from bot.slack.authorization import authorization
from bot.slack.deliveries import OnceApp
from bot.slack.directory import Directory
from bot.slack.listeners import (
    accounts,
    agent,
    asides,
    belonging,
    buttons,
    channels,
    commands,
    conversations,
    feedback,
    follow_ups,
    home,
    home_rows,
    mishaps,
    more,
    questions,
    reading,
    revisions,
    rewriting,
    sharing,
    shortcuts,
    sources,
)
from bot.slack.listeners.errands import Errands
from bot.slack.listeners.home_tab import HomeTab
from bot.slack.outbox import Outbox
from bot.store.claims import Claims
from bot.tasks import Inflight


@dataclass(frozen=True)
class Flows:
    """What the listeners call."""

    hearing: Hearing
    retrying: Retrying
    posing: Posing
    choosing: Choosing
    recalling: Recalling
    stopping: Stopping
    resuming: Resuming
    revising: Revising
    following: Following
    regenerating: Regenerating
    archiving: Archiving
    renaming: Renaming
    deleting: Deleting
    browsing: Browsing
    sharing: Sharing
    rating: Rating
    configuring: Configuring
    belonging: Belonging
    revealing: Revealing
    silencing: Silencing
    postponing: Postponing
    linking: Linking | None = None
    """None where one service user asks for everybody."""


def assemble(
    client: AsyncWebClient,
    flows: Flows,
    outbox: Outbox,
    inflight: Inflight,
    frontend: str,
    claims: Claims,
) -> AsyncApp:
    """Return the app that Slack's deliveries are dispatched to; relative links lead to `frontend`.

    Listeners only take note and start the work, so that the acknowledgement can follow them: what was
    acknowledged is safe in the database.
    """
    app = OnceApp(
        claims,
        # Without a token: with one, Bolt would sign in by itself, and drop what arrives while it cannot.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, timeout=client.timeout),
        authorize=authorization(client),
        request_verification_enabled=False,  # the web server does it; a socket is Slack's own
        process_before_response=True,
        logger=logging.getLogger("slack_bolt"),
    )
    belonging.register(app, flows.belonging)
    directory = Directory(client)
    errands = Errands(outbox, directory, inflight)
    tab = HomeTab(flows.browsing, flows.linking, outbox, directory, inflight)
    flows.postponing.then(tab.refresh)
    accounts.register(app, flows.linking, tab, outbox, errands)
    # Before the questions: whoever listens first to an event is the only one that gets it.
    revisions.register(app, flows.revising, outbox, errands, inflight)
    questions.register(app, flows.hearing, inflight)
    buttons.register(app, flows.retrying, flows.stopping, flows.resuming, outbox, errands)
    agent.register(app, flows.stopping, outbox, errands)
    follow_ups.register(app, flows.following, errands)
    rewriting.register(app, flows.regenerating, flows.choosing, errands, inflight)
    conversations.register(app, flows.archiving, tab, errands)
    feedback.register(app, flows.rating, outbox, errands)
    more.register(
        app,
        {
            **rewriting.menu(flows.regenerating, flows.choosing, errands, frontend),
            **conversations.modals(app, flows.renaming, flows.deleting, tab, errands),
            **feedback.modals(app, flows.rating, errands),
        },
    )
    spreading = sharing.Spreading(flows.sharing, outbox, directory, frontend)
    sharing.register(app, flows.sharing, errands, spreading)
    sources.register(app, flows.browsing, errands, frontend)
    home.register(app, tab)
    reading.register(app, flows.browsing, errands, frontend)
    home_rows.register(
        app,
        tab,
        {
            **home_rows.moving(tab, flows.archiving),
            **reading.menu(flows.browsing, errands, frontend),
            **home_rows.modals(app, flows.renaming, flows.deleting, tab, errands),
        },
    )
    asides.register(app, flows.revealing, flows.silencing, errands)
    channels.register(app, flows.configuring, errands)
    form_of_settings = channels.SettingsForm(flows.configuring, errands)
    commands.register(app, flows.posing, flows.recalling, form_of_settings, outbox, inflight)
    form = shortcuts.Form(flows.posing, flows.choosing, outbox, directory, inflight)
    shortcuts.register(app, form, errands)
    mishaps.register(app, outbox)
    return app
