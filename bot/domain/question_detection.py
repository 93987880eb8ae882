"""Detects whether a message that mentions no one asks something that the bot could answer.

It reads English, French, German, Polish and Spanish; a question mark counts in every language. In doubt
it says no: an unwanted answer is worse than one that has to be asked for.
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
    "you (?:all )?(?:ok|okay|alright)",
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


def _alternatives(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(phrases) + ")"


# Not the person's own prose: code, addresses, quotations, emoji.
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|<(?:https?|mailto):[^>]*>|https?://\S+|^[ \t]*&gt;[^\n]*|:[\w+'-]+:",
    re.DOTALL | re.MULTILINE,
)
# Users, user groups, @here, @channel and @everyone. A link to a channel addresses no one.
_MENTION = re.compile(r"<@\w+|<!(?:subteam\^|here|channel|everyone)")
# Full-width, Arabic and Greek marks too; the usual one counts at the end of a word only.
_QUESTION_MARK = re.compile("[?\u037e\u2047\u2049]+(?=[\\s\"'”»)\\]*_~!…]|$)|[\uff1f\u061f]|¿")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_GREETING = re.compile(
    rf"(?:{_alternatives(GREETINGS)}(?: (?:{GREETED_PEOPLE}))*[\s,.!:;-]+)+", re.IGNORECASE
)
_SMALL_TALK = re.compile(rf"[¿¡]?{_alternatives(SMALL_TALK)}\b", re.IGNORECASE)
_OPENING = re.compile(rf"{_alternatives(QUESTION_OPENINGS)}\b", re.IGNORECASE)


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
