"""Conflicts over clients (渠道冲突): objecting to a refusal, and reading the own side of a case; of a rival nothing."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ....adapters.images.photos import Photo
from ....models import ConflictCase, ConflictDecision, Objection, Registration
from ....rules.conflicts import conflict as rule
from ....rules.conflicts.conflict import Cause, Result
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services import contacts
from ....services.claims import decision_receipts
from ....services.conflicts import cases, deciding, objections
from ....services.conflicts.cases import ALL, CaseState
from ....services.partner_api import callers
from ....services.penalties.appeals import MOST_PICTURES, take_in_pictures
from ....web.edge import db, files, now
from ...authentication import caller
from ...fields import Asked, Instant, Shown, Words
from ...operations import Operation, operation
from ...pages import PageQuery, PageShown, page
from ...receipts import ReceiptShown, receipt_shown
from ...rows import row
from ...sent import FilePart, Files
from ..developments import DevelopmentShown, development_named

bp = Blueprint("api_conflicts", __name__)

TAG = "conflicts"
EXPANDS = ("development",)
PICTURES = {"pictures": FilePart("JPEG, PNG or WebP pictures.", MOST_PICTURES)}


class ObjectionAsked(Asked):
    """What speaks for your broker."""

    words: Words = Field(examples=["客户11月初由我方首次带看，有聊天记录。"])


class SecondLookAsked(Asked):
    """What the decision did not consider."""

    words: Words = Field(examples=["决定未考虑11月3日的带看记录。"])


class ObjectionShown(Shown):
    """What a broker of the agency said."""

    broker: str
    registration: str
    words: str
    pictures: int
    at: Instant


class DecisionShown(Shown):
    """What was decided, and what it means for the agency."""

    result: Result | None = Field(description="Of the agency's broker; null at a look that a later one replaced.")
    share_bps: int | None = Field(description="The part of the deal, in basis points, where it is shared.")
    reason: str
    at: Instant
    receipt: ReceiptShown | None


class ConflictShown(Shown):
    """A case over whose client somebody is, as the agency sees it. The other side is left out."""

    id: str = Field(examples=[identifier(Prefix.CONFLICT, 1)])
    development: str | DevelopmentShown = Field(description="In full, with its rules, with `expand=development`.")
    client_phone: str = Field(description="Masked.", examples=["138****1234"])
    cause: Cause
    state: CaseState
    opened_at: Instant
    decide_by: Instant
    objections: list[ObjectionShown] = Field(description="Of the own brokers.")
    decisions: list[DecisionShown] = Field(description="The first look's first.")
    second_look_until: Instant | None = Field(description="Until then a second look may be asked for, once.")


class ConflictsQuery(PageQuery):
    """Which cases are wanted."""

    state: CaseState | None = Field(default=None, strict=False)


def _pictures(_asked: ObjectionAsked, sent: Files) -> list[Photo]:
    return take_in_pictures([one.content for one in sent.get("pictures", ())])


@operation(
    bp,
    Operation(
        "object",
        "POST",
        "/registrations/{registration_id}/objection",
        Scope.CONFLICTS_WRITE,
        TAG,
        _l("Object to a refusal, or to whose a deal became"),
        {201: ConflictShown},
        body=ObjectionAsked,
        files=PICTURES,
        take_in=_pictures,
        refusals=(
            *("nothing_to_object", "objection_too_late", "already_objected", "mask_has_no_number", "photo_kind"),
            *("api_part_odd", "photo_too_large", "photo_unreadable", "api_broker_unknown"),
        ),
        example={"words": "客户11月初由我方首次带看，有聊天记录。"},
        description=_l(
            "Once, in the name of the broker who registered the client, with up to three pictures in a form. A person "
            "without a part in it decides."
        ),
    ),
)
def object_to(registration_id: str, asked: ObjectionAsked, taken: list[Photo]) -> ConflictShown:
    """Object from a registration of the agency's."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    acting = callers.in_the_name_of(caller().actor, registration.broker)
    made = objections.object_to(db(), acting, now(), files(), registration, words=asked.words, pictures=taken)
    db().flush()
    db().expire(made.case)
    return shown(made.case)


