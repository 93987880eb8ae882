"""What Slack accepts as an interactive element."""

import re
from collections.abc import Callable

from bot.demo.workspace.block_kit.content import LONGEST_ID, Node

# Every number in this module is on the page of its element or object on docs.slack.dev.
_LABEL, _VALUE, _URL, _PLACEHOLDER = 75, 2000, 3000, 150
_OPTIONS, _GROUPS, _OPTION_VALUE = 100, 100, 150
_FEW = 10
_OVERFLOW = (2, 5)
_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
_TEXT_INPUT = 3000

_STYLES = ("primary", "danger")
_COMMON = ("action_id", "confirm", "focus_on_load", "placeholder")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")


def check_element(node: Node, allowed: frozenset[str]) -> None:
    """Check one element where these types are `allowed`."""
    if not node.is_object():
        return
    kind = node.value.get("type")
    check = _ELEMENTS.get(kind)
    if check is None or kind not in allowed:
        node.wrong(f"unsupported type: {kind}", "type")
        return
    check(node)
    node.string("action_id", LONGEST_ID)
    node.text("placeholder", _PLACEHOLDER, plain=True)
    node.flag("focus_on_load", "multiline")
    if node.has("confirm"):
        _confirm(node.child("confirm"))


def image(node: Node) -> None:
    """Check an image: by address or by a file in Slack, always with words for those who cannot see it."""
    node.fields(["alt_text"], ["image_url", "slack_file", "title", "block_id"])
    if node.has("image_url") == node.has("slack_file"):
        node.wrong("must define either image_url or slack_file")
    node.string("image_url", _URL)
    node.string("alt_text", 2000)


def _confirm(node: Node) -> None:
    if node.is_object():
        node.fields(["title", "text", "confirm", "deny"], ["style"])
        for key, most in _CONFIRM.items():
            node.text(key, most, plain=key != "text")
        node.one_of("style", _STYLES)


def _button(node: Node) -> None:
    node.fields(
        ["text"], ["action_id", "url", "value", "style", "confirm", "accessibility_label", "agent_prompt"]
    )
    node.text("text", _LABEL, plain=True)
    node.string("url", _URL)
    node.string("value", _VALUE)
    node.string("accessibility_label", _LABEL)
    node.one_of("style", _STYLES)


def _icon_button(node: Node) -> None:
    node.fields(
        ["icon", "text"], ["action_id", "value", "confirm", "accessibility_label", "visible_to_user_ids"]
    )
    node.one_of("icon", ("trash",))
    node.text("text", _LABEL, plain=True)
    node.string("value", _VALUE)


def _feedback_buttons(node: Node) -> None:
    if not node.fields(["positive_button", "negative_button"], ["action_id"]):
        return
    for key in ("positive_button", "negative_button"):
        button = node.child(key)
        if button.is_object():
            button.fields(["text", "value"], ["accessibility_label"])
            button.text("text", _LABEL, plain=True)
            button.string("value", _VALUE)
            button.string("accessibility_label", _LABEL)


def _option(node: Node, *, plain: bool, url: bool = False) -> None:
    if node.is_object():
        node.fields(["text", "value"], ["description", *(["url"] if url else [])])
        node.text("text", _LABEL, plain=plain)
        node.string("value", _OPTION_VALUE)
        node.text("description", _LABEL, plain=plain)
        node.string("url", _URL)


def _few_options(node: Node) -> None:
    several = node.value["type"] == "checkboxes"
    node.fields(["options"], [*_COMMON, "initial_options" if several else "initial_option"])
    options = node.items("options", _FEW)
    for option in options:
        _option(option, plain=False)
    _known_initial(node, options)


def _overflow(node: Node) -> None:
    node.fields(["options"], ["action_id", "confirm"])
    for option in node.items("options", _OVERFLOW[1], _OVERFLOW[0]):
        _option(option, plain=True, url=True)


def _static_select(node: Node) -> None:
    several = node.value["type"].startswith("multi_")
    initial = ["initial_options", "max_selected_items"] if several else ["initial_option"]
    node.fields([], [*_COMMON, "options", "option_groups", *initial])
    if node.has("options") == node.has("option_groups"):
        node.wrong("must define either options or option_groups")
    options = node.items("options", _OPTIONS)
    for group in node.items("option_groups", _GROUPS):
        if group.is_object() and group.fields(["label", "options"]):
            group.text("label", _LABEL, plain=True)
            options += group.items("options", _OPTIONS)
    for option in options:
        _option(option, plain=True)
    _known_initial(node, options)


