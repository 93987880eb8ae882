import pytest

from bot.domain.question_detection import is_question

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


@pytest.mark.parametrize("said", QUESTIONS)
def test_what_asks_something_is_heard(said: str) -> None:
    assert is_question(said)


@pytest.mark.parametrize("said", OTHERS)
def test_what_asks_nothing_or_somebody_else_is_left_alone(said: str) -> None:
    assert not is_question(said)
