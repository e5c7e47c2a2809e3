"""Whom money is owed to: an agency, or a person such as a citizen broker."""

from sqlalchemy import CheckConstraint, Computed, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .accounts.people import Person
from .base import Code
from .partners.agreements import Agency


def agency_payee(agency_id: int) -> str:
    """An agency as a payee, in the ledger's words: `agency:3`."""
    return f"agency:{agency_id}"


def person_payee(person_id: int) -> str:
    """A person as a payee, in the ledger's words: `person:7`."""
    return f"person:{person_id}"


class OfPayee:
    """Columns of a table whose rows belong to a payee; `payee` is how the ledger's accounts call him."""

    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    payee: Mapped[str] = mapped_column(
        Code,
        Computed(
            "CASE WHEN agency_id IS NOT NULL THEN 'agency:' || CAST(agency_id AS TEXT)"
            " ELSE 'person:' || CAST(person_id AS TEXT) END",
            persisted=True,
        ),
    )

    @declared_attr
    def agency(cls) -> Mapped[Agency | None]:  # noqa: N805 - SQLAlchemy hands it the class
        return relationship(Agency, foreign_keys=[cls.agency_id])  # type: ignore[list-item]  # a column, on the class

    @declared_attr
    def person(cls) -> Mapped[Person | None]:  # noqa: N805 - as above
        return relationship(Person, foreign_keys=[cls.person_id])  # type: ignore[list-item]  # a column, on the class

    @property
    def owner(self) -> Agency | Person:
        """Whose it is."""
        found = self.agency or self.person
        assert found is not None  # one_payee
        return found

    @property
    def payee_name(self) -> str:
        """Whose it is, for a page."""
        return self.owner.name


def one_payee() -> CheckConstraint:
    """A row belongs to one payee."""
    return CheckConstraint("(agency_id IS NULL) <> (person_id IS NULL)", name="one_payee")


def payee_columns(payee: str) -> dict[str, int]:
    """The column that makes a row this payee's: `{"agency_id": 3}` for `agency:3`."""
    kind, _, key = payee.partition(":")
    return {f"{kind}_id": int(key)}
