"""What people read in Slack: messages, modals, buttons and the Home tab.

Titles, labels, placeholders and hints of forms are plain text, all others Slack markup.
"""

INTERFACE: dict[str, str] = {
    # An answer while it is written, stopped, or failed.
    "answer.searching": "Looking for an answer…",
    "answer.writing": "Writing…",
    "answer.failed": ":warning: {reason}",
    "answer.try_again": "Try again",
    "answer.not_failed": (
        "This question is already being answered, or has been. There is nothing to try again."
    ),
    "stop.button": "Stop",
    "stop.stopped": "Stopped.",
    "stop.note": ":black_square_for_stop: Stopped. Ask again whenever you like.",
    "stop.note_by": ":black_square_for_stop: Stopped by <@{person}>. Ask again whenever you like.",
    "stop.resume": "Show the full answer",
    "stop.not_stopped": "The full answer is shown already, or on its way. There is nothing more to show.",
    "stop.not_running": "This answer is not being written any more, so there is nothing to stop.",
    # Below a finished answer.
    "sources.heading": "*Sources*",
    "sources.all": "All {count} sources",
    "sources.more": "and {count} more",
    "sources.pages": "p. {pages}",
    "footer.regenerate": "Regenerate",
    "footer.share_in_thread": "Share in thread",
    "footer.share": "Share",
    "footer.archive": "Archive",
    "footer.unarchive": "Unarchive",
    "footer.stop_replying": "Not now",
    "footer.feedback": "Tell us more",
    "footer.rename": "Rename",
    "footer.regenerate_with": "Regenerate with …",
    "footer.earlier_version": "Earlier version",
    "footer.delete": "Delete",
    "footer.helpful": "This answer helped (positive)",
    "footer.not_helpful": "This answer did not help (negative)",
    "footer.deleted": "This conversation was deleted. The next question here begins a new one.",
    "footer.shared": ":speech_balloon: Shared in the thread it was asked in.",
    "footer.stopped_replying": ":no_bell: I stay out of this thread until somebody mentions me.",
    "footer.lost": (
        "This is the earlier answer, as I kept it: PipesHub has it no more. "
        "To go on from here, ask again in the thread."
    ),
    "footer.archived_by": ":file_cabinet: Archived by <@{person}> {when}.",
    "footer.archived_after": (
        ":file_cabinet: Archived after {count} days without a question. The next question takes it out again."
    ),
    "footer.archived_after.one": (
        ":file_cabinet: Archived after 1 day without a question. The next question takes it out again."
    ),
}
