"""Where questions come in: who may ask, and who hears the answer."""

from bot.composition.process import Process
from bot.domain.people import HouseRules
from bot.flows.accounts.identity import Identities
from bot.flows.admission import Admitting
from bot.flows.channel_settings import Customs
from bot.flows.questions.ask import Asking, Confiding, Posing
from bot.flows.questions.incoming import Hearing
from bot.slack.directory import Directory
from bot.slack.outbox import Outbox
from bot.slack.replies.notes import AsideNotes, PosedQuestions
from bot.store.threads import Asides, Overheard
from bot.store.turns import Rates


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
