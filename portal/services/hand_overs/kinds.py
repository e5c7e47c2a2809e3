"""What can be handed over, kind by kind: where it stands, whose it is, when it still wants somebody, who may take it.

Clients belong to an agency, and its principal hands them over. All else is the staff's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from ...access.actor import Actor
from ...access.permissions import Permission as P
from ...access.policy import roles_with
from ...models import (
    AccountProposal,
    Adjustment,
    AdjustmentState,
    Base,
    CareAssignment,
    CareFile,
    Consent,
    CorrectionProposal,
    Deal,
    DealImport,
    DraftState,
    ImportState,
    Lead,
    LeadNote,
    Milestone,
    MilestoneKind,
    PlanDraft,
    RewardPlanDraft,
    Role,
    TaxTableDraft,
    Touch,
    TouchKind,
    Work,
)
from ...models.care.files import carer_of
from ...models.proposals import ProposalState
from ...models.referral.lead_notes import open_steps


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work. `holder` is whose it is while it was not handed over, `since` when it came to him, `roles` who
    may have it. `wants` says which rows still want somebody."""

    model: type[Base]
    holder: Any
    since: Any
    roles: frozenset[Role]
    wants: tuple[ColumnElement[bool], ...]

    @property
    def id(self) -> Any:
        """The column that the rows are told apart by."""
        return self.model.__mapper__.primary_key[0]


def _proposals(model: Any, proposed: str, permission: P) -> Kind:
    """Proposals wait for another's decision; who answers for them is asked what they are about, and told of it."""
    return Kind(model, model.proposed_by, model.proposed_at, roles_with(permission), (model.state == proposed,))


_listens = exists().where(Lead.id == LeadNote.lead_id, Consent.id == Lead.consent_id, Consent.withdrawn_at.is_(None))

_stands_still = and_(DealImport.trouble.is_not(None), DealImport.finished_at.is_(None))

STAFFS: Mapping[Work, Kind] = {
    Work.LEAD_STEPS: Kind(
        LeadNote,
        LeadNote.step_by,
        LeadNote.at,
        roles_with(P.CARE_FOR_LEADS),
        (LeadNote.id.in_(open_steps().with_only_columns(LeadNote.id)), _listens),
    ),
    Work.CARE_FILES: Kind(
        CareFile,
        carer_of(CareFile.id),
        CareFile.opened_at,
        roles_with(P.KEEP_CARE_FILES),
        (exists().where(CareAssignment.file_id == CareFile.id),),
    ),
    Work.IMPORTS: Kind(
        DealImport,
        DealImport.uploaded_by,
        DealImport.uploaded_at,
        roles_with(P.RECORD_DEAL),
        (or_(DealImport.state == ImportState.READY, _stands_still),),
    ),
    Work.PLAN_DRAFTS: _proposals(PlanDraft, DraftState.PROPOSED, P.PROPOSE_PLAN),
    Work.REWARD_PLAN_DRAFTS: _proposals(RewardPlanDraft, DraftState.PROPOSED, P.PROPOSE_PLAN),
    Work.ADJUSTMENTS: _proposals(Adjustment, AdjustmentState.PROPOSED, P.PROPOSE_ADJUSTMENT),
    Work.CORRECTIONS: _proposals(CorrectionProposal, ProposalState.PROPOSED, P.CORRECT_DEAL),
    Work.TAX_TABLES: _proposals(TaxTableDraft, ProposalState.PROPOSED, P.PROPOSE_TAX_TABLE),
    Work.ACCOUNT_CHANGES: _proposals(AccountProposal, ProposalState.PROPOSED, P.MANAGE_PEOPLE),
}
"""What the staff leave behind."""


SAID_BY_ITSELF = frozenset({Work.LEAD_STEPS, Work.CARE_FILES})
"""Whose these are, their own rows say; a hand-over only notes that it went over."""


def clients(now: Any) -> Kind:
    """Brokers' clients who are protected, until the buyer has the keys."""
    moved_in = (
        select(Deal.id)
        .join(Milestone, (Milestone.deal_id == Deal.id) & (Milestone.kind == MilestoneKind.HANDED_OVER))
        .where(Deal.touch_id == Touch.id)
    )
    protected = or_(Touch.protected_until.is_(None), Touch.protected_until > now)
    wants = (Touch.kind == TouchKind.REGISTRATION, Touch.retired_at.is_(None), protected, ~moved_in.exists())
    return Kind(Touch, Touch.person_id, Touch.at, roles_with(P.CHECK_IN), wants)


def kind_of(work: Work, now: Any) -> Kind:
    """What is said of this kind of work."""
    return clients(now) if work is Work.CLIENTS else STAFFS[work]


def works_of(actor: Actor) -> list[Work]:
    """What the actor hands over: a principal the agency's clients, an administrator all of the staff's, a channel
    manager what a channel manager may take over."""
    if actor.role is Role.PRINCIPAL:
        return [Work.CLIENTS]
    if actor.role is Role.ADMINISTRATOR:
        return list(STAFFS)
    if actor.role is Role.CHANNEL_MANAGER:
        return [work for work, kind in STAFFS.items() if Role.CHANNEL_MANAGER in kind.roles]
    return []
