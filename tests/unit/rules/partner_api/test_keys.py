"""API keys as rules: what one looks like, what it may be made for, when it opens nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.partner_api import keys
from portal.rules.partner_api.keys import KeyFacts, Mode, Scope

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_key_says_what_it_is_for_and_is_never_the_same(mode: Mode) -> None:
    made, other = keys.new_key(mode), keys.new_key(mode)
    assert made.text.startswith(f"pk_{mode}_")
    assert made.text != other.text
    assert made.hint == made.text[-4:]
    assert keys.looks_like_a_key(made.text)


@pytest.mark.parametrize("text", ["", "pk_live_", "pk_live_" + "a" * 42, "sk_live_" + "a" * 43, "pk_live_" + "ä" * 43])
def test_what_is_no_key(text: str) -> None:
    assert not keys.looks_like_a_key(text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["registrations:write"], [Scope.REGISTRATIONS_WRITE]),
        (["registrations:write,brokers:read"], [Scope.BROKERS_READ, Scope.REGISTRATIONS_WRITE]),
        (["registrations:read  brokers:read", "brokers:read"], [Scope.BROKERS_READ, Scope.REGISTRATIONS_READ]),
    ],
)
def test_scopes_are_read_in_any_order_and_counted_once(words: list[str], expected: list[Scope]) -> None:
    assert keys.scopes_of(words) == expected


@pytest.mark.parametrize(
    ("words", "code"), [(["all"], "api_scope_unknown"), ([], "api_scope_needed"), ([" "], "api_scope_needed")]
)
def test_scopes_that_are_none(words: list[str], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        keys.scopes_of(words)


def test_a_name_is_one_line() -> None:
    assert keys.checked_name("  门店   系统 ") == "门店 系统"
    for odd in ("", " ", "长" * 41, "a\u202eb"):
        with pytest.raises(Refusal, match="api_key_name_odd"):
            keys.checked_name(odd)


def test_a_key_ends_after_its_days() -> None:
    assert keys.end_of(NOW, None) is None
    assert keys.end_of(NOW, 30) == NOW + timedelta(days=30)
    for odd in (0, -1, 3651):
        with pytest.raises(Refusal, match="api_key_days_odd"):
            keys.end_of(NOW, odd)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (KeyFacts(None, None, agency_active=True, has_principal=True), None),
        (KeyFacts(NOW + timedelta(seconds=1), None, agency_active=True, has_principal=True), None),
        (KeyFacts(NOW, None, agency_active=True, has_principal=True), "api_key_expired"),
        (KeyFacts(None, NOW, agency_active=False, has_principal=True), "api_key_revoked"),
        (KeyFacts(None, None, agency_active=False, has_principal=True), "agency_inactive"),
        (KeyFacts(None, None, agency_active=True, has_principal=False), "api_key_without_principal"),
    ],
)
def test_why_a_key_opens_nothing(facts: KeyFacts, code: str | None) -> None:
    assert keys.why_shut(facts, NOW) == (None if code is None else Refusal(code))
