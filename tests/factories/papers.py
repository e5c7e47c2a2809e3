"""Papers: an agency's invoice, an adjustment with its proof, a scan; and the rules of whose client it is."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.models import (
    Adjustment,
    AdjustmentState,
    Development,
    Invoice,
    InvoiceState,
    PartnerPaper,
    ProposalState,
    Role,
    RuleProfile,
    Statement,
    payee_columns,
)

from . import BEFORE, _kept, _numbers, person

TAX_NUMBER = "91330100MA2GYQ8X5J"
"""A company's, with the sign that proves the others."""


def invoice(session: Session, statement: Statement, *, checked: bool = True, **given: Any) -> Invoice:
    """An agency's invoice over what its statement pays, checked by finance; its file is nowhere."""
    number = next(_numbers)
    values = {
        "statement_id": statement.id,
        "agency_id": statement.agency_id,
        "number": f"{number:08d}",
        "amount_fen": statement.payable_fen,
        "invoiced_on": statement.issued_at.date(),
        "file_name": f"{number:032x}",
        "digest": f"{number:064x}",
        "sent_at": statement.issued_at,
        "state": InvoiceState.CURRENT,
    }
    if "sent_by" not in given:
        given["sent_by"] = person(session, Role.PRINCIPAL, agency_id=statement.agency_id).id
    row = _kept(session, Invoice(**values | given))
    if checked:
        row.checked_by, row.checked_at = statement.issued_by, statement.issued_at
        row.tax_number, row.tax_bps = TAX_NUMBER, 600
        session.flush()
    return row


def adjustment(session: Session, *, payee: str, **given: Any) -> Adjustment:
    """A proposed adjustment; its attachment's file is nowhere."""
    values = {"state": AdjustmentState.PROPOSED, "amount_fen": 500_00, "reason": "手工更正", "proposed_at": BEFORE}
    values |= {"file_name": f"{next(_numbers):032x}", "attachment_name": "证明.pdf"}
    if "proposed_by" not in given:
        given["proposed_by"] = person(session, Role.FINANCE).id
    return _kept(session, Adjustment(**payee_columns(payee), **values | given))


def partner_paper(session: Session, **given: Any) -> PartnerPaper:
    """A scan of an agreement or of a licence; its file is nowhere."""
    number = next(_numbers)
    values = {"file_name": f"{number:032x}", "digest": f"{number:064x}", "name": "合同.pdf", "added_at": BEFORE}
    if "added_by" not in given:
        given["added_by"] = person(session, Role.CHANNEL_MANAGER).id
    return _kept(session, PartnerPaper(**values | given))


def rule_profile(session: Session, development: Development, toml: str, **given: Any) -> RuleProfile:
    """A profile that is in force since long ago, unless `starts_at` says otherwise."""
    starts_at = given.pop("starts_at", BEFORE)
    values = {
        "note": "",
        "state": ProposalState.CONFIRMED,
        "proposed_by": person(session, Role.CHANNEL_MANAGER).id,
        "proposed_at": starts_at - timedelta(days=3),
        "decided_by": person(session, Role.ADMINISTRATOR).id,
        "decided_at": starts_at - timedelta(days=2),
    }
    row = RuleProfile(development=development, toml=toml, starts_at=starts_at, **values | given)
    session.add(row)
    session.flush()
    return row
