"""Deciding a case, once a look: by one person, and above a sum by two; with a reason, and by nobody who has part in it.

What is decided is a row of its own; both sides get it as a receipt in which the other does not stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import (
    ConflictCase,
    ConflictDecision,
    ConflictProposal,
    ConflictResult,
    Deal,
    FurtherPart,
    Objection,
    ObjectionPicture,
    Person,
    ProposalState,
    Registration,
    SecondLook,
)
from ...rules.conflicts import conflict as rule
from ...rules.conflicts.conflict import Outcome, Result
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, proposals
from ..claims import decision_receipts, masks
from ..clients import lock_client
from ..commission import held
from ..deals import parts
from ..events.telling import Concerned, tell
from . import cases, moving, stakes


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided, why, and where it moves whose the client becomes: that of this registration's broker, or
    nobody's (None). Where it splits, that broker gets `share_bps` of the deal, and who else is named the own share."""

    outcome: Outcome
    reason: str
    to: Registration | None = None
    share_bps: int | None = None
    further: tuple[parts.Portion, ...] = ()

    @property
    def portions(self) -> list[parts.Portion]:
        """Who gets how much, where it splits."""
        if self.outcome is not Outcome.SPLIT or self.to is None:
            return []
        return [parts.Portion(self.to, self.share_bps or 0), *self.further]

    @property
    def named(self) -> list[Registration]:
        """Everybody to whom it gives something."""
        return [self.to, *(one.registration for one in self.further)] if self.to is not None else []

    @classmethod
    def of(cls, proposal: ConflictProposal) -> "Choice":
        """What was proposed."""
        further = tuple(parts.Portion(one.registration, one.share_bps) for one in proposal.further)
        return cls(proposal.outcome, proposal.because, proposal.to_registration, proposal.share_bps, further)


# Deciding


def decide(
    session: Session, actor: Actor, now: datetime, case: ConflictCase, choice: Choice
) -> ConflictDecision | ConflictProposal:
    """Decide a case; where the money needs two people, propose it.

    Raises the Refusals of `rule.check_decision`, `conflict_no_such_broker`, and those of the move.
    """
    _lock(session, case)
    rule.check_decision(cases.rule_case(session, now, case), actor.id, choice.outcome, choice.reason)
    _check_target(session, case, choice)
    fen = at_stake_fen(session, now, case, choice.named)
    if not needs_second(session, fen):
        return _execute(session, actor, now, case, choice, fen, confirmed_by=None)
    row = ConflictProposal(
        case=case,
        outcome=choice.outcome,
        to_registration=choice.to,
        share_bps=choice.share_bps,
        because=choice.reason.strip(),
        moved_fen=fen,
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    row.further = _kept(choice)
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "conflict_proposed", case, outcome=choice.outcome, amount_fen=fen)
    tell(session, actor, now, "conflict_waits", case, Concerned(development=case.development_id), amount_fen=fen)
    return row


def confirm(session: Session, actor: Actor, now: datetime, proposal: ConflictProposal) -> ConflictDecision:
    """Execute what another person proposed, in his name. Raises Refusal `own_proposal`, `proposal_decided`, those of
    `rule.check_hand`, and those of the move."""
    proposals.check_another_person(actor, proposal)
    case = proposal.case
    _lock(session, case)
    rule.check_hand(cases.rule_case(session, now, case), actor.id)
    proposals.confirm(session, actor, now, proposal)
    audit.record(session, actor, now, "conflict_confirmed", case, amount_fen=proposal.moved_fen)
    choice = Choice.of(proposal)
    _check_target(session, case, choice)
    proposer = session.get_one(Person, proposal.proposed_by)
    fen = at_stake_fen(session, now, case, choice.named)
    return _execute(session, Actor.of(proposer), now, case, choice, fen, confirmed_by=actor.id)


def refuse(session: Session, actor: Actor, now: datetime, proposal: ConflictProposal, reason: str) -> None:
    """Refuse what another person proposed: the case waits for a decision again. Raises the Refusals of
    `proposals.refuse`, and of `rule.check_hand`."""
    rule.check_hand(cases.rule_case(session, now, proposal.case), actor.id)
    proposals.refuse(session, actor, now, proposal, reason)
    audit.record(session, actor, now, "conflict_refused", proposal.case)
    whom = Concerned(proposal.proposed_by, development=proposal.case.development_id)
    tell(session, actor, now, "conflict_sent_back", proposal.case, whom)


def withdraw(session: Session, actor: Actor, now: datetime, proposal: ConflictProposal) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, proposal)
    audit.record(session, actor, now, "conflict_withdrawn", proposal.case)


