"""The next tax table takes two: finance proposes it, another person of finance or an approver confirms it (rules 6.2).

A draft never changes, so what is confirmed is what was read; who wants it better proposes another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from commissions.withholding import Withholding

from ...access import scope
from ...access.actor import Actor
from ...clock import month_of, month_start
from ...models import ProposalState, TaxTableDraft, WithholdingTable
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from . import tables as tax_tables


@dataclass(frozen=True, slots=True)
class Compared:
    """A month's income, taxed by the table of now and by the proposed one. `now` is None where there is no table."""

    now: Withholding | None
    then: Withholding

    @property
    def more_fen(self) -> int:
        """What is kept back more than now."""
        return self.then.tax_fen - (self.now.tax_fen if self.now else 0)


def propose_table(
    session: Session, actor: Actor, now: datetime, *, toml: str, month: str, note: str = ""
) -> TaxTableDraft:
    """Propose the next table, for what is earned from a month (`2027-01`) on.

    Raises Refusal: those of `commissions.withholding.Table`; `tax_table_in_past` for a month that has begun.
    """
    tax_tables.parse(toml)
    tax_tables.check_begin(session, month, now)
    draft = TaxTableDraft(
        toml=toml,
        effective_from=month_start(month),
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(draft)
    audit.record(session, actor, now, "tax_table_proposed", draft, month=month)
    tell(session, actor, now, "tax_table_waits", draft, Concerned(), month=month)
    return draft


def confirm_draft(session: Session, actor: Actor, now: datetime, draft: TaxTableDraft) -> WithholdingTable:
    """Confirm what another person proposed: it is published as the next version.

    Raises Refusal: `own_proposal`; `proposal_decided`; `tax_table_in_past` when its month began while it waited.
    """
    proposals.check_another_person(actor, draft)
    proposals.lock_open(session, draft)
    month = month_of(draft.effective_from)
    version = tax_tables.publish_table(session, actor, now, toml=draft.toml, month=month, note=draft.note)
    draft.version_id = version.id
    session.flush()
    proposals.confirm(session, actor, now, draft)
    return version


def refuse_draft(session: Session, actor: Actor, now: datetime, draft: TaxTableDraft, reason: str) -> None:
    """Refuse what another person proposed, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, draft, reason)
    audit.record(session, actor, now, "tax_table_draft_refused", draft)
    tell(session, actor, now, "tax_table_refused", draft, Concerned(draft.proposed_by))


def withdraw_draft(session: Session, actor: Actor, now: datetime, draft: TaxTableDraft) -> None:
    """Take one's own draft back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, draft)
    audit.record(session, actor, now, "tax_table_draft_withdrawn", draft)


# Reading


def listing(actor: Actor, state: ProposalState | None = None) -> Select[TaxTableDraft]:
    """The drafts that the actor may see, with all that the list shows."""
    of = TaxTableDraft
    stmt = scope.visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.version))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[TaxTableDraft]:
    """The drafts of others that wait."""
    of = TaxTableDraft
    return scope.visible(actor, of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


def replaced(session: Session, draft: TaxTableDraft) -> WithholdingTable | None:
    """The table that holds for the draft's first month without it."""
    before = None if draft.version is None else draft.version.version
    return tax_tables.in_force(session, month_of(draft.effective_from), before=before)


def compare(session: Session, draft: TaxTableDraft, incomes_fen: Sequence[int]) -> list[Compared]:
    """What changes for somebody who earns one of these sums in a month."""
    row, rule = replaced(session, draft), tax_tables.parse(draft.toml)
    now = tax_tables.parse(row.toml) if row else None
    return [Compared(now.withhold(fen) if now else None, rule.withhold(fen)) for fen in incomes_fen]
