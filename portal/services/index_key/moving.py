"""What stands under the index key and moves to another one: one register, which a test holds against the services.

A digest moves where what it was made of rests sealed beside it. What rests nowhere stays under the key of its day, and
is asked for under every key of the settings, until it has run out or its owner brings it again (`staying`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, func, select

from ...crypto import Vault
from ...models import (
    Base,
    FirstApprovalAnew,
    PayoutApproval,
    Person,
    PhoneCode,
    SignInAttempt,
    agency_payee,
    person_payee,
)
from ...rules.bank_details.bank_details import BankDetails
from .. import contacts
from ..bank_details import bank_details
from ..contacts import Phone
from ..keys.sealed_columns import CONTEXTS, SealedColumn
from ..notifications import addresses
from ..provider_sign_in import ties
from ..second_factors import factors

Made = Callable[[Vault, Row[Any], str], str]
"""A digest under the key of a vault: of a row, and of what rests sealed in it."""

ERASED = "erased:%"
"""What stands where a digest was that is gone for good."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A column whose digests are made of what rests sealed in their rows. `further`: columns that they are made of,
    too; `but`: the rows that count, where there are others whose digest is nobody's."""

    digest: Column[str]
    sealed: SealedColumn
    made: Made
    further: tuple[Column[Any], ...] = ()
    but: ColumnElement[bool] | None = None

    @property
    def name(self) -> str:
        """`clients.phone_index`, for example."""
        return f"{self.digest.table.name}.{self.digest.name}"

    @property
    def key(self) -> Column[Any]:
        """The number of its rows."""
        return self.sealed.key

    def there(self) -> ColumnElement[bool]:
        """For the database: the rows that have a digest which can be made anew."""
        held = and_(self.digest.is_not(None), self.digest.not_like(ERASED), func.length(self.sealed.column) > 0)
        return held if self.but is None else and_(held, self.but)

    def rows(self, after: int, at_once: int) -> Select[Any]:
        """Some rows behind a number: `row`, `digest`, `sealed`, and what else they are made of."""
        named = (self.key.label("row"), self.digest.label("digest"), self.sealed.column.label("sealed"))
        stmt = select(*named, *dict.fromkeys([*self.sealed.bound_to(), *self.further]))
        return stmt.where(self.there(), self.key > after).order_by(self.key).limit(at_once)

    def clear(self, vault: Vault, row: Row[Any]) -> str:
        """What a row's digest is made of. Raises SealBroken."""
        return vault.open_text(row.sealed, self.sealed.context_of(row))


def moving() -> list[Moving]:
    """All of them. Proposals of bank details come before the accounts that they brought into force."""
    people = Person.__table__
    payee = _column("bank_changes.payee")
    real = people.c.id.not_in(contacts.programmes_accounts())
    return [
        _moving("clients.phone_index", "phone_sealed", _phone),
        _moving("people.phone_index", "phone_sealed", _phone, but=real),
        _moving("account_proposals.phone_index", "phone_sealed", _phone),
        _moving("invitations.phone_index", "phone_sealed", _phone),
        _moving("bank_changes.digest", "details_sealed", lambda v, row, said: _bank(v, row.payee, said), (payee,)),
        _moving("agencies.bank_digest", "bank_sealed", lambda v, row, said: _bank(v, agency_payee(row.row), said)),
        _moving("people.bank_digest", "bank_sealed", lambda v, row, said: _bank(v, person_payee(row.row), said)),
        _moving("agencies.account_index", "bank_sealed", _account),
        _moving("people.account_index", "bank_sealed", _account),
        _moving("agreements.contact_index", "contact_sealed", _contact),
        _moving("notice_settings.mail_index", "mail_sealed", _mail),
        _moving("code_generators.secret_digest", "secret_sealed", _secret),
        _moving("account_ties.subject_index", "subject_sealed", _subject, (_column("account_ties.issuer"),)),
    ]


def following() -> list[Column[str]]:
    """Columns that hold the same digests, and nothing to make them of: they follow by their pairs, as far as there are
    any. Of an account that was never paid to, and of a number that is nobody's here, none is needed."""
    holders: Iterable[tuple[type[Base], str]] = (
        (PayoutApproval, "account_digest"),
        (FirstApprovalAnew, "account_digest"),
        (SignInAttempt, "phone_index"),
        (PhoneCode, "phone_index"),
    )
    return [_column(f"{model.__tablename__}.{name}") for model, name in holders]


def _phone(vault: Vault, _row: Row[Any], clear: str) -> str:
    return contacts.phone_index_under(vault, Phone(clear))


def _bank(vault: Vault, payee: str, clear: str) -> str:
    return bank_details.digest_under(vault, payee, BankDetails(**json.loads(clear)))


def _account(vault: Vault, _row: Row[Any], clear: str) -> str:
    return bank_details.account_index_under(vault, BankDetails(**json.loads(clear)).account)


def _contact(vault: Vault, _row: Row[Any], clear: str) -> str:
    index = contacts.contact_index_under(vault, json.loads(clear)["phone"])
    assert index is not None, "a contact without a phone has no index"
    return index


def _mail(vault: Vault, _row: Row[Any], clear: str) -> str:
    return addresses.address_index_under(vault, clear)


def _secret(vault: Vault, _row: Row[Any], clear: str) -> str:
    return factors.secret_digest_under(vault, clear)


def _subject(vault: Vault, row: Row[Any], clear: str) -> str:
    return ties.subject_index_under(vault, row.issuer, clear)


def _moving(
    name: str, sealed: str, made: Made, further: tuple[Column[Any], ...] = (), but: ColumnElement[bool] | None = None
) -> Moving:
    beside = f"{name.partition('.')[0]}.{sealed}"
    return Moving(_column(name), SealedColumn(_column(beside), CONTEXTS[beside]), made, further, but)


def _column(name: str) -> Column[Any]:
    table, _, column = name.partition(".")
    return Base.metadata.tables[table].c[column]
