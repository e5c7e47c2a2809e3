"""Loan terms as a text, and what comes first in the table."""

from datetime import date

import pytest

from commissions.refusal import Refusal
from portal.rules.loans.progress import LoanFacts, LoanState, Progress, progress
from portal.rules.loans.stage import LoanStage
from portal.rules.loans.terms import Terms, given_text, terms_from_toml, terms_to_toml

BANK = '[[banks]]\nname = "A"\ndays = "20-30"\n'
PAPER = '[[papers]]\ncode = "income"\nzh = "收入证明"\n'


def test_written_and_read_back() -> None:
    terms = terms_from_toml(given_text())
    assert terms_from_toml(terms_to_toml(terms)) == terms
    assert terms.bank("nobody's") is None


def test_a_paper_without_english_is_called_as_in_chinese() -> None:
    assert terms_from_toml(BANK + PAPER).papers[0].en == "收入证明"


WRONG = {
    "an unknown setting": (f"late = 3\n{BANK}{PAPER}", "late"),
    "a word for a number": (f'papers_days = "3"\n{BANK}{PAPER}', "papers_days"),
    "yes for a number": (f"papers_days = true\n{BANK}{PAPER}", "papers_days"),
    "below the least": (f"papers_days = 0\n{BANK}{PAPER}", "papers_days"),
    "no banks": (PAPER, "banks"),
    "no papers": (BANK, "papers"),
    "a bank that is no table": (f"banks = [1]\n{PAPER}", "banks[1]"),
    "days that are no range": (BANK.replace("20-30", "soon") + PAPER, "banks[1].days"),
    "days backwards": (BANK.replace("20-30", "30-20") + PAPER, "banks[1].days"),
    "a bank without a name": (BANK.replace('"A"', '" "') + PAPER, "banks[1].name"),
    "a bank twice": (BANK + BANK + PAPER, "banks[2].name"),
    "a paper twice": (BANK + PAPER + PAPER, "papers[2].code"),
    "a code with a blank": (BANK + PAPER.replace("income", "in come"), "papers[1].code"),
    "an unknown key of a bank": (BANK + "rate = 3\n" + PAPER, "banks[1].rate"),
}


@pytest.mark.parametrize(("text", "place"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(Refusal) as refused:
        terms_from_toml(text)
    assert (refused.value.code, refused.value.facts["place"]) == ("loan_terms_wrong", place)


def test_what_is_no_toml_says_where_it_broke_off() -> None:
    with pytest.raises(Refusal) as refused:
        terms_from_toml("papers_days = \n")
    assert (refused.value.code, refused.value.facts["line"]) == ("loan_terms_syntax", 1)


def test_what_comes_first() -> None:
    def of(state: LoanState, late: int = 0, target: date | None = None) -> Progress:
        return Progress(state=state, days_late=late, target_on=target)

    rows = [
        of(LoanState.RUNNING, target=date(2026, 6, 9)),
        of(LoanState.RUNNING, target=date(2026, 6, 8)),
        of(LoanState.LATE, 2),
        of(LoanState.LATE, 9),
        of(LoanState.REFUSED),
        of(LoanState.CASH),
    ]
    ordered = sorted(rows, key=lambda row: row.urgency)
    assert [(row.state, row.days_late) for row in ordered[:3]] == [("refused", 0), ("late", 9), ("late", 2)]
    assert [row.target_on for row in ordered[3:]] == [date(2026, 6, 8), date(2026, 6, 9), None]


def test_a_bank_without_usual_days_has_no_target() -> None:
    """An import may know of no bank yet that the papers are complete."""
    facts = LoanFacts(subscribed_on=date(2026, 6, 1), begun=True, steps={LoanStage.PAPERS: date(2026, 6, 2)})
    stands = progress(facts, Terms(banks=(), papers=()), date(2026, 8, 1))
    assert (stands.state, stands.target_on, stands.compensates) == (LoanState.RUNNING, None, False)
