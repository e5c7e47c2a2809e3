"""What one person proposes and another decides, as its page has it: confirmed, sent back with a reason, taken back.

What is shown of a proposal is its room's own; the decision goes one way, whatever it is about
(`services.proposals`, `services.drafts`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from ...access.actor import Actor
from ...session import Session
from ..edge import actor, db, now, refusing

Row = TypeVar("Row")


class SendBackForm(FlaskForm):
    """Sending a proposal back needs a reason, which its proposer reads."""

    reason = TextAreaField(_l("What should be different?"), [DataRequired(_l("Say why.")), Length(max=500)])


@dataclass(frozen=True, slots=True)
class DecisionPages(Generic[Row]):
    """The three decisions over a proposal: each is done and its outcome shown, or the page shows why not."""

    page: Callable[[Row, SendBackForm], str]
    """The proposal's page, with the form that sends it back."""
    address: Callable[[Row], str]
    form: type[SendBackForm] = SendBackForm

    def confirm(self, row: Row, confirm: Callable[[Row], ResponseReturnValue]) -> ResponseReturnValue:
        """Do what was proposed: `confirm` does it, and says what came of it."""
        form = self.form(formdata=None)
        with refusing(form):
            return confirm(row)
        return self.page(row, form), 409

    def send_back(
        self, row: Row, refuse: Callable[[Session, Actor, datetime, Row, str], object], said: str = ""
    ) -> ResponseReturnValue:
        """Send another person's proposal back, with the reason that was typed."""
        form = self.form()
        if form.validate_on_submit():
            with refusing(form):
                refuse(db(), actor(), now(), row, form.reason.data or "")
                flash(said or _("Sent back."), "success")
                return redirect(self.address(row))
        return self.page(row, form), 422

    def withdraw(
        self, row: Row, withdraw: Callable[[Session, Actor, datetime, Row], object], said: str = ""
    ) -> ResponseReturnValue:
        """Take one's own proposal back."""
        form = self.form(formdata=None)
        with refusing(form):
            withdraw(db(), actor(), now(), row)
            flash(said or _("Withdrawn."), "success")
            return redirect(self.address(row))
        return self.page(row, form), 409
