"""Corrections that take two people: the list, one with what it posts, and the second person's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Corrected, CorrectionProposal, ProposalState
from ...services.deals import correction_proposals, deals
from ...services.deals.correction_proposals import Planned
from ..components import instant, money
from ..edge import actor, db, load, now
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..words.deals import WHAT

bp = Blueprint("correction_proposals", __name__)


@bp.get("/deals/corrections")
@guard(Permission.CONFIRM_CORRECTION)
def index() -> ResponseReturnValue:
    """The proposals, newest first."""
    stmt = correction_proposals.listing(actor(), chosen(ProposalState, request.args.get("state")))
    page = page_of(db(), stmt, CorrectionProposal.id, request.args.get("after"))
    return render_template("deals/proposals.html", page=page, what=what, of=of)


@bp.get("/deals/corrections/<int:proposal_id>")
@guard(Permission.CONFIRM_CORRECTION)
def show(proposal_id: int) -> ResponseReturnValue:
    """What is corrected and why, and the lines that it posts."""
    return _page(load(CorrectionProposal, proposal_id), SendBackForm())


@bp.post("/deals/corrections/<int:proposal_id>/confirm")
@guard(Permission.CONFIRM_CORRECTION)
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Confirm another person's correction: it is made and posted at once."""
    return _pages.confirm(load(CorrectionProposal, proposal_id), _confirm)


@bp.post("/deals/corrections/<int:proposal_id>/refuse")
@guard(Permission.CONFIRM_CORRECTION, stops=True)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Send another person's correction back, with a reason."""
    return _pages.send_back(load(CorrectionProposal, proposal_id), correction_proposals.refuse_proposal)


@bp.post("/deals/corrections/<int:proposal_id>/withdraw")
@guard(Permission.CORRECT_DEAL, stops=True)
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(CorrectionProposal, proposal_id), correction_proposals.withdraw_proposal)


def of(proposal: CorrectionProposal) -> str:
    """What a proposal is of, in a few words: a home, or an agency's deals of a window."""
    if proposal.deal is not None:
        return f"{proposal.deal.development.name} {proposal.deal.unit}"
    assert proposal.agreement is not None  # it is of a deal or of an agreement's deals
    pair = proposal.agreement
    return f"{pair.development.name} · {pair.agency.name} · {proposal.label}"


def what(proposal: CorrectionProposal) -> list[str]:
    """What is to stand afterwards; while it waits, behind what stands now."""
    said = []
    deal = proposal.deal if proposal.open else None
    if proposal.price_fen is not None:
        before = f"{money(deal.price_fen)} → " if deal else ""
        said.append(f"{WHAT[Corrected.PRICE]}: {before}{money(proposal.price_fen)}")
    if proposal.signed_at is not None:
        before = f"{instant(deal.signed_at)} → " if deal and deal.signed_at else ""
        said.append(f"{WHAT[Corrected.SIGNED_AT]}: {before}{instant(proposal.signed_at)}")
    if proposal.plan_version is not None:
        kept = proposal.plan_version
        words = _("%(name)s, version %(version)s", name=kept.name, version=kept.version)
        said.append(f"{WHAT[Corrected.PLAN]}: {words}")
    return said


@dataclass(frozen=True, slots=True)
class Posts:
    """What a correction posts: its lines, with the units of their deals, and what it moves in rewards."""

    lines: Sequence[Planned]
    units: Mapping[int, str]
    rewards_fen: int

    @classmethod
    def of(cls, lines: Sequence[Planned], rewards_fen: int) -> Self:
        """These lines, with the units that they are about."""
        return cls(lines, deals.units(db(), {line.deal_id for line in lines}), rewards_fen)

    @property
    def total_fen(self) -> int:
        """What the lines come to together."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def moved_fen(self) -> int:
        """What is moved, whichever way."""
        return sum(abs(line.amount_fen) for line in self.lines) + self.rewards_fen


def _address(proposal: CorrectionProposal) -> str:
    return url_for(".show", proposal_id=proposal.id)


def _confirm(proposal: CorrectionProposal) -> ResponseReturnValue:
    correction_proposals.confirm_proposal(db(), actor(), now(), proposal)
    flash(_("The correction is made, and what follows is posted."), "success")
    return redirect(_address(proposal))


def _page(proposal: CorrectionProposal, form: SendBackForm) -> str:
    lines = [Planned(**line) for line in proposal.lines]
    mine = proposal.proposed_by == actor().id
    return render_template(
        "deals/proposal.html",
        proposal=proposal,
        form=form,
        of=of(proposal),
        what=what(proposal),
        may_decide=proposal.open and not mine,
        may_withdraw=proposal.open and mine,
        posts=Posts.of(lines, proposal.moved_fen - sum(abs(line.amount_fen) for line in lines)),
    )


_pages = DecisionPages(_page, _address)
