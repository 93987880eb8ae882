"""The bot in one workspace: every flow, reply and listener of it."""

from slack_bolt.async_app import AsyncApp

from bot.domain.people import HouseRules
from bot.flows.accounts.identity import Identities
from bot.flows.accounts.link import Linking
from bot.flows.actions.feedback import Rating
from bot.flows.actions.permissions import Accounts, Belonging, Permission, Records
from bot.flows.actions.regenerate import Regenerating, Resuming, Retrying
from bot.flows.actions.share import Revealing, Sharing
from bot.flows.actions.stop import Stopping
from bot.flows.admission import Admitting
from bot.flows.answers.recovery import Adopting, Recovering, Tidying
from bot.flows.answers.reply import Redrawing, Replies
from bot.flows.answers.run import Answering, Ending
from bot.flows.answers.source import CatchingUp, Consulting, Rewriting, Sending
from bot.flows.answers.worker import Queueing, Working
from bot.flows.channel_settings import Choosing, Configuring, Customs
from bot.flows.conversations.browse import Browsing, Recalling
from bot.flows.conversations.manage import Archiving, Deleting, Renaming
from bot.flows.questions.ask import Asking, Confiding, Following, Posing
from bot.flows.questions.awaiting_account import Postponing
from bot.flows.questions.edits import Revising
from bot.flows.questions.incoming import Hearing, Silencing
from bot.flows.scheduled.weekly_report import Reporting
from bot.settings import Delivery
from bot.slack.bolt_app import Flows, assemble
from bot.slack.client import MeasuredClient
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.replies.delivery import AnnouncedReplies, ChosenReplies, whenever_possible, where_more_is_left
from bot.slack.replies.edited import BaredReplies, EditedReplies, Placeholders
from bot.slack.replies.notes import AsideNotes, Invitations, PosedQuestions, ReportChannel, ThreadHistory
from bot.slack.replies.post import FoundReplies
from bot.store.retention import Gaps
from bot.store.threads import Asides, Overheard
from bot.store.turn_queue import Lines, Unlinked
from bot.store.turns import Rates, Ratings
from bot.wiring.process import Process


class Reception:
    """What a workspace has at its door."""

    def __init__(self, process: Process, outbox: Outbox, directory: Directory) -> None:
        """Build the parts that work on turns needs too."""
        settings = process.settings
        self._process = process
        self._write = PosedQuestions(outbox, directory).write
        self.notes = AsideNotes(outbox, directory, process.frontend)
        self.asides = Asides(process.database)
        self.heard = Overheard(process.database)
        self.customs = Customs(process.channels, self.asides, process.manner)
        rules = HouseRules(
            guests=settings.allow_guests,
            outsiders=settings.allow_shared_channels,
            per_person=settings.questions_per_person,
            per_workspace=settings.questions_per_workspace,
        )
        self.admitting = Admitting(
            process.channels, Rates(process.database), directory.known_role, directory.is_shared, rules
        )

    def open(self, identities: Identities, asking: Asking) -> tuple[Hearing, Posing]:
        """Return what takes messages, and what takes questions of people who write none."""
        process = self._process
        confiding = Confiding(
            process.channels, self.asides, process.claims, asking, self._write, self.notes.point
        )
        hearing = Hearing(
            process.channels,
            process.threads,
            self.heard,
            process.claims,
            identities,
            self.admitting,
            asking,
            confiding,
        )
        return hearing, Posing(identities, self.admitting, confiding, process.threads)


