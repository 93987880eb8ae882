"""What the bot does: one action of a person, or of the clock, a module.

From what somebody says to a turn:

    hearing        what is said in channels and direct messages: for whom it is, and whether it is answered
    posing         asking for people who wrote no message: by a command, a shortcut, a form
    confiding      where a channel wants private answers, the question is written down there
    admitting      whether somebody may ask at all
    asking         from a message to a recorded turn
    postponing     questions that wait until an account is connected
    revising       questions that are edited or deleted afterwards

From a turn to its ending:

    working        the place of its reply, and from one turn of a thread to the next
    leasing        holding on to turns while they are worked on
    queueing       telling who waits how many are before them
    places         how many answers a process reads at once
    answering      what is read, shown while it is read
    consulting     what PipesHub says to a turn, by way of the next five
    sending        streamed, or plain
    recovering     the answer to a question that may have been asked already
    rewriting      an answer that is written anew, and what becomes of the one before
    catching_up    what a person's own conversation has not seen of its thread
    customs        how questions are asked where nobody chooses
    ending         what is shown at last, what is stored, and what follows from it
    adopting       what a worker posted and did not live to note
    tidying        messages that another one replaced
    replies        what all these need of a reply, whichever way Slack shows it

What people do with an answer:

    stopping       while it is written
    resuming       the whole of one that was stopped
    retrying       a failed question once more
    regenerating   writing it anew
    following      asking on with a question that it suggested
    rating         thumbs and everything else that can be said of it
    revealing      a private one in the thread it was asked in
    silencing      not now: where nobody asked the bot in
    records        what a press is about, and whether that person may do it
    belonging      whether it was pressed where it was drawn
    permission     who may have an answer written anew
    redrawing      keeping finished replies right afterwards

What people do with conversations:

    browsing       looking through them, and reading one
    recalling      what somebody asked lately
    sharing        letting others read
    renaming       other titles
    archiving      into the archive and out of it
    deleting       for good

People, channels and workspaces:

    identities     as whom PipesHub is asked
    accounts       who a Slack user is in PipesHub
    linking        connecting an account, and letting go of it
    signing        asking as a connected account
    configuring    how the bot answers in a channel
    choosing       model, mode and sources by name
    installing     the bot in a workspace, from its own page
    renewing       its token there
    leaving        what is erased when it is taken away

The clock:

    idling         archiving what nobody asks in any more
    forgetting     what nobody came back to
    reporting      the weekly note
"""
