"""Home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Role
from ...rules.measures.months import opens_with
from ...services.faces.counts import FACES_FILING
from ...services.home import health
from ...services.home.broker_day import broker_day
from ...services.home.figures import waiting
from ...services.home.first_steps import first_steps
from ...services.home.money_path import money_path
from ...services.home.own_months import OwnMonth, own_months
from ...services.home.site_day import site_day
from ...services.measures import board as boards
from ...services.measures.board import MonthBoard, Past
from ...services.partners import papers
from ...services.showings import lists as showing_lists
from ..edge import actor, database, db, health_limits, now
from ..guard import guard
from ..health.signs import Summary, summary
from ..measures import words as measure_words
from ..measures.mine import own_picture
from ..measures.pictures import against_target
from .cards import ACTIONS, FIRST_STEPS, shown, to_do

bp = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class Month:
    """How the month runs, against its targets and the month before."""

    board: MonthBoard
    before: Past
    words: Any
    picture: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Own:
    """A partner's own months, and the page that has more of them."""

    months: Sequence[OwnMonth]
    picture: Mapping[str, Any]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How the house's work is: the faces that are still to be filed, the signs of life, and how the month runs."""

    faces_filing: int
    life: Summary | None
    month: Month | None
    own: Own | None


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
            own=_own("my_measures.index"),
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
            own=_own("agency_measures.own") if may(actor(), Permission.OWN_PARTNERSHIP) else None,
        ),
        site_day=site_day(db(), actor(), now()) if may(actor(), Permission.READ_SHOWINGS) else None,
        state_of=showing_lists.state_of,
        money_path=money_path(db(), actor(), now()) if may(actor(), Permission.VOID_PAYOUT) else None,
        endings=papers.ending_soon(db(), actor(), now()) if tells_ends else [],
        staff=actor().staff,
    )


def _month() -> Month:
    month = opens_with(now())
    known = boards.load(db(), boards.months_until(month, 2))
    board, before = known.board(now()), known.past()[0]
    return Month(board, before, measure_words, against_target(board, before))


def _own(more: str) -> Own:
    months = own_months(db(), actor(), opens_with(now()))
    return Own(months, own_picture(months), more)


def _life() -> Summary:
    """How the portal is doing, for who looks after it."""
    concerns = health.concerns(db(), now(), database().own_clock())
    return summary(health.signs(db(), now(), health_limits()), concerns)
