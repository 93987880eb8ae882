from time import perf_counter

import pytest

from bot.domain.question_detection import (
    is_follow_up_question,
    is_for_others,
    is_question,
    is_small_talk,
    needs_no_answer,
)

QUESTIONS = [
    "How many days of annual leave do I have?",
    "how many days of leave do we get",
    "Hi all, how do I file an expense report?",
    "Good morning everyone! Where is the travel policy",
    "I lost my badge. Who do I tell?",
    "Does anyone know how long the notice period is",
    "Can I carry over leave into next year",
    "Is there a form for parental leave",
    "What is the limit for hotel costs",
    "When does the release train leave",
    "which documents do I need for onboarding",
    "*What counts as overtime?*",
    "Do interns get paid leave? :thinking_face:",
    "see <https://example.com/a?b=c|this>: is it still valid?",
    "What about <#C1|general> and its retention rules?",
    "Wie viele Urlaubstage habe ich",
    "Hallo zusammen, wo finde ich die Reisekostenregelung?",
    "Warum wurde die Frist geändert",
    "Weiß jemand, wie lange die Probezeit ist?",
    "Gibt es ein Formular für Elternzeit",
    "Combien de jours de congé ai-je",
    "Bonjour, est-ce que les stagiaires ont des congés ?",
    "Où est la politique de voyage",
    "¿Cuántos días de vacaciones tengo?",
    "Cómo pido un reembolso de gastos",
    "Czy stażyści mają płatny urlop",
    "Cześć wszystkim, ile dni urlopu mi przysługuje?",
    "年次有給休暇は何日ありますか\uff1f",
    "كم عدد أيام الإجازة السنوية؟",
]

OTHERS = [
    "",
    "Hello",
    "Good morning everyone!",
    "Hi, how are you?",
    "Hey all, how's it going?",
    "Wie geht's euch allen heute?",
    "Bonjour, ça va tout le monde ?",
    "Hola, ¿qué tal estáis todos?",
    "Cześć, co słychać u was?",
    "What's up with you all?",
    "Really?",
    "Any news?",
    "ok?",
    "??",
    "The release is out.",
    "What a great week we had!",
    "When the build is done, please tell me.",
    "How nice of you all",
    "Who cares, let us move on.",
    "Wie besprochen schicke ich euch die Liste.",
    "Was just there, nothing to see.",
    "Come here and see this.",
    "<@U1> how many days of leave do I have?",
    "Has this been deployed, <@U1|tomasz>?",
    "<!here> who can take the support shift today?",
    "<!subteam^S1|@leads> can we meet at ten?",
    "See https://example.com/search?q=leave for the list",
    "see <https://example.com/?q=why|the list> of them",
    "Run `grep -E 'how?' notes.txt` once more.",
    "```\nif (a ? b : c) return x;\n```",
    "Here is what I did all day. " * 100 + "Was that right?",
    "&gt; How many days of leave do I have?\nThat was my question yesterday.",
]


def test_what_asks_something_is_heard() -> None:
    for said in QUESTIONS:
        assert is_question(said), said


def test_what_asks_nothing_or_asks_others_is_left_alone() -> None:
    for said in OTHERS:
        assert not is_question(said), said


SMALL_TALK = [
    "thanks, that helps!",
    "ok",
    "lol",
    "👍",
    ":+1:",
    "+1",
    "",
    "Thanks!",
    "thank you so much :pray:",
    "Danke dir",
    "danke schön",
    "merci beaucoup !",
    "muchas gracias",
    "ありがとうございます\uff01",
    "谢谢",
    "Ok, got it.",
    "Okay cool",
    "perfect",
    "thanks, good to know that.",
    "Great, thanks for the quick answer!",
    "that makes sense",
    "sounds good, thanks Bea",
    "Super, vielen Dank!",
    "d'accord",
    "vale, gracias",
    "haha",
    "nice!",
    "thanks everyone",
    "got it 👍",
    "np",
    "ok thanks",
    "hmm",
    "!!",
    "???",
    "OK.",
    "Alles klar, danke",
    "Cheers mate",
    "noted",
    "thx",
]

NOT_SMALL_TALK = [
    "thanks, and for interns?",
    "ok and how many for interns?",
    "Everyone?",
    "yes",
    "no",
    "and for interns",
    "it does not work",
    "ok now summarise it",
    "Thanks. What about part time",
    "thanks, tell me about interns",
    "```code```",
    "<https://x.y/z>",
    "working from Spain",
    "and now for interns",
    "ok so what about interns",
    "great, and for interns",
    "gracias, ¿y para becarios?",
    "merci, et pour les stagiaires ?",
    "danke, und für Praktikanten?",
    "28 days?",
    "ありがとう、インターンは\uff1f",
    "topology",
    "kind of leave",
    "It is about all",
    "good question though: how",
    "Hi, how many days?",
    "this is not what I meant",
    "thanks but I meant interns",
    "1.5 days",
    "all employees",
]

