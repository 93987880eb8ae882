"""What people read when something goes wrong: the error `not_linked` is `error.not_linked`.

A sentence ends in the next step. Sentences of refusals are Slack markup, all others plain text.
"""

ERRORS: dict[str, str] = {
    # What went wrong here.
    "error.unforeseen": (
        "Something went wrong on my side. Please try again; if it happens again, "
        "tell the people who run me this code: {code}."
    ),
    "error.record_erased": "This is not known to me any more. Please ask again.",
    "error.wrong_encryption_key": (
        "I can't read what I stored for you any more. Please tell the people who run me: "
        "the key in ENCRYPTION_KEY is another one than before."
    ),
    # What PipesHub did.
    "error.unreachable": "I can't reach PipesHub right now. Please try again in a minute.",
    "error.not_answering": (
        "PipesHub has not been answering for a while, so I am not asking it right now. "
        "Please try again in {count} seconds; if it stays so, tell the people who run me."
    ),
    "error.not_answering.one": (
        "PipesHub has not been answering for a while, so I am not asking it right now. "
        "Please try again in a moment; if it stays so, tell the people who run me."
    ),
    "error.sign_in_refused": (
        "PipesHub does not accept my sign-in any more. Please ask the people who run me to renew it, "
        "then try again."
    ),
    "error.not_allowed": (
        "PipesHub does not allow me to do this. Please ask the people who run me to extend my permissions, "
        "then try again."
    ),
    "error.not_found": (
        "PipesHub no longer has this conversation, or it is not open to me. "
        "Mention me in a new thread to start afresh."
    ),
    "error.request_refused": (
        "PipesHub did not accept this question. Please put it differently and try again."
    ),
    "error.action_refused": (
        "PipesHub did not accept this. Please try again; if it stays so, tell the people who run me."
    ),
    "error.no_model": (
        "PipesHub has no language model to answer with. "
        "Please ask an admin of PipesHub to add one under Settings, AI models, then try again."
    ),
    "error.too_many_requests": (
        "PipesHub has more questions than it can take right now. Please try again in a minute."
    ),
    "error.server_failed": "PipesHub had a problem of its own. Please try again in a minute.",
    "error.not_pipeshub": (
        "The address I was given for PipesHub answers with something else. "
        "Please ask the people who run me to check it."
    ),
    "error.went_quiet": "PipesHub stopped sending in the middle of the answer. Please try again.",
    "error.interrupted": ("The connection to PipesHub broke in the middle of the answer. Please try again."),
    "error.took_too_long": (
        "PipesHub took too long over this answer. Please try again, or ask for less at once."
    ),
    "error.too_large": (
        "PipesHub sent more than I can take in. Please ask for less at once. "
        "If that does not help, please tell an admin."
    ),
    "error.answer_stopped": "This answer was stopped before it was whole. Please try again.",
    "error.feedback_refused": (
        "PipesHub did not accept this feedback. Please try again with less; "
        "if it stays so, tell the people who run me."
    ),
    "error.link_refused": (
        "PipesHub did not let me connect your account. Please try again from my Home tab in Slack; "
        "if it stays so, tell the people who run me."
    ),
    "error.not_the_newest": (
        "PipesHub can only rewrite the newest answer of a conversation. Please ask the question again."
    ),
    "error.answer_failed": (
        "PipesHub could not finish this answer. Please try again, or put the question differently."
    ),
    # What Slack did.
    "error.reply_target_gone": "I can't write there any more. Please ask me again where I am a member.",
    "error.not_a_member": (
        "I am not in this channel, so I can't answer there. Please invite me (write /invite and my name) "
        "and ask again, or write to me directly."
    ),
    "error.slack_unreachable": "Slack is not answering me properly right now. Please try again in a minute.",
    "error.unknown_slack_error": (
        "Slack refuses that just now, and does not say why. "
        "Please try again in a minute; if it stays so, tell the people who run me."
    ),
    "error.lease_lost": "Another part of me has taken this question over. Please look at its answer below.",
    "error.slack_refused": (
        "Slack did not let me do that. Please try again; if it stays so, tell the people who run me."
    ),
    # Whom the bot answers.
    "error.switched_off": (
        "I am switched off in this channel. Please write to me directly, "
        "or ask an admin of the workspace to switch me on with `/ask settings`."
    ),
    "error.from_a_bot": "I answer people only. Please have one of them ask me.",
    "error.not_for_guests": (
        "I answer members of this workspace only, and you are here as a guest. "
        "Please ask a member to put your question to me."
    ),
    "error.not_for_outsiders": (
        "I don't answer where people of another company read along, nor questions of theirs. "
        "If you work here, please write to me directly."
    ),
    "error.not_identified": (
        "Slack does not tell me right now who may ask here, so I let this one pass. "
        "Please ask it again in a minute."
    ),
    "error.too_many_questions": (
        "You ask faster than I answer, so I let this one pass. Please ask it again in {count} seconds."
    ),
    "error.too_many_questions.one": (
        "You ask faster than I answer, so I let this one pass. Please ask it again in a second."
    ),
    "error.too_many_questions_together": (
        "Your workspace asks a lot just now, so I let this one pass. Please ask it again in {count} seconds."
    ),
    "error.too_many_questions_together.one": (
        "Your workspace asks a lot just now, so I let this one pass. Please ask it again in a second."
    ),
    # Who may do what.
    "error.not_the_owner": (
        "Only <@{owner}> can do this, because they started this conversation. Please ask them to."
    ),
    "error.not_the_owner_unknown": (
        "Only the person who started this conversation can do this, because they started this conversation. "
        "Please ask them to."
    ),
    "error.no_write_access": (
        "Only <@{owner}>, who started this conversation, and people with write access to it can regenerate "
        "its answers. Please ask <@{owner}> to do it, or to give you write access with Share."
    ),
    "error.no_write_access_owner_unknown": (
        "Only whoever started this conversation and people with write access to it can regenerate its "
        "answers. Please ask them to do it, or to give you write access with Share."
    ),
    "error.not_the_author": (
        "Only who wrote this question can have it answered anew. Please ask your own in the thread."
    ),
    "error.not_an_admin": (
        "How I answer in a channel is decided by the admins and owners of this workspace{others}. "
        "Please ask one of them."
    ),
    "error.account_deactivated": (
        "Your Slack account is deactivated, so I changed nothing. Please ask an admin to activate it."
    ),
    "error.conversation_not_accessible": (
        "This conversation is not open to you, or not any more. "
        "Please ask whoever started it to share it with you."
    ),
    # What an action meets.
    "error.no_such_turn": "I no longer have this answer on record. Please ask again in the thread.",
    "error.message_gone": ("This message was deleted, so I changed nothing. Please ask again in the thread."),
    "error.already_asked": "This has been asked already. Please look further down in the thread.",
    "error.still_writing": ("This answer is still being written. Please wait for its end, then try again."),
    "error.pressed_elsewhere": (
        "This button belongs to another conversation. Please ask again in the thread."
    ),
    "error.not_shared": (
        "PipesHub no longer knows one of these people, so nothing was shared. "
        "Please open Share again and choose them anew."
    ),
    "error.not_a_private_answer": (
        "This answer belongs to no thread in a channel. Please use Share to show it to others."
    ),
    "error.already_shared": "This answer stands in the thread already. Please look there.",
    "error.search_refused": (
        "PipesHub can't search for this. Please use other words, without special characters."
    ),
    "error.sources_unavailable": (
        "PipesHub does not show the sources of this answer right now. "
        "If the conversation is archived, please unarchive it first."
    ),
    "error.option_unavailable": (
        "PipesHub does not offer this choice any more. Please open the form again and choose anew."
    ),
    "error.not_a_channel": (
        "Only channels have settings. Please write `/ask settings` in the channel that you mean."
    ),
    # What was entered in a form.
    "error.empty_feedback": (
        "There is nothing new here to send yet. Please fill in at least one field, or cancel."
    ),
    "error.title_missing": "Please write a title.",
    "error.title_too_long": "A title has at most {most} characters; this one has {length}.",
    "error.title_with_angle_brackets": "PipesHub takes no < or > in a title. Please leave them out.",
    "error.title_refused": (
        "PipesHub takes this title for a script. Please choose other words, "
        'without signs such as = after a word that begins with "on", or "data:".'
    ),
    "error.invalid_record_id": (
        "A record id has 24 characters, the digits 0 to 9 and the letters a to f. {wrong} is none. "
        "Please separate several with spaces."
    ),
    "error.not_in_its_channel": (
        "This conversation belongs to <#{channel}>, and as far as Slack tells me you are not in there now. "
        "Please join that channel again, or ask someone there."
    ),
    "error.person_not_in_channel": "You are not in this channel yourself. Please choose another one.",
    "error.person_not_in_target_channel": (
        "You are not in <#{channel}> yourself. Please choose another channel."
    ),
    "error.bot_not_in_channel": (
        "I am not in <#{channel}>, so I can't post there. "
        "Please invite me there (write `/invite` and my name), then share again."
    ),
    "error.channel_archived": "<#{channel}> is archived. Please choose another channel.",
    "error.channel_externally_shared": (
        "People of another company read <#{channel}>, so I post no copies there. "
        "Please choose another channel."
    ),
    # Accounts and installations.
    "error.not_linked": (
        "I answer with your own PipesHub account. Please connect it once, then I can go on."
    ),
    "error.link_again": (
        "PipesHub no longer lets me use your account. Please connect it again, then I can go on."
    ),
    "error.link_expired": (
        "This link does not work any more: it is good for one use and a short while. "
        "Please ask me something in Slack, or open my Home tab there, to get a new one."
    ),
    "error.consent_denied": (
        "You did not allow it, so nothing is connected. "
        "Please open my Home tab in Slack if you want to connect your account after all."
    ),
    "error.email_mismatch": (
        "You signed in to PipesHub as {pipeshub_email}, and I only connect the account with the address "
        "{slack_email}. Nothing is connected. Please sign in to PipesHub with that account, then open my "
        "Home tab in Slack and connect again."
    ),
    "error.email_mismatch_slack_unknown": (
        "You signed in to PipesHub as {pipeshub_email}, and I only connect the account whose address is your "
        "Slack address. Nothing is connected. Please sign in to PipesHub with that account, then open my "
        "Home tab in Slack and connect again."
    ),
    "error.install_expired": (
        "This took too long or was done before. Please open /slack/install of this address again."
    ),
    "error.install_denied": (
        "You did not allow it, so nothing is installed. "
        "Please open /slack/install of this address again if you want the bot in your workspace after all."
    ),
    "error.install_refused": (
        "Slack did not let me be installed there. Please open /slack/install of this address again; "
        "if it happens again, ask whoever runs this bot to look into its log."
    ),
    "error.too_many_installations": (
        "Too many installations were begun in the last minute, so I did not begin yours. "
        "Please wait a minute, then open /slack/install of this address again."
    ),
    # Words that stand in other sentences.
    "account.without_email": "somebody without an e-mail address",
}