def _known_initial(node: Node, options: list[Node]) -> None:
    known = {each.value.get("value") for each in options if isinstance(each.value, dict)}
    for key in ("initial_option", "initial_options"):
        if not node.has(key):
            continue
        chosen = node.value[key] if isinstance(node.value[key], list) else [node.value[key]]
        if not chosen:
            node.wrong("no fewer than 1 items allowed", key)
        if any(not isinstance(each, dict) or each.get("value") not in known for each in chosen):
            node.wrong("must be one of the options", key)


def _loaded_select(*optional: str) -> Callable[[Node], None]:
    def check(node: Node) -> None:
        node.fields([], [*_COMMON, *optional])

    return check


def _text_input(*optional: str) -> Callable[[Node], None]:
    def check(node: Node) -> None:
        node.fields([], [*_COMMON, "initial_value", "dispatch_action_config", *optional])
        for key in ("min_length", "max_length"):
            if node.has(key) and not (
                isinstance(node.value[key], int) and 0 <= node.value[key] <= _TEXT_INPUT
            ):
                node.wrong(f"must be a number from 0 to {_TEXT_INPUT}", key)
        node.string("initial_value", _TEXT_INPUT, 0)

    return check


def _number_input(node: Node) -> None:
    node.fields(
        ["is_decimal_allowed"],
        [*_COMMON, "initial_value", "dispatch_action_config", "min_value", "max_value"],
    )


def _picker(key: str, form: re.Pattern[str] | None) -> Callable[[Node], None]:
    def check(node: Node) -> None:
        node.fields([], [*_COMMON, key, "timezone"])
        if node.has(key) and form is not None and not form.fullmatch(str(node.value[key])):
            node.wrong("must match the form of a date or time", key)

    return check


def _rich_text_input(node: Node) -> None:
    node.fields([], [*_COMMON, "initial_value", "dispatch_action_config"])


def _workflow_button(node: Node) -> None:
    node.fields(["text", "workflow"], ["action_id", "style", "accessibility_label"])
    node.text("text", _LABEL, plain=True)


_several = ("max_selected_items",)
_conversations = ("default_to_current_conversation", "response_url_enabled", "filter")

_ELEMENTS: dict[object, Callable[[Node], None]] = {
    "image": image,
    "button": _button,
    "icon_button": _icon_button,
    "feedback_buttons": _feedback_buttons,
    "workflow_button": _workflow_button,
    "overflow": _overflow,
    "checkboxes": _few_options,
    "radio_buttons": _few_options,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _loaded_select("initial_option", "min_query_length"),
    "multi_external_select": _loaded_select("initial_options", "min_query_length", *_several),
    "users_select": _loaded_select("initial_user"),
    "multi_users_select": _loaded_select("initial_users", *_several),
    "channels_select": _loaded_select("initial_channel", "response_url_enabled"),
    "multi_channels_select": _loaded_select("initial_channels", *_several),
    "conversations_select": _loaded_select("initial_conversation", *_conversations),
    "multi_conversations_select": _loaded_select("initial_conversations", *_conversations, *_several),
    "plain_text_input": _text_input("multiline", "min_length", "max_length"),
    "email_text_input": _text_input(),
    "url_text_input": _text_input(),
    "number_input": _number_input,
    "rich_text_input": _rich_text_input,
    "datepicker": _picker("initial_date", _DATE),
    "timepicker": _picker("initial_time", _TIME),
    "datetimepicker": _picker("initial_date_time", None),
    "file_input": _loaded_select("filetypes", "max_files"),
}

_SELECTS = frozenset(each for each in map(str, _ELEMENTS) if each.endswith("_select"))
_CHOICES = _SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
_TYPED = frozenset(each for each in map(str, _ELEMENTS) if each.endswith("_input"))

IN_SECTION = _CHOICES | {"image", "button", "overflow", "workflow_button"}
IN_ACTIONS = (_CHOICES | {"button", "overflow", "workflow_button", "datetimepicker", "rich_text_input"}) - {
    each for each in _SELECTS if each.startswith("multi_")
}
IN_INPUT = _CHOICES | _TYPED | {"datetimepicker"}
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
IN_CARD = frozenset({"button"})
