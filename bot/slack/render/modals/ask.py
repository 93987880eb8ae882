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
from bot.sentences import sentence
from bot.slack import actions
from bot.slack.actions import UnreadableValueError
from bot.slack.limits import OPTIONS
from bot.slack.render.blocks import (
    Block,
    Entered,
    Option,
    context_block,
    date_text,
    escaped,
    input_block,
    modal,
    multi_select_input,
    place_text,
    radio_input,
    section_block,
    select_input,
    shortened,
    text_input,
)

MODEL = "model"
MODE = "mode"
SOURCES = "sources"
RECORDS = "record_ids"

MODES = {mode: sentence(f"options.mode.{mode}") for mode in ChatMode}


def option_blocks(
    choices: AvailableOptions, chosen: QuestionOptions = NO_OPTIONS, *, records: bool = True
) -> list[Block]:
    """Return the inputs for what the server offers, with what is chosen already.

    `records` says whether records can be named: only a new conversation can be narrowed to some.
    """
    modes = [(label, mode.value) for mode, label in MODES.items()]
    drawn = [
        *_model(choices.models, chosen.model_key or ""),
        select_input(MODE, "options.mode", modes, chosen=chosen.chat_mode or ""),
        *_sources(choices, {*chosen.apps, *chosen.kb}),
    ]
    if records:
        named = " ".join(chosen.record_ids)
        drawn.append(text_input(RECORDS, "options.records", initial=named, optional=True))
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
        said.append(sentence("options.chosen.sources", names=", ".join(sources)))
    if options.record_ids:
        said.append(sentence("options.chosen.records", count=len(options.record_ids)))
    return said


def _model(models: Sequence[Model], chosen: str) -> list[Block]:
    if not models:
        return []
    choices = [
        (sentence("options.model.default", name=each.label) if each.is_default else each.label, each.key)
        for each in models[:OPTIONS]
    ]
    hint = _cut(len(models), sentence("options.models"))
    return [select_input(MODEL, "options.model", choices, chosen=chosen, hint=hint)]


def _sources(choices: AvailableOptions, chosen: set[str]) -> list[Block]:
    named: dict[str, list[Option]] = {
        sentence(f"options.group.{kind}"): [
            (each.name, each.id) for each in choices.sources if each.kind is kind
        ]
        for kind in SourceKind
    }
    groups = {name: found for name, found in named.items() if found}
    if not groups:
        return []
    hint = " ".join(filter(None, (_cut(len(found), name) for name, found in groups.items())))
    shown = {name: found[:OPTIONS] for name, found in groups.items()}
    return [multi_select_input(SOURCES, "options.sources", shown, chosen=chosen, hint=hint)]


def _cut(count: int, name: str) -> str:
    """Return a hint where there are more entries than a menu holds."""
    if count <= OPTIONS:
        return ""
    return sentence("options.first", most=OPTIONS, count=count, what=name.lower())


def _one(value: str | list[str] | None) -> str | None:
    return value if isinstance(value, str) and value else None


