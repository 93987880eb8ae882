"""Modals and Home tabs: a stack of modals a person, one Home a person."""

import secrets
from typing import Any

from bot.demo.workspace.changes import Changes, What
from bot.demo.workspace.inputs import state_values, with_ids
from bot.demo.workspace.model import Json, Refusal, Surface, View
from bot.demo.workspace.state import State

DEEPEST = 3
"""Modals a person can have on top of each other (docs.slack.dev, "Modals")."""


class Views:
    """Opens, replaces and closes views; what is sent here has passed the checks."""

    def __init__(self, state: State, changes: Changes) -> None:
        self._state = state
        self._changes = changes

    def open(self, user: str, payload: Json) -> View:
        """Open a modal as the only one; what was open before is gone."""
        self._check_external_id(payload, None)
        self._drop_stack(user)
        view = self._stored(user, payload)
        self._state.stacks[user] = [view.id]
        self._changes.tell(What.VIEW_OPENED, user=user, view=view.id)
        return view

    def push(self, user: str, payload: Json) -> View:
        """Put a modal on top of the open ones; raises Refusal `push_limit_reached`."""
        stack = self._state.stacks.get(user, [])
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= DEEPEST:
            raise Refusal("push_limit_reached")
        self._check_external_id(payload, None)
        view = self._stored(user, payload, root=stack[0], previous=stack[-1])
        self._state.stacks[user] = [*stack, view.id]
        self._changes.tell(What.VIEW_OPENED, user=user, view=view.id)
        return view

    def update(self, view: View, payload: Json) -> View:
        """Replace what a view shows; fields that keep their ids keep what was entered."""
        self._check_external_id(payload, view)
        view.payload = payload | {"blocks": with_ids(payload["blocks"])}
        view.hash = self._hash()
        view.errors = {}
        view.state = _still_there(view)
        self._changes.tell(What.VIEW_UPDATED, user=view.user, view=view.id)
        return view

    def publish(self, user: str, payload: Json) -> View:
        """Show a Home tab to this person."""
        known = self._state.views.get(self._state.homes.get(user, ""))
        if known is not None:
            view = self.update(known, payload)
        else:
            self._check_external_id(payload, None)
            view = self._stored(user, payload)
            self._state.homes[user] = view.id
        self._changes.tell(What.HOME_PUBLISHED, user=user, view=view.id)
        return view

    def close(self, user: str, *, clear: bool) -> list[View]:
        """Close the modal in front, or all; returns those closed, the lowest first."""
        stack = self._state.stacks.get(user, [])
        kept, gone = ([], stack) if clear else (stack[:-1], stack[-1:])
        if kept:
            self._state.stacks[user] = kept
        else:
            self._state.stacks.pop(user, None)
        closed = [self._state.views.pop(each) for each in gone]
        for view in closed:
            self._changes.tell(What.VIEW_CLOSED, user=user, view=view.id)
        return closed

    def show_errors(self, view: View, errors: dict[str, Any]) -> None:
        """Show the app's objections to a submission beside the fields; key "" is the whole view's."""
        view.errors = {str(block_id): str(error) for block_id, error in errors.items()}
        self._changes.tell(What.VIEW_UPDATED, user=view.user, view=view.id)

    def entered(self, view: View) -> None:
        """Show what a person entered."""
        self._changes.tell(What.VIEW_UPDATED, user=view.user, view=view.id)

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """Return an open view by either id; raises Refusal `not_found`."""
        view = self._state.views.get(view_id or "")
        if view is None and external_id:
            view = next((v for v in self._state.views.values() if v.external_id == external_id), None)
        if view is None:
            raise Refusal("not_found")
        return view

    def check_hash(self, view: View, expected: str | None) -> None:
        """Raise Refusal `hash_conflict` where the view was replaced since the app saw it."""
        if expected and expected != view.hash:
            raise Refusal("hash_conflict")

    def _stored(self, user: str, payload: Json, *, root: str = "", previous: str | None = None) -> View:
        view_id = self._state.next_id("V")
        view = View(
            id=view_id,
            type=Surface(payload["type"]),
            user=user,
            payload=payload | {"blocks": with_ids(payload["blocks"])},
            hash=self._hash(),
            root_view_id=root or view_id,
            previous_view_id=previous,
        )
        self._state.views[view_id] = view
        return view

    def _drop_stack(self, user: str) -> None:
        for each in self._state.stacks.pop(user, []):
            self._state.views.pop(each, None)

    def _check_external_id(self, payload: Json, own: View | None) -> None:
        wanted = payload.get("external_id")
        taken = (v for v in self._state.views.values() if v is not own and v.external_id == wanted)
        if wanted and next(taken, None):
            raise Refusal("duplicate_external_id")

    def _hash(self) -> str:
        return f"{int(self._state.clock())}.{secrets.token_hex(4)}"


def _still_there(view: View) -> Json:
    known = state_values(view.blocks, {})
    return {
        block_id: {action_id: held for action_id, held in actions.items() if action_id in known[block_id]}
        for block_id, actions in view.state.items()
        if block_id in known
    }
