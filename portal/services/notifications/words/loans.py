"""Words about loans, the terms that they are held to, and what was promised to clients."""

from collections.abc import Mapping

from ....rules.loans.progress import LoanReason
from ..marks import N_
from ..wording import Told, Words

_REASONS: Mapping[str, str] = {
    LoanReason.PAPERS_MISSING: N_("papers are missing"),
    LoanReason.NOT_HANDED_IN: N_("all papers are there and nobody has handed them in"),
    LoanReason.CLIENT_WAITED_FOR: N_("the client is waited for"),
    LoanReason.BANK_WAITED_FOR: N_("the bank is waited for"),
    LoanReason.REGISTRY_WAITED_FOR: N_("the registry is waited for"),
}
_PUBLISHED: Mapping[str, str] = {"published": N_("published"), "refused": N_("sent back")}
_ALLOWED: Mapping[str, str] = {"allowed": N_("allowed"), "refused": N_("refused")}

WORDS: Mapping[str, Told] = {
    "loan_late": {
        None: Words(
            N_("The loan of %(development)s %(unit)s is late"),
            N_("It was due by %(target_on)s: %(reason)s."),
            N_("Open it: what is waited for, and whether a compensation is proposed."),
            terms={"reason": _REASONS},
        )
    },
    "loan_refused": {
        None: Words(
            N_("The bank refused the loan of %(development)s %(unit)s"),
            N_("On %(reached_on)s. The reason stands in the loan table."),
            N_("Talk with the client: another bank, or no loan."),
        )
    },
    "loan_released": {
        None: Words(
            N_("The bank released the loan of %(development)s %(unit)s"),
            N_("On %(reached_on)s."),
            N_("Finance records the milestone at the deal; what it earns is posted with it."),
        )
    },
    "loan_terms_wait": {
        None: Words(
            N_("New loan terms wait for a second person"),
            N_("Banks, papers or compensation are to change."),
            N_("Publish them, or send them back."),
        )
    },
    "loan_terms_decided": {
        None: Words(
            N_("Your loan terms were %(outcome)s"),
            N_("On %(at)s, by a second person."),
            terms={"outcome": _PUBLISHED},
        )
    },
    "promise_waits": {
        None: Words(
            N_("A promise worth %(worth_fen)s waits for a second person"),
            N_("It was promised to a client of %(development)s, above the limit of one person."),
            N_("Allow it, or refuse it with a reason."),
        )
    },
    "promise_decided": {
        None: Words(
            N_("Your promise was %(outcome)s"),
            N_("It was above the limit of one person. What was said stands at the promise."),
            terms={"outcome": _ALLOWED},
        )
    },
    "promise_confirmed": {
        None: Words(
            N_("A client of %(development)s confirmed a promise"),
            N_("It was confirmed on %(at)s, and is owed from now on."),
        )
    },
    "promise_kept": {
        None: Words(
            N_("A promise to a client of %(development)s was kept"),
            N_("How, and by which voucher, stands at the promise."),
        )
    },
    "promise_withdrawn": {
        None: Words(
            N_("A promise to a client of %(development)s was withdrawn"),
            N_("The reason stands at the promise, and the client reads it by the link."),
        )
    },
    "promise_due": {
        None: Words(
            N_("A promise to a client of %(development)s is due on %(due_on)s"),
            N_("It is worth %(worth_fen)s."),
            N_("Keep it, and note how."),
        )
    },
    "promise_late": {
        None: Words(
            N_("A promise to a client of %(development)s is late"),
            N_("It was due on %(due_on)s and is worth %(worth_fen)s."),
            N_("Keep it now, or tell the client until when."),
        )
    },
}
