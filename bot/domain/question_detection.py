"""Detects whether a message that does not mention the bot asks something that it could answer.

It reads English, French, German, Polish and Spanish, thanks in more languages; a question mark counts in
every language. In doubt it says no: an unwanted answer is worse than one that has to be asked for.
"""

import re

MIN_QUESTION_WORDS = 3
"""Words of a question: "Really?" and "Any news?" are said to people."""

MAX_QUESTION_LENGTH = 2_000
"""Characters of a question; a longer message is a statement."""

MIN_CJK_CHARACTERS = 6
"""Characters of a question in a script that puts no spaces between words."""

GREETINGS = (
    "hi|hey|hello|hiya|(?:good )?morning|good (?:afternoon|evening|day)|thanks|thank you",
    "salut|bonjour|bonsoir|coucou|merci",
    "hallo|moin|servus|guten (?:morgen|tag|abend)|danke",
    "cze[śs][ćc]|hej|dzie[ńn] dobry|witam|dzi[ęe]ki",
    "hola|buen[oa]s(?: (?:d[ií]as|tardes|noches))?|gracias",
)
GREETED_PEOPLE = (
    "all|everyone|everybody|team|folks|there|tous|toutes|zusammen|alle|allerseits|wszystkim|todos|todas"
)

SMALL_TALK = (
    "(?:and )?how (?:are|r) (?:you|things|we|u)|how(?:'s| is) (?:it|everyone|everybody|everything|life)",
    "how do you do|how was your|what'?s (?:up|new|going on)|who(?:'s| is) (?:up|in|joining)|all good",
    "you (?:all )?(?:ok|okay|alright)|(?:any|some)(?:one|body) (?:up|free|around|joining)",
    "(?:comment )?[çc]a va|comment (?:allez|vas|va)|quoi de neuf",
    "wie geht(?:'?s| es)|alles (?:gut|klar|ok)|na,? wie|was geht",
    "co s[łl]ycha[ćc]|jak (?:leci|si[ęe] (?:masz|macie))|co tam",
    "qu[eé] tal|c[oó]mo (?:est[aá]s?|est[aá]is|est[aá]n|va)|qu[eé] hay",
)

# Words that open a question and hardly anything else. Where one opens statements too ("when the build is
# done …", "wie besprochen …"), what follows decides.
_AUXILIARY_VERBS = (
    "do|does|did|is|are|was|were|can|could|should|would|will|must|may|has|have|happens|counts|applies"
)
_ANYBODY = "anyone|anybody|someone|somebody"
QUESTION_OPENINGS = (
    "how (?:many|much|long|often|far|do|does|did|can|could|should|would|is|are|to|will|soon|old)",
    rf"(?:what|which|who|where|whose|whom)(?:'s|'re)?(?: \w+){{0,3}}? (?:{_AUXILIARY_VERBS})",
    rf"when (?:{_AUXILIARY_VERBS})|why|am i|are (?:there|we|you|they)|is (?:there|it|this|that)",
    rf"(?:{_AUXILIARY_VERBS}) (?:i|we|you|they|he|she|it|people|employees|interns|{_ANYBODY})",
    "pourquoi|combien|comment (?:on|je|faire|faut)|o[ùu] (?:est|sont|se|puis|peut|trouve)",
    "qui (?:est|peut|sait|doit)|quel(?:le)?s? (?:est|sont|jours?|documents?)",
    "quand (?:est|sont|doit|peut|faut)|est-ce que?|qu'est-ce|peut-on|puis-je|quelqu'un sait|y a-t-il",
    "wer|wem|wen|wessen|wann|warum|wieso|weshalb|woher|wohin|womit|wof[üu]r|welche[rsnm]?|gibt es",
    "wo (?:ist|sind|kann|finde|gibt|liegt|bekommt?|bekomme)|wie ?viele?",
    "wie (?:lange|oft|hoch|gro[ßs]|funktioniert|kann|muss|geht|macht|melde|beantrage|bekomme)",
    "was (?:ist|sind|kostet|muss|macht|kann|darf|passiert|gilt|hei[ßs]t|bedeutet|wird|z[äa]hlt|soll)",
    "(?:kann|darf|muss) (?:ich|man|jemand)|(?:wei[ßs]|hat) jemand",
    "czy|kto|gdzie|kiedy|dlaczego|czemu|ile|jak (?:mog[ęe]|mo[żz]na|d[łl]ugo|cz[ęe]sto|si[ęe])",
    "co (?:to|robi[ćc]|zrobi[ćc]|oznacza|trzeba)|kt[óo]r[yae]",
    "qué|quién(?:es)?|cómo|cuándo|cuánt[oa]s?|dónde|cuál(?:es)?|por qué|alguien sabe",
)