def ask_second_look(session: Session, actor: Actor, now: datetime, case: ConflictCase, words: str) -> SecondLook:
    """Who lost asks for another manager to look again, once a case and in time: it is open again.

    Raises the Refusals of `rule.check_second_look`; `second_look_reason_needed`, `conflict_open_already`.
    """
    _lock(session, case)
    result = next((one for one in _last_results(case) if one.person_id == actor.id), None)
    lost = result is not None and result.result is not Result.YOURS
    ended = rule.Ended(case.closed_at, lost, max(case.look, len(case.decisions)))
    rule.check_second_look(ended, now)
    if not words.strip():
        raise Refusal("second_look_reason_needed", field="words")
    if cases.open_case_of(session, case.development_id, case.client_id, case.deal) is not None:
        raise Refusal("conflict_open_already")
    row = SecondLook(case=case, asked_by=actor.id, words=words.strip(), at=now)
    session.add(row)
    case.look, case.closed_at, case.due_at = rule.LOOKS, None, now + rule.DUE_WITHIN
    session.flush()
    _keep_pictures(session, case, None)
    audit.record(session, actor, now, "second_look_asked", case)
    whom = Concerned(development=case.development_id)
    tell(session, actor, now, "conflict_looked_again", case, whom, due_at=case.due_at)
    return row


def second_look_refusal(case: ConflictCase, actor: Actor, now: datetime) -> Refusal | None:
    """Why the actor cannot ask for a second look now, or None."""
    lost = any(one.person_id == actor.person_id and one.result is not Result.YOURS for one in _last_results(case))
    try:
        rule.check_second_look(rule.Ended(case.closed_at, lost, max(case.look, len(case.decisions))), now)
    except Refusal as refusal:
        return refusal
    return None


# What it hangs on


def candidates(session: Session, now: datetime, case: ConflictCase) -> Sequence[Registration]:
    """Whose the client could become, or who could have a part in the deal: the newest registration here of every broker
    who works, but who holds him alone; where nobody gave its number, the parts and the surname fit."""
    clients = [key for key in (case.client_id, case.other_client_id) if key is not None]
    holder = cases.holder_of(session, now, case)
    stmt = (
        select(Registration)
        .join(Person, Person.id == Registration.broker_id)
        .where(
            Registration.development_id == case.development_id,
            Registration.client_id.in_(clients),
            Person.deactivated_at.is_(None),
            Person.agency_id == Registration.agency_id,
        )
        .options(joinedload(Registration.broker), joinedload(Registration.agency))
        .order_by(Registration.id)
    )
    by_parts = [one for one in _that_may_mean(session, case) if not _gone(one)]
    known = [*by_parts, *session.scalars(stmt)]
    newest = {row.broker_id: row for row in known if row.agency.deactivated_at is None}
    deal = cases.deal_of(session, case)
    shared = deal is not None and len(held.of_deal(session, deal)) > 1
    if holder is not None and not shared:
        newest.pop(holder.person_id, None)
    return sorted(newest.values(), key=lambda row: row.id)


def at_stake_fen(session: Session, now: datetime, case: ConflictCase, to: Sequence[Registration] = ()) -> int:
    """The commission that hangs on the case: with who has the deal, who objects, and to whom it could go."""
    agencies = {party.agency_id for party in case.parties} | {one.agency_id for one in to}
    return stakes.at_stake_fen(session, now, cases.deal_of(session, case), agencies)


def needs_second(session: Session, fen: int) -> bool:
    """Whether a decision over so much commission takes two people."""
    return session.limits.conflict_needs_second(fen)


def preview(session: Session, now: datetime, case: ConflictCase, choice: Choice) -> list[parts.Moves]:
    """What a decision would move in commission, agency by agency; nothing where the deal is not signed, or stays.

    Raises what `decide` would raise of the choice itself.
    """
    deal = cases.deal_of(session, case)
    _check_target(session, case, choice)
    if deal is None or deal.signed_at is None or choice.outcome not in (Outcome.MOVE, Outcome.SPLIT):
        return []
    if choice.outcome is Outcome.SPLIT:
        return parts.preview(session, now, deal, parts.split_sides(deal, choice.portions))
    return parts.preview(session, now, deal, parts.whole_side(choice.to))


def _check_target(session: Session, case: ConflictCase, choice: Choice) -> None:
    clients = (case.client_id, case.other_client_id)
    if choice.outcome is Outcome.SPLIT:
        deal = cases.deal_of(session, case)
        most = cases.split_parts(session, case, deal) if deal else 0
        others = [rule.Share(one.registration.agency_id, one.share_bps) for one in choice.portions]
        rule.check_split(deal.agency_id if deal else None, others, most)
    for to in choice.named:
        here = to.client_id in clients and to.development_id == case.development_id
        if _gone(to) or not (here or to in _that_may_mean(session, case)):
            raise Refusal("conflict_no_such_broker", field="to")


