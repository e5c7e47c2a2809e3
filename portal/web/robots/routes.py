"""A development's robot: let into its group, replaced, taken out, tried; and what became of each message."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired, Length

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Development, RobotMessage
from ...services.notifications.told import of_message
from ...services.robots import robots
from ...services.robots.background import ROBOTS
from ..edge import actor, config, db, form_page, load, now, refusing, send_afterwards
from ..forms.fields import LineField
from ..guard import guard
from ..limits import limiter, network
from ..lists.paging import page_of
from ..messages import say
from .words import REACHED, why

bp = Blueprint("robots", __name__, url_prefix="/partners/developments/<int:development_id>/robot")

_NEEDED = InputRequired(_l("Please fill this in."))
_LONGEST = 200
_ON_A_PAGE = 20


class RobotForm(FlaskForm):
    """A robot that was added to a group in 企业微信."""

    group_name = LineField(_l("What the group is called"), [_NEEDED, Length(max=40)])
    address = LineField(_l("The robot's Webhook address"), [_NEEDED, Length(max=_LONGEST)])
    locale = SelectField(
        _l("Language of the group"),
        [_NEEDED],
        choices=[SelectChoice("zh_Hans_CN", "中文"), SelectChoice("en", "English")],
    )


@bp.route("", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def show(development_id: int) -> ResponseReturnValue:
    """The robot as it stands, what it said, and the form for another one."""
    development, form = load(Development, development_id), RobotForm()
    if form.validate_on_submit():
        given = {"address": form.address.data, "group_name": form.group_name.data, "locale": form.locale.data}
        with refusing(form):
            robots.put_in(db(), actor(), now(), development, **given)
            flash(_("Saved. Send a test, and look into the group."), "success")
            return redirect(url_for(".show", development_id=development.id))
    return _page(development, form)


@bp.post("/remove")
@guard(Permission.MANAGE_PARTNERS)
def remove(development_id: int) -> ResponseReturnValue:
    """Tell that group nothing any more."""
    development = load(Development, development_id)
    try:
        robots.take_out(db(), actor(), now(), development)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("The group is told nothing any more, and the robot's key is forgotten."), "success")
    return redirect(url_for(".show", development_id=development.id))


def _sender() -> str:
    """Whose tests are counted together."""
    return f"robot tests {current_user.person.id}" if current_user.is_authenticated else network()


@bp.post("/test")
@guard(Permission.MANAGE_PARTNERS)
@limiter.limit("10 per hour", key_func=_sender)
def test(development_id: int) -> ResponseReturnValue:
    """Have the robot say in its group that it is there."""
    development = load(Development, development_id)
    try:
        robots.try_out(db(), actor(), now(), development)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        send_afterwards(ROBOTS)
        flash(_("The test is on its way. Load this page again to see whether it arrived."), "success")
    return redirect(url_for(".show", development_id=development.id, _anchor="said"))


def _page(development: Development, form: RobotForm) -> tuple[str, int]:
    robot = robots.of(db(), development.id)
    page = page_of(db(), robots.said(development), RobotMessage.id, request.args.get("after"), _ON_A_PAGE)
    return form_page(
        "robots/show.html",
        form,
        development=development,
        robot=robot,
        shown_key=robots.shown_key(db(), robot) if robot else None,
        gone_why=why(robot.gone_why) if robot and robot.gone_why else None,
        messages=[(row, of_message(row)) for row in page.rows],
        next_cursor=page.next_cursor,
        reached=REACHED,
        why=why,
        wecom=config().wecom_by,
    )
