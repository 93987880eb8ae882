"""Sharing a conversation: who has access, who gets or loses it, and a copy for a channel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.people import (
    AccessGrant,
    AccessRemoval,
    CurrentAccess,
    MatchFailure,
    PeopleMatch,
    PersonWithAccess,
    PipesHubUser,
)
from bot.slack import actions
from bot.slack.limits import OPTION_TEXT, OPTIONS
from bot.slack.render.blocks import Block, escaped, one_line, option, plain_text, section_block, shortened
from bot.slack.render.modals.base import Entered, input_block, modal, text_input

SHARE = "Share"
PEOPLE, LEVEL, REMOVE, CHANNEL, NOTE = "people", "level", "remove", "channel", "note"
READ: Literal["read"] = "read"
WRITE: Literal["write"] = "write"

MOST_PEOPLE = 20
"""People chosen at once: each of them is looked up while a person waits."""

SHOWN_TITLE = 150
LONGEST_NOTE = 500

NOTHING = "Choose people to share with, people to remove, or a channel for a copy."
NOTE_WITHOUT_CHANNEL = "The note goes with a copy: choose a channel, or take the note out."

_WHY = {
    MatchFailure.ONESELF: "{} started this conversation and has access already.",
    MatchFailure.BOT: "{} is an app, and conversations are shared with people only.",
    MatchFailure.NO_EMAIL: "Slack tells me no e-mail address of {}, so I cannot find a PipesHub account.",
    MatchFailure.NO_ACCOUNT: (
        "No PipesHub account found for {}: ask your PipesHub administrators for an invitation."
    ),
}


@dataclass(frozen=True, slots=True)
class ShareForm:
    """What a person filled in: Slack users, a level, PipesHub users to remove, a Slack channel, a note."""

    people: tuple[str, ...] = ()
    level: Literal["read", "write"] = READ
    removed: tuple[str, ...] = ()
    channel: str = ""
    note: str = ""

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with it, by field, as far as that can be said without looking people up."""
        if self.note and not self.channel:
            return {NOTE: NOTE_WITHOUT_CHANNEL}
        return {} if self.people or self.removed or self.channel else {PEOPLE: NOTHING}


def read_share_form(entered: Entered) -> ShareForm:
    """Return what was filled in."""
    return ShareForm(
        people=_several(entered.get(PEOPLE))[:MOST_PEOPLE],
        level=WRITE if entered.get(LEVEL) == WRITE else READ,
        removed=_several(entered.get(REMOVE)),
        channel=str(entered.get(CHANNEL) or ""),
        note=str(entered.get(NOTE) or "").strip()[:LONGEST_NOTE],
    )


def share_modal(turn: str, present: CurrentAccess) -> Block:
    """Draw the modal."""
    blocks = [
        section_block(f"*{one_line(present.title, SHOWN_TITLE)}*\n{_who_has_access(present.people)}"),
        _people(),
        _level(),
        *([_remove(present.people)] if present.people else []),
        {"type": "divider"},
        _channel(),
        text_input(NOTE, "Note for the channel", optional=True, lines=True, most=LONGEST_NOTE),
    ]
    about = actions.button_value(turn)
    return modal(SHARE, blocks, callback_id=actions.SHARE_FORM, submit="Share", about=about)


