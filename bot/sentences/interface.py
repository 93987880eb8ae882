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
    # Sharing a conversation: the form, what came of it, the invitation, and the copy for a channel.
    "share.title": "Share",
    "share.submit": "Share",
    "share.people": "Share with",
    "share.people.placeholder": "Choose people",
    "share.people.hint": "People with a PipesHub account under their e-mail address",
    "share.level": "They may",
    "share.level.hint": "PipesHub decides; I'll tell you what it granted.",
    "share.level.read": "Read",
    "share.level.write": "Read and write",
    "share.remove": "Remove access",
    "share.channel": "Post a copy of the answer to a channel",
    "share.channel.placeholder": "Choose a channel",
    "share.channel.hint": "With the question, who asked it, and the sources",
    "share.note": "Note for the channel",
    "share.nothing_chosen": "Choose people to share with, people to remove, or a channel for a copy.",
    "share.note_without_channel": ("The note goes with a copy: choose a channel, or take the note out."),
    "share.unmatched.oneself": "{names} started this conversation and has access already.",
    "share.unmatched.bot": "{names} is an app, and conversations are shared with people only.",
    "share.unmatched.no_email": (
        "Slack tells me no e-mail address of {names}, so I cannot find a PipesHub account."
    ),
    "share.unmatched.no_account": (
        "No PipesHub account found for {names}: ask your PipesHub administrators for an invitation."
    ),
    "share.unmatched.advice": "Leave them out to share with the others.",
    "share.added_and_removed": "Choose {names} in one of the two fields only.",
    "share.nothing_changed": "Nothing was changed: please press Share again.",
    "share.granted.read": "{names} can read.",
    "share.granted.write": "{names} can read and write.",
    "share.writing_not_granted": "PipesHub does not grant writing here.",
    "share.not_granted": "PipesHub did not give {names} access. Please try again later.",
    "share.notified": "I sent {names} a message with a link.",
    "share.not_notified": "I could not write to {names}: please tell them yourself.",
    "share.had_no_access": "The people you removed had no access any more.",
    "share.access_removed": "Access taken back from {names}.",
    "share.access_not_removed": "PipesHub still lists {names}. Please try again later.",
    "share.copied": "A copy of the answer is in <#{channel}>.",
    "share.copied_linked": "A copy of the answer is in <#{channel}>: <{url}|see it there>.",
    "share.only_you": "Only you have access now.",
    "share.shared_with": "Shared with {names}.",
    "share.person_and_level": "{name} (can {level})",
    "share.unknown_name": "somebody whose name PipesHub does not tell (…{id})",
    "share.last_name": "{names} and {last}",
    "share.invitation.read": "<@{person}> shared the conversation *{title}* with you. You can read it.",
    "share.invitation.write": (
        "<@{person}> shared the conversation *{title}* with you. You can read it and write in it."
    ),
    "share.invitation.thread": "<{url}|See the thread in Slack>, where it was asked.",
    "share.invitation.pipeshub": "It is in <{url}|PipesHub>, among what is shared with you.",
    "share.copy.asked": "<@{person}> asked:",
    "share.copy.posted_for": "Posted for <@{person}>",
    "share.copy.thread": "<{url}|The thread it comes from>",
}
