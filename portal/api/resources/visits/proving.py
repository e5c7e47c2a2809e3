"""What a check-in is proved by, before it is made: the code on the client's phone, the code at the desk, and the word
that a live capture answers."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....access.actor import Actor
from ....models import Registration, Role, Side, TextMessage, Touch
from ....rules.partner_api.identifiers import Prefix
from ....rules.partner_api.keys import Mode, Scope
from ....rules.partners.policy import Policy
from ....rules.privacy.consent import CURRENT_VERSION, Purpose
from ....services.faces import challenges
from ....services.faces.challenges import CameraHolder
from ....services.masked_registrations.numbers import give_number
from ....services.messages import texts
from ....services.partner_api import callers
from ....services.sandbox import world
from ....services.showings import arrival_codes, site_codes
from ....services.showings.check_ins import open_touch
from ....web.edge import db, now, send_texts_afterwards, sms
from ....web.showings.consent_form import client_words
from ...authentication import caller
from ...fields import Asked, Instant, Shown
from ...operations import Operation, operation
from ...rows import row
from ..registrations import RegistrationShown
from ..registrations import shown as registration_shown

bp = Blueprint("api_proving", __name__)

TAG = "showings"
NOT_OPEN = ("account_frozen", "registration_not_accepted", "registration_expired", "mask_has_no_number")
"""Why nobody checks in with a registration."""
_CODE = "7.3.123456.0123456789abcdef0123456789abcdef"


class SandboxCodes(Shown):
    """What nobody could read in a sandbox: its texts go nowhere, and it has no desk."""

    code: str = Field(description="The code that a real client would read out.")
    site_code: str = Field(description="What the tablet at the desk would show now.")


class CodeSent(Shown):
    """A code went to the client's phone."""

    expires_at: Instant
    sandbox: SandboxCodes | None = Field(description="With a test key: what to send next. Otherwise null.")


class ScanAsked(Asked):
    """What the broker's phone read off reception's tablet."""

    site_code: str = Field(min_length=1, max_length=200)


class ScanShown(Shown):
    """The broker is at the site: the next check-in of this client may rest on it."""

    at: Instant


class CaptureShown(Shown):
    """What a live capture answers, and what the client reads before he agrees."""

    nonce: str = Field(description="Once, for this client, with this key.")
    expires_in: int = Field(description="Seconds from now.")
    consent_version: str
    consent: list[str] = Field(description="Show these words to the client, in this language, before you ask.")


class SideAsked(Asked):
    """The first photo is taken: its digest binds the answer."""

    nonce: str = Field(min_length=1, max_length=200)
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the first photo's bytes, in hex.")


class SideShown(Shown):
    """To which side the broker turns the head for the second photo."""

    side: Side


class NumberAsked(Asked):
    """The number in full, or the four digits that the mask leaves out."""

    phone: str = Field(min_length=1, max_length=30, examples=["13800001234"])


def holder(acting: Actor) -> CameraHolder:
    """The system that holds the camera, in the name of a broker."""
    return CameraHolder(acting, None, caller().key_id)


def in_care(registration_id: str, field: str = "") -> tuple[Registration, Touch, Actor]:
    """A registration with the contact that a check-in would prove, and in whose name it is made.

    Raises Refusal: those of `row`, api_broker_unknown, and those of NOT_OPEN.
    """
    registration = row(Registration, Prefix.REGISTRATION, registration_id, field)
    acting = callers.in_the_name_of(caller().actor, registration.carer)
    return registration, open_touch(db(), now(), registration), acting


