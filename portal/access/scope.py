"""Whose rows an actor may see: one rule a model, applied to every query (rules 9).

An agency sees only its own, a broker only his own and what he took over, a referrer only his own. A model without a
rule here cannot be asked for at all.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, false, or_, select, true, union_all
from sqlalchemy.orm import Session

from .. import models as m
from ..models import Role, Work
from ..models.hand_overs.hand_overs import given
from .actor import Actor
from .care_scope import (
    care_files,
    care_imports,
    care_scorings,
    cared_for,
    gatherings,
    guests,
    in_care,
    not_bought,
    of_owners,
    owner_files,
)
from .own_scope import own_export_runs, own_exports, own_sessions
from .systems_scope import calls_of_systems, sent_to_systems

T = TypeVar("T", bound=m.Base)

Rule = Callable[[Actor], ColumnElement[bool]]


def _clients_rows(model: Any, person_column: Any, touch_column: Any) -> Rule:
    """What hangs on a broker's client. Staff see all; a principal the agency's; a broker there what is his and was not
    handed over, and what he took over (who changed agencies left the others behind); nobody else any."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        own: ColumnElement[bool] = model.agency_id == actor.agency_id
        if actor.staff:
            return true()
        if actor.role is Role.PRINCIPAL:
            return own
        return in_care(model, person_column, touch_column, actor.id) & own if actor.role is Role.BROKER else false()

    return rule


def _agency_rows(agency_column: Any, *roles: Role) -> Rule:
    """Staff see all; of the partners only these roles, and only their agency's."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.staff:
            return true()
        return agency_column == actor.agency_id if actor.role in roles else false()

    return rule


def _payee_rows(model: Any) -> Rule:
    """Staff see all, a principal the agency's, a referrer his own. Told by `payee`, which these tables are found by."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.staff:
            return true()
        agencys: ColumnElement[bool] = model.payee == m.agency_payee(actor.agency_id or 0)
        persons: ColumnElement[bool] = model.payee == m.person_payee(actor.id)
        if actor.role is Role.PRINCIPAL:
            return agencys
        return persons if actor.role is Role.REFERRER else false()

    return rule


def _referrer_rows(column: Any) -> Rule:
    """Staff see all, a referrer his own."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.staff:
            return true()
        return column == actor.id if actor.role is Role.REFERRER else false()

    return rule


def _referred_rows(referrer_column: Any) -> Rule:
    """Staff see all, a referrer what came by the own codes, in whichever development."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.staff:
            return true()
        own = select(m.Referrer.id).where(m.Referrer.person_id == actor.person_id)
        return referrer_column.in_(own) if actor.role is Role.REFERRER else false()

    return rule


