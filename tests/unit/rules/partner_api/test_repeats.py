"""The same request again, as a rule."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.partner_api import repeats
from portal.rules.partner_api.repeats import Earlier, Known

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
BEFORE = Earlier(NOW - timedelta(hours=1), "createRegistration", "d1")


@pytest.mark.parametrize(("given", "key"), [("7c0", "7c0"), (' "7c0" ', "7c0"), ('"', '"'), ("x" * 255, "x" * 255)])
def test_a_key_is_read_bare_or_quoted(given: str, key: str) -> None:
    assert repeats.checked_key(given) == key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "idempotency_key_needed"),
        ("  ", "idempotency_key_needed"),
        ('""', "idempotency_key_odd"),
        ("x" * 256, "idempotency_key_odd"),
        ("钥", "idempotency_key_odd"),
        ("a\tb", "idempotency_key_odd"),
    ],
)
def test_what_is_no_key(given: str | None, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        repeats.checked_key(given)


def test_a_request_is_told_by_all_of_its_parts() -> None:
    parts = [("op", "/a", b"b"), ("op2", "/a", b"b"), ("op", "/", b"ab"), ("op", "/a", b""), ("o", "p/a", b"b")]
    assert len({repeats.digest_of(*one) for one in parts}) == len(parts)


def test_what_comes_again_is_answered_as_before() -> None:
    assert repeats.judge(None, "createRegistration", "d1", NOW) is Known.NEW
    assert repeats.judge(BEFORE, "createRegistration", "d1", NOW) is Known.ANSWERED
    assert repeats.judge(BEFORE, "createRegistration", "d2", BEFORE.at + repeats.KEPT) is Known.NEW
    for operation, digest in (("createRegistration", "d2"), ("releaseRegistration", "d1")):
        with pytest.raises(Refusal, match="idempotency_key_reused"):
            repeats.judge(BEFORE, operation, digest, NOW)
