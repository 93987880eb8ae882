"""Questions a server asks back instead of answering, as Markdown."""

from collections.abc import Iterator

from bot.pipeshub.frames import Body, objects, text


def asked(body: Body) -> str:
    """Return what `ask_user_question` asks, options as a list; empty where it asks nothing.

    The person answers by the next question: a conversation goes on after one that was asked back.
    """
    data = objects(body.get("toolData"))
    questions = data.get("questions")
    listed = [objects(each) for each in questions] if isinstance(questions, list) else []
    return "\n\n".join("\n".join(_lines(each)) for each in listed if text(each, "question"))


def _lines(question: Body) -> Iterator[str]:
    yield text(question, "question")
    options = question.get("options")
    for option in options if isinstance(options, list) else ():
        label = text(objects(option), "label")
        if label:
            yield f"- {label}"
