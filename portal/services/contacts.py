"""Phones and names: normalised, sealed, found by blind index, shown masked (rules 2.1, 9)."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import Select, select

from commissions.refusal import Refusal

from ..crypto import SealBroken, Signer, Vault
from ..models import (
    AccountProposal,
    Client,
    Invitation,
    Person,
    Programme,
    Referrer,
    Registration,
    RegistrationMask,
    Role,
    Touch,
)
from ..rules.registrations.masks import Mask
from ..session import Session

_REGION = "CN"
_HERE = "+86"
_WRITTEN = re.compile(r"\+?[\d\s()./·\-\u2010-\u2015]+")
_MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
"""Some countries number both alike; what may be one is taken."""

ERASED = "—"
"""What a name that was erased on request reads as, and a phone. A sealed value is then empty."""

_PHONE = "phone"
_FEWEST_DIGITS = 7
_NAME = "client.name"
_NOTE = "client.note"
_MASK = "registration mask:{registration_id}"


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in E.164, for example +8613800138000."""

    e164: str

    @property
    def masked(self) -> str:
        """First three and last four digits, as people are used to: 138****8000; of another country its code and the
        last four: +852 ****4567; a dash of one that was erased."""
        if not self.e164:
            return ERASED
        national = self.e164.removeprefix(_HERE)
        if national == self.e164:
            return f"+{phonenumbers.parse(self.e164).country_code} ****{national[-4:]}"
        return f"{national[:3]}****{national[-4:]}"


def parse_phone(text: str) -> Phone:
    """Normalise a number that is looked for; the default region is China. Raises Refusal(invalid_phone)."""
    return Phone(phonenumbers.format_number(_parsed(text), phonenumbers.PhoneNumberFormat.E164))


def parse_mobile(text: str) -> Phone:
    """Normalise a number that is to be stored and texted to: a mobile phone's, here or abroad.

    Raises Refusal: invalid_phone, phone_not_mobile.
    """
    if phonenumbers.number_type(_parsed(text)) not in _MOBILE:
        raise Refusal("phone_not_mobile", field="phone")
    return parse_phone(text)


def _parsed(text: str) -> phonenumbers.PhoneNumber:
    """What was typed, digits and what people put between them. A letter is a mistake, no part of a number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        if not _WRITTEN.fullmatch(plain):
            raise Refusal("invalid_phone", field="phone")
        number = phonenumbers.parse(plain, _REGION)
    except phonenumbers.NumberParseException as error:
        raise Refusal("invalid_phone", field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise Refusal("invalid_phone", field="phone")
    return number


def vault_of(session: Session) -> Vault:
    """The vault that the session's database was opened with. Of two index keys it makes digests under the one that is
    in force in this transaction."""
    if len(session.vault.index_marks) > 1:
        session.connection()  # a transaction that has asked nothing yet has not begun
    return session.vault


def index_vault_of(session: Session) -> Vault:
    """The vault for digests that move to another index key (ADR 69): it has asked the database which one is in force.

    Raises IndexKeyForeign where that is none of this process.
    """
    return session.index_vault()


def signer_of(session: Session) -> Signer:
    """The signer that the session's database was opened with."""
    return session.signer


def phone_index(session: Session, phone: Phone) -> str:
    """The blind index under which the phone is found."""
    return phone_index_under(index_vault_of(session), phone)


def phone_indexes(session: Session, phone: Phone) -> list[str]:
    """`phone_index` under every index key, the one in force first: for rows that keep no number, and cannot move."""
    return index_vault_of(session).blinds(phone.e164, _PHONE)


def indexes_of(session: Session, row: Client | Person) -> list[str]:
    """Under what rows may stand that keep no number, but are of this row's phone."""
    if len(vault_of(session).index_marks) == 1 or is_erased(row):
        return [row.phone_index]
    return phone_indexes(session, open_phone(session, row))


def phone_index_under(vault: Vault, phone: Phone) -> str:
    """The phone's blind index under the key of a vault."""
    return vault.blind(phone.e164, _PHONE)


