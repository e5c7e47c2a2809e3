"""What was earned by persons, month by month, with the tax on it worked out anew and held against what was posted.

For finance's report, and for the payee's own pages and certificate. No identity numbers are kept here: a person is a
name and a masked phone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from commissions import withholding as rule

from ...models import Person, WithholdingTable
from ...session import Session
from .. import contacts
from . import groups as tax_groups
from . import tables as tax_tables


@dataclass(frozen=True, slots=True)
class Entry:
    """A person's month. `worked` is the tax on what was earned, by the `table` of that month.

    Of what is left of the cash `paid_fen` stands in statements that the bank paid, and `set_off_fen` in statements that
    pay nothing: it went against what the person owed.
    """

    person: Person
    phone: str
    month: str
    table: WithholdingTable
    worked: rule.Withholding
    posted_fen: int
    paid_fen: int
    set_off_fen: int

    @property
    def due_fen(self) -> int:
        """What is still to be paid."""
        return self.worked.cash_fen - self.posted_fen - self.paid_fen - self.set_off_fen

    @property
    def difference_fen(self) -> int:
        """What was posted less than it ought to be: nothing, unless something is wrong."""
        return self.worked.withheld_fen - self.posted_fen


def entries(session: Session, *, month: str | None = None, person_id: int | None = None) -> list[Entry]:
    """Every person's months (or those of one month, or one person), the latest first, then by name."""
    groups = tax_groups.groups(session, month=month, person_id=person_id)
    people = _people(session, {one.person_id for one in groups})
    settled = tax_groups.settled(session, month=month, person_id=person_id)
    tables = tax_tables.in_force_each(session, (group.month for group in groups))
    found = []
    for one in groups:
        sums = settled.get((one.person_id, one.month), (0, 0))
        found.append(_entry(session, one, people[one.person_id], tables[one.month], *sums))
    by_name = sorted(found, key=lambda one: (one.person.name, one.person.id))
    return sorted(by_name, key=lambda one: one.month, reverse=True)


def _people(session: Session, ids: set[int]) -> Mapping[int, Person]:
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _entry(
    session: Session,
    group: tax_groups.Group,
    person: Person,
    table: WithholdingTable,
    paid_fen: int,
    set_off_fen: int,
) -> Entry:
    return Entry(
        person=person,
        phone=contacts.open_phone(session, person).masked,
        month=group.month,
        table=table,
        worked=tax_tables.parse(table.toml).withhold(group.cash_fen, group.goods_fen),
        posted_fen=group.posted_fen,
        paid_fen=paid_fen,
        set_off_fen=set_off_fen,
    )
