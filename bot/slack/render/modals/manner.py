"""The inputs with which somebody chooses how a question is asked."""

from collections.abc import Mapping, Sequence

from bot.domain.turns import NOTHING_CHOSEN, Choices, Chosen, Kind, Manner, Mode, Model
from bot.slack.limits import OPTIONS
from bot.slack.render.message import Block
from bot.slack.render.modals.choices import Choice, select, several
from bot.slack.render.modals.frame import text_input

MODEL = "model"
MODE = "mode"
SOURCES = "sources"
RECORDS = "record_ids"

MODES = {Mode.INTERNAL_SEARCH: "Internal search", Mode.WEB_SEARCH: "Web search", Mode.AGENT: "Agent"}
GROUPS = {Kind.APP: "Apps", Kind.BASE: "Knowledge bases"}


def blocks(choices: Choices, chosen: Manner = NOTHING_CHOSEN, *, records: bool = True) -> list[Block]:
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
