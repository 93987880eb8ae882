import pytest

from bot.domain.conversations import Answer, AnswerState
from bot.pipeshub.stream import StreamDecoder
from tests.bench.pipeshub import THINKING, Script, newest_word

SECONDS = 5.0


@pytest.fixture(scope="module")
def script() -> Script:
    return Script.of(SECONDS)


def read(data: bytes, decoder: StreamDecoder, answer: Answer) -> Answer:
    for frame in data.decode().split("\n\n")[:-1]:
        event, body = (line.partition(": ")[2] for line in frame.split("\n"))
        for each in decoder.read(event, body):
            answer = answer.after(each)
    return answer


def test_the_text_comes_at_its_rate(script: Script) -> None:
    written = [each for each in script.moments if each.newest >= 0]
    assert [each.newest for each in written] == list(range(script.words))
    assert written[0].at == pytest.approx(THINKING)
    assert script.moments[-1].at == pytest.approx(THINKING + SECONDS)
    assert sum(each.frames for each in written) / SECONDS == pytest.approx(20, abs=0.5)


def test_the_bot_understands_every_word_of_it(script: Script) -> None:
    decoder, answer = StreamDecoder(), Answer()
    answer = read(script.opening("c1"), decoder, answer)
    for moment in script.moments:
        answer = read(moment.data, decoder, answer)
        if moment.newest >= 0:
            assert newest_word(answer.text) >= moment.newest - 4
    answer = read(script.ending("c1", "question number 0"), decoder, answer)
    assert answer.state is AnswerState.DONE
    assert newest_word(answer.text) == script.words - 1
    assert len(answer.citations) == 3


def test_words_are_found_by_their_numbers() -> None:
    assert newest_word("leave§00007 **travel**§00012 [1](https://h/00099)") == 12
    assert newest_word("Looking for an answer…") == -1
