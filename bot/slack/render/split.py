"""Long answers in parts that fit a message."""

from bot.slack.render.line import Fence, Kind
from bot.slack.render.lines import lines
from bot.slack.render.window import FRAME, Window


def parts(text: str, most: int) -> list[str]:
    """Return `text` in parts of at most `most` characters, each of which can stand alone.

    They end between paragraphs if possible, else between the items of a list, else between lines, and
    never behind a heading. Code that goes on is fenced in both parts, and a table repeats its header.
    Parts are smaller where markers will become links, and where Slack would make more blocks of them than
    `MARKDOWN_BLOCKS`.

    Several tables stay together as they were written: a message holds one block of type `table`, but those
    inside `markdown` count as blocks only (answers with dozens of them pass, reported in the field). One
    that reaches the limits of such a block goes on in the next part.

    A part does not change once there is another behind it: of a text that grows, all parts but the last
    stay as they are.
    """
    done: list[str] = []
    frame = ""
    while True:
        window = Window(frame, text, most)
        if window.holds_all:
            done.append((frame + text).strip("\n"))
            return [each for each in done if each.strip()] or [""]
        end = window.cut()
        fence, header = window.open_at(end)
        mark = fence.closing if fence and len(fence.closing) <= most // FRAME else ""
        part = (frame + text[:end]).rstrip("\n ")
        done.append((f"{part}\n{mark}" if mark else part).strip("\n"))
        text, frame = text[end:], ""
        if fence and mark:
            text, frame = _code_going_on(text, fence, most // FRAME)
        elif header and len(header) <= most // FRAME:
            frame = header
        text = text if frame else text.lstrip("\n")


def _code_going_on(text: str, fence: Fence, most: int) -> tuple[str, str]:
    """Return the rest of code and the line that opens it again, outside of any list; none where it ends."""
    first, _, rest = text.partition("\n")
    opening = fence.opening if len(fence.opening) < most else fence.closing
    ends = lines(f"{opening}\n{first.strip() if not fence.depth else first}")[-1].kind is Kind.FENCE
    if ends and first.strip(" \t>"):
        return rest, ""
    return (_outdented(text, fence) if fence.indent else text), f"{opening}\n"


def _outdented(text: str, fence: Fence) -> str:
    """Return the lines up to the end of the code without the indentation of the list it stands in."""
    done: list[str] = []
    raw = text.split("\n")
    for line in raw:
        bare = line.lstrip(" ")
        done.append(line[min(len(line) - len(bare), fence.indent) :])
        if bare.startswith(fence.mark) and not bare.strip(f"{fence.mark[0]} \t"):
            break
    return "\n".join([*done, *raw[len(done) :]])
