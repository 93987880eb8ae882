"""The forms for asking and for a channel's settings, with the inputs for a question's options."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.channels import Audience, Change, ChannelPage, ChannelSettings
from bot.domain.text import storable
from bot.domain.turns import NOTHING_CHOSEN, Choices, Chosen, Kind, Manner, Mode, Model
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.limits import OPTIONS
from bot.slack.render.blocks import Block, context, escaped, section, shortened
from bot.slack.render.modals.base import Choice, modal, plain, radio, select, several, text_input

MODEL = "model"
MODE = "mode"
SOURCES = "sources"
RECORDS = "record_ids"

MODES = {Mode.INTERNAL_SEARCH: "Internal search", Mode.WEB_SEARCH: "Web search", Mode.AGENT: "Agent"}
GROUPS = {Kind.APP: "Apps", Kind.BASE: "Knowledge bases"}


def option_blocks(choices: Choices, chosen: Manner = NOTHING_CHOSEN, *, records: bool = True) -> list[Block]:
    """Return the inputs for what the server offers, with what is chosen already.

    `records` says whether records can be named: only a new conversation can be narrowed to some.
    """
    drawn = [*_model(choices.models, chosen.model_key or ""), _mode(chosen.chat_mode or "")]
    drawn += _sources(choices, {*chosen.apps, *chosen.kb})
    if records:
        hint = "Ids of PipesHub records, 24 characters each, separated by spaces. Many servers ignore them."
        drawn.append(
            text_input(
                RECORDS, "Only these records", initial=" ".join(chosen.record_ids), optional=True, hint=hint
            )
        )
    return drawn


def entered(values: Mapping[str, str | list[str] | None]) -> Chosen:
    """Return what a submitted modal with these inputs says, by block id."""
    sources = values.get(SOURCES)
    return Chosen(
        model=_one(values.get(MODEL)),
        mode=_one(values.get(MODE)),
        sources=tuple(sources) if isinstance(sources, list) else (),
        records=_one(values.get(RECORDS)) or "",
    )


def words(manner: Manner, offered: Choices) -> list[str]:
    """Return what was chosen, in the words it was chosen by."""
    modes = [label for mode, label in MODES.items() if mode == manner.chat_mode]
    models = [each.label for each in offered.models if each.key == manner.model_key]
    sources = [each.name for each in offered.sources if each.id in {*manner.apps, *manner.kb}]
    said = [*modes, *models]
    if sources:
        said.append("only in " + ", ".join(sources))
    if manner.record_ids:
        count = len(manner.record_ids)
        said.append("only in 1 record" if count == 1 else f"only in {count} records")
    return said


def _model(models: Sequence[Model], chosen: str) -> list[Block]:
    if not models:
        return []
    choices = [(each.label + (" (default)" if each.is_default else ""), each.key) for each in models]
    return [
        select(
            MODEL,
            "Model",
            choices[:OPTIONS],
            empty="The server's choice",
            chosen=chosen,
            hint=_cut(len(choices), "models"),
        )
    ]


def _mode(chosen: str) -> Block:
    choices = [(label, mode.value) for mode, label in MODES.items()]
    return select(MODE, "Mode", choices, empty="As usual", chosen=chosen)


def _sources(choices: Choices, chosen: set[str]) -> list[Block]:
    groups: dict[str, list[Choice]] = {}
    for kind, name in GROUPS.items():
        if found := [(each.name, each.id) for each in choices.sources if each.kind is kind]:
            groups[name] = found
    if not groups:
        return []
    hint = " ".join(filter(None, (_cut(len(found), name) for name, found in groups.items())))
    shown = {name: found[:OPTIONS] for name, found in groups.items()}
    return [several(SOURCES, "Look only in", shown, empty="Everywhere", chosen=chosen, hint=hint)]


def _cut(count: int, name: str) -> str:
    """Return a hint where more is there than a menu holds."""
    return f"These are the first {OPTIONS} of {count} {name.lower()}, by name." if count > OPTIONS else ""


def _one(value: str | list[str] | None) -> str | None:
    return value if isinstance(value, str) and value else None


ASK = "Ask a question"
ASK_ABOUT = "Ask about this message"

QUESTION = "question"
PLACE = "place"

LONGEST = (
    3_000  # characters; https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/
)

SHOWN = 500
"""Characters of the message that the form shows."""

CARRIED = 1_200
"""Characters of the message that go with the question: all that a form keeps is 3,000, quotes twice over."""

KEPT = 3_000  # characters; private_metadata, https://docs.slack.dev/reference/views/modal-views/


@dataclass(frozen=True, slots=True)
class Subject:
    """The message that a question is about, as the form carries it; `text` is plain."""

    channel: str
    thread_ts: str
    author: str
    text: str


def ask(choices: Choices, chosen: Manner, question: str = "") -> Block:
    """Draw the form for a question that is answered in a channel or in the direct message."""
    return modal(
        ASK,
        [_question(question), _place(), *option_blocks(choices, chosen)],
        callback_id=actions.ASKING,
        submit="Ask",
        close="Cancel",
        about=json.dumps({"v": actions.VERSION}),
    )


def ask_about(
    subject: Subject, choices: Choices, chosen: Manner, *, begins: bool, question: str = ""
) -> Block:
    """Draw the form for a question about a message; `begins` says that it starts a conversation."""
    quoted = "\n".join(f"> {line}" for line in escaped(shortened(subject.text, SHOWN)).splitlines())
    return modal(
        ASK_ABOUT,
        [
            section(f"*{escaped(subject.author)}* wrote:\n{quoted}"),
            _question(question),
            context("I answer in the thread of this message."),
            *option_blocks(choices, chosen, records=begins),
        ],
        callback_id=actions.ASKING,
        submit="Ask",
        close="Cancel",
        about=_kept(subject),
    )


def read(about: str) -> Subject | None:
    """Return the message that a submitted form is about, None for a question of its own.

    Raises UnreadableValueError for a form of another version.
    """
    try:
        fields = json.loads(about) if len(about) <= KEPT else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("v") != actions.VERSION:
        raise UnreadableValueError("another version")
    if "text" not in fields:
        return None
    texts = [fields.get(name) for name in ("channel", "thread", "author", "text")]
    channel, thread_ts, author, text = (storable(each) if isinstance(each, str) else "" for each in texts)
    if not channel or not thread_ts:
        raise UnreadableValueError("not one that was drawn")
    return Subject(channel, thread_ts, author, text)


def asked(channel: str, link: str | None) -> str:
    """Say where the answer comes."""
    where = "in our direct message" if channel.startswith("D") else f"in <#{channel}>"
    there = f"<{link}|Go there>" if link else "You will find it there."
    return f":speech_balloon: I am answering {where}. {there}"


def _question(question: str) -> Block:
    return text_input(QUESTION, "Your question", initial=question[:LONGEST], lines=True, most=LONGEST)


def _place() -> Block:
    # A message of ours can stand in no direct message of other people.
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "placeholder": plain("In our direct message"),
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return {
        "type": "input",
        "block_id": PLACE,
        "label": plain("Where to answer"),
        "optional": True,
        "element": element,
        "hint": plain("A channel that I am in. Without one I answer in our direct message."),
    }


def _kept(subject: Subject) -> str:
    fields = {
        "v": actions.VERSION,
        "channel": subject.channel,
        "thread": subject.thread_ts,
        "author": subject.author[:80],
        "text": shortened(subject.text, CARRIED),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


TITLE = "Channel settings"

ON = "on"
AUDIENCE = "audience"
UNPROMPTED = "unprompted"

YES = "yes"
NO = "no"

_AUDIENCES = {
    Audience.THREAD: "in the thread, for everybody in the channel",
    Audience.PRIVATE: "privately, in a direct message to who asked",
}
_MENTIONED = "when I am mentioned"
_UNPROMPTED = "also without a mention, when a message here asks something"
_NOTHING_YET = "Nobody has changed anything yet."
_AS_EVERYWHERE = "as everywhere"
_GONE = "something that is not offered any more"


def settings(page: ChannelPage) -> Block:
    """Draw the form, with what is decided already, and below it who decided what and when."""
    now = page.settings
    manner = now.manner.over(page.default)
    blocks = [
        section(f"How I answer in <#{page.channel}>. It counts for questions from now on."),
        radio(ON, "I answer here", [("Yes", YES), ("No", NO)], chosen=YES if now.on else NO),
        radio(
            AUDIENCE,
            "My answers stand",
            [(_capital(label), each.value) for each, label in _AUDIENCES.items()],
            chosen=now.audience.value,
        ),
        radio(
            UNPROMPTED,
            "I answer",
            [(_capital(_MENTIONED), NO), (_capital(_UNPROMPTED), YES)],
            chosen=YES if now.unprompted else NO,
        ),
        section("*Where nobody chooses otherwise, questions here are asked like this:*"),
        *option_blocks(page.offered, manner, records=False),
        {"type": "divider"},
        section("*Changes*"),
        *([context(said(each)) for each in page.changes] or [context(_NOTHING_YET)]),
    ]
    return modal(
        TITLE,
        blocks,
        callback_id=actions.CHANNEL_SETTINGS,
        submit="Save",
        close="Cancel",
        about=actions.channel_value(page.channel),
    )


def saved(channel: str, change: Change | None) -> str:
    """Say what came of a submission, in Slack markup."""
    if change is None:
        return f"Nothing is different from before, so I changed nothing in <#{channel}>."
    return f":white_check_mark: Saved for <#{channel}>: {_differences(change)}."


def said(change: Change) -> str:
    """Say who changed what and when, in Slack markup."""
    when = f"<!date^{int(change.at)}^{{date_short_pretty}} at {{time}}|earlier>"
    return f"<@{change.person}>, {when}: {_differences(change)}"


def _differences(change: Change) -> str:
    before, after = _words(change.before, change.names), _words(change.after, change.names)
    return "; ".join(after[name] for name in after if after[name] != before[name])


def _words(settings: ChannelSettings, names: Mapping[str, str]) -> dict[str, str]:
    """Say each setting in words."""
    manner = settings.manner
    modes = {mode.value: label for mode, label in MODES.items()}
    sources = [names.get(each, _GONE) for each in (*manner.apps, *manner.kb)]
    model = names.get(manner.model_key, _GONE) if manner.model_key else _AS_EVERYWHERE
    mode = modes.get(manner.chat_mode, manner.chat_mode) if manner.chat_mode else _AS_EVERYWHERE
    return {
        ON: "switched on" if settings.on else "switched off",
        AUDIENCE: f"answers stand {_AUDIENCES[settings.audience]}",
        UNPROMPTED: f"I answer {_UNPROMPTED if settings.unprompted else _MENTIONED}",
        MODEL: f"model: {escaped(model)}",
        MODE: f"mode: {escaped(mode)}",
        SOURCES: f"only in {escaped(', '.join(sources))}" if sources else "sources: everywhere",
    }


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]
