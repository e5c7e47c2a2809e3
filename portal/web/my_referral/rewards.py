"""The referrer's rewards: the ladder, what comes when, the tax on what is paid, and where it is paid to."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField

from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import Referrer, Reward, Voucher, person_payee
from ...services.bank_details import bank_details
from ...services.rewards import promises, rewards, sums
from ...services.rewards.rewards import Earned, Outlook
from ...services.taxes import report as tax_report
from ...services.taxes.report import Entry
from ...services.vouchers import vouchers
from ..edge import actor, db, form_page, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..referrers.own import asked_for, of, own_referrer, own_referrers, places
from ..words import reward_plans as plan_words
from ..words import rewards as words
from ..words import taxes as tax_words
from ..words import vouchers as voucher_words


class TakeForm(FlaskForm):
    """Yes to the plan that was read."""

    version = HiddenField()


bp = Blueprint("rewards", __name__, url_prefix="/rewards")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardsView:
    """What a referrer earned, and what is still to come."""

    account_of: sums.Account
    each: list[tuple[Referrer, sums.Account, Outlook | None]]
    offers: list[Referrer]
    earned: Sequence[Earned]
    vouchers: dict[int, Voucher]
    taxed: list[Entry]
    cash: bool
    account: bank_details.Account


@bp.get("/")
@guard(Permission.OWN_REWARDS)
def index() -> ResponseReturnValue:
    """My rewards."""
    mine = own_referrers()
    referrer = asked_for(mine)
    seen = visible(actor(), Reward)
    earned = rewards.rewards_of(db(), seen if referrer is None else seen.where(Reward.referrer_id == referrer.id))
    found = vouchers.of_rewards(db(), [one.reward for one in earned])
    return render_template(
        "my_referral/rewards.html",
        outlook=rewards.outlook_of(db(), now(), referrer) if referrer else None,
        view=RewardsView(
            account_of=sums.account_of(earned),
            each=_each(mine, earned) if referrer is None else [],
            offers=[one for one in ([referrer] if referrer else mine) if promises.offered_to(db(), now(), one)],
            earned=earned,
            vouchers={key: row for key, row in found.items() if vouchers.standing(row, now()) == "open"},
            taxed=tax_report.entries(db(), person_id=actor().id),
            cash=any(one.reward.kind is Kind.CASH and one.reward.state is not RewardState.REVOKED for one in earned),
            account=bank_details.accounts_of(db(), [mine[0].person])[person_payee(actor().id)],
        ),
        switcher=places("rewards.index", mine, referrer, _("All")),
        here=of(mine, referrer),
        told=lambda one: voucher_words.of_reward(one, found.get(one.reward.id), now()),
        words=words,
    )


def _each(mine: Sequence[Referrer], earned: Sequence[Earned]) -> list[tuple[Referrer, sums.Account, Outlook | None]]:
    """What each development has brought, and where the ladder there stands."""
    return [
        (
            one,
            sums.account_of(told for told in earned if told.reward.referrer_id == one.id),
            rewards.outlook_of(db(), now(), one),
        )
        for one in mine
    ]


@bp.route("/offer", methods=["GET", "POST"])
@guard(Permission.OWN_REWARDS)
def offer() -> ResponseReturnValue:
    """A plan that is offered instead of what was promised: both, side by side, and yes."""
    mine, referrer = own_referrers(), own_referrer()
    here, offered = of(mine, referrer), promises.offered_to(db(), now(), referrer)
    form = TakeForm(version=offered.version.id if offered else None)
    if form.validate_on_submit():
        with refusing(form):
            promises.accept(db(), actor(), now(), referrer, number_of(form.version.data) or 0)
            flash(_("Taken. Friends who leave a number from now on are rewarded by it."), "success")
            return redirect(url_for(".index", **here), 303)
    return form_page("my_referral/offer.html", form, referrer=referrer, offered=offered, words=plan_words, here=here)


@bp.get("/tax")
@guard(Permission.OWN_REWARDS)
def tax() -> ResponseReturnValue:
    """The tax that was kept back from me, month by month, with its arithmetic."""
    return render_template(
        "my_referral/tax.html", entries=tax_report.entries(db(), person_id=actor().id), words=tax_words
    )


@bp.get("/tax/<month>")
@guard(Permission.OWN_REWARDS)
def certificate(month: str) -> ResponseReturnValue:
    """My certificate of a month, to print."""
    found = [one for one in tax_report.entries(db(), person_id=actor().id) if one.month == month]
    if not found:
        abort(404)
    back = {"back_url": url_for(".tax"), "back_label": _("My tax")}
    return render_template("taxes/certificate.html", entry=found[0], words=tax_words, at=now(), **back)
