"""The forms for asking and for a channel's settings, with the inputs for a question's options."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.channels import Audience, ChannelSettings, ChannelSettingsChange, ChannelSettingsPage
from bot.domain.text import storable_text
from bot.domain.turns import (
    NO_OPTIONS,
    AvailableOptions,
    ChatMode,
    EnteredOptions,
    Model,
    QuestionOptions,
    SourceKind,
)
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.limits import OPTIONS
from bot.slack.render.blocks import (
    Block,
    context_block,
    counted,
    date_text,
    escaped,
    plain_text,
    section_block,
    shortened,
)
from bot.slack.render.modals.base import (
    Entered,
    Option,
    input_block,
    modal,
    multi_select_input,
    radio_input,
    select_input,
    text_input,
)

MODEL = "model"
MODE = "mode"
SOURCES = "sources"
RECORDS = "record_ids"

MODES = {
    ChatMode.INTERNAL_SEARCH: "Internal search",
    ChatMode.WEB_SEARCH: "Web search",
    ChatMode.AGENT: "Agent",
}
GROUPS = {SourceKind.APP: "Apps", SourceKind.BASE: "Knowledge bases"}


def option_blocks(
    choices: AvailableOptions, chosen: QuestionOptions = NO_OPTIONS, *, records: bool = True
) -> list[Block]:
    """Return the inputs for what the server offers, with what is chosen already.

    `records` says whether records can be named: only a new conversation can be narrowed to some.
    """
    modes = [(label, mode.value) for mode, label in MODES.items()]
    drawn = [
        *_model(choices.models, chosen.model_key or ""),
        select_input(MODE, "Mode", modes, empty="As usual", chosen=chosen.chat_mode or ""),
        *_sources(choices, {*chosen.apps, *chosen.kb}),
    ]
    if records:
        hint = "Ids of PipesHub records, 24 characters each, separated by spaces. Many servers ignore them."
        named = " ".join(chosen.record_ids)
        drawn.append(text_input(RECORDS, "Only these records", initial=named, optional=True, hint=hint))
    return drawn


def read_options(values: Entered) -> EnteredOptions:
    """Return what a submitted modal with these inputs says, by block id."""
    sources = values.get(SOURCES)
    return EnteredOptions(
        model=_one(values.get(MODEL)),
        mode=_one(values.get(MODE)),
        sources=tuple(sources) if isinstance(sources, list) else (),
        records=_one(values.get(RECORDS)) or "",
    )


def option_words(options: QuestionOptions, available: AvailableOptions) -> list[str]:
    """Return what was chosen, in the words it was chosen by."""
    modes = [label for mode, label in MODES.items() if mode == options.chat_mode]
    models = [each.label for each in available.models if each.key == options.model_key]
    sources = [each.name for each in available.sources if each.id in {*options.apps, *options.kb}]
    said = [*modes, *models]
    if sources:
        said.append("only in " + ", ".join(sources))
    if options.record_ids:
        said.append(f"only in {counted(len(options.record_ids), 'record')}")
    return said


def _model(models: Sequence[Model], chosen: str) -> list[Block]:
    if not models:
        return []
    choices = [
        (each.label + (" (default)" if each.is_default else ""), each.key) for each in models[:OPTIONS]
    ]
    hint = _cut(len(models), "models")
    return [select_input(MODEL, "Model", choices, empty="The server's choice", chosen=chosen, hint=hint)]


def _sources(choices: AvailableOptions, chosen: set[str]) -> list[Block]:
    named: dict[str, list[Option]] = {
        name: [(each.name, each.id) for each in choices.sources if each.kind is kind]
        for kind, name in GROUPS.items()
    }
    groups = {name: found for name, found in named.items() if found}
    if not groups:
        return []
    hint = " ".join(filter(None, (_cut(len(found), name) for name, found in groups.items())))
    shown = {name: found[:OPTIONS] for name, found in groups.items()}
    return [multi_select_input(SOURCES, "Look only in", shown, empty="Everywhere", chosen=chosen, hint=hint)]


def _cut(count: int, name: str) -> str:
    """Return a hint where more is there than a menu holds."""
    return f"These are the first {OPTIONS} of {count} {name.lower()}, by name." if count > OPTIONS else ""


def _one(value: str | list[str] | None) -> str | None:
    return value if isinstance(value, str) and value else None


ASK = "Ask a question"
ASK_ABOUT = "Ask about this message"

QUESTION = "question"
CHANNEL = "place"

MAX_QUESTION_INPUT = 3_000
"""Characters, https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/."""

SHOWN_QUOTE_LENGTH = 500
"""Characters of the message that the form shows."""

CARRIED_QUOTE_LENGTH = 1_200
"""Characters of the message that go with the question: all that a form keeps is 3,000, quotes twice over."""

PRIVATE_METADATA = 3_000  # characters; private_metadata, https://docs.slack.dev/reference/views/modal-views/


@dataclass(frozen=True, slots=True)
class QuestionSubject:
    """The message that a question is about, as the form carries it; `text` is plain."""

    channel: str
    thread_ts: str
    author: str
    text: str


def ask_modal(choices: AvailableOptions, chosen: QuestionOptions, question: str = "") -> Block:
    """Draw the form for a question that is answered in a channel or in the direct message."""
    return modal(
        ASK,
        [_question(question), _place(), *option_blocks(choices, chosen)],
        callback_id=actions.ASK_FORM,
        submit="Ask",
        about=json.dumps({"v": actions.VALUE_VERSION}),
    )


def ask_about_modal(
    subject: QuestionSubject,
    choices: AvailableOptions,
    chosen: QuestionOptions,
    *,
    begins: bool,
    question: str = "",
) -> Block:
    """Draw the form for a question about a message; `begins` says that it starts a conversation."""
    quoted = "\n".join(
        f"> {line}" for line in escaped(shortened(subject.text, SHOWN_QUOTE_LENGTH)).splitlines()
    )
    return modal(
        ASK_ABOUT,
        [
            section_block(f"*{escaped(subject.author)}* wrote:\n{quoted}"),
            _question(question),
            context_block("I answer in the thread of this message."),
            *option_blocks(choices, chosen, records=begins),
        ],
        callback_id=actions.ASK_FORM,
        submit="Ask",
        about=_kept(subject),
    )


def read_subject(about: str) -> QuestionSubject | None:
    """Return the message that a submitted form is about, None for a question of its own.

    Raises UnreadableValueError for a form of another version.
    """
    try:
        fields = json.loads(about) if len(about) <= PRIVATE_METADATA else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("v") != actions.VALUE_VERSION:
        raise UnreadableValueError("another version")
    if "text" not in fields:
        return None
    texts = [fields.get(name) for name in ("channel", "thread", "author", "text")]
    channel, thread_ts, author, text = (
        storable_text(each) if isinstance(each, str) else "" for each in texts
    )
    if not channel or not thread_ts:
        raise UnreadableValueError("not one that was drawn")
    return QuestionSubject(channel, thread_ts, author, text)


def asked_text(channel: str, link: str | None) -> str:
    """Say where the answer comes."""
    where = "in our direct message" if channel.startswith("D") else f"in <#{channel}>"
    there = f"<{link}|Go there>" if link else "You will find it there."
    return f":speech_balloon: I am answering {where}. {there}"


def _question(question: str) -> Block:
    return text_input(
        QUESTION, "Your question", initial=question[:MAX_QUESTION_INPUT], lines=True, most=MAX_QUESTION_INPUT
    )


def _place() -> Block:
    # The bot cannot post into direct messages between other people.
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "placeholder": plain_text("In our direct message"),
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    hint = "A channel that I am in. Without one I answer in our direct message."
    return input_block(CHANNEL, "Where to answer", element, hint)


def _kept(subject: QuestionSubject) -> str:
    fields = {
        "v": actions.VALUE_VERSION,
        "channel": subject.channel,
        "thread": subject.thread_ts,
        "author": subject.author[:80],
        "text": shortened(subject.text, CARRIED_QUOTE_LENGTH),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


CHANNEL_SETTINGS_TITLE = "Channel settings"

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


def channel_settings_modal(page: ChannelSettingsPage) -> Block:
    """Draw the form with the settings as they are, and below it who changed what and when."""
    now = page.settings
    options = now.options.with_defaults(page.default_options)
    changes = [settings_change_text(each) for each in page.changes]
    blocks = [
        section_block(f"How I answer in <#{page.channel}>. It counts for questions from now on."),
        radio_input(ON, "I answer here", [("Yes", YES), ("No", NO)], chosen=YES if now.on else NO),
        radio_input(
            AUDIENCE,
            "My answers stand",
            [(_capital(label), each.value) for each, label in _AUDIENCES.items()],
            chosen=now.audience.value,
        ),
        radio_input(
            UNPROMPTED,
            "I answer",
            [(_capital(_MENTIONED), NO), (_capital(_UNPROMPTED), YES)],
            chosen=YES if now.unprompted else NO,
        ),
        section_block("*Where nobody chooses otherwise, questions here are asked like this:*"),
        *option_blocks(page.available, options, records=False),
        {"type": "divider"},
        section_block("*Changes*"),
        *(context_block(each) for each in changes or [_NOTHING_YET]),
    ]
    return modal(
        CHANNEL_SETTINGS_TITLE,
        blocks,
        callback_id=actions.CHANNEL_SETTINGS,
        submit="Save",
        about=actions.channel_value(page.channel),
    )


def settings_saved_text(channel: str, change: ChannelSettingsChange | None) -> str:
    """Say what came of a submission, in Slack markup."""
    if change is None:
        return f"Nothing is different from before, so I changed nothing in <#{channel}>."
    return f":white_check_mark: Saved for <#{channel}>: {_differences(change)}."


def settings_change_text(change: ChannelSettingsChange) -> str:
    """Say who changed what and when, in Slack markup."""
    return f"<@{change.person}>, {date_text(change.changed_at)}: {_differences(change)}"


def _differences(change: ChannelSettingsChange) -> str:
    before, after = _words(change.before, change.names), _words(change.after, change.names)
    return "; ".join(after[name] for name in after if after[name] != before[name])


def _words(settings: ChannelSettings, names: Mapping[str, str]) -> dict[str, str]:
    """Say each setting in words."""
    options = settings.options
    modes = {mode.value: label for mode, label in MODES.items()}
    sources = [names.get(each, _GONE) for each in (*options.apps, *options.kb)]
    model = names.get(options.model_key, _GONE) if options.model_key else _AS_EVERYWHERE
    mode = modes.get(options.chat_mode, options.chat_mode) if options.chat_mode else _AS_EVERYWHERE
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
