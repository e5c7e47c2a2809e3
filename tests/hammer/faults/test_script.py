"""A fault script repeats itself, can be written by hand, and has everything in it."""

import pytest

from tests.hammer.faults.script import FAMILIES, KINDS, Fault, Script

WORDS = "disk_full@0.40+0.60 clock(-72h)@1.20+0.50"


def test_it_is_read_as_it_is_written() -> None:
    script = Script.read(WORDS)
    assert script.faults == [Fault("disk_full", 0.4, 0.6), Fault("clock", 1.2, 0.5, -72)]
    assert str(script) == WORDS


def test_a_fault_is_there_in_its_time() -> None:
    script = Script.read(WORDS)
    assert script.at("disk_full", 0.4) is script.faults[0]
    assert script.at("disk_full", 1.0) is None
    assert script.at("disk_slow", 0.5) is None


@pytest.mark.parametrize("words", ["disk_on_fire@1+1", "disk_full", "disk_full@1", "clock(8d)@1+1"])
def test_what_is_no_fault_is_said(words: str) -> None:
    with pytest.raises(ValueError, match="is no fault"):
        Script.read(words)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("seconds", [2.2, 19, 60])
def test_a_seed_rolls_the_same_again_and_all_families(seconds: float, dialect: str) -> None:
    rolled = [Script.roll(seed, dialect, seconds) for seed in range(20)]
    assert list(map(str, rolled)) == [str(Script.roll(seed, dialect, seconds)) for seed in range(20)]
    for script in rolled:
        assert {KINDS[fault.kind] for fault in script.faults} == FAMILIES.keys()
        assert all(fault.begins > 0 and fault.ends <= seconds + 0.3 for fault in script.faults)
        assert all(bool(fault.hours) == (fault.kind == "clock") for fault in script.faults)
    other = "sqlite_held" if dialect == "postgresql" else "postgres_frozen"
    assert not any(fault.kind == other for script in rolled for fault in script.faults)
