"""Home."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of
from ...models import Role
from ...services.faces.counts import FACES_FILING
from ...services.home import health
from ...services.home.broker_day import broker_day
from ...services.home.figures import waiting
from ...services.home.first_steps import first_steps
from ...services.home.money_path import money_path
from ...services.home.site_day import site_day
from ...services.measures import board as boards
from ...services.measures.board import MonthBoard, Past
from ...services.partners import papers
from ...services.showings import lists as showing_lists
from ..edge import actor, database, db, health_limits, now
from ..guard import guard
from ..health.signs import Summary, summary
from ..measures import words as measure_words
from .cards import ACTIONS, FIRST_STEPS, shown, to_do

bp = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class Month:
    """How the month runs, against its targets and the month before."""

    board: MonthBoard
    before: Past
    words: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How the house's work is: the faces that are still to be filed, the signs of life, and how the month runs."""

    faces_filing: int
    life: Summary | None
    month: Month | None


@bp.get("/")
@guard(Permission.OWN_PROFILE)
def index() -> ResponseReturnValue:
    """What waits for the signed-in person: a broker's day, a referrer's poster, or the figures of a desk."""
    role: Role = current_user.person.role
    if role is Role.BROKER:
        day = broker_day(db(), actor(), now())
        return render_template(
            "home/broker.html",
            day=day,
            to_do=[to_do(one) for one in day.to_do],
            state_of=showing_lists.state_of,
            now=now(),
        )
    if role is Role.REFERRER:
        return redirect(url_for("poster.show"))
    figures = [shown(figure) for figure in waiting(db(), actor(), now())]
    tells_ends = may(actor(), Permission.MANAGE_PARTNERS) or may(actor(), Permission.OWN_PARTNERSHIP)
    return render_template(
        "home/index.html",
        figures=figures,
        action=ACTIONS.get(role),
        first_steps=[(*FIRST_STEPS[step.kind], step.done) for step in first_steps(db(), actor())],
        now=now(),
        work=Work(
            faces_filing=FACES_FILING,
            life=_life() if may(actor(), Permission.MANAGE_PEOPLE) else None,
            month=_month() if may(actor(), Permission.READ_MEASURES) else None,
        ),
        site_day=site_day(db(), actor(), now()) if may(actor(), Permission.READ_SHOWINGS) else None,
        state_of=showing_lists.state_of,
        money_path=money_path(db(), actor(), now()) if may(actor(), Permission.VOID_PAYOUT) else None,
        endings=papers.ending_soon(db(), actor(), now()) if tells_ends else [],
        staff=actor().staff,
    )


def _month() -> Month:
    this = month_of(now())
    return Month(boards.of_month(db(), now(), this), boards.past(db(), this)[-2], measure_words)


def _life() -> Summary:
    """How the portal is doing, for who looks after it."""
    concerns = health.concerns(db(), now(), database().own_clock())
    return summary(health.signs(db(), now(), health_limits()), concerns)
