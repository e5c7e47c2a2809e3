"""Programmes: when one runs, whose addresses are a company's, and what a lead came to."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral.programme import MOST_DOMAINS, Company, ProgrammeState, Term, cost_per_lead, domains_in, is_public

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
SPANS = st.none() | st.integers(1, 400)


@given(DAYS, SPANS, DAYS)
def test_a_term_is_half_open_and_has_one_state_a_day(starts: date, span: int | None, day: date) -> None:
    term = Term(starts, None if span is None else starts + timedelta(days=span))
    runs = starts <= day and (term.ends_on is None or day < term.ends_on)
    assert (term.state(day) is ProgrammeState.OPEN) is runs
    assert (term.state(day) is ProgrammeState.PLANNED) is (day < starts)


@pytest.mark.parametrize("days", [0, -1])
def test_a_term_that_ends_before_it_begins_is_refused(days: int) -> None:
    with pytest.raises(Refusal, match="programme_ends_first"):
        Term(date(2026, 3, 10), date(2026, 3, 10) + timedelta(days=days))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ()),
        ("acme.cn", ("acme.cn",)),
        ("@Acme.cn；acme.cn, acme.CN.", ("acme.cn",)),
        ("b.cn\n a.cn\tc.cn、d.cn", ("a.cn", "b.cn", "c.cn", "d.cn")),
        ("公司.cn", ("xn--55qx5d.cn",)),
        ("a..b", ("a..b",)),
    ],
)
def test_domains_are_read_as_people_type_them(typed: str, read: tuple[str, ...]) -> None:
    assert domains_in(typed) == read


@pytest.mark.parametrize("domain", ["mail.acme.com.cn", "a-b.example", "xn--55qx5d.cn", "163.acme.cn", "my.qq"])
def test_a_companys_domain_is_taken(domain: str) -> None:
    assert Company(domains=(domain,)).domains == (domain,)


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        *((one, "domain_invalid") for one in ("acme", "-a.cn", "a-.cn", "a_b.cn", "a..b", "1.2.3.4", "a.cn.")),
        *((f"{'a' * 64}.cn", "domain_invalid"), (".".join(["a" * 60] * 5), "domain_invalid")),
        *((one, "domain_public") for one in ("qq.com", "vip.qq.com", "163.com", "gmail.com", "outlook.com", "sina.cn")),
    ],
)
def test_what_is_no_companys_domain_is_refused(domain: str, code: str) -> None:
    with pytest.raises(Refusal, match=code) as refusal:
        Company(domains=(domain,))
    assert refusal.value.facts["field"] == "domains"


def test_a_company_has_so_many_domains() -> None:
    many = tuple(f"acme{nth}.cn" for nth in range(MOST_DOMAINS + 1))
    assert Company(domains=many[1:])
    with pytest.raises(Refusal, match="domains_many"):
        Company(domains=many)


@pytest.mark.parametrize(("bps", "taken"), [(0, False), (1, True), (100, True), (9_999, True), (10_000, False)])
def test_a_discount_leaves_a_price(bps: int, taken: bool) -> None:
    if taken:
        assert Company(bps).discount_bps == bps
        return
    with pytest.raises(Refusal, match="discount_invalid"):
        Company(bps)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_domains(text: str) -> None:
    for domain in domains_in(text):
        assert domain == domain.strip()
        is_public(domain)


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_leads_cost_is_the_whole_parted_half_up(costs: int, gifts: int, leads: int) -> None:
    found = cost_per_lead(costs, gifts, leads)
    if found is None:
        assert leads == 0
        return
    assert Fraction(-1, 2) < found - Fraction(costs + gifts, leads) <= Fraction(1, 2)
