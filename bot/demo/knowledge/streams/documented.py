"""The vocabulary of the published API description: connected, chunk, citation, complete, error."""

from bot.demo.knowledge.answers.text import bare
from bot.demo.knowledge.shapes import documented
from bot.demo.knowledge.streams.frames import Frame
from bot.demo.knowledge.streams.steps import Broke, Opened, Saved, Step, Wrote


class Documented:
    """Text comes in pieces that are only ever appended; each citation is told once, when it is first used."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def frames(self, step: Step) -> list[Frame]:
        """Return the frames that tell `step`."""
        match step:
            case Opened(conversation_id):
                opened = {"message": "Connection established", "conversationId": conversation_id}
                return [Frame("connected", opened)]
            case Wrote(delta, _, citations):
                new = [each for each in citations if each["chunkIndex"] not in self._told]
                self._told.update(each["chunkIndex"] for each in new)
                told = [Frame("citation", documented.citation(each)) for each in new]
                return [Frame("chunk", {"content": bare(delta)}), *told]
            case Saved(conversation, padding=padding):
                body = documented.conversation(conversation)
                return [Frame("complete", {"conversation": body | _padded(padding)})]
            case Broke(message, again=False):
                return [Frame("error", {"error": message})]
            case _:
                return []


def _padded(size: int) -> dict[str, object]:
    return {"metadata": {"padding": "x" * size}} if size else {}