FOLLOW_UP_OPENINGS = (
    "(?:quick )?question|frage|pregunta|(?:and |but )?what about",
    "and (?:for|what|how|if|when|where|who|which|do|does|is|are|can)",
    "und (?:f[üu]r|was|wie|wenn|wer|wann|wo)|was ist mit|et (?:pour|si|quand|comment)",
    "qu'en est-il|y (?:para|si)|(?:does|do|is|are|was|can|could|would|did|has|will) (?:that|this|these)",
)
"""How a question goes on from an answer; at the head of a thread these open no question."""

ABOUT = (
    "is|are|was|were|does|do|did|has|have|had|about|of|for|by|from|with|to|than|and|or|if|when|how|where",
    "est|sont|a|ont|pour|de|avec|chez|et|ist|sind|war|hat|haben|hatte|bei|f[üu]r|von|mit|[üu]ber|und|oder",
    "es|son|tiene|est[áa]|para|con|y|o|jest|s[ąa]|ma|ile|dla|od|u|i|lub",
)
"""What stands before the name of a person that a question is about, as in "how many days does <@U2> have"."""

REQUEST_OPENINGS = (
    "but|also|please|tell|show|explain|give|list|summari[sz]e|compare|write|translate|find|look|check",
    "aber|bitte|mais|pero|por favor|s'il (?:te|vous)",
)
"""What follows thanks that ask for something, too."""

THANKS = (
    "thanks|thank you|thank u|thx|tnx|ty|tysm|cheers|much appreciated|appreciated|appreciate it|no thanks",
    "merci|danke|dankesch[öo]n|dankesehr|vielen dank|besten dank|herzlichen dank|gracias|grazie|obrigad[oa]",
    "dzi[ęe]ki|dzi[ęe]kuj[ęe]|tack|tak skal du have|kiitos|bedankt|dank je|teşekkürler",
    "спасибо|дякую|شكرا|شكراً|धन्यवाद",
    "ありがと\\w{0,16}|有難う\\w{0,16}|谢谢\\w{0,8}|謝謝\\w{0,8}|多谢|감사\\w{0,8}|고마\\w{0,8}",
)
ACKNOWLEDGEMENTS = (
    "ok|okay|okey|okidoki|k|kk|alright|all right|all good|fine|cool|great|perfect|awesome|nice|super|top",
    "got it|gotcha|i see|understood|noted|(?:that |this |it )?makes (?:total |perfect )?sense|will do",
    "sounds good",
    "(?:that|this|it|which) (?:really )?(?:helps|helped|works|worked|did it)|good (?:to know|bot|one)",
    "(?:that|this)(?:'s| is| was) (?:very |really |so )?(?:helpful|great|perfect|useful|it|good|nice|all)",
    "(?:very )?helpful",
    "lol|rofl|lmao|haha(?:ha)*|hehe|wow|yay|nice one|well done|brilliant|excellent|amazing|lovely|wonderful",
    "fantastic|agreed|exactly|indeed|np|no (?:problem|worries)|you(?:'re| are) welcome|yw|never ?mind|nvm",
    "sorry|my bad|solved|resolved|done|fixed|bye|hi|hey|hello|ah|oh|hm+|aha",
    "d'accord|parfait|g[ée]nial|compris|entendu|c'est (?:bon|parfait|super|clair)|[çc]a marche|de rien",
    "alles klar|verstanden|passt|perfekt|prima|genau|klar|gut|sehr gut|gerne?|kein problem",
    "(?:das )?hilft(?: mir)?(?: sehr)?",
    "vale|perfecto|genial|entendido|de acuerdo|claro|muy bien|de nada|jasne|super|[śs]wietnie|rozumiem",
    "了解(?:です|しました)?|承知(?:しました|です)|わかりました|なるほど|好的?|明白了?|知道了|네|넵|알겠습니다",
)
PADDING = (
    "so much|very much|a lot|a bunch|a million|again|all|everyone|everybody|team|folks|guys|mate|pipeshub",
    "for (?:the|your|all the|that|this)(?: (?:quick|fast|great))?(?: (?:help|info|answer|reply|response))?",
    "then|and|really|very|much|you|to you|just|now|it|beaucoup|bien|sehr|sch[öo]n|auch|mucho|muchas|bardzo",
    "bot|answer|job|work",
)
"""What thanks and agreement are padded with; alone it is neither."""

