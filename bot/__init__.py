"""PipesHub in Slack: the map of the house.

Arrows go down only; `lint-imports` holds every file to it.

    __main__              the command line
    demo                  a local Slack, a local PipesHub, and the real bot between them
    app                   a process from its start to its end
    wiring                the only place that knows every part: what a process has, what a workspace has
    checks                what would keep it from working, for an operator and for /readyz
    slack | jobs          what reaches us: Slack's events and presses; the clock
    flows                 what the bot does, one action of a person or of the clock a module
    pipeshub | store      what we reach: the API; the database
    domain                what things are: frozen dataclasses and pure functions
    settings | log | metrics | manifest | sentences | tasks

Inside `slack`: `bolt_app` → `listeners | http` → `replies` → `outbox | directory` → `client` → `payloads` →
`render` → `actions | limits | markup`.

One word per thing: a **thread** is Slack's, a **conversation** PipesHub's, and one is the other. A
**question** and its **answer** make a **turn**, the durable record of the work; the **reply** is the Slack
message that shows the answer. A **citation** is a passage an answer rests on; the **asker** asked.
"""
