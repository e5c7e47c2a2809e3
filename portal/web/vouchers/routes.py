"""Vouchers as staff see them: a list, one with its history, and the stock they are handed out of."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select

from referral.code import grouped
from referral.rewards.reward_plan import Kind

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import ReliefBill, Stock, Voucher
from ...services.partners.partners import open_developments
from ...services.rewards import goods as reward_goods
from ...services.rewards import relief_returns, rewards
from ...services.vouchers import stocks, vouchers
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import vouchers as words
from ..words.rewards import title_of
from ..words.statuses import status
from .forms import DeedForm, ReturnForm, RevokeForm, StockForm

bp = Blueprint("vouchers", __name__, url_prefix="/vouchers")


@bp.get("/")
@guard(Permission.READ_VOUCHERS)
def index() -> ResponseReturnValue:
    """All vouchers, newest first."""
    return render_template(
        "vouchers/index.html",
        page=page_of(db(), _wanted(), Voucher.id, request.args.get("after")),
        standing=lambda row: vouchers.standing(row, now()),
        developments=_developments(),
        may_count=may(actor(), Permission.MANAGE_VOUCHERS),
        words=words,
    )


@bp.get("/vouchers.<kind>")
@guard(Permission.READ_VOUCHERS)
def download(kind: str) -> Response:
    """The same list as a file."""
    instant = now()
    columns = (
        Column(_("Voucher code"), lambda row: grouped(row.code)),
        Column(_("Item"), words.title),
        Column(_("Kind"), lambda row: str(words.KINDS[row.kind])),
        Column(_("Value"), lambda row: None if row.value_fen is None else yuan(row.value_fen)),
        Column(_("Number of months"), lambda row: row.term_months),
        Column(_("Months left"), lambda row: row.months_left),
        Column(_("Holder"), lambda row: row.holder.name if row.holder else None),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Status"), lambda row: str(status("voucher", vouchers.standing(row, instant)).word)),
        Column(_p("voucher", "Issued at"), lambda row: row.issued_at),
        Column(_("Ends at"), lambda row: row.expires_at),
        Column(_("Redeemed at"), lambda row: row.redemption.at if row.redemption else None),
        Column(_("Redeemed by"), lambda row: row.redemption.by.name if row.redemption else None),
    )
    return export(db().scalars(_wanted().order_by(Voucher.id.desc())), columns, _("vouchers"), kind)


@bp.get("/<int:voucher_id>")
@guard(Permission.READ_VOUCHERS)
def show(voucher_id: int) -> ResponseReturnValue:
    """One voucher: what for, whose, and what became of it."""
    return _page(load(Voucher, voucher_id), DeedForm(formdata=None))


@bp.route("/<int:voucher_id>/revoke", methods=["GET", "POST"])
@guard(Permission.MANAGE_VOUCHERS)
def revoke(voucher_id: int) -> ResponseReturnValue:
    """Take an open voucher back, with a reason that its owner reads."""
    row, form = load(Voucher, voucher_id), RevokeForm()
    if form.validate_on_submit():
        with refusing(form):
            vouchers.revoke_voucher(db(), actor(), now(), row, reason=form.reason.data)
            flash(_("Taken back. Whoever shows it now is told so."), "success")
            return redirect(url_for(".show", voucher_id=voucher_id), 303)
    return form_page("vouchers/revoke.html", form, voucher=row, words=words)


@bp.post("/<int:voucher_id>/reissue")
@guard(Permission.HAND_OUT_REWARD)
def reissue(voucher_id: int) -> ResponseReturnValue:
    """Issue it anew, because its time is over or a part of it is left."""
    row, form = load(Voucher, voucher_id), DeedForm()
    if form.validate_on_submit():
        with refusing(form):
            anew = reward_goods.reissue(db(), actor(), now(), row)
            flash(_("Issued anew. Its owner finds it under My vouchers."), "success")
            return redirect(url_for(".show", voucher_id=anew.id), 303)
    return _page(row, form), 409


@bp.route("/bills/<int:bill_id>/return", methods=["GET", "POST"])
@guard(Permission.TAKE_BILL_BACK)
def take_bill_back(bill_id: int) -> ResponseReturnValue:
    """Take back a bill that was entered wrongly: by another hand, with a reason."""
    bill, form = load(ReliefBill, bill_id), ReturnForm()
    if form.validate_on_submit():
        with refusing(form):
            relief_returns.take_bill_back(db(), actor(), now(), bill, reason=form.reason.data)
            flash(_("The bill is taken back. Reception can enter it anew."), "success")
            return redirect(url_for(".show", voucher_id=bill.voucher_id), 303)
    refusal = relief_returns.refusal_of(actor(), bill)
    hand_refused = say(refusal) if refusal else None
    return form_page("vouchers/take_bill_back.html", form, bill=bill, hand_refused=hand_refused, words=words)


@bp.route("/stock", methods=["GET", "POST"])
@guard(Permission.MANAGE_VOUCHERS)
def stock() -> ResponseReturnValue:
    """What is left to hand out; what is counted anew."""
    form = StockForm()
    form.development.choices = _developments()
    form.title.choices = [(title, title_of(title)) for title in rewards.goods_titles(db())]
    if form.validate_on_submit():
        with refusing(form):
            facts = {"development_id": form.development.data, "title": form.title.data, "left": form.left.data}
            stocks.count_stock(db(), actor(), now(), **facts)
            flash(_("Counted."), "success")
            return redirect(url_for(".stock"))
    rows = stocks.stocks(db(), visible(actor(), Stock))
    return form_page("vouchers/stock.html", form, rows=rows, title_of=title_of)


def _page(row: Voucher, form: DeedForm) -> str:
    stands, scans = vouchers.standing(row, now()), may(actor(), Permission.REDEEM_VOUCHER)
    return render_template(
        "vouchers/show.html",
        voucher=row,
        stands=stands,
        form=form,
        may_revoke=stands == "open" and may(actor(), Permission.MANAGE_VOUCHERS),
        may_redeem=stands == "open" and scans,
        may_reissue=_may_reissue(row),
        may_return=may(actor(), Permission.TAKE_BILL_BACK),
        may_scan=scans,
        now=now(),
        words=words,
    )


def _may_reissue(row: Voucher) -> bool:
    """Whether something of its reward is left, and no voucher that can be redeemed; said on the latest one alone."""
    if row.reward is None or not may(actor(), Permission.HAND_OUT_REWARD):
        return False
    return vouchers.is_latest(db(), row) and reward_goods.is_over(db(), now(), row.reward)


def _wanted() -> Select[Voucher]:
    args = request.args
    return vouchers.listed(
        visible(actor(), Voucher),
        now(),
        standing=args.get("state", ""),
        development_id=number_of(args.get("development")),
        kind=chosen(Kind, args.get("item")),
        q=args.get("q", "").strip(),
    )


def _developments() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in open_developments(db())]
