"""One local Slack workspace, all workspaces behind one API, and how one is kept between runs."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

from bot.demo.workspace.app import Address, App, Consents, Given, Tokens
from bot.demo.workspace.changes import PATIENCE, Calls, Changes, What
from bot.demo.workspace.conversations import Conversations
from bot.demo.workspace.deliveries import Deliveries, RequestUrl, Sockets
from bot.demo.workspace.events import Events
from bot.demo.workspace.faults import Faults
from bot.demo.workspace.interactions import Envelopes, Interactions
from bot.demo.workspace.model import (
    AgentThread,
    Channel,
    Enterprise,
    File,
    Json,
    Kind,
    Message,
    NotPossible,
    Surface,
    Team,
    User,
    View,
)
from bot.demo.workspace.options import Allowance, Options
from bot.demo.workspace.people import Agent, People
from bot.demo.workspace.responses import Answers, ResponseUrls, Triggers
from bot.demo.workspace.state import State, populate
from bot.demo.workspace.views import Views

Found = TypeVar("Found")


class Workspace:
    """The workspace as its people, its app and its tests meet it.

    `people` acts as the members do. `state` holds everything there is; `changes` tells what happens
    to it. `deliveries` and `calls` are what went to the app and what came from it, for tests. A workspace
    `beside` another one has the same app, reached at the same address and over the same sockets.
    """

    def __init__(self, options: Options, beside: "Workspace | None" = None, bot_user: str = "") -> None:
        self.options = options
        self.clock = options.clock
        self.state = State(options.team, options.clock, options.first_id)
        self.changes = Changes()
        self.faults = Faults()
        self.limits = Allowance(options.limits, options.clock)
        self.calls = Calls(self.changes)
        bot = populate(self.state, options, bot_user)
        address = beside.app.address if beside else Address(options.request_url)
        self.app: App = App.founded(options, bot.id, address)
        self.deliveries = Deliveries(self.app, self.faults, self.changes, options)
        self.request_url = RequestUrl(self.app, options.ack_timeout)
        self.sockets: Sockets = beside.sockets if beside else Sockets(self.app, options.ack_timeout)
        self.events = Events(self.state, self.app, self.deliveries)
        self.conversations = Conversations(self.state, self.app, self.changes, self.events)
        self.agent = Agent(self.state, self.app, self.conversations, self.events, self.changes)
        self.triggers = Triggers(options.clock, options.trigger_lifetime)
        self.response_urls = ResponseUrls(self.state)
        self.views = Views(self.state, self.changes)
        self.answers = Answers(self.state, self.app, self.conversations, self.views)
        envelopes = Envelopes(self.state, self.app, self.triggers, self.response_urls)
        self.interactions = Interactions(
            self.state, self.app, self.deliveries, self.views, envelopes, self.answers
        )
        self.people = People(self.state, self.conversations, self.interactions, self.agent)

    @property
    def bot(self) -> User:
        """The app's bot user."""
        return self.state.users[self.app.bot_user]

    def new_tokens(self) -> Tokens:
        """Return tokens of a new installation, none given yet."""
        return Tokens(self.clock, self.options.token_lifetime)

    def start(self, base_url: str) -> None:
        """Begin to deliver; `base_url` is where the workspace is served, without a slash at the end."""
        self.state.base_url = base_url
        self.deliveries.connect(self.request_url, self.sockets)

    async def stop(self) -> None:
        """Give up what is on its way to the app and close its connections."""
        await self.deliveries.close()

    def user(self, who: str) -> User:
        """Find a user by id or handle; raises NotPossible."""
        return self.state.user(who)

    def channel(self, where: str) -> Channel:
        """Find a channel by id or name; raises NotPossible."""
        return self.state.channel(where)

    def channels_of(self, who: str) -> list[Channel]:
        """Return the channels and direct messages this person is in."""
        user = self.state.user(who)
        return [each for each in self.state.channels.values() if user.id in each.members]

    def direct_message(self, who: str) -> Channel:
        """Return the direct message between this person and the bot, opened where it was not."""
        return self.conversations.open_direct_message([self.state.user(who).id, self.app.bot_user])

    def messages(self, channel: str) -> list[Message]:
        """Return the messages at the top level of a channel, the oldest first."""
        found_channel = self.state.channel(channel)
        return [
            each
            for each in self.state.history(found_channel.id)
            if not each.is_reply or each.subtype == "thread_broadcast"
        ]

    def thread(self, channel: str, thread_ts: str) -> list[Message]:
        """Return a thread: its parent, then the replies, the oldest first."""
        where = self.state.channel(channel).id
        parent = self.state.find_message(where, thread_ts)
        return [*([parent] if parent else []), *self.state.replies(where, thread_ts)]

    def message(self, channel: str, ts: str) -> Message:
        """Return one message; raises NotPossible where it is not there."""
        return self.state.message(self.state.channel(channel).id, ts)

    def ephemerals(self, who: str) -> list[Message]:
        """Return the messages only this person sees, the oldest first."""
        user = self.state.user(who)
        return [each for each in self.state.ephemerals if each.visible_to == user.id]

    def modals(self, who: str) -> list[View]:
        """Return this person's open modals, the one on top last."""
        stack = self.state.stacks.get(self.state.user(who).id, [])
        return [self.state.views[each] for each in stack]

    def modal(self, who: str) -> View | None:
        """Return the modal this person has in front, or None."""
        return next(reversed(self.modals(who)), None)

    def home(self, who: str) -> View | None:
        """Return the Home tab the app published for this person, or None."""
        return self.state.views.get(self.state.homes.get(self.state.user(who).id, ""))

    def agent_thread(self, channel: str, thread_ts: str = "") -> AgentThread | None:
        """Return the status, title and prompts of a thread; without one, of the Messages tab."""
        return self.state.agent_threads.get((self.state.channel(channel).id, thread_ts))

    def status(self, channel: str, thread_ts: str) -> str:
        """Return what the app is said to be doing in a thread; empty when nothing, or no longer."""
        thread = self.agent_thread(channel, thread_ts)
        return thread.status if thread and thread.status_until > self.clock() else ""

    def until(
        self, condition: Callable[[], Found | None], timeout: float = PATIENCE
    ) -> Coroutine[Any, Any, Found]:
        """Wait until `condition()` is truthy and return it; raises TimeoutError after `timeout` seconds."""
        return self.changes.until(condition, timeout)


