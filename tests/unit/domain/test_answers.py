"""An answer folded from the events of its stream."""

from bot.domain.conversations import (
    Answer,
    Citation,
    Cited,
    Completed,
    Conversation,
    Failed,
    Message,
    Opened,
    Progress,
    Speaker,
    State,
    TextSoFar,
    by_document,
)
from bot.domain.errors import BotError, Interrupted, PipesHubError, SlackError

QUESTION = Message("q", Speaker.USER, "How many?")
ANSWER = Message("a", Speaker.BOT, "Thirty.", follow_ups=("Why?",), confidence="High")


def test_the_events_of_a_stream_make_an_answer() -> None:
    answer = Answer()
    for event in (Opened("c"), Progress("Searching"), TextSoFar("")):
        answer = answer.after(event)
    assert (answer.state, answer.conversation_id, answer.doing) == (State.WRITING, "c", "Searching")
    done = answer.after(Completed(Conversation("c", messages=(QUESTION, ANSWER)), ANSWER))
    assert (done.state, done.text, done.message_id) == (State.DONE, "Thirty.", "a")
    assert (done.follow_ups, done.confidence) == (("Why?",), "High")


def test_once_there_is_text_what_was_done_before_it_is_over() -> None:
    assert Answer(doing="Searching").after(TextSoFar("Thir")).doing == ""


def test_text_can_become_shorter() -> None:
    assert Answer(text="Let me look").after(TextSoFar("")).text == ""


def test_citations_are_replaced() -> None:
    one, other = Citation(1, "A"), Citation(2, "B")
    assert Answer().after(Cited((one,))).after(Cited((one, other))).citations == (one, other)


def test_a_failure_keeps_what_was_written() -> None:
    failed = Answer(text="Half").after(Failed(Interrupted()))
    assert (failed.state, failed.text) == (State.FAILED, "Half")


def test_the_first_ending_is_the_last_word() -> None:
    failed = Answer().after(Failed(Interrupted()))
    assert failed.after(TextSoFar("more")) is failed
    assert failed.after(Completed(Conversation("c"), ANSWER)) is failed


def test_an_answer_without_ids_keeps_the_conversation_known_before() -> None:
    done = Answer(conversation_id="c").after(Completed(Conversation(""), Message("", Speaker.BOT, "Yes.")))
    assert (done.conversation_id, done.message_id) == ("c", None)


def test_errors_and_tool_calls_after_an_answer_do_not_hide_it() -> None:
    error, other = Message("e", Speaker.ERROR, "x"), Message("t", Speaker.OTHER, "")
    assert Conversation("c", messages=(QUESTION, ANSWER, other, error)).answer == ANSWER


def test_an_answer_to_an_earlier_question_is_none_to_this() -> None:
    assert Conversation("c", messages=(QUESTION, ANSWER, QUESTION)).answer is None
    assert Conversation("c").answer is None


def test_citations_are_grouped_by_document() -> None:
    citations = (
        Citation(3, "B", record_id="b"),
        Citation(1, "A", record_id="a"),
        Citation(2, "A", record_id="a"),
        Citation(1, "A", record_id="a"),
    )
    assert [(source.title, source.numbers) for source in by_document(citations)] == [
        ("A", (1, 2)),
        ("B", (3,)),
    ]


def leaves(kind: type[BotError]) -> list[type[BotError]]:
    return [leaf for each in kind.__subclasses__() for leaf in (leaves(each) or [each])]


def test_every_error_has_a_sentence_that_ends_in_a_next_step() -> None:
    assert leaves(PipesHubError)
    assert leaves(SlackError)
    for kind in leaves(PipesHubError) + leaves(SlackError):
        assert kind.sentence.endswith("."), kind
        assert kind().detail == ""
