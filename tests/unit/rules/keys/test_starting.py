"""May a process start over this database?"""

from datetime import UTC, datetime

import pytest

from portal.crypto import KeyMarks
from portal.rules.keys.starting import KeyKind, Known, of_index_round, of_keys, of_parts, of_revision

SINCE = datetime(2026, 3, 10, tzinfo=UTC)
MARKS = {
    "index_keys": ("i1", "i2"),
    "signing_key": "s1",
    "secret_key": "z1",
    "data_keys": {"d1": "mark1", "d2": "mark2"},
}
GIVEN = KeyMarks(**MARKS)


def known(kind: KeyKind, name: str, mark: str) -> Known:
    return Known(kind, name, mark, SINCE)


IN_USE = [
    known(KeyKind.INDEX, "i", "i1"),
    known(KeyKind.SIGNING, "s", "s1"),
    known(KeyKind.SECRET, "z", "z1"),
    known(KeyKind.DATA, "d1", "mark1"),
]


def test_the_keys_that_are_in_use_hinder_nothing_and_there_may_be_new_data_keys() -> None:
    assert of_keys(IN_USE, GIVEN) is None


@pytest.mark.parametrize("kind", [KeyKind.INDEX, KeyKind.SIGNING, KeyKind.SECRET])
def test_another_key_hinders_and_its_setting_is_named(kind: KeyKind) -> None:
    hindrance = of_keys([known(kind, "abc", "another")], GIVEN)
    assert hindrance is not None
    assert hindrance.code == kind.value
    assert kind.setting in hindrance.said
    assert "abc…" in hindrance.said


@pytest.mark.parametrize(("name", "mark"), [("gone", "mark1"), ("d1", "another")])
def test_a_data_key_that_is_gone_or_another_hinders(name: str, mark: str) -> None:
    hindrance = of_keys([known(KeyKind.DATA, name, mark)], GIVEN)
    assert hindrance is not None
    assert hindrance.code == "data_keys"
    assert f"the key {name}, in use here since 2026-03-10" in hindrance.said


@pytest.mark.parametrize(
    ("found", "code"),
    [("0003", None), (None, "no_schema"), ("0001", "older_schema"), ("0009", "newer_schema")],
)
def test_only_the_schema_of_this_version_starts(found: str | None, code: str | None) -> None:
    hindrance = of_revision(found, ["0001", "0002", "0003"])
    assert (None if hindrance is None else hindrance.code) == code


def test_a_schema_that_lacks_nothing_starts() -> None:
    assert of_parts("0003", []) is None


@pytest.mark.parametrize(
    ("missing", "said"),
    [(["deals"], "lacks deals:"), (list("gfedcba"), "lacks a, b, c, d, e and 2 more:")],
)
def test_what_a_schema_lacks_is_named_five_at_most(missing: list[str], said: str) -> None:
    hindrance = of_parts("0003", missing)
    assert hindrance is not None
    assert hindrance.code == "incomplete_schema"
    assert said in hindrance.said


def test_both_index_keys_are_needed_while_words_move_from_one_to_the_other() -> None:
    assert of_index_round("i2", GIVEN) is None
    hindrance = of_index_round("i3", GIVEN)
    assert hindrance is not None
    assert hindrance.code == "index_key"
    assert "lacks the former key (i3…)" in hindrance.said
