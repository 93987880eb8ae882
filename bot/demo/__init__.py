"""Everything on one machine: a local Slack, a local PipesHub, and the real bot between them over HTTP.

    run                               starts the three parts and ends them
    choices                           what a person chooses on the command line
    accounts                          as whom the bot asks, and who has an account in PipesHub
    bot_process                       the real bot as a process, started again when it ends

`workspace` plays Slack: members use it in the browser, the app through the Web API and its deliveries.

    workspace.server                  every address: Web API, response URLs, sockets, files, consent, page
    workspace.options                 what it is started with: people, channels, scopes, rate limits
    workspace.model                   people, channels, messages, views, refusals
    workspace.workspace               one workspace with all its parts; all workspaces; keeping one in a file
    workspace.state                   all that is known, and the first day
    workspace.app                     the installed app: its addresses, scopes, tokens, consents
    workspace.people                  what members do
    workspace.conversations           every change of a channel or message
    workspace.views                   stacks of modals, Home tabs
    workspace.interactions            presses, submissions, shortcuts, commands, and their payloads
    workspace.responses               acknowledgements, response URLs, trigger ids
    workspace.inputs                  the elements of blocks, and what people enter into them
    workspace.events                  what the Events API tells the app
    workspace.deliveries              sending to the app: order, retries, HTTP, Socket Mode
    workspace.changes                 telling those who listen what changed; the log of calls
    workspace.payloads                users, channels, messages and views as JSON
    workspace.markup                  text as typed, as stored, and as rich text
    workspace.faults                  what can go wrong between Slack and an app
    workspace.web_api.dispatch        one door for every method
    workspace.web_api.method          what a method is given, and whose workspace it is for
    workspace.web_api.chat            chat.* and reactions.*
    workspace.web_api.chat_streaming  chat.startStream, appendStream, stopStream
    workspace.web_api.conversations   conversations.*
    workspace.web_api.users           users.* and bots.info
    workspace.web_api.surfaces        views.*, assistant.threads.*, agents.sessions.*
    workspace.web_api.apps            auth.*, apps.*, oauth.v2.access, team.*, files.*
    workspace.block_kit.blocks        which blocks Slack accepts, on which surface
    workspace.block_kit.elements      which interactive elements it accepts
    workspace.block_kit.content       which text, rich text and tables it accepts
    workspace.page.routes             the page's addresses, the open line to a window, other sites kept out
    workspace.page.acts               what people do in the browser
    workspace.page.board              all that one person sees at one place
    workspace.page.panes              sidebar, channel, thread, modal
    workspace.page.place              where a person is, and how far they have read
    workspace.page.render.html        writing HTML safely, templates, avatars
    workspace.page.render.reader      for whom it is drawn, and in which message or view
    workspace.page.render.messages    messages in a channel or thread
    workspace.page.render.blocks      blocks and attachments
    workspace.page.render.elements    buttons, menus, inputs, selects
    workspace.page.render.mrkdwn      Slack's markup, emoji and dates
    workspace.page.render.markdown    standard Markdown
    workspace.page.render.rich_text   rich text and tables

`knowledge` plays PipesHub: it answers from a folder of documents, in the vocabulary of any generation.

    knowledge.__main__                the server as a process of its own
    knowledge.server                  how it starts and stops, and its options
    knowledge.generations             one row for each generation of servers: what it does differently
    knowledge.model                   ids, errors, conversations, messages
    knowledge.store                   conversations in SQLite
    knowledge.attachments             uploaded files in SQLite
    knowledge.projects                projects, and who sees them
    knowledge.bodies                  conversations and messages as JSON
    knowledge.users                   people and access tokens
    knowledge.authorization           the OAuth 2 server
    knowledge.turns                   from a saved question to a saved answer, or a stopped part of one
    knowledge.faults                  what can go wrong on request
    knowledge.documents.files         documents of a folder, cut at their headings
    knowledge.documents.rst           reStructuredText as Markdown
    knowledge.documents.passages      sections as blocks and passages
    knowledge.documents.index         full-text search
    knowledge.answers.answering       from a question to its answer
    knowledge.answers.ranking         what a question is after, and which passages answer it
    knowledge.answers.composing       the answer's text and citations
    knowledge.answers.text            words, sentences, citation markers
    knowledge.streams.script          a turn as steps, with faults among them
    knowledge.streams.agui            the vocabulary of PipesHub from 0.6 on
    knowledge.streams.legacy          the published vocabulary, and that of 0.2 to 0.5
    knowledge.web.application         addresses, error bodies, faults, the log
    knowledge.web.requests            what every handler works with
    knowledge.web.chat                create, add a message, regenerate, cancel
    knowledge.web.conversations       list, search, read, share, rename, archive, delete, rate
    knowledge.web.attachments         uploading and deleting files
    knowledge.web.projects            listing projects, putting conversations into them
    knowledge.web.catalog             health, description, models, people, sources, agents
    knowledge.web.oauth               discovery, consent, tokens
    knowledge.web.records             a document as a web page, and as text

Neither of the two knows anything of the bot; `lint-imports` holds them to it.
"""