@operation(
    bp,
    Operation(
        "listConflicts",
        "GET",
        "/conflicts",
        Scope.CONFLICTS_READ,
        TAG,
        _l("The cases that the agency has part in"),
        {200: PageShown[ConflictShown]},
        query=ConflictsQuery,
        refusals=("api_cursor_odd",),
        expands=EXPANDS,
    ),
)
def list_conflicts(query: ConflictsQuery) -> PageShown[ConflictShown]:
    """Newest first."""
    stmt = cases.cases(caller().actor, now(), state=query.state or ALL)
    rows, cursor = page(stmt, ConflictCase.id, Prefix.CONFLICT, query)
    return PageShown[ConflictShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readConflict",
        "GET",
        "/conflicts/{conflict_id}",
        Scope.CONFLICTS_READ,
        TAG,
        _l("One case, and what was decided"),
        {200: ConflictShown},
        expands=EXPANDS,
    ),
)
def read(conflict_id: str) -> ConflictShown:
    """One of them."""
    return shown(row(ConflictCase, Prefix.CONFLICT, conflict_id))


@operation(
    bp,
    Operation(
        "askSecondLook",
        "POST",
        "/conflicts/{conflict_id}/second-look",
        Scope.CONFLICTS_WRITE,
        TAG,
        _l("Ask for a second look"),
        {200: ConflictShown},
        body=SecondLookAsked,
        refusals=(
            "second_look_not_yours",
            "second_look_used",
            "objection_too_late",
            "conflict_open",
            "api_broker_unknown",
        ),
        example={"words": "决定未考虑11月3日的带看记录。"},
        description=_l("Once, in the name of the own broker who lost: another manager looks at it anew."),
    ),
)
def look_again(conflict_id: str, asked: SecondLookAsked) -> ConflictShown:
    """Another manager looks."""
    case = row(ConflictCase, Prefix.CONFLICT, conflict_id)
    party = next((one for one in case.parties if one.agency_id == caller().agency_id), None)
    if party is None:
        raise Refusal("second_look_not_yours")
    deciding.ask_second_look(db(), callers.in_the_name_of(caller().actor, party.person), now(), case, asked.words)
    db().flush()
    db().expire(case)
    return shown(case)


def shown(case: ConflictCase) -> ConflictShown:
    """A case as the agency may see it."""
    acting = caller().actor
    return ConflictShown(
        id=identifier(Prefix.CONFLICT, case.id),
        development=development_named(case.development),
        client_phone=contacts.open_phone(db(), case.client).masked,
        cause=case.cause,
        state=cases.state_of(db(), case, now()),
        opened_at=case.opened_at,
        decide_by=case.due_at,
        objections=[_objection(one) for one in cases.own_objections(case, acting)],
        decisions=[_decision(case, one) for one in case.decisions],
        second_look_until=rule.object_until(case.closed_at) if _may_ask(case) and case.closed_at else None,
    )


def _may_ask(case: ConflictCase) -> bool:
    """Whether one of the own brokers could ask now."""
    return any(
        one.agency_id == caller().agency_id
        and deciding.second_look_refusal(case, callers.in_the_name_of(caller().actor, one.person), now()) is None
        for one in case.parties
        if one.person.deactivated_at is None and one.person.agency_id == caller().agency_id
    )


def _objection(one: Objection) -> ObjectionShown:
    return ObjectionShown(
        broker=identifier(Prefix.BROKER, one.broker_id),
        registration=identifier(Prefix.REGISTRATION, one.registration_id),
        words=one.words,
        pictures=len(objections.kept_pictures(one)),
        at=one.at,
    )


def _decision(case: ConflictCase, one: ConflictDecision) -> DecisionShown:
    last = one is case.decisions[-1]
    result = cases.result_of(case, caller().actor) if last else None
    receipt = decision_receipts.find(db(), result)
    return DecisionShown(
        result=result.result if result else None,
        share_bps=result.share_bps if result else None,
        reason=one.reason,
        at=one.decided_at,
        receipt=receipt_shown(receipt) if receipt else None,
    )
