"""The present password asked for once more: whoever sits at an open screen is not yet who signed in."""

from flask import request
from flask_login import current_user
from flask_wtf import FlaskForm

from ...services.accounts import passwords
from ...services.accounts import sign_in as sign_ins
from ...services.accounts.sign_in_tries import Place
from ..edge import database, now, show_refusal, without_transaction
from . import known_devices


def proven(form: FlaskForm) -> bool:
    """Whether who is signed in typed the present password; if not, the form says so. Wrong ones are counted."""
    row, place = current_user.row, place_here()
    with without_transaction(form):
        with database().reading() as own:
            sign_ins.check_again(own, now(), row, place)
            hashed = passwords.hash_of(own, row.person)
        matched = passwords.matches(hashed, form.old.data)
        with database().transaction() as own:  # what is counted stays counted, whatever becomes of the request
            refusal = sign_ins.prove_again(own, now(), row, place, matched=matched)
        if refusal is None:
            return True
        show_refusal(form, refusal)
    return False


def place_here() -> Place:
    """From where somebody signs in."""
    return Place(request.remote_addr or "", request.user_agent.string, known_devices.presented())
