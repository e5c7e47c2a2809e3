"""What becomes of each column on request is said once."""

from portal.rules.erasure.personal_data import BY_AGE, ERASED, KEPT, NOBODYS, PARTLY_KEPT, sorted_columns


def test_every_column_stands_in_one_place() -> None:
    found = sorted_columns()
    assert set(found.values()) == {1}
    assert {name.split(".")[0] for name in found} == set().union(ERASED, BY_AGE, NOBODYS, KEPT, PARTLY_KEPT)
    assert {"people.name", "people.phone_sealed"} <= found.keys()
