"""Words people use for the same thing at work, so that a question need not hit the document's own word."""

GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "vacation holiday holidays leave pto",
        "sick sickness ill illness unwell",
        "wfh remote remotely home",
        "laptop computer notebook macbook",
        "monitor screen display",
        "salary pay wage payroll",
        "boss manager lead supervisor",
        "colleague coworker teammate",
        "reimburse reimbursement refund claim expense",
        "flight fly plane airfare",
        "train rail railway",
        "hotel accommodation lodging",
        "meal food dinner lunch",
        "baby birth newborn child parental",
        "maternity paternity parental",
        "pregnant pregnancy maternity parental",
        "password passphrase credentials",
        "mfa 2fa authenticator",
        "outage incident downtime",
        "pager page paged oncall",
        "deploy deployment release ship rollout",
        "review reviewer approve approval",
        "gdpr privacy personal",
        "quit resign resignation notice",
        "joiner starter newcomer onboarding",
        "pension retirement",
        "insurance insured cover",
        "broken damaged faulty defective",
        "lost stolen missing",
        "buy purchase order",
        "bike bicycle cycle",
        "logo brand branding",
        "install installation setup",
        "delete remove erase",
        "error failure exception",
        "configure configuration settings",
        "abroad overseas foreign",
        "gym fitness sport",
        "intern interns internship",
        "rota roster schedule",
    )
)


def synonyms(word: str) -> frozenset[str]:
    """Return other words for the same thing; none for most words."""
    return frozenset(other for group in GROUPS if word in group for other in group) - {word}