@operation(
    bp,
    Operation(
        "completeNumber",
        "POST",
        "/registrations/{registration_id}/number",
        Scope.REGISTRATIONS_WRITE,
        "registrations",
        _l("Say the number of a masked registration in full"),
        {200: RegistrationShown},
        body=NumberAsked,
        refusals=(
            *("invalid_phone", "phone_not_mobile", "mask_misfit", "self_dealing", "not_masked", "registration_expired"),
            *("mask_number_fixed", "given_up_lately"),
        ),
        example={"phone": "13800001234"},
        description=_l("At the site, typed by the client or under his eyes. The visit that counts makes it stand."),
    ),
)
def complete_number(registration_id: str, asked: NumberAsked) -> RegistrationShown:
    """The number of who was registered by parts of it."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    acting = callers.in_the_name_of(caller().actor, registration.carer)
    give_number(db(), acting, now(), registration, asked.phone)
    return registration_shown(registration)


@operation(
    bp,
    Operation(
        "sendVisitCode",
        "POST",
        "/registrations/{registration_id}/visit-code",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Text a code to the client at the site"),
        {200: CodeSent},
        refusals=("api_no_texts", "code_just_sent", "client_opted_out", "texts_used_up", *NOT_OPEN),
        description=_l("To the registered phone. The client reads it out, and the check-in is made with it."),
    ),
)
def send_code(registration_id: str) -> CodeSent:
    """The way without a face: a code on the client's own phone."""
    in_sandbox = caller().mode is Mode.TEST
    if sms() is None and not in_sandbox:
        raise Refusal("api_no_texts")
    _registration, touch, acting = in_care(registration_id)
    made = arrival_codes.send_code(db(), acting, now(), touch)
    send_texts_afterwards()
    db().flush()
    codes = _sandbox_codes(touch, made.message_id) if in_sandbox else None
    return CodeSent(expires_at=made.expires_at, sandbox=codes)


@operation(
    bp,
    Operation(
        "scanSiteCode",
        "POST",
        "/registrations/{registration_id}/site-scan",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Say that the broker is at the site"),
        {200: ScanShown},
        body=ScanAsked,
        refusals=(
            *("site_code_unknown", "site_code_old", "site_code_elsewhere", "site_code_used", "client_handed_over"),
            *NOT_OPEN,
        ),
        example={"site_code": _CODE},
        description=_l("By the code on reception's tablet. It changes every half minute, and is read by your app."),
    ),
)
def scan(registration_id: str, asked: ScanAsked) -> ScanShown:
    """The code at the desk, which a check-in by the client's code rests on."""
    _registration, touch, acting = in_care(registration_id)
    found = site_codes.record_scan(db(), acting, now(), touch, site_codes.read(db(), now(), asked.site_code))
    return ScanShown(at=found.at)


@operation(
    bp,
    Operation(
        "beginCapture",
        "POST",
        "/registrations/{registration_id}/capture",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Begin a capture with photos"),
        {200: CaptureShown},
        refusals=NOT_OPEN,
        description=_l("The word that the photos answer, and the words that the client reads before he agrees."),
    ),
)
def begin(registration_id: str) -> CaptureShown:
    """A one-time word for a live capture."""
    registration, touch, acting = in_care(registration_id)
    policy = Policy.of(registration.development.policy)
    return CaptureShown(
        nonce=challenges.issue_nonce(db(), holder(acting), now(), touch),
        expires_in=policy.nonce_seconds,
        consent_version=CURRENT_VERSION[Purpose.FACE_CLIENT],
        consent=client_words(policy),
    )


@operation(
    bp,
    Operation(
        "turnCapture",
        "POST",
        "/registrations/{registration_id}/capture/side",
        Scope.SHOWINGS_WRITE,
        TAG,
        _l("Ask to which side the broker turns"),
        {200: SideShown},
        body=SideAsked,
        refusals=("capture_over", *NOT_OPEN),
        example={"nonce": "…", "sha256": "0" * 64},
        description=_l("Once the first photo is taken. The second one shows the same broker, turned to that side."),
    ),
)
def turn(registration_id: str, asked: SideAsked) -> SideShown:
    """The side, told against the digest of the first shot."""
    _registration, touch, acting = in_care(registration_id)
    side = challenges.tell_side(db(), holder(acting), now(), touch, nonce=asked.nonce, straight_sha256=asked.sha256)
    return SideShown(side=side)


def _sandbox_codes(touch: Touch, message_id: int) -> SandboxCodes:
    """The code out of the text that nobody gets, and the one of a tablet that nobody looks at."""
    sent = texts.params_of(db(), db().get_one(TextMessage, message_id))
    desk = Actor.of(world.one_of(db(), Role.RECEPTION))
    return SandboxCodes(code=sent["code"], site_code=site_codes.code_now(db(), desk, now(), touch.development).text)
