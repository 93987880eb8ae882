"""The forms for asking and for a channel's settings, with the inputs for a question's options."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.channels import Audience, ChannelSettings, ChannelSettingsChange, ChannelSettingsPage
from bot.domain.text import storable_text
from bot.domain.turns import (
    NO_OPTIONS,
    AvailableOptions,
    ChatMode,
    EnteredOptions,
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
    form,
    input_block,
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
    drawn = []
    if choices.models:
        models = [
            (sentence("options.model.default", name=each.label) if each.is_default else each.label, each.key)
            for each in choices.models[:OPTIONS]
        ]
        hint, model = _cut(len(choices.models), sentence("options.models")), chosen.model_key or ""
        drawn.append(select_input(MODEL, "options.model", models, chosen=model, hint=hint))
    modes = [(label, mode.value) for mode, label in MODES.items()]
    drawn.append(select_input(MODE, "options.mode", modes, chosen=chosen.chat_mode or ""))
    groups: dict[str, list[Option]] = {}
    for kind in SourceKind:
        if found := [(each.name, each.id) for each in choices.sources if each.kind is kind]:
            groups[sentence(f"options.group.{kind}")] = found
    if groups:
        hint = " ".join(filter(None, (_cut(len(found), name) for name, found in groups.items())))
        shown = {name: found[:OPTIONS] for name, found in groups.items()}
        sources = {*chosen.apps, *chosen.kb}
        drawn.append(multi_select_input(SOURCES, "options.sources", shown, chosen=sources, hint=hint))
    if records:
        named = " ".join(chosen.record_ids)
        drawn.append(text_input(RECORDS, "options.records", initial=named, optional=True))
    return drawn


def _cut(count: int, name: str) -> str:
    """Return a hint where there are more entries than a menu holds."""
    if count <= OPTIONS:
        return ""
    return sentence("options.first", most=OPTIONS, count=count, what=name.lower())


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


def _one(value: str | list[str] | None) -> str | None:
    return value if isinstance(value, str) and value else None


ASK = sentence("ask.title")
ASK_ABOUT = sentence("ask.title_about")

QUESTION = "question"
CHANNEL = "place"

# Characters, https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/ and
# https://docs.slack.dev/reference/views/modal-views/.
MAX_QUESTION_INPUT = 3_000
PRIVATE_METADATA = 3_000

SHOWN_QUOTE_LENGTH = 500
CARRIED_QUOTE_LENGTH = 1_200  # goes with the question; in what a form keeps, quotes count twice


@dataclass(frozen=True, slots=True)
class QuestionSubject:
    """The message that a question is about, as the form carries it; `text` is plain."""

    channel: str
    thread_ts: str
    author: str
    text: str


def ask_modal(choices: AvailableOptions, chosen: QuestionOptions) -> Block:
    """Draw the form for a question that is answered in a channel or in the direct message."""
    place = {
        "type": "conversations_select",
        "action_id": "place",
        "default_to_current_conversation": True,
        # The bot cannot post into direct messages between other people.
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    inputs = [_question(), input_block(CHANNEL, "ask.place", place), *option_blocks(choices, chosen)]
    return form(
        ASK, sentence("ask.submit"), actions.ASK_FORM, json.dumps({"v": actions.VALUE_VERSION}), inputs
    )


def ask_about_modal(
    subject: QuestionSubject,
    choices: AvailableOptions,
    chosen: QuestionOptions,
    *,
    begins: bool,
) -> Block:
    """Draw the form for a question about a message; `begins` says that it starts a conversation."""
    lines = escaped(shortened(subject.text, SHOWN_QUOTE_LENGTH)).splitlines()
    quote = "\n".join(f"> {line}" for line in lines)
    blocks = [
        section_block(sentence("ask.quote", author=escaped(subject.author), quote=quote)),
        _question(),
        context_block(sentence("ask.answered_in_thread")),
        *option_blocks(choices, chosen, records=begins),
    ]
    kept = {
        "v": actions.VALUE_VERSION,
        "channel": subject.channel,
        "thread": subject.thread_ts,
        "author": subject.author[:80],
        "text": shortened(subject.text, CARRIED_QUOTE_LENGTH),
    }
    about = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return form(ASK_ABOUT, sentence("ask.submit"), actions.ASK_FORM, about, blocks)


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


def _question() -> Block:
    return text_input(QUESTION, "ask.question", lines=True, most=MAX_QUESTION_INPUT)


CHANNEL_SETTINGS_TITLE = sentence("channel_settings.title")

ON = "on"
AUDIENCE = "audience"
UNPROMPTED = "unprompted"
YES, NO = "yes", "no"


def channel_settings_modal(page: ChannelSettingsPage) -> Block:
    """Draw the form with the settings as they are, and below it who changed what and when."""
    now = page.settings
    options = now.options.with_defaults(page.default_options)
    switch = [(sentence(f"channel_settings.{each}"), each) for each in (YES, NO)]
    audiences = [(_capital(sentence(f"channel_settings.audience.{each}")), each.value) for each in Audience]
    unprompted = [(_capital(sentence(f"channel_settings.unprompted.{each}")), each) for each in (NO, YES)]
    chosen = YES if now.unprompted else NO
    changes = [sentence("channel_settings.no_changes")] if not page.changes else []
    for change in page.changes:
        when, words = date_text(change.changed_at), _differences(change)
        changes.append(sentence("channel_settings.change", person=change.person, when=when, changes=words))
    blocks = [
        section_block(sentence("channel_settings.introduction", channel=page.channel)),
        radio_input(ON, "channel_settings.on", switch, chosen=YES if now.on else NO),
        radio_input(AUDIENCE, "channel_settings.audience", audiences, chosen=now.audience),
        radio_input(UNPROMPTED, "channel_settings.unprompted", unprompted, chosen=chosen),
        section_block(sentence("channel_settings.options")),
        *option_blocks(page.available, options, records=False),
        {"type": "divider"},
        section_block(sentence("channel_settings.changes")),
        *map(context_block, changes),
    ]
    submit, about = sentence("channel_settings.submit"), actions.channel_value(page.channel)
    return form(CHANNEL_SETTINGS_TITLE, submit, actions.CHANNEL_SETTINGS, about, blocks)


def settings_saved_text(channel: str, change: ChannelSettingsChange | None) -> str:
    """Say what came of a submission, in Slack markup."""
    if change is None:
        return sentence("channel_settings.nothing_changed", channel=channel)
    return sentence("channel_settings.saved", channel=channel, changes=_differences(change))


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