class Slack:
    """Several workspaces that one app is, or can be, installed in.

    Each has people, channels, messages, limits and tokens of its own; two may give out the same ids. The
    app is the same everywhere: its client, its secrets, its request URL, its sockets. `options` are the
    first workspace's and say who the app is; those of `others` differ in what is a workspace's own.
    """

    def __init__(self, options: Options, others: Iterable[Options] = ()) -> None:
        self.first = Workspace(options)
        self.workspaces = [self.first]
        self.consents = Consents(options.clock)
        for each in others:
            fellows = self.members(each.team.enterprise)
            # An app that is installed in an organization has one bot user in all of its workspaces.
            bot_user = fellows[0].app.bot_user if fellows else ""
            self.workspaces.append(Workspace(each, self.first, bot_user))

    def team(self, team_id: str) -> Workspace:
        """Return the workspace with this id; raises NotPossible."""
        for each in self.workspaces:
            if each.state.team.id == team_id:
                return each
        raise NotPossible(f"there is no workspace {team_id!r}")

    def members(self, enterprise: Enterprise | None) -> list[Workspace]:
        """Return the workspaces of an organization."""
        if enterprise is None:
            return []
        return [each for each in self.workspaces if each.state.team.enterprise == enterprise]

    @property
    def places(self) -> dict[str, Team | Enterprise]:
        """Where the app can be installed, by id: every workspace, then every organization."""
        teams = [each.state.team for each in self.workspaces]
        found: dict[str, Team | Enterprise] = {each.id: each for each in teams}
        return found | {each.enterprise.id: each.enterprise for each in teams if each.enterprise}

    def holders(self, token: str) -> list[Workspace]:
        """Return the workspaces an access token is, or once was, for: several for an organization's."""
        return [each for each in self.workspaces if each.app.tokens.knows(token)]

    def install(self, place: str, scopes: Iterable[str]) -> tuple[Workspace, Given]:
        """Install the app in a workspace or an organization; returns a workspace of it and the token."""
        where = self.places[place]
        if isinstance(where, Enterprise):
            members = self.members(where)
            tokens = members[0].app.tokens if members[0].app.is_org_wide else members[0].new_tokens()
        else:
            members = [self.team(where.id)]
            tokens = self._own_tokens(members[0])
        for each in members:
            each.agent.install(tokens, scopes, org_wide=isinstance(where, Enterprise))
        return members[0], tokens.give()

    def refresh(self, refresh_token: str) -> tuple[Workspace, Given]:
        """Exchange a refresh token for new ones; raises Refusal `invalid_refresh_token`."""
        holder = next((w for w in self.workspaces if w.app.tokens.refreshes(refresh_token)), self.first)
        return holder, holder.app.tokens.refresh(refresh_token)

    def uninstall(self, workspace: Workspace) -> None:
        """Remove the app from a workspace, or from its organization where it is installed for all of it."""
        members = self.members(workspace.state.team.enterprise) if workspace.app.is_org_wide else []
        fellows = [each for each in members if each.app.is_org_wide]
        workspace.agent.uninstall()
        for each in fellows:
            each.agent.remove()

    def uninstall_org(self, enterprise_id: str) -> None:
        """Remove the app from an organization, as its admins do; raises NotPossible where it is not there."""
        for each in self.workspaces:
            enterprise = each.state.team.enterprise
            if each.app.is_org_wide and enterprise is not None and enterprise.id == enterprise_id:
                self.uninstall(each)
                return
        raise NotPossible(f"the app is not installed in an organization {enterprise_id!r}")

    def _own_tokens(self, workspace: Workspace) -> Tokens:
        """Return the workspace's tokens, or new ones where it shared those of an organization."""
        tokens = workspace.app.tokens
        shared = any(each.app.tokens is tokens for each in self.workspaces if each is not workspace)
        return workspace.new_tokens() if shared else tokens


