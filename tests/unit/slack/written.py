"""Markdown as models write it, and what Slack's reader and markdown-it-py make of Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

RECORDED = {path.stem: path.read_text() for path in sorted(Path("tests/recorded/markdown").glob("*.md"))}
FRONTEND = "https://pipeshub.example.com"

LIVE_MENTION = re.compile(r"<(?:@[UW]|#C|!(?:channel|here|everyone|subteam|date))")
BROADCAST = re.compile(r"(?<![\w@./-])@(?:channel|here|everyone)(?![\w/-])", re.IGNORECASE)

_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
setattr(_READER, "validateLink", bool)  # noqa: B010 (every address is a link to it, so that none hides)
_WITH_HTML = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

_MARKUP = """
``` ```py ~~~ ` `` ** * _ ~~ [ ] ]( ( ) ![ ! \\ | : & &lt; &#60; < > <b> </b> <!channel> <@U1> !here> #C1>
@channel @chan javascript:x data:y //e /r https://e.com/a <https://e.com> <slack://x> <javascript:x>
[1] [[1]](https://e.com) [a][a] [a] [(javascript:x)](y) [<](y) [!](y) word a é
""".split()  # noqa: SIM905 (a list of so many quotation marks could not be read)
_BLOCKS = ["\n", "\n\n", "- ", "1. ", "> ", "# ", "---", "  ", "    ", " ", "| a | b |", "|---|---|", "| 1 |"]
_DEFINED = ["[a]: https://x.y", "[a]: javascript:x", '"t"']

markdown = st.lists(st.sampled_from([*_MARKUP, *_BLOCKS, *_DEFINED]), max_size=14).map("".join)
"""Texts made of everything that means something in Markdown, in any order."""

_LINES = """
```python
```
~~~
# Head
## Two
- item one
- item
  - nested
1. first
   ```js
   ```
> quote
plain words of a line here
more **bold words** here [1]
a [link](https://e.com/x) b
x
---
    indented code
Lead in:
> ```
- ```
""".split("\n")  # noqa: SIM905 (as above)
_LONG = ["word " * 30, "y" * 50, "| aa | bb |", "|---|---|", "| 1 | 2 |", "| 3 | 4 |"]

documents = st.lists(st.sampled_from([*_LINES, *_LONG]), max_size=30).map("\n".join)
"""Texts made of whole lines."""


def tokens(text: str, *, html: bool = False) -> Iterator[Token]:
    """Yield all that markdown-it-py finds in a text, inline tokens included."""
    for token in (_WITH_HTML if html else _READER).parse(text):
        yield token
        yield from token.children or []


def rendered(text: str) -> str:
    return str(_READER.render(text))


def addresses(text: str) -> list[str]:
    return [str(token.attrGet("href")) for token in tokens(text) if token.type == "link_open"]


def shown(text: str) -> str:
    """Return all words and code that a reader of Markdown would see."""
    kinds = {"text", "code_inline", "fence", "code_block"}
    return "\n".join(token.content for token in tokens(text) if token.type in kinds)


def prose(text: str) -> str:
    """Return all words that a reader of Markdown would see outside of code."""
    return "\n".join(token.content for token in tokens(text) if token.type == "text")