def _gone(registration: Registration) -> bool:
    """Whether who registered works there no longer."""
    broker = registration.broker
    return broker.deactivated_at is not None or broker.agency_id != registration.agency_id


def _that_may_mean(session: Session, case: ConflictCase) -> Sequence[Registration]:
    return masks.that_fit(session, case.development_id, case.client)


def _lock(session: Session, case: ConflictCase) -> None:
    """Of two who decide one comes second, and is told; nobody opens another case of the client meanwhile."""
    session.execute(select(ConflictCase.id).where(ConflictCase.id == case.id).with_for_update())
    lock_client(session, case.client_id)
    session.refresh(case)
    session.expire(case, ["decisions", "objections", "parties", "second_look"])


# What follows


def _execute(
    session: Session,
    actor: Actor,
    now: datetime,
    case: ConflictCase,
    choice: Choice,
    fen: int,
    *,
    confirmed_by: int | None,
) -> ConflictDecision:
    deal = cases.deal_of(session, case)
    row = ConflictDecision(
        case=case,
        look=case.look,
        outcome=choice.outcome,
        to_registration=choice.to,
        share_bps=choice.share_bps,
        reason=choice.reason.strip(),
        at_stake_fen=fen,
        decided_by=actor.id,
        confirmed_by=confirmed_by,
        decided_at=now,
    )
    row.further = _kept(choice)
    session.add(row)
    session.flush()
    for to in choice.named:
        cases.join(session, actor, now, case, cases.Part(to.broker, to.agency_id, holds=False, registration=to))
    if choice.outcome is Outcome.MOVE:
        moving.move(session, actor, now, case, deal, choice.to)
    elif choice.outcome is Outcome.SPLIT:
        moving.split(session, actor, now, case, deal, choice.portions)
    moving.end_doubted(session, actor, now, case, choice.named)
    _close(session, now, case)
    facts = {"outcome": choice.outcome, "deal": deal.id if deal else None}
    audit.record(session, actor, now, "conflict_decided", case, **facts)
    _results(session, actor, now, row, deal)
    return row


def _kept(choice: Choice) -> list[FurtherPart]:
    return [FurtherPart(registration=one.registration, share_bps=one.share_bps) for one in choice.further]


def _close(session: Session, now: datetime, case: ConflictCase) -> None:
    of = ConflictCase
    closed = session.scalar(
        update(of)
        .where(of.id == case.id, of.closed_at.is_(None))
        .values(closed_at=now)
        .returning(of.id)
        .execution_options(synchronize_session=False)
    )
    if closed is None:
        raise Refusal("conflict_decided")
    session.refresh(case)
    kept = timedelta(days=Policy.of(case.development.policy).evidence_days)
    _keep_pictures(session, case, now + kept)


def _keep_pictures(session: Session, case: ConflictCase, until: datetime | None) -> None:
    said = select(Objection.id).where(Objection.case_id == case.id)
    pictures = update(ObjectionPicture).where(ObjectionPicture.objection_id.in_(said))
    session.execute(pictures.values(keep_until=until))


def _results(session: Session, actor: Actor, now: datetime, row: ConflictDecision, deal: Deal | None) -> None:
    """What it means for each who has part: stored, receipted and told, one by one, without the others."""
    case = row.case
    session.expire(case, ["parties", "decisions"])
    holders = [one.person_id for one in case.parties if _holds(row, one.person_id, one.holds)]
    winner = row.to_registration.broker_id if row.to_registration is not None else None
    there = held.of_deal(session, deal) if deal is not None else ()
    shares = {part.owner_id: part.share_bps for part in there} if len(there) > 1 else {}
    found = rule.results(row.outcome, holders, [one.person_id for one in case.parties], winner, shares)
    for party in case.parties:
        kept = ConflictResult(
            decision=row,
            person_id=party.person_id,
            agency_id=party.agency_id,
            result=found[party.person_id],
            share_bps=shares.get(party.person_id),
        )
        session.add(kept)
        session.flush()
        decision_receipts.of_conflict(session, now, kept, party.person, case, deal)
        whom = Concerned(party.person_id, party.agency_id, case.development_id)
        tell(session, actor, now, "conflict_decided", case, whom, result=kept.result)


def _holds(row: ConflictDecision, person_id: int, held: bool) -> bool:
    """Whether a party held the client when this was decided: after a first decision that moved it, its winner did."""
    before = [one for one in row.case.decisions if one.look < row.look and one.outcome is Outcome.MOVE]
    if not before:
        return held
    moved_to = before[-1].to_registration
    return moved_to is not None and moved_to.broker_id == person_id


def _last_results(case: ConflictCase) -> Sequence[ConflictResult]:
    return case.decisions[-1].results if case.decisions else ()