def people_errors(found: PeopleMatch, removed: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with the people chosen, by field."""
    removed = set(removed)
    both = [each.member.name for each in found.matches if each.user.id in removed]
    named = {
        why: [each.member.name for each in found.unmatched if each.reason is why] for why in MatchFailure
    }
    said = [_WHY[why].format(_listed(names)) for why, names in named.items() if names]
    if said:
        return {PEOPLE: " ".join([*said, "Leave them out to share with the others."])}
    return {REMOVE: f"Choose {_listed(both)} in one of the two fields only."} if both else {}


def nothing_shared_text(mistakes: Mapping[str, str]) -> str:
    """Say, in Slack markup, that nothing was done because of mistakes that were found late."""
    return escaped(" ".join([*mistakes.values(), "Nothing was changed: please press Share again."]))


def shared_text(grants: Sequence[AccessGrant], asked: str) -> list[str]:
    """Say what the server granted, in Slack markup."""
    said = []
    for level, can in ((WRITE, "can read and write"), (READ, "can read")):
        names = [each.match.member.name for each in grants if each.level == level]
        if names:
            said.append(f"{escaped(_listed(names))} {can}.")
    if asked == WRITE and any(each.level == READ for each in grants):
        said.append("PipesHub does not grant writing here.")
    left_out = [each.match.member.name for each in grants if each.level is None]
    if left_out:
        said.append(f"PipesHub did not give {escaped(_listed(left_out))} access. Please try again later.")
    return said


def notified_text(reached: Sequence[str], missed: Sequence[str]) -> list[str]:
    """Say, in Slack markup, who was sent a message about it and who could not be."""
    said = [f"I sent {escaped(_listed(reached))} a message with a link."] if reached else []
    if missed:
        said.append(f"I could not write to {escaped(_listed(missed))}: please tell them yourself.")
    return said


def unshared_text(removals: Sequence[AccessRemoval]) -> list[str]:
    """Say whose access is gone, in Slack markup."""
    if not removals:
        return ["The people you removed had no access any more."]
    gone = [_name(each.user) for each in removals if each.removed]
    left = [_name(each.user) for each in removals if not each.removed]
    said = [f"Access taken back from {escaped(_listed(gone))}."] if gone else []
    if left:
        said.append(f"PipesHub still lists {escaped(_listed(left))}. Please try again later.")
    return said


def copied_text(channel: str, link: str | None) -> str:
    """Say that a copy stands in a channel, in Slack markup."""
    return f"A copy of the answer is in <#{channel}>" + (f": <{link}|see it there>." if link else ".")


def _who_has_access(readers: Sequence[PersonWithAccess]) -> str:
    if not readers:
        return "Only you have access now."
    named = (f"{_name(each.user)} (can {each.level})" for each in readers)
    return f"Shared with {escaped(_listed(list(named)))}."


def _people() -> Block:
    element = {
        "type": "multi_users_select",
        "action_id": "users",
        "placeholder": plain_text("Choose people"),
        "max_selected_items": MOST_PEOPLE,
    }
    return input_block(
        PEOPLE, "Share with", element, "People with a PipesHub account under their e-mail address"
    )


def _level() -> Block:
    read, write = option("Read", READ), option("Read and write", WRITE)
    element = {
        "type": "radio_buttons",
        "action_id": "level",
        "options": [read, write],
        "initial_option": read,
    }
    drawn = input_block(LEVEL, "They may", element, "PipesHub decides; I'll tell you what it granted.")
    return drawn | {"optional": False}


def _remove(readers: Sequence[PersonWithAccess]) -> Block:
    options = [option(shortened(_name(each.user), OPTION_TEXT), each.user.id) for each in readers[:OPTIONS]]
    element = {
        "type": "multi_static_select",
        "action_id": "accounts",
        "placeholder": plain_text("Choose people"),
        "options": options,
    }
    return input_block(REMOVE, "Remove access", element)


def _channel() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": "channel",
        "placeholder": plain_text("Choose a channel"),
        # An answer quotes documents of the company: it is not offered to other companies' channels.
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    return input_block(
        CHANNEL,
        "Post a copy of the answer to a channel",
        element,
        "With the question, who asked it, and the sources",
    )


def _several(entered: str | list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entered)) if isinstance(entered, list) else ()


def _name(account: PipesHubUser) -> str:
    """Return what an account is called; where the server tells no name, enough to tell two apart."""
    return account.name or f"somebody whose name PipesHub does not tell (…{account.id[-4:]})"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
