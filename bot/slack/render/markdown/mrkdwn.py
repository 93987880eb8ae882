"""Markdown as Slack's own markup, for windows and for workspaces that draw no Markdown."""

import html
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from slackify_markdown.slackify import SlackifyMarkdown

# While a paragraph is written, signs of its markup and what is finished stand as characters of no meaning.
_OPENING = {"\ue001": "*", "\ue002": "_", "\ue003": "~"}
_CLOSING = {"\ue004": "*", "\ue005": "_", "\ue006": "~"}
_SIGNS = str.maketrans({**_OPENING, **_CLOSING})
_FINISHED = re.compile("\ue010([0-9]+)\ue011")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Bold that Markdown does not see because of what is beside it: `**Status:**OK`.
_UNSEEN_BOLD = re.compile(r"\*\*(?=[^\s*])([^*\n]{1,1000}+)(?<=[^\s*])\*\*")
# Beside a letter Slack sees no markup.
_CLOSE_TO_LETTER = re.compile("(?<=\\w)(?=[\ue001-\ue003])|(?<=[\ue004-\ue006])(?=\\w)")
_LITERAL = re.compile(r"(?<![^\W_])[*_~](?=\S)")
_MARK = re.compile(r"[*_~`\[\]<>&\\]|^[ \t]*(?:[-+]|\d{1,9}[.)]) ", re.MULTILINE)
MAX_MARKS = 800  # in what is read at once: each costs markdown-it tens of microseconds, brackets more
_ZERO_WIDTH_SPACE, _HAIR_SPACE, _GRAVE = "\u200b", "\u200a", "\u02cb"

_PARSER = MarkdownIt("gfm-like", {"html": False, "linkify": False, "breaks": False}).disable(
    ["table", "text_join"]
)


def written_in_mrkdwn(markdown: str) -> str:
    """Return Markdown without tables as Slack's markup, every sign that is no markup kept from being any.

    With more than `MAX_MARKS` it is no text that has been written for people, and shown as it is.
    """
    if sum(1 for _ in islice(_MARK.finditer(markdown), MAX_MARKS + 1)) > MAX_MARKS:
        return literal(markdown)
    env: dict[str, Any] = {}
    tokens = _PARSER.parse(_PRIVATE.sub("", markdown).replace(_Writer.NEW_LINE, ""), env)
    return str(_Writer(_PARSER).render(tokens, _PARSER.options, env))


def literal(text: str) -> str:
    """Return text so that Slack's markup shows it as it is, its stars and underscores too.

    A hair space keeps a sign from opening; one that has no fellow stays as it is.
    """
    plain = html.escape(text, quote=False).replace("`", _GRAVE)
    paired = {sign for sign in "*_~" if plain.count(sign) > 1}
    return _LITERAL.sub(lambda found: found[0] + _HAIR_SPACE * (found[0] in paired), plain)


class _Writer(SlackifyMarkdown):  # type: ignore[misc]  # (the library has no types)
    """Writes blocks as slackify-markdown does, and the text in them so that Slack reads what was meant."""

    def __init__(self, parser: MarkdownIt) -> None:
        super().__init__(parser)
        self._finished: list[str] = []
        self._in_link = self._is_address = False

    def renderInline(self, tokens: Sequence[Token], options: Any, env: Any) -> str:  # noqa: N802, ANN401 (the library's)
        self._finished = []
        text = str(super().renderInline(tokens, options, env))
        text = _UNSEEN_BOLD.sub(r"\1" if self._in_heading else "\ue001\\1\ue004", text)
        text = _CLOSE_TO_LETTER.sub(_ZERO_WIDTH_SPACE, literal(text))
        text = text.translate(_SIGNS)
        return _FINISHED.sub(lambda found: self._finished[int(found[1])], text)

    def _finish(self, text: str) -> str:
        self._finished.append(text)
        return f"\ue010{len(self._finished) - 1}\ue011"

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ANN401, ARG002 (as above)
        if self._is_address:
            return ""
        content = str(tokens[idx].content)
        return self._finish(literal(content).replace("|", "\u00a6")) if self._in_link else content

    def text_special(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ANN401, ARG002 (as above)
        sign = str(tokens[idx].content)
        follows = tokens[idx + 1].content[:1] if idx + 1 < len(tokens) else " "
        before = tokens[idx - 1].content[-1:] if idx else " "
        marks = sign in "*_~" and not follows.isspace() and not before.isalnum()
        return self._finish(literal(sign) + (_HAIR_SPACE if marks else ""))

    def _sign(self, sign: str) -> str:
        return "" if self._in_link or (self._in_heading and _SIGNS[ord(sign)] == "*") else sign

    def strong_open(self, *_: object) -> str:
        return self._sign("\ue001")

    def strong_close(self, *_: object) -> str:
        return self._sign("\ue004")

    def em_open(self, *_: object) -> str:
        return self._sign("\ue002")

    def em_close(self, *_: object) -> str:
        return self._sign("\ue005")

    def s_open(self, *_: object) -> str:
        return self._sign("\ue003")

    def s_close(self, *_: object) -> str:
        return self._sign("\ue006")

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ANN401, ARG002 (as above)
        address = html.escape(str(tokens[idx].attrs.get("href", "")), quote=False).replace("|", "%7C")
        self._in_link = True
        self._is_address = tokens[idx].markup == "autolink" or tokens[idx + 1].nesting < 0
        return self._finish(f"<{address}" if self._is_address else f"<{address}|")

    def link_close(self, *_: object) -> str:
        self._in_link = self._is_address = False
        return self._finish(">")

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ANN401, ARG002 (as above)
        content = str(tokens[idx].content)
        if self._in_link:
            return self._finish(literal(content).replace("|", "\u00a6"))
        return self._finish(f"`{html.escape(content, quote=False).replace('`', _GRAVE)}`")

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ANN401, ARG002 (as above)
        content = html.escape(str(tokens[idx].content), quote=False)
        # Slack knows no longer fence around a shorter one.
        content = content.replace("```", _ZERO_WIDTH_SPACE.join("```"))
        return f"```\n{content}```\n"

    code_block = fence
