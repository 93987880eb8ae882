"""What people read in Slack: messages, modals, buttons and the Home tab.

Titles, labels, placeholders and hints of forms are plain text, all others Slack markup.
"""

INTERFACE: dict[str, str] = {
    # An answer while it is written, stopped, or failed.
    "answer.searching": "Looking for an answer…",
    "answer.writing": "Writing…",
    "answer.queued": "{position} in line",
    "answer.waiting_for_slot": "Waiting for a free place…",
    "answer.waiting_for_previous": "Waiting for the answer before this one…",
    "answer.recovering": "Picking up the answer where it was left…",
    "answer.reconnecting": "Reconnecting to PipesHub…",
    "answer.asking_again": "PipesHub kept only a part of this answer. Writing it again…",
    "answer.unarchived": (
        ":file_cabinet: This conversation was archived. I took it out of the archive for your question."
    ),
    "answer.rest_in_pipeshub": "This answer is too long for Slack. <{url}|Read the rest in PipesHub>.",
    "answer.not_regenerated": ":warning: {reason} This is still the earlier answer.",
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
    "sources.untitled": "Source {number}",
    "sources.told": "{count} sources",
    "sources.told.one": "{count} source",
    "sources.all": "All {count} sources",
    "sources.more": "and {count} more",
    "sources.pages": "p. {pages}",
    "footer.regenerate": "Regenerate",
    "footer.share_in_thread": "Share in thread",
    "footer.share": "Share",
    "footer.archive": "Archive",
    "footer.unarchive": "Unarchive",
    "footer.stop_replying": "Not now",
    "footer.stop_replying_here": "Stop replying here",
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
    "share.remove.placeholder": "Choose people",
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
    # Renaming and deleting a conversation.
    "rename.title": "Rename",
    "rename.field": "Title",
    "rename.field.hint": "1 to 200 characters, without < and >",
    "rename.submit": "Rename",
    "rename.done": "The conversation is now called *{title}*.",
    "delete.title": "Delete conversation",
    "delete.question": (
        "Delete the conversation *{title}*?\nIt disappears from PipesHub for everybody it is shared with. "
        "What was said here in Slack stays, without its buttons. This cannot be undone."
    ),
    "delete.submit": "Delete",
    "delete.done": "The conversation is deleted. The next question in its thread begins a new one.",
    # Regenerating, and the version before.
    "regenerate.title": "Regenerate with …",
    "regenerate.introduction": "The answer is written anew in its own message, the way you choose here.",
    "regenerate.submit": "Regenerate",
    "regenerate.started": (
        "I am writing the answer anew, in its own message. The version before stays readable from its menu."
    ),
    "earlier_version.title": "Earlier version",
    "earlier_version.until": "Until {when}",
    # All sources of an answer.
    "sources.title": "All sources",
    "sources.count": "{documents}, {passages}. The numbers are those in the answer.",
    "sources.documents": "{count} documents",
    "sources.documents.one": "{count} document",
    "sources.passages": "{count} passages",
    "sources.passages.one": "{count} passage",
    "sources.not_shown": "… and {passages} more, too many to show here.",
    "sources.page": "page {page}",
    "sources.relevance": "{percent} % relevant",
    "sources.no_excerpt": "_The passage itself is not told._",
    # Reading a conversation.
    "conversation.untitled": "Conversation without a title",
    "transcript.title": "Conversation",
    "transcript.archived": ":file_cabinet: Archived.",
    "transcript.empty": "There are no messages here yet.",
    "transcript.thread": "<{url}|Open its thread in Slack> to go on asking.",
    "transcript.earlier": "Show earlier",
    "transcript.later": "Show later",
    "transcript.question": "*Question*",
    "transcript.asked": "<@{person}> asked",
    "transcript.answered": "*PipesHub* answered",
    "transcript.failed": ":warning: *PipesHub* could not answer",
    "transcript.no_reason": "no reason is told",
    "transcript.no_text": "_An answer without a text._",
    "transcript.shortened": "_Shortened here._",
    "transcript.sources": "Sources:  {documents}",
    "transcript.no_sources": "_PipesHub does not show the sources of archived answers._",
    # Feedback.
    "feedback.title": "Tell us more",
    "feedback.sent": "Thank you! Your feedback is with PipesHub :raised_hands:",
    "feedback.vote_sent": (
        "Thank you! PipesHub took your yes or no, but not the rest. "
        "If that matters to you, please tell the people who run me."
    ),
    "feedback.noted": "Thanks, noted {thumb}.",
    "feedback.noted_already": "Your {thumb} is noted already.",
    "feedback.introduction": "Everything here is optional; what you leave open is not sent.",
    "feedback.submit": "Send",
    "feedback.helpful": "Did this answer help you?",
    "feedback.yes": "👍 Yes",
    "feedback.no": "👎 No",
    "feedback.no_opinion": "No opinion",
    "feedback.rating.accuracy": "Accuracy",
    "feedback.rating.accuracy.hint": "Is it right?",
    "feedback.rating.relevance": "Relevance",
    "feedback.rating.relevance.hint": "Does it answer the question?",
    "feedback.rating.completeness": "Completeness",
    "feedback.rating.completeness.hint": "Does it say everything that matters?",
    "feedback.rating.clarity": "Clarity",
    "feedback.rating.clarity.hint": "Is it easy to understand?",
    "feedback.stars.5": "5  ★★★★★  very good",
    "feedback.stars.4": "4  ★★★★  good",
    "feedback.stars.3": "3  ★★★  fair",
    "feedback.stars.2": "2  ★★  weak",
    "feedback.stars.1": "1  ★  poor",
    "feedback.categories": "What is wrong with it?",
    "feedback.category.incorrect_information": "Something in it is wrong",
    "feedback.category.missing_information": "Something is missing",
    "feedback.category.outdated_information": "It is out of date",
    "feedback.category.irrelevant_response": "It does not answer the question",
    "feedback.category.too_verbose": "It is too long",
    "feedback.category.too_brief": "It is too short",
    "feedback.category.formatting_issues": "It is laid out badly",
    "feedback.category.citation_issues": "Its sources are wrong or missing",
    "feedback.comment.positive": "What was good?",
    "feedback.comment.negative": "What was not good?",
    "feedback.comment.suggestions": "What should be different?",
    "feedback.sources": "*Does each source belong to this answer?*",
    "feedback.sources.more": "and {count} more, which are not asked about here",
    "feedback.source": "[{number}]  {title}",
    "feedback.source_page": "[{number}]  {title}  ·  p. {page}",
    "feedback.source.relevant": "Relevant",
    "feedback.source.not_relevant": "Not relevant",
    "feedback.follow_ups": "Were the suggested follow-up questions helpful?",
    # Forms.
    "form.cancel": "Cancel",
    "form.close": "Close",
    "form.loading": ":hourglass_flowing_sand: One moment …",
    "form.unreadable": (
        "This belongs to an older message of mine, which I can't read any more. "
        "Please open it anew, or ask again in the thread."
    ),
    "form.submitted_twice": (
        "This form arrived here twice. It is carried out once; you can close this window."
    ),
    "form.malformed": "Slack sent me something that I can't read, so I changed nothing. Please try again.",
    # How a question is asked.
    "options.model": "Model",
    "options.model.default": "{name} (default)",
    "options.model.placeholder": "The server's choice",
    "options.models": "models",
    "options.mode": "Mode",
    "options.mode.placeholder": "As usual",
    "options.mode.internal_search": "Internal search",
    "options.mode.web_search": "Web search",
    "options.mode.agent": "Agent",
    "options.sources": "Look only in",
    "options.sources.placeholder": "Everywhere",
    "options.group.apps": "Apps",
    "options.group.kb": "Knowledge bases",
    "options.first": "These are the first {most} of {count} {what}, by name.",
    "options.records": "Only these records",
    "options.records.hint": (
        "Ids of PipesHub records, 24 characters each, separated by spaces. Many servers ignore them."
    ),
    "options.chosen.sources": "only in {names}",
    "options.chosen.records": "only in {count} records",
    "options.chosen.records.one": "only in 1 record",
    # Asking by a form.
    "ask.title": "Ask a question",
    "ask.title_about": "Ask about this message",
    "ask.submit": "Ask",
    "ask.question": "Your question",
    "ask.question_missing": "Please write a question.",
    "ask.quote.no_text": "(a message without text)",
    "ask.quote.no_author": "An app",
    "ask.quote": "*{author}* wrote:\n{quote}",
    "ask.answered_in_thread": "I answer in the thread of this message.",
    "ask.place": "Where to answer",
    "ask.place.placeholder": "In our direct message",
    "ask.place.hint": "A channel that I am in. Without one I answer in our direct message.",
    "ask.asked": ":speech_balloon: I am answering {place}. {link}",
    "ask.asked.link": "<{url}|Go there>",
    "ask.asked.no_link": "You will find it there.",
    "place.channel": "in <#{channel}>",
    "place.direct_message": "in our direct message",
    # A channel's settings.
    "channel_settings.title": "Channel settings",
    "channel_settings.introduction": "How I answer in <#{channel}>. It counts for questions from now on.",
    "channel_settings.on": "I answer here",
    "channel_settings.yes": "Yes",
    "channel_settings.no": "No",
    "channel_settings.audience": "My answers stand",
    "channel_settings.audience.thread": "in the thread, for everybody in the channel",
    "channel_settings.audience.private": "privately, in a direct message to who asked",
    "channel_settings.unprompted": "I answer",
    "channel_settings.unprompted.no": "when I am mentioned, and to questions in the threads of my answers",
    "channel_settings.unprompted.yes": "also without a mention, when a message here asks something",
    "channel_settings.options": "*Where nobody chooses otherwise, questions here are asked like this:*",
    "channel_settings.changes": "*Changes*",
    "channel_settings.no_changes": "Nobody has changed anything yet.",
    "channel_settings.submit": "Save",
    "channel_settings.nothing_changed": (
        "Nothing is different from before, so I changed nothing in <#{channel}>."
    ),
    "channel_settings.saved": ":white_check_mark: Saved for <#{channel}>: {changes}.",
    "channel_settings.change": "<@{person}>, {when}: {changes}",
    "channel_settings.change.on": "switched on",
    "channel_settings.change.off": "switched off",
    "channel_settings.change.audience": "answers stand {audience}",
    "channel_settings.change.unprompted": "I answer {when}",
    "channel_settings.change.model": "model: {name}",
    "channel_settings.change.mode": "mode: {name}",
    "channel_settings.change.sources": "only in {names}",
    "channel_settings.change.all_sources": "sources: everywhere",
    "channel_settings.as_everywhere": "as everywhere",
    "channel_settings.not_offered": "something that is not offered any more",
    # The Home tab.
    "home.title": "Ask your company's knowledge",
    "home.greeting": (
        "I answer questions from your company's own knowledge, with sources. "
        "Mention me in a channel with your question, or write to me under *Messages*; "
        "in the thread of an answer you can simply go on asking."
    ),
    "home.list.mine": "Mine",
    "home.list.shared": "Shared with me",
    "home.list.archived": "Archived",
    "home.search.mine": "Search your conversations",
    "home.search.shared": "Search what is shared with you",
    "home.search.archived": "Search your archived conversations",
    "home.search.placeholder": "Words in a title or a message, then Enter",
    "home.search.clear": "Clear search",
    "home.empty.mine": (
        "*Nothing here yet.* Ask a question: mention me in a channel, or write to me under *Messages*. "
        "What you archived is under *Archived*."
    ),
    "home.empty.shared": (
        "*Nothing here yet.* Whoever started a conversation can share it with you, "
        "with the *Share* button under an answer."
    ),
    "home.empty.archived": (
        "*Nothing here yet.* The *Archive* button under an answer moves its conversation here."
    ),
    "home.nothing_found": (
        "*No conversation here mentions “{words}”.* Try other words, or look at another list."
    ),
    "home.no_account": (
        "*I can't tell what is shared with you:* I find nobody in PipesHub with the e-mail address of your "
        "Slack profile. Please ask the people who run PipesHub to invite that address."
    ),
    "home.older_version": (
        "That button was from an older version of this page. Here is the page as it is now."
    ),
    "home.try_again": "Try again",
    "home.status.in_progress": ":writing_hand: being written",
    "home.status.failed": ":warning: failed",
    "home.status.stopped": ":black_square_for_stop: stopped",
    "home.direct_message": "in a direct message",
    "home.open": "Open",
    "home.read": "Read here",
    "home.rename": "Rename",
    "home.archive": "Archive",
    "home.unarchive": "Unarchive",
    "home.delete": "Delete",
    "home.shown": "{shown} of {total}",
    "home.previous": "Previous",
    "home.next": "Next",
    "home.incomplete": "I looked through the newest conversations only. Search to find older ones.",
    # Linking an account.
    "account.connect": "Connect your PipesHub account",
    "account.browser_opened": (
        "PipesHub has opened in your browser. As soon as you have allowed it there, I go on by myself. "
        "If that did not work, open my Home tab and connect your account there."
    ),
    "account.already_connected": "Your PipesHub account is connected already. Please press *Try again*.",
    "account.connected": "Connected to PipesHub as {owner}",
    "account.no_email": "an account without an e-mail address",
    "account.unlink": "Unlink",
    "account.unlink.title": "Unlink your account?",
    "account.unlink.text": (
        "I can't answer you any more until you connect an account again. What you asked stays in PipesHub."
    ),
    "account.unlink.confirm": "Unlink",
    "account.unlink.deny": "Keep it",
    "account.unlinked": (
        "Your PipesHub account is not connected any more, and I have forgotten what let me use it."
    ),
    # Pages in a browser, plain text: an account is connected, the bot is installed.
    "page.connected": "Your PipesHub account is connected",
    "page.connected.text": (
        "You are signed in to PipesHub as {who}. You can close this window and go back to Slack: "
        "what you asked there is being answered."
    ),
    "page.not_connected": "Your account is not connected",
    "page.installed": "I am in your workspace",
    "page.installed.text": (
        "I am installed in {where}. You can close this window: invite me to a channel in Slack, "
        "mention me with a question, and I answer in the thread."
    ),
    "page.installed.workspace": "your workspace",
    "page.not_installed": "I am not installed",
    # A reply that Slack does not let the bot post, told to the asker alone.
    "reply_refused.not_allowed": (
        "I can't answer you in <#{channel}>: Slack does not let me post there. "
        "Please ask me in a direct message, or ask the admins of your workspace to allow me to post there."
    ),
    "reply_refused.not_a_member": (
        "I can't answer you in <#{channel}>: I am not in it. Write `/invite` and my name there, "
        "and ask again, or ask me in a direct message."
    ),
    "reply_refused.archived": (
        "I can't answer you in <#{channel}>: it is archived. "
        "Please ask me in another channel, or in a direct message."
    ),
    "reply_refused.direct_message": (
        "I can't answer you here: Slack does not let me post. "
        "Please ask the admins of your workspace to allow it."
    ),
    # How to ask.
    "how_to.mention": (
        "Hello! Ask me something about your company's knowledge, in one message: "
        "mention me with your question, for example _how many days of leave do I have?_\n"
        "I answer in a thread, with my sources. In that thread you need not mention me again, "
        "and in a direct message you never need to."
    ),
    "how_to.mention.notification": "Ask me something about your company's knowledge.",
    "how_to.command": (
        "Ask me something about your company's knowledge:\n"
        "• `/ask how many days of leave do I have?` asks here, where everybody sees question and answer\n"
        "• `/ask list` lists your newest conversations, for you alone\n"
        "• `/ask settings` says how I answer in this channel, for admins\n"
        "• `/ask help` shows this\n"
        "The shortcut *Ask a question* lets you choose the model, the mode and the sources. "
        "*Ask about this message*, in the menu of a message, answers in its thread."
    ),
    # A question that the bot posts for a person, and where a private one is answered.
    "posted_question.asks": "{asker} asks: {question}",
    "posted_question.asks_about_message": "{asker} asks about this message: {question}",
    "private_answer.notice": ":lock: <@{person}>, I answer you in {place}.",
    "private_answer.place": "our direct message",
    "private_answer.origin": ":lock: Asked in <#{channel}>. Only you see the answer.",
    "private_answer.origin_linked": (
        ":lock: Asked in <#{channel}>, <{url}|in this thread>. Only you see the answer."
    ),
    # A person's newest conversations.
    "recent.title": "Your newest conversations",
    "recent.none": (
        "You have not asked me anything here yet, or all of it is archived. "
        "Ask with `/ask` and your question, or look into my Home tab."
    ),
    "recent.lately": "lately",
    "recent.all": (
        "My Home tab has all of your conversations, those that are shared with you and the archived ones."
    ),
    # An edited question.
    "question_edit.offer": (
        "You changed your question after I had begun with it. Shall I answer it as it is now?"
    ),
    "question_edit.button": "Answer the edited question",
    # The weekly report.
    "report.title": "Questions without a good answer",
    "report.week": "*{first} to {last}*: {summary}",
    "report.questions": "{count:,} questions",
    "report.questions.one": "1 question",
    "report.summary": "{questions}, {counts}.",
    "report.summary.good": "{questions}, all with a good answer.",
    "report.channel": "*<#{channel}>*: {counts}",
    "report.more_channels": "*{count:,} more channels*: {counts}",
    "report.more_channels.one": "*1 more channel*: {counts}",
    "report.private": "*Private channels and direct messages*: {counts} (counted only)",
    "report.unanswered": "{count} unanswered",
    "report.voted_down": "{count} voted down",
    "report.more": "_and {count} more_",
    "report.not_told": "_not told here_",
    "report.question": "A question",
    "report.question.voted_down": "voted down {count} times",
    "report.question.voted_down.one": "voted down",
    "report.weakness.no_answer": "no answer",
    "report.weakness.no_source": "no source",
    "report.weakness.low_confidence": "low confidence",
    "report.advice": (
        "Unanswered are questions that failed, and answers with low confidence or without any source. "
        "What helps: add or correct the documents behind them, then ask again in the thread."
    ),
}
