"""An answer folded from the events of its stream."""

from bot.domain.conversations import (
    Answer,
    AnswerState,
    Citation,
    CitationsSoFar,
    Completed,
    Conversation,
    ConversationStarted,
    Failed,
    Message,
    MessageAuthor,
    Progress,
    TextSoFar,
    group_by_document,
)
from bot.domain.errors import BotError, Interrupted, PipesHubError, SlackError

QUESTION = Message("q", MessageAuthor.USER, "How many?")
ANSWER = Message("a", MessageAuthor.BOT, "Thirty.", follow_ups=("Why?",), confidence="High")


def test_the_events_of_a_stream_make_an_answer() -> None:
    answer = Answer()
    for event in (ConversationStarted("c"), Progress("Searching"), TextSoFar("")):
        answer = answer.with_event(event)
    assert (answer.state, answer.conversation_id, answer.progress) == (AnswerState.WRITING, "c", "Searching")
    done = answer.with_event(Completed(Conversation("c", messages=(QUESTION, ANSWER)), ANSWER))
    assert (done.state, done.text, done.message_id) == (AnswerState.DONE, "Thirty.", "a")
    assert (done.follow_ups, done.confidence) == (("Why?",), "High")


def test_once_there_is_text_what_was_done_before_it_is_over() -> None:
    assert Answer(progress="Searching").with_event(TextSoFar("Thir")).progress == ""


def test_text_can_become_shorter() -> None:
    assert Answer(text="Let me look").with_event(TextSoFar("")).text == ""


def test_citations_are_replaced() -> None:
    one, other = Citation(1, "A"), Citation(2, "B")
    assert Answer().with_event(CitationsSoFar((one,))).with_event(CitationsSoFar((one, other))).citations == (
        one,
        other,
    )


def test_a_failure_keeps_what_was_written() -> None:
    failed = Answer(text="Half").with_event(Failed(Interrupted()))
    assert (failed.state, failed.text) == (AnswerState.FAILED, "Half")


def test_the_first_ending_is_the_last_word() -> None:
    failed = Answer().with_event(Failed(Interrupted()))
    assert failed.with_event(TextSoFar("more")) is failed
    assert failed.with_event(Completed(Conversation("c"), ANSWER)) is failed


def test_an_answer_without_ids_keeps_the_conversation_known_before() -> None:
    done = Answer(conversation_id="c").with_event(
        Completed(Conversation(""), Message("", MessageAuthor.BOT, "Yes."))
    )
    assert (done.conversation_id, done.message_id) == ("c", None)


def test_errors_and_tool_calls_after_an_answer_do_not_hide_it() -> None:
    error, other = Message("e", MessageAuthor.ERROR, "x"), Message("t", MessageAuthor.OTHER, "")
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
    assert [(source.title, source.numbers) for source in group_by_document(citations)] == [
        ("A", (1, 2)),
        ("B", (3,)),
    ]


def leaves(kind: type[BotError]) -> list[type[BotError]]:
    return [leaf for each in kind.__subclasses__() for leaf in (leaves(each) or [each])]


def test_every_error_has_a_sentence_that_ends_in_a_next_step() -> None:
    assert leaves(PipesHubError)
    assert leaves(SlackError)
    for kind in leaves(PipesHubError) + leaves(SlackError):
        assert kind().sentence.endswith("."), kind
        assert kind().detail == ""