def _staff_only(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.staff else false()


def _everyone(_actor: Actor) -> ColumnElement[bool]:
    return true()


def _touches(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.REFERRER:
        return m.Touch.person_id == actor.id
    return _clients_rows(m.Touch, m.Touch.person_id, m.Touch.id)(actor)


def _slot_bookings(actor: Actor) -> ColumnElement[bool]:
    """Who sees the registration sees when its client is to come."""
    if actor.staff:
        return true()
    registrations = select(m.Registration.id).where(RULES[m.Registration](actor))
    return m.SlotBooking.registration_id.in_(registrations)


def _strikes(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.PRINCIPAL:
        return m.Strike.showing_id.in_(select(m.Showing.id).where(m.Showing.agency_id == actor.agency_id))
    return true() if actor.staff else m.Strike.broker_id == actor.person_id


def _appeals(actor: Actor) -> ColumnElement[bool]:
    """The words and pictures of an appeal are the broker's own and the staff's: not even the principal reads them."""
    if actor.staff:
        return true()
    own = select(m.Strike.id).where(m.Strike.broker_id == actor.person_id)
    return m.Appeal.strike_id.in_(own) if actor.role is Role.BROKER else false()


def _conflicts(actor: Actor) -> ColumnElement[bool]:
    """A broker sees the cases that he has part in, a principal those of the own agency's brokers; the staff see all."""
    if actor.staff:
        return true()
    part = m.ConflictParty.agency_id == actor.agency_id
    if actor.role is Role.BROKER:
        part = part & (m.ConflictParty.person_id == actor.person_id)
    elif actor.role is not Role.PRINCIPAL:
        return false()
    return m.ConflictCase.id.in_(select(m.ConflictParty.case_id).where(part))


def _risks(actor: Actor) -> ColumnElement[bool]:
    """The staff see all flags; a partner those about himself that he was asked about, a principal the agency's."""
    if actor.staff:
        return true()
    asked = m.RiskFlag.asked_at.is_not(None)
    if actor.role is Role.PRINCIPAL:
        return asked & (m.RiskFlag.agency_id == actor.agency_id)
    if actor.role in (Role.BROKER, Role.REFERRER):
        return asked & (m.RiskFlag.person_id == actor.id)
    return false()


def _parts(actor: Actor) -> Select[int]:
    """The deals that the actor's agency has a part of, by a decision; of a broker, those that bear his name."""
    mine = select(m.DealPart.deal_id).where(m.DealPart.agency_id == actor.agency_id)
    return mine.where(m.DealPart.owner_id == actor.id) if actor.role is Role.BROKER else mine


def _promises(actor: Actor) -> ColumnElement[bool]:
    """Staff see all; a consultant what he promised, and what those in his care were promised."""
    if actor.role is Role.CONSULTANT:
        return (m.Promise.made_by == actor.id) | cared_for(actor, m.Promise)
    return _staff_only(actor)


def _deals(actor: Actor) -> ColumnElement[bool]:
    """A consultant sees the deals of those in his care, the other staff all. A broker sees the deals that bear his
    name, whoever cares for the client now, and those of the clients whom he took over."""
    if actor.role is Role.CONSULTANT:
        return cared_for(actor, m.Deal)
    if actor.staff:
        return true()
    agencys: ColumnElement[bool] = m.Deal.agency_id == actor.agency_id
    shared = m.Deal.id.in_(_parts(actor).where(m.DealPart.until.is_(None)))
    if actor.role is Role.PRINCIPAL:
        return agencys | shared
    taken = select(m.Deal.id).where(m.Deal.touch_id.in_(given(Work.CLIENTS, actor.id)))
    named = select(m.Deal.id).where(m.Deal.owner_id == actor.id)
    return (m.Deal.id.in_(union_all(named, taken)) & agencys) | shared if actor.role is Role.BROKER else false()


def _lines(actor: Actor) -> ColumnElement[bool]:
    """A broker sees what was posted to his agency for the deals that bear his name, or did before a decision, and of
    those that he took over nothing."""
    if actor.role is Role.BROKER:
        named = select(m.Deal.id).where(m.Deal.owner_id == actor.id)
        mine = m.PostedLine.deal_id.in_(union_all(named, _parts(actor)))
        return mine & (m.PostedLine.agency_id == actor.agency_id)
    return _payee_rows(m.PostedLine)(actor)


def _disputes(actor: Actor) -> ColumnElement[bool]:
    """Whoever a statement is for sees the disputes of its lines; a broker does not."""
    if actor.staff:
        return true()
    return m.Dispute.statement_id.in_(select(m.Statement.id).where(_payee_rows(m.Statement)(actor)))


def _people(actor: Actor) -> ColumnElement[bool]:
    if actor.role in (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER):
        return true()
    if actor.role is Role.PRINCIPAL:
        return (m.Person.agency_id == actor.agency_id) & (m.Person.role == Role.BROKER)
    if actor.role is Role.CHANNEL_MANAGER:
        return (m.Person.id == actor.person_id) | (m.Person.role == Role.BROKER)
    return m.Person.id == actor.person_id


def _face_enrolments(actor: Actor) -> ColumnElement[bool]:
    """Who meets people at the site sees all, a principal those of the own agency, everybody the own."""
    if actor.role in (Role.RECEPTION, Role.CHANNEL_MANAGER):
        return true()
    if actor.role is Role.PRINCIPAL:
        return m.FaceEnrolment.person_id.in_(select(m.Person.id).where(m.Person.agency_id == actor.agency_id))
    return m.FaceEnrolment.person_id == actor.person_id


def _account_proposals(actor: Actor) -> ColumnElement[bool]:
    """Administrators propose and confirm; who answers for people's data reads along."""
    return true() if actor.role in (Role.ADMINISTRATOR, Role.PRIVACY_OFFICER) else false()


def _factor_resets(actor: Actor) -> ColumnElement[bool]:
    """Administrators propose and confirm; a principal sees those of the own agency; everybody else the own."""
    if actor.role is Role.ADMINISTRATOR:
        return true()
    if actor.role is Role.PRINCIPAL:
        return m.FactorReset.person_id.in_(select(m.Person.id).where(m.Person.agency_id == actor.agency_id))
    return m.FactorReset.person_id == actor.person_id


def _administrators_only(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.role is Role.ADMINISTRATOR else false()


def _clients(actor: Actor) -> ColumnElement[bool]:
    """A client as a person, wherever he was: only for who answers for people's data."""
    return true() if actor.role is Role.PRIVACY_OFFICER else false()


def _developments(actor: Actor) -> ColumnElement[bool]:
    if actor.staff:
        return true()
    if actor.role is Role.REFERRER:
        mine = select(m.Referrer.development_id).where(m.Referrer.person_id == actor.person_id)
    else:
        mine = select(m.Agreement.development_id).where(m.Agreement.agency_id == actor.agency_id)
    return m.Development.id.in_(mine)


def _agencies(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.staff else m.Agency.id == actor.agency_id


def _partner_papers(actor: Actor) -> ColumnElement[bool]:
    """A principal sees the scans of the own agency's licence and agreements; a broker none."""
    if actor.staff:
        return true()
    if actor.role is not Role.PRINCIPAL:
        return false()
    own = select(m.Agreement.id).where(m.Agreement.agency_id == actor.agency_id)
    return or_(m.PartnerPaper.agency_id == actor.agency_id, m.PartnerPaper.agreement_id.in_(own))


def _plans(actor: Actor) -> ColumnElement[bool]:
    if actor.staff:
        return true()
    own = m.Agreement.agency_id == actor.agency_id
    sold_under = select(m.Deal.plan_version_id).where(m.Deal.agency_id == actor.agency_id)
    shared = select(m.DealPart.plan_version_id).where(m.DealPart.agency_id == actor.agency_id)
    used = m.PlanVersion.id.in_(union_all(sold_under, shared))
    return or_(m.PlanVersion.name.in_(select(m.Agreement.plan_name).where(own)), used)


RULES: dict[type[m.Base], Rule] = {
    m.AccountAlarm: _administrators_only,
    m.AccountBalance: _staff_only,
    m.AccountProposal: _account_proposals,
    m.Adjustment: _staff_only,
    m.Agency: _agencies,
    m.Agreement: _agency_rows(m.Agreement.agency_id, Role.PRINCIPAL, Role.BROKER),
    m.ApiCalls: calls_of_systems,
    m.ApiKey: _agency_rows(m.ApiKey.agency_id, Role.PRINCIPAL),
    m.Appeal: _appeals,
    m.AuditEntry: _staff_only,
    m.BankChange: _payee_rows(m.BankChange),
    m.BankResult: _staff_only,
    m.SlotBooking: _slot_bookings,
    m.SlotClosure: _staff_only,
    m.ExportRun: own_export_runs,
    m.ExportSchedule: own_exports,
    m.FaceEnrolment: _face_enrolments,
    m.FactorReset: _factor_resets,
    m.Benefit: _agency_rows(m.Benefit.agency_id, Role.PRINCIPAL),
    m.CareFile: care_files,
    m.CareImport: care_imports,
    m.CareScoringDraft: care_scorings,
    m.CareTag: _staff_only,
    m.CarePlan: _staff_only,
    m.CareText: _staff_only,
    m.Client: _clients,
    m.ConflictCase: _conflicts,
    m.CorrectionProposal: _staff_only,
    m.Complaint: of_owners(m.Complaint.owner_id),
    m.Gathering: gatherings,
    m.GatheringGuest: guests,
    m.OwnerFile: owner_files,
    m.Survey: of_owners(m.Survey.owner_id),
    m.PostedLine: _lines,
    m.Deal: _deals,
    m.DealImport: _staff_only,
    m.Development: _developments,
    m.Dispute: _disputes,
    m.EmployeeCheck: _staff_only,
    m.Erasure: _staff_only,
    m.ErasureDecision: _account_proposals,
    m.ErasureRequest: _account_proposals,
    m.HouseType: _staff_only,
    m.Invitation: _staff_only,
    m.JudgementMove: _staff_only,
    m.JudgementRun: _staff_only,
    m.Invoice: _agency_rows(m.Invoice.agency_id, Role.PRINCIPAL),
    m.LandingPicture: _staff_only,
    m.Lead: _referred_rows(m.Lead.referrer_id),
    m.LedgerBatch: _staff_only,
    m.LedgerTransfer: _staff_only,
    m.LoanNote: _staff_only,
    m.LoanStep: _staff_only,
    m.LoanTerms: _staff_only,
    m.LostFactorNote: _administrators_only,
    m.MeasureBoard: _staff_only,
    m.MeasureEntry: _staff_only,
    m.MeasureSeal: _staff_only,
    m.NotBought: not_bought,
    m.PartnerPaper: _partner_papers,
    m.Payout: _payee_rows(m.Payout),
    m.PayoutBatch: _staff_only,
    m.Person: _people,
    m.PlanAcceptance: _referred_rows(m.PlanAcceptance.referrer_id),
    m.PlanDraft: _staff_only,
    m.PlanVersion: _plans,
    m.PosterBatch: _staff_only,
    m.PosterDesign: _staff_only,
    m.PosterLine: _referrer_rows(m.PosterLine.proposed_by),
    m.Promise: _promises,
    m.Programme: _staff_only,
    m.Referrer: _referrer_rows(m.Referrer.person_id),
    m.Registration: _clients_rows(m.Registration, m.Registration.broker_id, m.Registration.touch_id),
    m.ReliefBill: _staff_only,
    m.Reward: _referred_rows(m.Reward.referrer_id),
    m.RewardPlanDraft: _staff_only,
    m.RewardPlanVersion: _everyone,
    m.RiskFlag: _risks,
    m.RiskLimits: _staff_only,
    m.RuleProfile: _staff_only,
    m.Showing: _clients_rows(m.Showing, m.Showing.broker_id, m.Showing.touch_id),
    m.Statement: _payee_rows(m.Statement),
    m.Stock: _staff_only,
    m.Strike: _strikes,
    m.TaxTableDraft: _staff_only,
    m.Touch: _touches,
    m.Voucher: _referrer_rows(m.Voucher.holder_id),
    m.WebSession: own_sessions,
    m.WebhookDelivery: sent_to_systems,
    m.WebhookEndpoint: _agency_rows(m.WebhookEndpoint.agency_id, Role.PRINCIPAL),
    m.WhatIfEffect: _staff_only,
    m.WhatIfRun: _staff_only,
}


def visible(actor: Actor, model: type[T]) -> Select[T]:
    """A query over the rows of a model that the actor may see; add filters and order to it."""
    return _visible_to(actor.person_id, actor.role, actor.agency_id, model)


@lru_cache(maxsize=1_024)
def _visible_to(person_id: int | None, role: Role | None, agency_id: int | None, model: Any) -> Select[Any]:
    """That query, put together once: whose rows they are depends on nothing else of who asks."""
    return select(model).where(RULES[model](Actor(person_id, role, agency_id)))


def find(session: Session, actor: Actor, model: type[T], key: int) -> T | None:
    """The row if it is there and the actor may see it. The two cases of None cannot be told apart."""
    identity = model.__mapper__.primary_key[0]
    return session.scalar(visible(actor, model).where(identity == key))
