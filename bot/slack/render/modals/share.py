"""Sharing a conversation: who has access, who gets or loses it, and a copy for a channel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.people import (
    AccessGrant,
    MatchFailure,
    PeopleMatch,
    PipesHubUser,
)
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.limits import OPTION_TEXT, OPTIONS
from bot.slack.render.blocks import (
    Block,
    Entered,
    escaped,
    form,
    input_block,
    one_line,
    option,
    section_block,
    shortened,
    text_input,
)

SHARE = sentence("share.title")
PEOPLE, LEVEL, REMOVE, CHANNEL, NOTE = "people", "level", "remove", "channel", "note"
READ: Literal["read"] = "read"
WRITE: Literal["write"] = "write"

MOST_PEOPLE = 20  # chosen at once: each of them is looked up while a person waits
SHOWN_TITLE = 150
LONGEST_NOTE = 500


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
            return {NOTE: sentence("share.note_without_channel")}
        chosen = self.people or self.removed or self.channel
        return {} if chosen else {PEOPLE: sentence("share.nothing_chosen")}


def read_share_form(entered: Entered) -> ShareForm:
    """Return what was filled in."""
    return ShareForm(
        people=_several(entered.get(PEOPLE))[:MOST_PEOPLE],
        level=WRITE if entered.get(LEVEL) == WRITE else READ,
        removed=_several(entered.get(REMOVE)),
        channel=str(entered.get(CHANNEL) or ""),
        note=str(entered.get(NOTE) or "").strip()[:LONGEST_NOTE],
    )


def share_modal(turn: str, title: str, readers: Mapping[PipesHubUser, str]) -> Block:
    """Draw the modal."""
    access, named = sentence("share.only_you"), [(_name(each), each) for each in readers]
    if named:
        levels = [sentence("share.person_and_level", name=name, level=readers[each]) for name, each in named]
        access = sentence("share.shared_with", names=escaped(_listed(levels)))
    people = {"type": "multi_users_select", "action_id": "users", "max_selected_items": MOST_PEOPLE}
    read, write = (option(sentence(f"share.level.{each}"), each) for each in (READ, WRITE))
    level = {
        "type": "radio_buttons",
        "action_id": "level",
        "options": [read, write],
        "initial_option": read,
    }
    blocks: list[Block] = [
        section_block(f"*{one_line(title, SHOWN_TITLE)}*\n{access}"),
        input_block(PEOPLE, "share.people", people),
        input_block(LEVEL, "share.level", level, optional=False),
    ]
    if named:
        removable = [option(shortened(name, OPTION_TEXT), each.id) for name, each in named[:OPTIONS]]
        remove = {"type": "multi_static_select", "action_id": "accounts", "options": removable}
        blocks.append(input_block(REMOVE, "share.remove", remove))
    channel = {
        "type": "conversations_select",
        "action_id": "channel",
        # An answer quotes documents of the company: it is not offered to other companies' channels.
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    blocks += [
        {"type": "divider"},
        input_block(CHANNEL, "share.channel", channel),
        text_input(NOTE, "share.note", optional=True, lines=True, most=LONGEST_NOTE),
    ]
    return form(SHARE, sentence("share.submit"), actions.SHARE_FORM, actions.button_value(turn), blocks)


def people_errors(found: PeopleMatch, removed: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with the people chosen, by field."""
    removed = set(removed)
    both = [each.member.name for each in found.matches if each.user.id in removed]
    named = {
        why: [each.name for each, reason in found.unmatched.items() if reason is why] for why in MatchFailure
    }
    said = [
        sentence(f"share.unmatched.{why.name.lower()}", names=_listed(names))
        for why, names in named.items()
        if names
    ]
    if said:
        return {PEOPLE: " ".join([*said, sentence("share.unmatched.advice")])}
    return {REMOVE: sentence("share.added_and_removed", names=_listed(both))} if both else {}


def shared_text(grants: Sequence[AccessGrant], asked: str) -> list[str]:
    """Say what the server granted, in Slack markup."""
    write, read, none = (
        [each.match.member.name for each in grants if each.level == level] for level in (WRITE, READ, None)
    )
    said = [*_said("share.granted.write", write), *_said("share.granted.read", read)]
    if asked == WRITE and read:
        said.append(sentence("share.writing_not_granted"))
    return [*said, *_said("share.not_granted", none)]


def notified_text(reached: Sequence[str], missed: Sequence[str]) -> list[str]:
    """Say, in Slack markup, who was sent a message about it and who could not be."""
    return [*_said("share.notified", reached), *_said("share.not_notified", missed)]


def unshared_text(removals: Mapping[PipesHubUser, bool]) -> list[str]:
    """Say whose access is gone, in Slack markup."""
    if not removals:
        return [sentence("share.had_no_access")]
    gone, left = (
        [_name(each) for each, removed in removals.items() if removed is done] for done in (True, False)
    )
    return [*_said("share.access_removed", gone), *_said("share.access_not_removed", left)]


def _said(key: str, names: Sequence[str]) -> list[str]:
    """Return the sentence of `key` about people, in Slack markup; nothing where there are none."""
    return [sentence(key, names=escaped(_listed(names)))] if names else []


def _several(entered: str | list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entered)) if isinstance(entered, list) else ()


def _name(account: PipesHubUser) -> str:
    """Return what an account is called; where the server tells no name, enough to tell two apart."""
    return account.name or sentence("share.unknown_name", id=account.id[-4:])


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return sentence("share.last_name", names=", ".join(others), last=last) if others else last
