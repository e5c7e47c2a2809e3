"""Showings (带看): checking in by a code, at reception or with photos, and reading what was judged and why."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from flask import Blueprint
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....access.actor import Actor
from ....models import Decision, Development, Registration, Relation, Showing, Way
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.claims import decision_receipts
from ....services.faces import challenges, faces
from ....services.faces.challenges import Capture
from ....services.faces.evidence import Place
from ....services.faces.faces import Shot
from ....services.partner_api import callers
from ....services.privacy import withdrawals
from ....services.showings import lists
from ....services.showings.check_ins import CheckIn, check_in, check_in_at_reception, check_in_by_code
from ....services.showings.guardians import GuardianFacts
from ....web.edge import database, db, engine, files, now, send_texts_afterwards
from ....web.withdrawals.routes import token_for
from ....web.words.showings import explained
from ...authentication import caller
from ...fields import Asked, Identifier, Instant, Line, ReasonShown, Shown
from ...operations import Operation, expanded, operation
from ...pages import PageQuery, PageShown, page
from ...receipts import ReceiptShown, receipt_shown
from ...rows import row
from ...sent import FilePart, Files
from ..registrations import RegistrationShown
from ..registrations import shown as registration_shown
from .proving import NOT_OPEN, TAG, holder, in_care

bp = Blueprint("api_showings", __name__)

_REGISTRATION = identifier(Prefix.REGISTRATION, 1)
_JPEG = "A JPEG, PNG or WebP picture."


class ShowingState(StrEnum):
    """How a showing may stand; `waiting`, `overdue`, `reviewed` and `today` are filters alone."""

    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"
    WAITING = lists.WAITING
    OVERDUE = lists.OVERDUE
    CAPTURE_ASKED = lists.CAPTURE_ASKED
    REVIEWED = lists.REVIEWED
    TODAY = lists.TODAY
    AT_RECEPTION = lists.AT_RECEPTION


class ShowingAsked(Asked):
    """A client who was brought, and how that is proved."""

    registration: Identifier = Field(examples=[_REGISTRATION])
    way: Way = Field(strict=False, description="`code`: the client's code; `reception`: seen at the desk; `face`.")
    code: str | None = Field(default=None, max_length=20, description="What the client read out, by `code`.")
    latitude: float | None = Field(default=None, ge=-90, le=90, description="Where the device says it is.")
    longitude: float | None = Field(default=None, ge=-180, le=180)
    nonce: str | None = Field(default=None, max_length=200, description="By `face`: of beginCapture.")
    live: bool = Field(default=False, description="By `face`: your app's own camera took the photos, just now.")
    client_consent: bool = Field(
        default=False, description="By `face`: the client read the words of beginCapture and agreed."
    )
    guardian_name: Line | None = Field(default=None, description="Who agreed for a child under 14.")
    guardian_relation: Relation | None = Field(default=None, strict=False)
    insist: bool = Field(default=False, description="File photos that had better be taken again: a person looks.")

    @property
    def place(self) -> Place | None:
        """Where the device is, if both are said."""
        both = self.latitude is not None and self.longitude is not None
        return Place(self.latitude, self.longitude) if both else None  # type: ignore[arg-type]  # both are there

    @property
    def guardian(self) -> GuardianFacts | None:
        """Who agreed for a child. Raises Refusal(api_field_needed)."""
        if self.guardian_name is None and self.guardian_relation is None:
            return None
        if self.guardian_name is None or self.guardian_relation is None:
            raise Refusal("api_field_needed", field="guardian_relation" if self.guardian_name else "guardian_name")
        return GuardianFacts(self.guardian_name, self.guardian_relation)


class ReviewShown(Shown):
    """What a person decided over a showing."""

    decision: Decision
    reason: str
    at: Instant


class CaptureRequestShown(Shown):
    """Reception cannot tell from what there is, and asks for another capture."""

    reason: str
    answer_by: Instant


class ShowingShown(Shown):
    """A visit that was claimed, and what became of it."""

    id: str = Field(examples=[identifier(Prefix.SHOWING, 1)])
    registration: str | RegistrationShown | None = Field(description="In full with `expand=registration`.")
    development: str
    broker: str
    way: Way
    at: Instant
    state: str = Field(description="How it stands now.", examples=["verified", "needs_review", "rejected"])
    verdict: str = Field(description="What the rule said at once; it never changes.", examples=["verified"])
    reasons: list[ReasonShown] = Field(description="What speaks against it.")
    review: ReviewShown | None
    capture_request: CaptureRequestShown | None
    protected_until: Instant | None = Field(description="Until when the client is protected now.")
    receipt: ReceiptShown | None = Field(description="Of the latest decision; null while a person has still to look.")


class ShowingsQuery(PageQuery):
    """Which showings are wanted."""

    development: Identifier | None = None
    state: ShowingState | None = Field(default=None, strict=False)


def _look(asked: ShowingAsked, sent: Files) -> Mapping[str, Shot]:
    """The photos of a check-in by face, looked at before anything is written. Where the server is too busy for that,
    what was sent is no older when it comes again.

    Raises Refusal: api_part_odd, photo_too_large, photo_kind, photo_unreadable, busy_try_again, and those of
    `faces.refuse_photo`.
    """
    if asked.way is not Way.FACE:
        if sent:
            raise Refusal("api_part_odd", field=next(iter(sent)))
        return {}
    if "photo" not in sent:
        raise Refusal("api_part_odd", field="photo")
    try:
        shots = {name: _shot(name, found[0].content) for name, found in sent.items()}
    except Refusal as refusal:
        if refusal.code == "busy_try_again":
            _note_arrival(asked, sent)
        raise
    if not asked.insist and (poor := faces.refuse_photo(shots["photo"], shots.get("client_photo"))):
        raise poor
    return shots


@operation(
    bp,
    Operation(
        "createShowing",
        "POST",
        "/showings",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Check in with a client"),
        dict.fromkeys((201, 200), ShowingShown),
        body=ShowingAsked,
        files={"photo": FilePart(_JPEG), "turned": FilePart(_JPEG), "client_photo": FilePart(_JPEG)},
        take_in=_look,
        refusals=(
            *("api_part_odd", "api_field_needed", "api_reference_unknown", "api_broker_unknown", "client_handed_over"),
            *("code_not_sent", "code_expired", "code_guessed_out", "code_wrong", "client_consent_needed"),
            *("face_not_enrolled", "photo_too_large", "photo_kind", "photo_unreadable", "busy_try_again", *NOT_OPEN),
        ),
        example={"registration": _REGISTRATION, "way": "code", "code": "123456"},
        description=_l(
            "By the client's code, at reception, or with photos in a form (photo, turned, client_photo). 201 with the "
            "verdict and its reasons; 200 where the same sending has made one before."
        ),
    ),
)
def create(asked: ShowingAsked, taken: Mapping[str, Shot]) -> tuple[ShowingShown, int] | Refusal:
    """Check in, in the name of who cares for the client. A wrong code counts as a try, so nothing is undone."""
    registration, _touch, acting = in_care(asked.registration, "registration")
    showing: Showing | Refusal
    if asked.way is Way.CODE:
        if not asked.code:
            raise Refusal("api_field_needed", field="code")
        showing = check_in_by_code(db(), acting, now(), registration=registration, code=asked.code, place=asked.place)
    elif asked.way is Way.RECEPTION:
        showing = check_in_at_reception(db(), acting, now(), registration=registration, place=asked.place)
    else:
        showing = _by_face(acting, registration, asked, taken)
    if isinstance(showing, Refusal):
        return showing
    db().flush()
    return shown(showing), 201 if showing.at == now() else 200


@operation(
    bp,
    Operation(
        "listShowings",
        "GET",
        "/showings",
        Scope.SHOWINGS_READ,
        TAG,
        _l("The agency's showings"),
        {200: PageShown[ShowingShown]},
        query=ShowingsQuery,
        refusals=("api_cursor_odd", "api_reference_unknown"),
        expands=("registration",),
    ),
)
def list_showings(query: ShowingsQuery) -> PageShown[ShowingShown]:
    """Newest first."""
    place = row(Development, Prefix.DEVELOPMENT, query.development, "development") if query.development else None
    stmt = lists.showings(
        db(), caller().actor, now(), state=query.state or "", development_id=place.id if place else None
    )
    rows, cursor = page(stmt, Showing.id, Prefix.SHOWING, query)
    return PageShown[ShowingShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readShowing",
        "GET",
        "/showings/{showing_id}",
        Scope.SHOWINGS_READ,
        TAG,
        _l("One showing with its verdict and reasons"),
        {200: ShowingShown},
        expands=("registration",),
    ),
)
def read(showing_id: str) -> ShowingShown:
    """One of them."""
    return shown(row(Showing, Prefix.SHOWING, showing_id))


def shown(showing: Showing) -> ShowingShown:
    """A showing as it is answered."""
    asked, review = showing.capture_request, showing.review
    receipt = decision_receipts.find(db(), showing.strike or review or showing)
    return ShowingShown(
        id=identifier(Prefix.SHOWING, showing.id),
        registration=_registration(showing),
        development=identifier(Prefix.DEVELOPMENT, showing.development_id),
        broker=identifier(Prefix.BROKER, showing.touch.carer.id),
        way=showing.way,
        at=showing.at,
        state=lists.state_of(showing),
        verdict=showing.verdict.value,
        reasons=_reasons(showing),
        review=ReviewShown(decision=review.decision, reason=review.reason, at=review.at) if review else None,
        capture_request=CaptureRequestShown(reason=asked.reason, answer_by=asked.answer_by) if asked else None,
        protected_until=_protected_until(showing),
        receipt=receipt_shown(receipt) if receipt else None,
    )


def _protected_until(showing: Showing) -> datetime | None:
    return showing.touch.protected_until if showing.touch.retired_at is None else None


def _reasons(showing: Showing) -> list[ReasonShown]:
    words: Sequence[str] = [str(one.said) for one in explained(showing)]
    codes = [str(one["code"]) for one in showing.reasons]
    return [ReasonShown(code=code, detail=said) for code, said in zip(codes, words, strict=True)]


def _registration(showing: Showing) -> str | RegistrationShown | None:
    number = lists.registration_of(db(), showing)
    if number is None:
        return None
    named = identifier(Prefix.REGISTRATION, number)
    return registration_shown(row(Registration, Prefix.REGISTRATION, named)) if expanded("registration") else named


def _by_face(acting: Actor, registration: Registration, asked: ShowingAsked, taken: Mapping[str, Shot]) -> Showing:
    capture = Capture(taken["photo"], taken.get("turned"), taken.get("client_photo"), in_page=asked.live)
    sent = CheckIn(
        registration=registration,
        web_session_id=None,
        api_key_id=caller().key_id,
        nonce=asked.nonce or "",
        capture=capture,
        client_consent=asked.client_consent or asked.guardian is not None,
        locale=str(get_locale()),
        place=asked.place,
        guardian=asked.guardian,
    )
    showing = check_in(db(), acting, now(), engine=engine(), files=files(), sent=sent)
    client_id = showing.touch.whose
    if withdrawals.send_link(db(), now(), client_id, token_for(client_id)):
        send_texts_afterwards()
    return showing


def _shot(name: str, data: bytes) -> Shot:
    try:
        return faces.look(engine(), data)
    except Refusal as refusal:
        if "field" in refusal.facts:
            refusal.facts["field"] = name
        raise


def _note_arrival(asked: ShowingAsked, sent: Files) -> None:
    with database().transaction() as session:
        registration = row(Registration, Prefix.REGISTRATION, asked.registration, "registration", session=session)
        if registration.touch is None:
            return
        challenges.note_arrival(
            session,
            holder(callers.in_the_name_of(caller().actor, registration.carer)),
            now(),
            registration.touch,
            nonce=asked.nonce or "",
            straight_sha256=hashlib.sha256(sent["photo"][0].content).hexdigest(),
        )
