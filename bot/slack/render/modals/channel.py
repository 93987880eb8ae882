"""How the bot answers in a channel: the form for it, and what became of it."""

from collections.abc import Mapping

from bot.domain.channels import Audience, Change, ChannelPage, ChannelSettings
from bot.slack import actions
from bot.slack.render.message import Block, context, escaped, section
from bot.slack.render.modals import manner as inputs
from bot.slack.render.modals.choices import radio
from bot.slack.render.modals.frame import modal

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
        *inputs.blocks(page.offered, manner, records=False),
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
    modes = {mode.value: label for mode, label in inputs.MODES.items()}
    sources = [names.get(each, _GONE) for each in (*manner.apps, *manner.kb)]
    model = names.get(manner.model_key, _GONE) if manner.model_key else _AS_EVERYWHERE
    mode = modes.get(manner.chat_mode, manner.chat_mode) if manner.chat_mode else _AS_EVERYWHERE
    return {
        ON: "switched on" if settings.on else "switched off",
        AUDIENCE: f"answers stand {_AUDIENCES[settings.audience]}",
        UNPROMPTED: f"I answer {_UNPROMPTED if settings.unprompted else _MENTIONED}",
        inputs.MODEL: f"model: {escaped(model)}",
        inputs.MODE: f"mode: {escaped(mode)}",
        inputs.SOURCES: f"only in {escaped(', '.join(sources))}" if sources else "sources: everywhere",
    }


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]
