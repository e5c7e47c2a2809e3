"""What administrators propose to do to accounts that move money: another one confirms it, or sends it back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import AccountChange, AccountProposal, ProposalState
from ...services import contacts, timekeeping
from ...services.accounts import account_proposals
from ...services.accounts import history as account_history
from ..edge import actor, config, db, load, now, send_texts_afterwards
from ..forms.proposals import DecisionPages
from ..guard import guard
from ..links import tell_sent
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..messages import say
from ..words.accounts import KINDS, timeline_of
from .forms import SendBackForm
from .people import bp

_LATEST = 20


@bp.get("/proposals")
@guard(Permission.MANAGE_PEOPLE)
def proposals() -> ResponseReturnValue:
    """All proposals, newest first."""
    stmt = account_proposals.listing(actor(), chosen(ProposalState, request.args.get("state")))
    page = page_of(db(), stmt, AccountProposal.id, request.args.get("after"))
    return render_template("admin/proposals.html", page=page, kinds=KINDS)


@bp.get("/account-history", endpoint="account_history")
@guard(Permission.MANAGE_PEOPLE)
def history_page() -> ResponseReturnValue:
    """What was done to accounts lately, by whom."""
    return render_template(
        "admin/account_history.html", events=timeline_of(account_history.latest(db(), _LATEST), named=True)
    )


@bp.get("/proposals/<int:proposal_id>")
@guard(Permission.MANAGE_PEOPLE)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """One proposal: what, for whom, why, and who decides."""
    return _page(load(AccountProposal, proposal_id), SendBackForm())


@bp.post("/proposals/<int:proposal_id>/confirm")
@guard(Permission.CONFIRM_ACCOUNT)
def proposal_confirm(proposal_id: int) -> ResponseReturnValue:
    """Confirm another administrator's proposal: it is done at once."""
    return _pages.confirm(load(AccountProposal, proposal_id), _confirm)


@bp.post("/proposals/<int:proposal_id>/refuse")
@guard(Permission.CONFIRM_ACCOUNT, stops=True)
def proposal_refuse(proposal_id: int) -> ResponseReturnValue:
    """Send another administrator's proposal back, with a reason."""
    said = _("Sent back. Nothing was done to the account.")
    return _pages.send_back(load(AccountProposal, proposal_id), account_proposals.refuse, said)


@bp.post("/proposals/<int:proposal_id>/withdraw")
@guard(Permission.MANAGE_PEOPLE)
def proposal_withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    said = _("Withdrawn. Nothing was done to the account.")
    return _pages.withdraw(load(AccountProposal, proposal_id), account_proposals.withdraw, said)


def _address(row: AccountProposal) -> str:
    return url_for(".proposal", proposal_id=row.id)


def _confirm(row: AccountProposal) -> ResponseReturnValue:
    by_text, tells = (config().texts(one) for one in (config().sms_password_template, config().sms_phone_template))
    account_proposals.confirm(db(), actor(), now(), row, by_text=by_text, tells_number=tells)
    _tell_done(row)
    return redirect(_address(row))


def _tell_done(row: AccountProposal) -> None:
    flash(_("Confirmed, and done."), "success")
    linked = row.opened if row.kind is AccountChange.OPEN else row.person if row.kind is AccountChange.LINK else None
    if row.kind is AccountChange.PHONE:
        send_texts_afterwards()
    if linked is not None and config().texts(config().sms_password_template):
        send_texts_afterwards()
        tell_sent(linked)


def _page(row: AccountProposal, form: SendBackForm) -> str:
    decides = row.open and row.proposed_by != actor().id and may(actor(), Permission.CONFIRM_ACCOUNT)
    return render_template(
        "admin/proposal.html",
        proposal=row,
        form=form,
        kind=KINDS[row.kind],
        phone=contacts.open_phone(db(), row).masked if row.phone_sealed else None,
        decides=decides,
        hand_refused=_hand_refused(row) if decides else None,
        withdraws=row.open and row.proposed_by == actor().id,
        by_text=config().texts(config().sms_password_template),
    )


def _hand_refused(row: AccountProposal) -> str | None:
    """Why this administrator cannot confirm it, if so; sending it back he may all the same."""
    try:
        account_proposals.check_hand(actor(), row)
        actor().check_rested(timekeeping.trusted(db(), now()))
    except Refusal as refusal:
        return say(refusal)
    return None


_pages = DecisionPages(_page, _address, SendBackForm)
