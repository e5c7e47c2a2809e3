"""When the portal is late, and when something is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.vital_signs import HealthLimits, Level, Pulse, Sign, Vital, read, worst

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
WELL = {
    Vital.WORKER: timedelta(seconds=50),
    Vital.SWEEP: timedelta(seconds=50),
    Vital.LEDGER: timedelta(hours=25),
    Vital.RETENTION: timedelta(hours=25),
    Vital.BACKUP: timedelta(hours=25),
}
"""How long ago each came where all is well."""


def standing(ran: dict[Vital, timedelta | None], waiting: dict[Vital, timedelta], **limits: int) -> dict[Vital, str]:
    """The signs that are not fine: level and why."""
    came = {vital: NOW - age for vital, age in (WELL | ran).items() if age is not None}
    pulse = Pulse(came, {vital: NOW - age for vital, age in waiting.items()})
    return {
        one.vital: f"{one.level} {one.why}"
        for one in read(pulse, NOW, HealthLimits(**limits))
        if one.level is not Level.FINE
    }


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CASES = {
    "all is well": ({}, {Vital.MESSAGES: 9 * MINUTE}, {}),
    "the worker is late": ({Vital.WORKER: 3 * MINUTE}, {}, {Vital.WORKER: "late late"}),
    "the worker is silent": ({Vital.WORKER: 6 * MINUTE}, {}, {Vital.WORKER: "wrong late"}),
    "the worker never came": ({Vital.WORKER: None}, {}, {Vital.WORKER: "wrong never"}),
    "it lives, and its sweeps fail": ({Vital.SWEEP: 20 * MINUTE}, {}, {Vital.SWEEP: "wrong late"}),
    "no night yet": ({Vital.LEDGER: None}, {}, {Vital.LEDGER: "late never"}),
    "a night was missed": ({Vital.LEDGER: 26 * HOUR}, {}, {Vital.LEDGER: "late late"}),
    "two nights were missed": ({Vital.RETENTION: 52 * HOUR}, {}, {Vital.RETENTION: "wrong late"}),
    "a clock was ahead": ({Vital.RETENTION: -400 * 24 * HOUR}, {}, {Vital.RETENTION: "wrong ahead"}),
    "two hosts' clocks": ({Vital.WORKER: -4 * MINUTE}, {}, {}),
    "no backup for two days": ({Vital.BACKUP: 53 * HOUR}, {}, {Vital.BACKUP: "wrong late"}),
    "a text waits": ({}, {Vital.MESSAGES: 10 * MINUTE}, {Vital.MESSAGES: "late waits"}),
    "a text waits for long": ({}, {Vital.MESSAGES: 20 * MINUTE}, {Vital.MESSAGES: "wrong waits"}),
    "an import is stuck": ({}, {Vital.IMPORTS: 2 * HOUR}, {Vital.IMPORTS: "wrong waits"}),
}  # fmt: skip


@pytest.mark.parametrize(("ran", "waiting", "expected"), CASES.values(), ids=CASES)
def test_what_is_not_fine(ran: dict, waiting: dict, expected: dict) -> None:
    assert standing(ran, waiting) == expected


def test_limits_are_settings() -> None:
    assert standing({Vital.WORKER: 3 * MINUTE}, {}, health_worker_minutes=10) == {}
    assert standing({Vital.BACKUP: None}, {}, health_backup_hours=0) == {}
    assert Vital.BACKUP in standing({Vital.BACKUP: None}, {})


def test_what_does_not_hold_is_wrong_however_young_it_is() -> None:
    signs = read(Pulse({Vital.LEDGER: NOW}, {}, frozenset({Vital.LEDGER})), NOW, HealthLimits())
    found = {one.vital: one for one in signs}
    assert (found[Vital.LEDGER].level, found[Vital.LEDGER].why) == (Level.WRONG, "broken")
    assert worst(signs) is Level.WRONG
    assert worst([]) is Level.FINE


def test_a_sign_knows_its_age_where_it_ever_came() -> None:
    assert Sign(Vital.BACKUP, Level.LATE, "late", NOW - HOUR).age(NOW) == HOUR
    assert Sign(Vital.BACKUP, Level.LATE, "never").age(NOW) is None
