"""What the bot does, by what starts it.

    ports                        what flows need of Slack, as Protocols

From a message to a recorded turn:

    questions.incoming           which messages are questions, whether they are answered; edits and deletions
    questions.inbox              keeping a question safe before it is acknowledged, asking it afterwards
    admission                    whether a person may ask here and now
    questions.ask                recording a question, also by command, form or button; waiting for an account
    channel_settings             a channel's settings and the defaults for its questions

From a recorded turn to its stored ending:

    answers.worker               leases, the placeholder, and from one turn of a thread to the next
    answers.run                  reading the answer, showing it, storing its ending
    answers.live                 the answers read now: a slot for each, and a way to stop it
    answers.source               where the events come from: a question, a stored answer, a regeneration
    answers.outage               what passes by itself meanwhile, and when it is given up
    answers.recovery             what an interrupted worker left behind
    answers.reply                what all of these need of a reply, and redrawing finished ones

What people do with an answer:

    actions.permissions          whether a press may do what it asks
    actions.regenerate           regenerating, retrying, and showing the whole of a stopped answer
    actions.stop                 stopping an answer while it is written, and stopping to reply in a thread
    actions.feedback             thumbs, ratings and comments
    actions.share                letting others read a conversation, posting a private answer

What people do with conversations:

    conversations.browse         browsing and reading them
    conversations.manage         archiving, renaming, deleting

People and workspaces:

    accounts.identity            the PipesHub identity that a person asks with
    accounts.link                linking and unlinking an account
    accounts.installation        installing in a workspace, renewing its token, removal

What the clock starts:

    scheduled.retention          archiving what is idle, forgetting what is old
    scheduled.weekly_report      the weekly report
"""