NAME = "workspace.json"
PAUSE = 0.5
"""Seconds between a change and its saving, so that a streamed answer is not written at every step."""

_UNSAVED = frozenset({What.CALLED, What.DELIVERED})


@contextlib.asynccontextmanager
async def kept_in(workspace: Workspace, folder: Path | None) -> AsyncIterator[None]:
    """Restore the workspace from a folder and save it there while it runs; nothing without a folder."""
    if folder is None:
        yield
        return
    restore_workspace(workspace, folder / NAME)
    saver = asyncio.create_task(_save_changes(workspace, folder / NAME))
    try:
        yield
    finally:
        saver.cancel()
        await asyncio.gather(saver, return_exceptions=True)
        save_workspace(workspace, folder / NAME)


async def _save_changes(workspace: Workspace, path: Path) -> None:
    with workspace.changes.subscription() as changes:
        while True:
            news = [await changes.get()]
            await asyncio.sleep(PAUSE)
            news += [changes.get_nowait() for _ in range(changes.qsize())]
            if any(change.what not in _UNSAVED for change in news):
                save_workspace(workspace, path)


def save_workspace(workspace: Workspace, path: Path) -> None:
    """Write everything there is; the file is replaced at once, never half written."""
    state, app = workspace.state, workspace.app
    saved = {
        "last_stamp": state.last_stamp,
        "count": state.count,
        "users": [dataclasses.asdict(each) for each in state.users.values()],
        "channels": [dataclasses.asdict(each) for each in state.channels.values()],
        "messages": [dataclasses.asdict(m) for history in state.histories.values() for m in history.values()],
        "files": [dataclasses.asdict(each) for each in state.files.values()],
        "homes": [dataclasses.asdict(state.views[each]) for each in state.homes.values()],
        "agent_threads": [dataclasses.asdict(each) for each in state.agent_threads.values()],
        "bot_tokens": sorted(app.tokens.lasting),
        "revoked": sorted(app.tokens.revoked),
        "installed": app.is_installed,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(saved), "utf-8")
    draft.replace(path)


def restore_workspace(workspace: Workspace, path: Path) -> None:
    """Read what was saved; a missing file changes nothing. Raises ValueError for a damaged one."""
    if not path.exists():
        return
    try:
        saved = json.loads(path.read_text("utf-8"))
        _fill(workspace, saved)
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{path} does not hold a workspace; remove it to start afresh") from problem


def _fill(workspace: Workspace, saved: Json) -> None:
    state, app = workspace.state, workspace.app
    state.users = {each["id"]: User(**each) for each in saved["users"]}
    state.channels = {each["id"]: _channel(each) for each in saved["channels"]}
    state.files = {each["id"]: File(**each) for each in saved["files"]}
    for each in saved["messages"]:
        message = _message(each)
        state.histories.setdefault(message.channel, {})[message.ts] = message
    for each in saved["homes"]:
        view = View(**(each | {"type": Surface(each["type"])}))
        state.views[view.id] = view
        state.homes[view.user] = view.id
    for each in saved["agent_threads"]:
        thread = AgentThread(**each)
        state.agent_threads[(thread.channel, thread.thread_ts)] = thread
    state.last_stamp, state.count = saved["last_stamp"], saved["count"]
    app.tokens.restore(saved["bot_tokens"], saved["revoked"])
    app.is_installed = saved.get("installed", True)


def _channel(saved: Json) -> Channel:
    return Channel(**(saved | {"kind": Kind(saved["kind"])}))


def _message(saved: dict[str, Any]) -> Message:
    return Message(**(saved | {"files": [File(**each) for each in saved["files"]]}))