class Installed:
    """The bot in one workspace; nothing in it knows of any other one."""

    def __init__(
        self,
        process: Process,
        client: MeasuredClient,
        identities: Identities,
        linking: Linking | None = None,
    ) -> None:
        """Build the parts; `client` holds the workspace's token, `identities` are its people at PipesHub.

        Those connect accounts of their own by `linking`, where that is wanted.
        """
        self.client = client
        self._process = process
        self._outbox = Outbox(client)
        self._directory = Directory(client)
        self.member = self._directory.member
        self.identities = identities
        self._linking = linking
        self._replies = self._as_delivered()
        self._records = Records(process.turns, process.threads, identities)
        self._reception = reception = Reception(process, self._outbox, self._directory)
        self._redrawing = Redrawing(
            process.turns,
            process.threads,
            process.versions,
            reception.asides,
            reception.heard,
            self._replies,
        )
        self.tidying = Tidying(process.turns, self._replies)
        self.archiving = Archiving(self._records, identities, process.threads, self._redrawing)
        self.working = self._working()
        self.postponing = Postponing(
            identities,
            process.turns,
            Unlinked(process.database),
            process.claims,
            self.working,
            Invitations(self._outbox).send,
        )
        self.slack: AsyncApp = assemble(
            client, self._flows(), self._outbox, process.inflight, process.frontend, process.claims
        )

    def reporting(self, channel: str) -> Reporting:
        """Return what writes the weekly note to `channel`."""
        outbox, directory = self._outbox, self._directory
        return Reporting(
            Gaps(self._process.database),
            self.identities,
            directory.workspace,
            directory.is_public,
            outbox.permalink,
            directory.readable,
            ReportChannel(outbox, directory, channel).post,
        )

    def _as_delivered(self) -> Replies:
        """Return replies as an operator wants them delivered."""
        process, outbox = self._process, self._outbox
        delivery = process.settings.answer_delivery
        edited = EditedReplies(outbox, process.paces, process.frontend, process.turns.grown)
        if delivery is Delivery.EDIT:
            return AnnouncedReplies(edited, outbox)
        wish = whenever_possible if delivery is Delivery.STREAM else where_more_is_left
        chosen = ChosenReplies(outbox, process.paces, process.frontend, edited, wish)
        return AnnouncedReplies(chosen, outbox)

    def _working(self) -> Working:
        """Return what works on turns, with everything that answers them."""
        process, identities = self._process, self.identities
        turns, threads, meters = process.turns, process.threads, process.meters
        recovering = Recovering(identities, threads, turns)
        rewriting = Rewriting(identities, recovering, process.versions)
        consulting = Consulting(
            identities,
            Sending(streaming=process.settings.pipeshub_streaming),
            recovering,
            rewriting,
            CatchingUp(turns, ThreadHistory(self._outbox, self._directory).said),
            threads,
            self._directory.plain,
            self._reception.customs.of,
        )
        ending = Ending(process.queue, threads, identities, self._redrawing, rewriting, self.tidying, meters)
        adopting = Adopting(turns, FoundReplies(self._outbox).left)
        answering = Answering(
            process.places,
            consulting,
            ending,
            turns,
            self._replies,
            process.live,
            adopting,
            meters,
        )
        placeholders = Placeholders(self._outbox, process.paces, process.frontend)
        queueing = Queueing(Lines(process.database), placeholders.tell)
        return Working(process.queue, process.leases, self._replies, answering, adopting, queueing, meters)

    def _flows(self) -> Flows:
        """Return what the listeners call."""
        process, identities, records = self._process, self.identities, self._records
        turns, threads = process.turns, process.threads
        outbox, directory = self._outbox, self._directory
        accounts = Accounts(identities, directory.member)
        asking = Asking(
            identities,
            turns,
            threads,
            process.claims,
            self._replies,
            self.working,
            self.postponing,
            process.meters,
        )
        reception, redrawing = self._reception, self._redrawing
        hearing, posing = reception.open(identities, asking)
        sharing = Sharing(records, identities, directory.member)
        stopping = Stopping(turns, process.wishes, process.live, self._replies, process.meters)
        permission = Permission(records, accounts)
        choosing = Choosing(identities, process.manner)
        return Flows(
            hearing=hearing,
            retrying=Retrying(turns, reception.admitting, self.working, process.meters),
            posing=posing,
            choosing=choosing,
            recalling=Recalling(threads, identities),
            stopping=stopping,
            resuming=Resuming(records, turns, self.working),
            revising=Revising(turns, process.wishes, stopping, posing, self.postponing),
            following=Following(records, process.claims, posing),
            regenerating=Regenerating(
                permission, records, turns, process.versions, reception.admitting, self.working
            ),
            archiving=self.archiving,
            renaming=Renaming(records, identities, outbox.name_thread),
            deleting=Deleting(
                records, identities, turns, threads, self._redrawing, BaredReplies(outbox).bare
            ),
            browsing=Browsing(
                records, identities, threads, turns, accounts, outbox.permalink, directory.is_public
            ),
            sharing=sharing,
            rating=Rating(records, turns, identities, Ratings(process.database)),
            postponing=self.postponing,
            linking=self._linking,
            belonging=Belonging(turns),
            revealing=Revealing(records, sharing, reception.asides, redrawing, reception.notes.post),
            silencing=Silencing(turns, records, reception.heard, reception.asides, redrawing),
            configuring=Configuring(process.channels, choosing, directory.role, process.settings.admin_users),
        )
