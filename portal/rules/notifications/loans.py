"""Kinds about loans, the terms that they are held to, and what was promised to clients."""

from .kind import Importance, Kind, Page, Topic, Whom

_LOAN = Page("loans.show")
_TERMS = Page("loan_terms.show")
_PROMISE = Page("promises.show")
_CARERS = (Whom.PERSON, Whom.CHANNEL_MANAGER)


def _loan(*others: Whom, facts: tuple[str, ...], deeds: tuple[str, ...] = ()) -> Kind:
    """What becomes of a deal's loan: for who keeps it, and the channel managers."""
    whom = (*_CARERS, *others)
    return Kind("deals", whom, Topic.DEALS, _LOAN, Importance.DEADLINE, ("unit", *facts), deeds)


def _promise(*deeds: str, whom: tuple[Whom, ...] = (Whom.PERSON,), facts: tuple[str, ...] = ()) -> Kind:
    importance = Importance.DEADLINE if len(whom) > 1 else Importance.INFO
    return Kind("promises", whom, Topic.DEALS, _PROMISE, importance, facts, deeds)


KINDS = {
    "loan_late": _loan(facts=("target_on", "reason")),
    "loan_refused": _loan(facts=("reached_on",)),
    "loan_released": _loan(Whom.FINANCE, facts=("reached_on",), deeds=("loan_step_recorded", "loan_step_corrected")),
    "loan_terms_wait": Kind(
        "loan_terms",
        (Whom.CHANNEL_MANAGER, Whom.FINANCE),
        Topic.QUEUES,
        _TERMS,
        deeds=("loan_terms_proposed",),
    ),
    "loan_terms_decided": Kind(
        "loan_terms",
        (Whom.PERSON,),
        Topic.DEALS,
        _TERMS,
        facts=("outcome",),
        deeds=("loan_terms_published", "loan_terms_refused"),
    ),
    "promise_waits": Kind(
        "promises",
        (Whom.CHANNEL_MANAGER, Whom.FINANCE),
        Topic.QUEUES,
        _PROMISE,
        Importance.MONEY,
        facts=("worth_fen",),
        deeds=("promise_made",),
    ),
    "promise_decided": _promise("promise_allowed", "promise_refused", facts=("outcome",)),
    "promise_confirmed": _promise("promise_confirmed"),
    "promise_kept": _promise("promise_kept"),
    "promise_withdrawn": _promise("promise_withdrawn"),
    "promise_due": _promise(whom=_CARERS, facts=("due_on", "worth_fen")),
    "promise_late": _promise(whom=_CARERS, facts=("due_on", "worth_fen")),
}
