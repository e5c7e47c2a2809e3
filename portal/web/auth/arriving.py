"""What a person meets who has just signed in: what was done meanwhile, and where he wanted to go."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from ...services.account_safety import factor_resets
from ...services.accounts import history as account_history
from ..edge import db
from ..words.accounts import in_a_sentence
from . import resuming

_MOST_TOLD = 3
"""A cookie is small; all of it stands on the person's own page."""


def onward(address: str) -> ResponseReturnValue:
    """Where one wanted to go, or the form that did not go through."""
    unsent = resuming.unsent(current_user.person.id) if request.method == "POST" else None
    return render_template("auth/resume.html", unsent=unsent) if unsent else redirect(address)


def tell_what_was_done() -> None:
    """What others did to the account since its owner was last here: who did not ask for it has to hear of it."""
    for event in account_history.since_last_sign_in(db(), current_user.person)[:_MOST_TOLD]:
        words = _("%(what)s. If you did not ask for it, tell an administrator now.", what=in_a_sentence(event))
        flash(words, "warning")
    if factor_resets.open_for(db(), current_user.person) is not None:
        flash(_("Your second factors are said to be lost. You have them? Stop the reset on the page “Me”."), "warning")