MAX_SMALL_TALK_LENGTH = 200
"""Characters of a reply that only thanks or agrees."""


def _alternatives(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(phrases) + ")"


# Not the person's own prose: code, addresses, quotations, emoji.
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|<(?:https?|mailto):[^>]*>|https?://\S+|^[ \t]*&gt;[^\n]*|:[\w+'-]+:",
    re.DOTALL | re.MULTILINE,
)
# Users, user groups, @here, @channel and @everyone. A link to a channel addresses no one.
_MENTION = re.compile(r"<@\w+|<!(?:subteam\^|here|channel|everyone)")
_MENTIONED = re.compile(r"<(?:@\w{1,40}|!subteam\^\w{1,40})(?:\|[^<>\n]{0,200})?>")
_NEAR = 20  # characters before a mention that say whether a question is about it
# Full-width, Arabic and Greek marks too; the usual one counts at the end of a word only.
_QUESTION_MARK = re.compile("[?\u037e\u2047\u2049]+(?=[\\s\"'”»)\\]*_~!…]|$)|[\uff1f\u061f]|¿")
_ABOUT = re.compile(rf"(?:\A|[^\w']){_alternatives(ABOUT)}[ \t]+\Z", re.IGNORECASE)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_GREETING = re.compile(
    rf"(?:{_alternatives(GREETINGS)}(?: (?:{GREETED_PEOPLE}))*[\s,.!:;-]+)+", re.IGNORECASE
)
_SMALL_TALK = re.compile(rf"[¿¡]?{_alternatives(SMALL_TALK)}\b", re.IGNORECASE)
_OPENING = re.compile(rf"{_alternatives(QUESTION_OPENINGS)}\b", re.IGNORECASE)
_INTERROGATIVE = re.compile(r"(?:how|what|which|who|whose|whom|where|when)\b", re.IGNORECASE)
_FOLLOW_UP = re.compile(rf"{_alternatives(FOLLOW_UP_OPENINGS)}\b", re.IGNORECASE)
_REQUEST = re.compile(rf"{_alternatives(REQUEST_OPENINGS)}\b", re.IGNORECASE)
# One phrase and what separates it from the next: a reply is read once, phrase by phrase.
_PHRASE = re.compile(
    rf"(?:(?P<thanks>{_alternatives(THANKS)})|(?P<agrees>{_alternatives(ACKNOWLEDGEMENTS)})"
    rf"|{_alternatives(PADDING)})\b[\W_]*",
    re.IGNORECASE,
)
_EMOJI = re.compile(r":[\w+'-]+:|\+1\b")
_CALL_FOR_ANSWER = re.compile(r"\A\W*(?:hi|hey|hello)\W*\Z|[?\uff1f\u061f]", re.IGNORECASE)
_BEFORE_WORDS = re.compile(r"\A[\W_]+")
_ASKS_MORE = (_OPENING, _FOLLOW_UP, _REQUEST)
# A name that Slack made no mention of, because no one here has it, or because it was pasted.
_CALLED_BY_NAME = re.compile(
    r"\s*(?:(?:hey|hi|hello|hallo|salut|hola|cc)[\s,]+)?@[^\W\d][\w.-]*(?=[\s,:;!?]|$)", re.IGNORECASE
)


