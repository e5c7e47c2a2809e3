"""Where payees are paid to (bank details): proposed by one person, in force once another has called the payee.

Details rest sealed for their row alone and are shown masked; a keyed digest tells one account from another. The instant
of their confirmation is kept, because a payout rests for a day after it, and every approval names the digest that it
was given for (rules 6.2).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...crypto import SealBroken, Vault
from ...models import (
    Agency,
    BankChange,
    BankObjection,
    Person,
    ProposalState,
    agency_payee,
    payee_columns,
    person_payee,
)
from ...rules.accounts.accounts import STAFF_ROLES
from ...rules.bank_details.bank_details import BankDetails, check_details, holder_is
from ...session import Session
from .. import audit, proposals
from ..contacts import index_vault_of, vault_of
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..partners import partners
from . import payee_texts

Owner = Agency | Person


def payee_of(owner: Owner) -> str:
    """The owner in the ledger's words: `agency:3`."""
    return agency_payee(owner.id) if isinstance(owner, Agency) else person_payee(owner.id)


def owner_of(change: BankChange) -> Owner:
    """Whose bank details a change is about."""
    owner = change.owner
    assert owner is not None  # one_payee
    return owner


@dataclass(frozen=True, slots=True)
class Account:
    """Where a payee is paid, for who decides over his money: the details, who brought them into force, and what waits.

    `details` is None where there are none, and where what rests there is not what came into force (`unreadable`).
    """

    owner: Owner
    details: BankDetails | None
    change: BankChange | None
    waits: BankChange | None

    @property
    def unreadable(self) -> bool:
        return self.details is None and self.owner.bank_sealed is not None

    @property
    def holder_differs(self) -> bool:
        """Whether the holder is called otherwise than the payee."""
        return self.details is not None and holder_differs(self.owner, self.details)


def holder_differs(owner: Owner, details: BankDetails) -> bool:
    """Whether an account's holder is called otherwise than who is paid: a check for who confirms or approves."""
    return not holder_is(details.holder, owner.name, company=isinstance(owner, Agency))


def accounts_of(session: Session, owners: Iterable[Owner | None]) -> dict[str, Account]:
    """Where each of these is paid, by payee, in as many queries as for one."""
    by_payee = {payee_of(owner): owner for owner in owners if owner is not None}
    confirmed, waits = in_force(session, list(by_payee)), waiting(session, list(by_payee))
    return {
        payee: Account(owner, _readable(session, owner), confirmed.get(payee), waits.get(payee))
        for payee, owner in by_payee.items()
    }


def _readable(session: Session, owner: Owner) -> BankDetails | None:
    try:
        return details_of(session, owner)
    except Refusal:
        return None


def details_of(session: Session, owner: Owner) -> BankDetails | None:
    """Somebody's bank details in plain. Pages show them masked; a bank file needs them whole.

    Raises Refusal `bank_unreadable` for details that were sealed for another row, or never came into force.
    """
    if owner.bank_sealed is None:
        return None
    details = _opened(session, owner.bank_sealed, _context(owner))
    if digest_of(session, owner, details) != owner.bank_digest:
        raise Refusal("bank_unreadable")
    return details


def proposed_details(session: Session, change: BankChange) -> BankDetails:
    """What a change proposes, in plain. Raises Refusal `bank_unreadable` for what was sealed for another change."""
    context = _change_context(change.payee, change.proposed_by, change.proposed_at)
    return _opened(session, change.details_sealed, context)


def digest_of(session: Session, owner: Owner, details: BankDetails) -> str:
    """What tells this account of this payee from any other; of no use without the key."""
    return digest_under(index_vault_of(session), payee_of(owner), details)


def digest_under(vault: Vault, payee: str, details: BankDetails) -> str:
    """`digest_of` under the index key of a vault."""
    said = [payee, details.holder, details.bank, details.account]
    return vault.keyed_digest(json.dumps(said, ensure_ascii=False), "bank details")


def account_index_under(vault: Vault, account: str) -> str:
    """Under what an account number is found, whoever is paid there."""
    return vault.keyed_digest(account, "bank account")


