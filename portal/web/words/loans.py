"""Loans in words: stages, who is waited for and why; and, for the client, what that means."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import BroughtBy, LoanRisk, LoanStepKind
from ...rules.loans.progress import LoanReason, LoanState, Progress
from ...rules.loans.stage import LoanStage, Side
from ...rules.loans.terms import Paper
from ...services.loans.loans import reached
from ...services.loans.reading import LoanRow

STAGES: Mapping[LoanStage, Any] = {
    LoanStage.PAPERS: _l("Papers complete"),
    LoanStage.PRE_CHECK: _l("Pre-check"),
    LoanStage.INTERVIEW: _l("Interview at the bank"),
    LoanStage.FIRST_REVIEW: _l("First review"),
    LoanStage.FINAL_REVIEW: _l("Final review"),
    LoanStage.REGISTERED: _l("Mortgage registered"),
    LoanStage.RELEASED: _l("Money released"),
}

KINDS: Mapping[LoanStepKind, Any] = {
    **{LoanStepKind(stage): word for stage, word in STAGES.items()},
    LoanStepKind.REFUSED: _l("Refused by the bank"),
}

SIDES: Mapping[Side, Any] = {
    Side.CLIENT: _l("The client"),
    Side.BANK: _l("The bank"),
    Side.DEVELOPER: _l("Us"),
    Side.REGISTRY: _l("The registry"),
}

REASONS: Mapping[LoanReason, Any] = {
    LoanReason.BANK_REFUSED: _l("The bank said no"),
    LoanReason.NOT_BEGUN: _l("Nobody has said by which bank"),
    LoanReason.PAPERS_MISSING: _l("Papers are missing"),
    LoanReason.NOT_HANDED_IN: _l("All papers are there: look them over and hand them in"),
    LoanReason.NO_BANK: _l("Nobody has said by which bank"),
    LoanReason.CLIENT_WAITED_FOR: _l("The client has to come to the bank"),
    LoanReason.BANK_WAITED_FOR: _l("The bank has to act"),
    LoanReason.REGISTRY_WAITED_FOR: _l("The registry has to act"),
}

BROUGHT_BY: Mapping[BroughtBy, Any] = {
    BroughtBy.CLIENT: _l("The client"),
    BroughtBy.BROKER: _l("The broker"),
    BroughtBy.COLLEAGUE: _l("A colleague"),
}

RISKS: Mapping[LoanRisk, Any] = {
    LoanRisk.CREDIT: _l("Loan doubtful"),
    LoanRisk.COMPETITOR: _l("Looks at a competitor"),
}

_NEXT: Mapping[LoanStage, Any] = {
    LoanStage.PAPERS: _l("We collect the papers for the bank."),
    LoanStage.PRE_CHECK: _l("The bank has your papers and looks them over first."),
    LoanStage.INTERVIEW: _l("Next comes your appointment at the bank. Your consultant agrees the day with you."),
    LoanStage.FIRST_REVIEW: _l("The bank examines your application. There is nothing that you have to do."),
    LoanStage.FINAL_REVIEW: _l("The bank decides. There is nothing that you have to do."),
    LoanStage.REGISTERED: _l("The bank agreed. The mortgage is being registered; we see to it."),
    LoanStage.RELEASED: _l("The mortgage is registered. The bank is about to pay out."),
}


def paper(one: Paper) -> str:
    """A paper's name in the reader's language."""
    return one.zh if str(get_locale()).startswith("zh") else one.en


def for_client(stands: Progress) -> str:
    """Where the loan stands, as the client is told: what comes next, and whether anything is to be done."""
    if stands.state is LoanState.CASH:
        return _("You pay without a loan, so there is nothing to wait for.")
    if stands.state is LoanState.RELEASED:
        return _("The bank has paid out. Everything is done.")
    if stands.state is LoanState.CANCELLED:
        return _("This purchase was cancelled. Your consultant answers your questions.")
    if stands.state is LoanState.REFUSED:
        return _("The bank did not agree to this application. Your consultant calls you to talk about another way.")
    return str(_NEXT[stands.next]) if stands.next else ""


def steps(row: LoanRow) -> list[dict[str, Any]]:
    """The stages as a stepper shows them: done on their days, the one that is waited for, and those to come."""
    found = reached(row.loan) if row.loan is not None else {}
    shown = []
    for stage, word in STAGES.items():
        step = found.get(LoanStepKind(stage))
        current = stage is row.stands.next
        state = "done" if step else "current" if current else "todo"
        shown.append({"label": word, "at": step.on_day if step else None, "state": state})
    return shown


def correctable(row: LoanRow) -> set[int]:
    """The lines of the loan of now that nothing has taken the place of."""
    return {step.id for step in reached(row.loan).values()} if row.loan is not None else set()
