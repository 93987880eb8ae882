"""An answer of any length takes five messages at most; the last one says where the rest is."""

import pytest

from bot.domain.conversations import DEFAULT_FOOTER, Answer, AnswerState
from bot.slack.render.answer import MAX_MESSAGES, conversation_url, render_answer
from bot.slack.render.blocks import RenderedMessage
from tests.unit.slack.written import FRONTEND

CONVERSATION = "65f0c0ffee0123456789abcd"
REST = f"<{FRONTEND}/chat/?conversationId={CONVERSATION}|Read the rest in PipesHub>"


def drawn(text: str, state: AnswerState = AnswerState.DONE) -> list[RenderedMessage]:
    answer = Answer(state=state, text=text, conversation_id=CONVERSATION)
    return render_answer(answer, "turn", DEFAULT_FOOTER, FRONTEND)


def small_print(message: RenderedMessage) -> str:
    contexts = (block for block in message.blocks if block["type"] == "context")
    return "\n".join(each["text"] for block in contexts for each in block["elements"])


WORDS = "A sentence of an answer. " * 40_000


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (WORDS, AnswerState.DONE),
        (WORDS, AnswerState.WRITING),
        (WORDS, AnswerState.STOPPED),
        ("-\n" * 10_000, AnswerState.DONE),
        ("---\n" * 5_000, AnswerState.DONE),
        ("# Heading\n\n" * 2_000, AnswerState.DONE),
    ],
    ids=["a megabyte", "on its way", "stopped", "dashes", "rules", "headings"],
)
def test_a_flood_is_cut_and_its_end_leads_to_the_whole(text: str, state: AnswerState) -> None:
    messages = drawn(text, state)
    assert len(messages) == MAX_MESSAGES
    assert [REST in small_print(each) for each in messages] == [False] * (MAX_MESSAGES - 1) + [True]
    assert messages[-1].blocks[-1]["type"] == "actions"  # its buttons stand below it


def test_what_is_shown_of_a_flood_stays_while_it_grows() -> None:
    text = "A sentence of an answer. " * 4_000
    assert drawn(text, AnswerState.WRITING) == drawn(text * 2, AnswerState.WRITING)


def test_an_answer_that_fits_is_shown_whole() -> None:
    text = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(1_200))
    messages = drawn(text)
    assert 1 < len(messages) <= MAX_MESSAGES
    assert "Paragraph 1199 of" in messages[-1].blocks[0]["text"]
    assert REST not in small_print(messages[-1])


def test_the_rest_of_an_unknown_conversation_is_in_pipeshub() -> None:
    assert conversation_url(None, f"{FRONTEND}/") == FRONTEND
    assert conversation_url("a/b&c", FRONTEND) == f"{FRONTEND}/chat/?conversationId=a%2Fb%26c"
