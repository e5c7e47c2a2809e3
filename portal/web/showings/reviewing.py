"""A showing for who has to decide: everything side by side, and the way on through the queue (rules 3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CaptureRequest, Erasure, Photo, Showing, SiteScan, Verdict, Why
from ...rules.showings.risk import Risk
from ...services.showings import capture_requests, photos, review_queue, site_codes
from ...services.showings import lists as showing_lists
from ...services.showings.review_queue import Neighbours
from ..edge import actor, db, now
from ..lists.arguments import number_of
from ..withdrawals.routes import address_of as withdrawal_of
from ..words.privacy import REASONS
from ..words.showings import Words, distance, explained, way_word
from .forms import AskForm, FakeForm, UntoldForm
from .measures import Measure, measures
from .review_pictures import FacePair, PlacePicture, face_pairs, place_of
from .risk_words import grounds

QUEUE = (showing_lists.WAITING, showing_lists.OVERDUE, Verdict.NEEDS_REVIEW, Verdict.REJECTED)
"""The states of which a reader who reviews sees the riskiest first."""

STATES = ("waiting", "overdue", "capture_asked", "reviewed", "today", "at_reception", *Verdict)

FILTERS = ("state", "development", "q")

COMPARED = 3
"""Earlier visits whose photos stand beside this one's: every photo that is shown is a view that is written down."""


def in_queue_order() -> bool:
    """Whether the list that the address asks for is read by risk."""
    return may(actor(), Permission.REVIEW_SHOWING) and request.args.get("state") in QUEUE


def wanted() -> Select[Showing]:
    """The showings that the address asks for."""
    state = request.args.get("state", "")
    return showing_lists.showings(
        db(),
        actor(),
        now(),
        state=state if state in STATES else "",
        development_id=number_of(request.args.get("development")),
        find=request.args.get("q", "").strip(),
    )


def kept_filters() -> dict[str, Any]:
    """The list's filters, carried from page to page so that "next" means the next of that list."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _queue() -> Select[Showing]:
    """The queue that is worked through: that of the address, or whatever waits."""
    return wanted() if in_queue_order() else showing_lists.showings(db(), actor(), now(), state=showing_lists.WAITING)


def next_after(showing: Showing) -> int | None:
    """The showing that comes next in the queue; at its end, the one before, which was passed over."""
    around = review_queue.neighbours(db(), _queue(), showing)
    return around.after or around.before


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """The evidence of a showing, what speaks against it, and what is known beside it."""

    client: str
    reasons: list[Words]
    risk: Risk
    grounds: list[tuple[str, int]]
    photos: list[Photo]
    pairs: list[FacePair]
    erased: list[Erasure]
    why_erased: dict[Why, Any]
    compared: dict[int, Sequence[Photo]]
    resembling: list[tuple[Showing, str]]
    measures: list[Measure]
    place: PlacePicture | None
    scan: SiteScan | None
    earlier: list[Showing]
    same_broker: int
    answers: list[CaptureRequest]
    withdrawal: str | None
    neighbours: Neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewForms:
    """The decisions that take words."""

    fake: FakeForm
    ask: AskForm
    untold: UntoldForm


def review_page(
    showing: Showing, *, fake: FakeForm | None = None, ask: AskForm | None = None, untold: UntoldForm | None = None
) -> str:
    """The page of a showing, for reception and managers."""
    earlier = showing_lists.earlier_visits(db(), showing)
    resembling = showing_lists.visits_of_resembling(db(), showing)
    risk = review_queue.risk_of(showing)
    kept = photos.photos_of(db(), showing)
    by_visit = photos.photos_by_showing(db(), earlier, COMPARED)
    pairs = face_pairs(kept, photos.latest_with_broker(db(), showing), [one for of in by_visit.values() for one in of])
    return render_template(
        "showings/review.html",
        showing=showing,
        state=showing_lists.state_of(showing),
        view=ReviewView(
            client=showing_lists.client_name(db(), actor(), showing.touch),
            reasons=explained(showing),
            risk=risk,
            grounds=grounds(showing, risk),
            photos=kept,
            pairs=pairs,
            erased=photos.erasures_of(db(), showing),
            why_erased=REASONS,
            compared={
                **by_visit,
                **photos.photos_by_showing(db(), resembling, COMPARED),
            },
            resembling=[(one, showing_lists.client_name(db(), actor(), one.touch)) for one in resembling],
            measures=measures(showing),
            place=place_of(showing),
            scan=site_codes.scan_of(db(), showing),
            earlier=earlier,
            same_broker=sum(one.broker_id == showing.broker_id for one in earlier),
            answers=capture_requests.answered_by(db(), showing),
            withdrawal=withdrawal_of(showing),
            neighbours=review_queue.neighbours(db(), _queue(), showing),
        ),
        distance=distance,
        state_of=showing_lists.state_of,
        way_word=way_word,
        filters=kept_filters(),
        now=now(),
        forms=ReviewForms(
            fake=fake or FakeForm(formdata=None),
            ask=ask or AskForm(formdata=None),
            untold=untold or UntoldForm(formdata=None),
        ),
    )
