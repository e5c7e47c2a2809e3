"""The tables of docs/loans.md, run: the page and the code say the same, or this fails."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.rules.loans.progress import LoanFacts, progress
from portal.rules.loans.stage import LoanStage
from portal.rules.loans.terms import given_text, terms_from_toml
from portal.rules.promises.promise import PromiseFacts, state_of

PAGE = (Path(__file__).parents[4] / "docs" / "loans.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\*\[(\w+)\]\*.*\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
TERMS = terms_from_toml(given_text())


def rows(name: str) -> list[tuple[str, ...]]:
    """The rows of the tables under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for match in TABLE.finditer(PAGE)
        if match[1] == name
        for row in match[2].splitlines()
    ]
    assert found, f"docs/loans.md has no table [{name}]"
    return found


def day(number: str | int) -> date:
    return date(2026, 5, 31) + timedelta(days=int(number))


def loan(done: str, missing: str) -> LoanFacts:
    steps = {LoanStage(name): day(on) for name, on in re.findall(r"(\w+) (\d+)", done) if name != "refused"}
    refused = re.search(r"refused (\d+)", done)
    return LoanFacts(
        subscribed_on=day(1),
        begun="no bank" not in done,
        cash="cash" in done,
        usual_to=30,
        missing=tuple(missing.split()),
        steps=steps,
        refused_on=day(refused[1]) if refused else None,
        cancelled="cancelled" in done,
    )


@pytest.mark.parametrize(("done", "missing", "at", "state", "following", "side", "late", "why"), rows("progress"))
def test_progress(done: str, missing: str, at: str, state: str, following: str, side: str, late: str, why: str) -> None:
    stands = progress(loan(done, missing), TERMS, day(at))
    said = stands.state, stands.next or "", stands.side or "", stands.days_late, stands.reason or ""
    assert said == (state, following, side, int(late), why)


@pytest.mark.parametrize(("done", "missing", "at", "proposed"), rows("compensation"))
def test_compensation(done: str, missing: str, at: str, proposed: str) -> None:
    assert progress(loan(done, missing), TERMS, day(at)).compensates is (proposed == "yes")


@pytest.mark.parametrize(("second", "kept", "withdrawn", "at", "state"), rows("promise"))
def test_promise(second: str, kept: str, withdrawn: str, at: str, state: str) -> None:
    facts = PromiseFacts(
        due_on=day(20),
        needs_second=bool(second),
        allowed={"allowed": True, "refused": False}.get(second),
        kept=bool(kept),
        withdrawn=bool(withdrawn),
    )
    assert state_of(facts, day(at)) == state


def test_the_terms_on_the_page_are_terms() -> None:
    (text,) = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)
    assert terms_from_toml(text).bank("招商银行").days == "30-45"