def is_question(said: str) -> bool:
    """Return whether a message, in Slack markup, is a question to no one in particular."""
    if len(said) > MAX_QUESTION_LENGTH or _MENTION.search(said):
        return False
    text = " ".join(_NOT_PROSE.sub(" ", said).replace("\u2019", "'").split()).strip("*_~ ")
    greeting = _GREETING.match(text)
    text = text[greeting.end() :] if greeting else text
    words, cjk_characters = re.findall(r"\w+", text), _CJK.findall(text)
    if len(words) < MIN_QUESTION_WORDS and len(cjk_characters) < MIN_CJK_CHARACTERS:
        return False
    return not _SMALL_TALK.match(text) and bool(_QUESTION_MARK.search(text) or _OPENING.match(text))


def is_for_others(said: str) -> bool:
    """Return whether a reply, in Slack markup, calls other people, or a group of them, by their names.

    People that a question is about are not called: "how many days does <@U2> have?"
    """
    return bool(_MENTION.search(_with_topics_named(said)) or _CALLED_BY_NAME.match(said))


def _with_topics_named(said: str) -> str:
    """Return a question with a word for each person whom it is about, and other text as it is."""
    asked, behind = "", 0
    for mention in _MENTIONED.finditer(said[:MAX_QUESTION_LENGTH]):
        asked += said[behind : mention.start()]
        behind = mention.end()
        if not _ABOUT.search(asked[-_NEAR:]) or said[behind : behind + 1] in (",", ":"):
            return said
        asked += "Name"
    return asked + said[behind:] if behind and _asks(asked + said[behind:]) else said


def _asks(text: str) -> bool:
    greeting = _GREETING.match(text := text.replace("\u2019", "'").strip("*_~ "))
    text = text[greeting.end() :] if greeting else text
    return bool(
        _OPENING.match(text)
        or _FOLLOW_UP.match(text)
        or (_INTERROGATIVE.match(text) and _QUESTION_MARK.search(text))
    )


def is_follow_up_question(said: str) -> bool:
    """Return whether a reply below an answer asks something and is for no one in particular."""
    if is_for_others(said):
        return False
    said = _with_topics_named(said)
    return is_question(said) or (
        len(said) <= MAX_QUESTION_LENGTH
        and len(said.split()) > 1
        and bool(_FOLLOW_UP.match(said.replace("\u2019", "'").strip("*_~ ")))
    )


def is_small_talk(said: str) -> bool:
    """Return whether a reply below an answer only thanks, agrees, or has no words, such as an emoji."""
    if len(said) > MAX_SMALL_TALK_LENGTH:
        return False
    rest = _BEFORE_WORDS.sub("", _EMOJI.sub(" ", said).replace("\u2019", "'"))
    has_words, thanks, agrees = bool(rest), False, False
    while phrase := _PHRASE.match(rest):
        thanks, agrees = thanks or bool(phrase["thanks"]), agrees or bool(phrase["agrees"])
        rest = rest[phrase.end() :]
    if thanks:
        return not (_QUESTION_MARK.search(rest) or any(each.match(rest) for each in _ASKS_MORE))
    return not has_words or (agrees and not rest and not _QUESTION_MARK.search(said))


def needs_no_answer(said: str) -> bool:
    """Return whether words to the bot only thank or agree; a greeting or a question mark wants an answer."""
    return is_small_talk(said) and not _CALL_FOR_ANSWER.search(said)