ASK = sentence("ask.title")
ASK_ABOUT = sentence("ask.title_about")

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
        submit=sentence("ask.submit"),
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
    lines = escaped(shortened(subject.text, SHOWN_QUOTE_LENGTH)).splitlines()
    quote = "\n".join(f"> {line}" for line in lines)
    return modal(
        ASK_ABOUT,
        [
            section_block(sentence("ask.quote", author=escaped(subject.author), quote=quote)),
            _question(question),
            context_block(sentence("ask.answered_in_thread")),
            *option_blocks(choices, chosen, records=begins),
        ],
        callback_id=actions.ASK_FORM,
        submit=sentence("ask.submit"),
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
    there = sentence("ask.asked.link", url=link) if link else sentence("ask.asked.no_link")
    return sentence("ask.asked", place=place_text(channel), link=there)


def _question(question: str) -> Block:
    initial, most = question[:MAX_QUESTION_INPUT], MAX_QUESTION_INPUT
    return text_input(QUESTION, "ask.question", initial=initial, lines=True, most=most)


def _place() -> Block:
    # The bot cannot post into direct messages between other people.
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return input_block(CHANNEL, "ask.place", element)


def _kept(subject: QuestionSubject) -> str:
    fields = {
        "v": actions.VALUE_VERSION,
        "channel": subject.channel,
        "thread": subject.thread_ts,
        "author": subject.author[:80],
        "text": shortened(subject.text, CARRIED_QUOTE_LENGTH),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


CHANNEL_SETTINGS_TITLE = sentence("channel_settings.title")

ON = "on"
AUDIENCE = "audience"
UNPROMPTED = "unprompted"

YES = "yes"
NO = "no"


def channel_settings_modal(page: ChannelSettingsPage) -> Block:
    """Draw the form with the settings as they are, and below it who changed what and when."""
    now = page.settings
    options = now.options.with_defaults(page.default_options)
    changes = [settings_change_text(each) for each in page.changes] or [
        sentence("channel_settings.no_changes")
    ]
    switch = [(sentence(f"channel_settings.{each}"), each) for each in (YES, NO)]
    audiences = [(_capital(sentence(f"channel_settings.audience.{each}")), each.value) for each in Audience]
    unprompted = [(_capital(sentence(f"channel_settings.unprompted.{each}")), each) for each in (NO, YES)]
    blocks = [
        section_block(sentence("channel_settings.introduction", channel=page.channel)),
        radio_input(ON, "channel_settings.on", switch, chosen=YES if now.on else NO),
        radio_input(AUDIENCE, "channel_settings.audience", audiences, chosen=now.audience),
        radio_input(
            UNPROMPTED, "channel_settings.unprompted", unprompted, chosen=YES if now.unprompted else NO
        ),
        section_block(sentence("channel_settings.options")),
        *option_blocks(page.available, options, records=False),
        {"type": "divider"},
        section_block(sentence("channel_settings.changes")),
        *map(context_block, changes),
    ]
    return modal(
        CHANNEL_SETTINGS_TITLE,
        blocks,
        callback_id=actions.CHANNEL_SETTINGS,
        submit=sentence("channel_settings.submit"),
        about=actions.channel_value(page.channel),
    )


def settings_saved_text(channel: str, change: ChannelSettingsChange | None) -> str:
    """Say what came of a submission, in Slack markup."""
    if change is None:
        return sentence("channel_settings.nothing_changed", channel=channel)
    return sentence("channel_settings.saved", channel=channel, changes=_differences(change))


def settings_change_text(change: ChannelSettingsChange) -> str:
    """Say who changed what and when, in Slack markup."""
    when, changes = date_text(change.changed_at), _differences(change)
    return sentence("channel_settings.change", person=change.person, when=when, changes=changes)


def _differences(change: ChannelSettingsChange) -> str:
    before, after = _words(change.before, change.names), _words(change.after, change.names)
    return "; ".join(after[name] for name in after if after[name] != before[name])


def _words(settings: ChannelSettings, names: Mapping[str, str]) -> dict[str, str]:
    """Say each setting in words."""
    options = settings.options
    modes = {mode.value: label for mode, label in MODES.items()}
    everywhere, gone = sentence("channel_settings.as_everywhere"), sentence("channel_settings.not_offered")
    sources = [names.get(each, gone) for each in (*options.apps, *options.kb)]
    model = names.get(options.model_key, gone) if options.model_key else everywhere
    mode = modes.get(options.chat_mode, options.chat_mode) if options.chat_mode else everywhere
    audience = sentence(f"channel_settings.audience.{settings.audience}")
    when = sentence(f"channel_settings.unprompted.{YES if settings.unprompted else NO}")
    limited = "channel_settings.change.sources" if sources else "channel_settings.change.all_sources"
    return {
        ON: sentence("channel_settings.change.on" if settings.on else "channel_settings.change.off"),
        AUDIENCE: sentence("channel_settings.change.audience", audience=audience),
        UNPROMPTED: sentence("channel_settings.change.unprompted", when=when),
        MODEL: sentence("channel_settings.change.model", name=escaped(model)),
        MODE: sentence("channel_settings.change.mode", name=escaped(mode)),
        SOURCES: sentence(limited, names=escaped(", ".join(sources))),
    }


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]