def index_accounts(session: Session, at_once: int = 500) -> int:
    """Give accounts of before that index; how many. What does not open is left to the checks of bank details."""
    made = 0
    kinds: tuple[type[Agency] | type[Person], ...] = (Agency, Person)
    for kind in kinds:
        lacks: Select[Any] = select(kind).where(kind.bank_sealed.is_not(None), kind.account_index.is_(None))
        for owner in session.scalars(lacks.order_by(kind.id).limit(at_once)):
            details = _readable(session, owner)
            if details is not None:
                owner.account_index = account_index_under(index_vault_of(session), details.account)
                made += 1
    session.flush()
    return made


# Two people


def propose(session: Session, actor: Actor, now: datetime, owner: Owner, details: BankDetails) -> BankChange:
    """Propose where somebody is to be paid from now on. The same details once more say that they are right after all.

    Raises the Refusals of `rules.bank_details.check_details`, and `bank_change_waits` while another one waits.
    """
    check_details(details)
    payee = payee_of(owner)
    key = insert_unless_there(
        session,
        BankChange,
        ("payee",),
        BankChange.state == ProposalState.PROPOSED,
        **payee_columns(payee),
        details_sealed=vault_of(session).seal_text(
            json.dumps(asdict(details), ensure_ascii=False), _change_context(payee, actor.id, now)
        ),
        digest=digest_of(session, owner, details),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    if key is None:
        raise Refusal("bank_change_waits")
    change = session.get_one(BankChange, key)
    audit.record(session, actor, now, "bank_details_proposed", owner, last_four=details.last_four)
    tell(session, actor, now, "bank_details_wait", change, Concerned(change.person_id, change.agency_id))
    return change


def confirm(
    session: Session,
    actor: Actor,
    now: datetime,
    change: BankChange,
    *,
    account: str,
    call_back: str,
    by_text: bool = False,
) -> None:
    """Bring another person's proposal into force, after a call to the payee.

    `account` is the number as the payee read it out, `call_back` says whom one spoke to; `by_text`: texts go out that
    tell the payee. Raises Refusal `bank_account_differs`, `call_back_needed`, `own_bank_details`, and those of
    `proposals.confirm`.
    """
    owner = owner_of(change)
    if actor.is_paid_as(change.payee):
        raise Refusal("own_bank_details")
    proposals.check_another_person(actor, change)
    proposals.lock_open(session, change)
    details = proposed_details(session, change)
    if "".join(account.split()) != details.account:
        raise Refusal("bank_account_differs", field="account")
    if not call_back.strip():
        raise Refusal("call_back_needed", field="call_back")
    change.call_back = call_back.strip()
    session.flush()
    proposals.confirm(session, actor, now, change)
    owner.bank_sealed = vault_of(session).seal_text(json.dumps(asdict(details), ensure_ascii=False), _context(owner))
    owner.bank_digest, owner.bank_changed_at = change.digest, now
    owner.account_index = account_index_under(index_vault_of(session), details.account)
    session.flush()
    audit.record(session, actor, now, "bank_details_confirmed", owner, last_four=details.last_four)
    whom = Concerned(change.person_id, change.agency_id)
    tell(session, actor, now, "bank_details_changed", change, whom, last_four=details.last_four)
    _tell_proposer(session, actor, now, change)
    if by_text:
        payee_texts.tell(session, now, change, details)


def refuse(session: Session, actor: Actor, now: datetime, change: BankChange, reason: str) -> None:
    """Send another person's proposal back with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, change, reason)
    audit.record(session, actor, now, "bank_details_refused", owner_of(change))
    tell(session, actor, now, "bank_details_refused", change, Concerned(change.person_id, change.agency_id))
    _tell_proposer(session, actor, now, change)


def _tell_proposer(session: Session, actor: Actor, now: datetime, change: BankChange) -> None:
    """Who of the staff proposed it for a payee learns what became of it; a payee is told as such."""
    if change.proposer.role in STAFF_ROLES:
        whom, outcome = Concerned(change.proposed_by, change.agency_id), str(change.state)
        tell(session, actor, now, "bank_proposal_decided", change, whom, outcome=outcome)


def withdraw(session: Session, actor: Actor, now: datetime, change: BankChange) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, change)
    audit.record(session, actor, now, "bank_details_withdrawn", owner_of(change))


def object_to(session: Session, actor: Actor, now: datetime, change: BankChange, words: str) -> None:
    """The payee says that a confirmed account is not his: payments wait until his bank details are given anew.

    Raises Refusal `objection_words_needed`, and `objection_too_late` for a change that is not in force.
    """
    if not words.strip():
        raise Refusal("objection_words_needed", field="words")
    if in_force(session, [change.payee]).get(change.payee) is not change:
        raise Refusal("objection_too_late")
    given: dict[str, Any] = {"words": words.strip(), "objected_by": actor.id, "objected_at": now}
    if insert_unless_there(session, BankObjection, ("change_id",), change_id=change.id, **given) is None:
        return
    session.expire(change, ["objection"])
    audit.record(session, actor, now, "bank_details_objected", owner_of(change))
    tell(session, actor, now, "bank_details_objected", change, Concerned(change.person_id, change.agency_id))


# Reading


def listing(actor: Actor, *, state: ProposalState | None = None, find: str = "") -> Select[BankChange]:
    """The changes that the actor may see, with all that a list of them shows; `find` is a part of the payee's name."""
    shown = (BankChange.agency, BankChange.person, BankChange.proposer, BankChange.decider, BankChange.objection)
    stmt = scope.visible(actor, BankChange).options(*map(joinedload, shown))
    if find.strip():
        stmt = stmt.where(partners.payee_named(BankChange, find))
    return stmt if state is None else stmt.where(BankChange.state == state)


def to_decide(actor: Actor) -> Select[BankChange]:
    """The changes of others that wait."""
    return listing(actor, state=ProposalState.PROPOSED).where(BankChange.proposed_by != actor.id)


def in_force(session: Session, payees: Sequence[str]) -> dict[str, BankChange]:
    """The confirmed change that each of these payees is paid by; none for details from before changes were kept."""
    return _latest(session, payees, ProposalState.CONFIRMED)


def waiting(session: Session, payees: Sequence[str]) -> dict[str, BankChange]:
    """The change of each of these payees that waits for its second person."""
    return _latest(session, payees, ProposalState.PROPOSED)


def latest(session: Session, payee: str) -> BankChange | None:
    """The latest change of a payee, whatever became of it, but not one that was withdrawn."""
    shown = (BankChange.proposer, BankChange.decider, BankChange.objection)
    stmt = select(BankChange).where(BankChange.payee == payee, BankChange.state != ProposalState.WITHDRAWN)
    return session.scalar(stmt.options(*map(joinedload, shown)).order_by(BankChange.id.desc()).limit(1))


def _latest(session: Session, payees: Sequence[str], state: ProposalState) -> dict[str, BankChange]:
    newest = select(func.max(BankChange.id)).where(BankChange.payee.in_(payees), BankChange.state == state)
    shown = (BankChange.agency, BankChange.person, BankChange.proposer, BankChange.decider, BankChange.objection)
    stmt = select(BankChange).where(BankChange.id.in_(newest.group_by(BankChange.payee)))
    return {one.payee: one for one in session.scalars(stmt.options(*map(joinedload, shown)))} if payees else {}


# Sealing


def _context(owner: Owner) -> str:
    """Under what details are sealed: for one row, so that they open in no other."""
    return f"{'agency' if isinstance(owner, Agency) else 'person'}.bank:{owner.id}"


def _change_context(payee: str, proposed_by: int, proposed_at: datetime) -> str:
    return f"bank change:{payee}:{proposed_by}:{proposed_at.astimezone(UTC).isoformat()}"


def _opened(session: Session, sealed: bytes, context: str) -> BankDetails:
    try:
        return BankDetails(**json.loads(vault_of(session).open_text(sealed, context)))
    except SealBroken as error:
        raise Refusal("bank_unreadable") from error