def contact_index_under(vault: Vault, text: str) -> str | None:
    """The index of a number as somebody wrote it, a company's landline too; a phone's is that of `phone_index_under`.
    None where there are hardly digits."""
    try:
        number = parse_phone(text).e164
    except Refusal:
        number = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isdecimal())
    return vault.blind(number, _PHONE) if len(number) >= _FEWEST_DIGITS else None


def seal_phone(session: Session, phone: Phone) -> bytes:
    """The phone as it rests."""
    return vault_of(session).seal_text(phone.e164, _PHONE)


def open_phone(session: Session, row: Client | Person | AccountProposal) -> Phone:
    """The phone of a row in plain; showing it unmasked is the caller's duty to audit.

    One that was erased is empty. Raises SealBroken also for one that was sealed for another row: the row's own blind
    index does not know it.
    """
    if is_erased(row):
        return Phone("")
    phone = Phone(vault_of(session).open_text(row.phone_sealed or b"", _PHONE))
    if phone_index(session, phone) != row.phone_index and not _is_programme(session, row):
        raise SealBroken(f"phone of {row.__tablename__} {row.id}")
    return phone


def is_erased(row: Client | Person | AccountProposal) -> bool:
    """Whether its phone is gone for good. The index says so too: a row whose seal alone is empty was tampered with."""
    return row.phone_sealed == b"" and row.phone_index == erased_index(row)


def erased_index(row: Client | Person | AccountProposal | Invitation) -> str:
    """What stands in the place of a blind index that was erased: unique, and no phone's."""
    return f"erased:{row.id}"


def open_number(session: Session, sealed: bytes | None) -> Phone:
    """A number that no row is found by."""
    return Phone(vault_of(session).open_text(sealed or b"", _PHONE))


def _is_programme(session: Session, row: Client | Person | AccountProposal) -> bool:
    """Whether the row is a programme's: its index is nobody's, so that no sign-in finds it."""
    return isinstance(row, Person) and is_programme(session, row)


def is_programme(session: Session, person: Person) -> bool:
    """Whether a row of `people` is a programme's, which is no person and has no account."""
    own = programmes_accounts().where(Referrer.person_id == person.id)
    return person.role is Role.REFERRER and session.scalar(own) is not None


def programmes_accounts() -> Select[int]:
    """The rows of `people` that are programmes'."""
    return select(Referrer.person_id).join(Programme, Programme.referrer_id == Referrer.id)


def seal_name(session: Session, name: str) -> bytes:
    """A client's name as it rests."""
    return vault_of(session).seal_text(name, _NAME)


def open_name(session: Session, sealed: bytes) -> str:
    """A client's name in plain; `ERASED` of one that is gone."""
    return vault_of(session).open_text(sealed, _NAME) if sealed else ERASED


def seal_note(session: Session, text: str) -> bytes:
    """What staff wrote about a client, as it rests."""
    return vault_of(session).seal_text(text, _NOTE)


def open_note(session: Session, sealed: bytes) -> str:
    """What staff wrote about a client, in plain; `ERASED` of what is gone."""
    return vault_of(session).open_text(sealed, _NOTE) if sealed else ERASED


def seal_mask(session: Session, registration_id: int, mask: Mask) -> bytes:
    """The parts of a number by which a client was registered, as they rest: of this registration alone."""
    return vault_of(session).seal_text(str(mask), _MASK.format(registration_id=registration_id))


def open_mask(session: Session, row: RegistrationMask) -> str:
    """They as they are read, such as 138****1234; `ERASED` of what is gone."""
    return open_sealed_mask(session, row.registration_id, row.mask_sealed) if row.mask_sealed else ERASED


def open_sealed_mask(session: Session, registration_id: int, sealed: bytes) -> str:
    """They where no row is at hand. Raises SealBroken."""
    return vault_of(session).open_text(sealed, _MASK.format(registration_id=registration_id))


def masked_phone(session: Session, row: Registration | Touch) -> str:
    """A client's phone as everybody may read it; of a registration by parts of a number that nobody gave, these."""
    if row.client is None and row.mask is not None:
        return open_mask(session, row.mask)
    return open_phone(session, row.whom).masked


def mask_name(name: str) -> str:
    """The surname and a star for each further letter, and always one: 王小明 → 王**, 子 → 子*."""
    if name == ERASED:
        return name
    return name[:1] + "*" * min(max(len(name) - 1, 1), 2)