FOR_OTHERS = [
    "hey <@U2>, can you check?",
    "<!subteam^S1> can somebody confirm?",
    "<!here> lunch?",
    "@bea can you check?",
    "hey @bea, look",
    "how do I do it <@U2>?",
]

FOR_THE_BOT = [
    "how do I npm install @here/maps-api?",
    "write to press@x.example",
    "what does <#C1|general> say",
]

FOLLOW_UPS = [
    "and for interns?",
    "what about interns",
    "et pour les stagiaires ?",
    "und für Praktikanten?",
    "Can somebody confirm?",
    "does that hold for part time",
]

NO_FOLLOW_UPS = [
    "thanks, that helps!",
    "ok",
    "lol",
    "<!here> lunch?",
    "I'm off on Monday",
    "cool, see you all",
    "anyone up for lunch?",
    "and yes I agree",
]


def test_thanks_agreement_and_emoji_get_no_answer() -> None:
    for said in SMALL_TALK:
        assert is_small_talk(said), said


def test_what_asks_on_is_no_small_talk() -> None:
    for said in NOT_SMALL_TALK:
        assert not is_small_talk(said), said


def test_what_calls_others_is_for_them() -> None:
    for said in FOR_OTHERS:
        assert is_for_others(said), said
        assert not is_follow_up_question(said), said


def test_an_at_sign_in_code_or_an_address_is_no_call() -> None:
    for said in FOR_THE_BOT:
        assert not is_for_others(said), said


def test_another_persons_question_below_an_answer_counts() -> None:
    for said in FOLLOW_UPS:
        assert is_follow_up_question(said), said


def test_other_talk_below_an_answer_does_not() -> None:
    for said in NO_FOLLOW_UPS:
        assert not is_follow_up_question(said), said


@pytest.mark.parametrize(
    "said", ["ok " * 60_000, "thanks " * 28, "@" * 100_000, "ha" * 100, ":" * 200, "_" * 40_000]
)
def test_long_replies_are_judged_at_once(said: str) -> None:
    begun = perf_counter()
    is_small_talk(said)
    is_for_others(said)
    is_follow_up_question(said)
    assert perf_counter() - begun < 0.5


ABOUT_PEOPLE = [
    "how many days does <@U2> have?",
    "who is <@U2>?",
    "what about <@U2> and <@U3>?",
    "hi, when did <@U2|bea> join?",
    "who approves leave of <@U2>?",
    "wie viele Urlaubstage hat <@U2> noch",
    "cuántos días tiene <@U2>?",
    "what rights does <!subteam^S1> have?",
]

CALLING_PEOPLE = [
    "hey <@U2>, can you check?",
    "<@U2> how many days?",
    "what do you think <@U2>?",
    "how many days is it for, <@U2>?",
    "is <@U2> around?",
    "can <@U2> help?",
    "thanks to <@U2>",
    "forwarding this to <@U2>, ok?",
    "who is on call? cc <@U2>",
    "what does <@U2> think, <@U3>?",
    "what is the plan for <!here>?",
]


@pytest.mark.parametrize("said", ABOUT_PEOPLE)
def test_a_person_whom_a_question_is_about_is_not_called(said: str) -> None:
    assert not is_for_others(said)
    assert is_follow_up_question(said)


@pytest.mark.parametrize("said", CALLING_PEOPLE)
def test_what_calls_a_person_is_for_them(said: str) -> None:
    assert is_for_others(said)
    assert not is_follow_up_question(said)


def test_many_mentions_are_read_once() -> None:
    began = perf_counter()
    for said in ("how is <@U2> " * 50_000, "how " * 200_000 + "<@U2>", "does <@U" * 50_000):
        is_for_others(said)
    assert perf_counter() - began < 1


@pytest.mark.parametrize(
    ("said", "silent"),
    [
        ("thanks", True),
        ("merci", True),
        ("ok :+1:", True),
        (":tada:", True),
        ("hey thanks!", True),
        ("thanks, and for interns?", False),
        ("hi", False),
        ("Hello!", False),
        ("???", False),
        ("ok?", False),
    ],
)
def test_thanks_to_the_bot_want_no_answer_and_a_greeting_does(said: str, silent: bool) -> None:
    assert needs_no_answer(said) is silent
