"""PipesHub in Slack: the map of the packages.

Imports point down only; `lint-imports` holds every file to it.

    __main__              the command line
    demo                  the real bot between a local Slack and a local PipesHub; has a map of its own
    app                   one process from its start to its end
    wiring                the only place that knows every part
        process           what a process has once for all its workspaces
        workspace         the bot in one workspace
        bot               a process with its workspaces, its jobs and where deliveries go
    checks                what would keep the bot from working, for `check` and for /readyz
    slack | jobs          what reaches us: Slack's events and presses; the clock
    flows                 what the bot does, by what starts it; has a map of its own
    pipeshub | store      what we reach: the API; the database
    domain                what things are: frozen dataclasses and pure functions
    settings | metrics | manifest | sentences | tasks
    log                   logging, and the codes of incidents

Inside `slack`, imports point down too:

    bolt_app | socket_mode
                          Bolt, with all listeners; each delivery is handled once; the socket that brings them
    listeners | http      what is done with an event, a press, a form, a command; routes and OAuth pages
    replies               messages that show an answer while it is written, within the rate limits
    outbox | directory    what is sent to Slack; who and what is there
    client                calls of the Web API: counted, retried, their errors translated
    payloads              the only reader of what Slack delivers
    render                what things look like: Markdown, blocks, modals
    actions | connections | limits | markup

`pipeshub`: `client` has the operations, `requests` and `bodies` their JSON, `stream` and `dialects` read
streams, `http` has connections, retries and the circuit breaker, `oauth` tokens, `catalog` models, sources
and people.

`store`: `tables` and `migrations`; `turns` and `turn_queue` are the durable record of the work, `answers`
has votes and earlier versions, `threads` says which conversation a thread is, `claims` keeps things from
happening twice.

One word per thing: a **thread** is Slack's, a **conversation** PipesHub's, and one is the other. A
**question** and its **answer** make a **turn**, the durable record of the work; the **reply** is the Slack
message that shows the answer. A **citation** is a passage an answer rests on; the **asker** asked. A worker
holds a **lease** on a turn and another resumes the turn when the lease expires; a **claim** is a unique key
that lets one process do something once. A **dialect** is the stream vocabulary of a generation of servers.
"""
