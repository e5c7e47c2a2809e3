"""The only way tests make rows: one function a thing, sensible by default, anything settable by name.

    broker = make.broker(session)                       # with an agency of his own
    make.agreement(session, development=d, agency=broker.agency)

Every row is flushed, so that it has its id. Names and phones are fictional, and no two are alike.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from portal.crypto import digest, token
from portal.models import (
    Agency,
    Agreement,
    Appeal,
    AppealPicture,
    Audience,
    CaptureRequest,
    Client,
    Deal,
    Development,
    Dispute,
    DisputeState,
    DisputeStep,
    FaceTemplate,
    Freeze,
    MilestoneKind,
    Outcome,
    Person,
    Photo,
    PlanVersion,
    PostedLine,
    Referrer,
    Registration,
    Reward,
    RewardState,
    Role,
    Showing,
    StatementLine,
    Strike,
    Touch,
    TouchKind,
    Verdict,
    Way,
    WebSession,
)
from portal.services import contacts
from portal.services.accounts import passwords
from portal.services.claims import search_terms
from referral.rewards.reward_plan import Kind

BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
"""When things that were always there were made."""

PASSWORD = "correct horse battery"

_numbers = count(1)


def agency(session: Session, **given: Any) -> Agency:
    """An active agency with bank details that have long been unchanged."""
    number = next(_numbers)
    values = {"name": f"安居{number}号经纪", "created_at": BEFORE, "bank_changed_at": BEFORE}
    return _kept(session, Agency(**values | given))


def person(
    session: Session, role: Role, *, phone: str | None = None, has_password: bool = True, **given: Any
) -> Person:
    """A person of any role, who signs in with PASSWORD unless there is none. Partners get an agency of their own unless
    one is given."""
    number = contacts.parse_phone(phone or new_phone())
    if role in {Role.PRINCIPAL, Role.BROKER} and "agency" not in given and "agency_id" not in given:
        given["agency"] = agency(session)
    values = {
        "role": role,
        "name": f"测试{next(_numbers)}",
        "phone_sealed": contacts.seal_phone(session, number),
        "phone_index": contacts.phone_index(session, number),
        "created_at": BEFORE,
        "guide_closed_at": BEFORE,
    }
    row: Person = _kept(session, Person(**values | given))
    if has_password:
        password(session, row, _password_hash())
    return row


def password(session: Session, row: Person, hashed: str) -> None:
    """Let the password with this hash rest in a person's row, when the next thing is written or asked for."""
    row.password_sealed = passwords.seal(session, row.id, hashed)


def broker(session: Session, **given: Any) -> Person:
    """A broker."""
    return person(session, Role.BROKER, **given)


def development(session: Session, **given: Any) -> Development:
    """A development with the default policy."""
    values = {
        "name": f"云栖{next(_numbers)}号院",
        "city": "杭州",
        "address": "西溪路 1 号",
        "headline": "推窗见湖，归家即远山",
        "colour": "#0F5E6E",
        "presale_permit": "杭售许字（2026）第 000123 号",
        "latitude": 30.2592,
        "longitude": 120.0884,
        "policy": {},
        "created_at": BEFORE,
    }
    return _kept(session, Development(**values | given))


def plan_version(session: Session, **given: Any) -> PlanVersion:
    """The standard plan, published long ago; the same row when it is there already."""
    values = {"name": "standard", "version": 1, "toml": STANDARD, "effective_from": BEFORE, "published_at": BEFORE}
    values |= given
    there = select(PlanVersion).where(PlanVersion.name == values["name"], PlanVersion.version == values["version"])
    return session.scalar(there) or _kept(session, PlanVersion(**values))


def agreement(session: Session, **given: Any) -> Agreement:
    """An agreement with the standard plan, running for good; development and agency are made unless given."""
    plan_version(session)
    given.setdefault("development", None)
    given["development"] = given["development"] or development(session)
    if "agency" not in given:
        given["agency"] = agency(session)
    values = {"plan_name": "standard", "starts_on": date(2025, 1, 1), "created_at": BEFORE}
    return _kept(session, Agreement(**values | given))


def client(session: Session, *, phone: str | None = None) -> Client:
    """A prospective buyer."""
    number = contacts.parse_phone(phone or new_phone())
    return _kept(
        session,
        Client(
            phone_sealed=contacts.seal_phone(session, number),
            phone_index=contacts.phone_index(session, number),
            created_at=BEFORE,
        ),
    )


def web_session(session: Session, *, person: Person, at: datetime = BEFORE) -> WebSession:
    """A sign-in of a person that lasts thirty days; nobody knows its secret."""
    return _kept(
        session,
        WebSession(
            token_digest=digest(token()),
            person=person,
            started_at=at,
            ends_at=at + timedelta(days=30),
            seen_at=at,
            address="127.0.0.1",
            device="a phone",
        ),
    )


def touch(session: Session, *, name: str = "王小明", **given: Any) -> Touch:
    """A registration's touch that holds its client for good; `person` is a broker unless given."""
    given.setdefault("person", None)
    given["person"] = given["person"] or broker(session)
    given.setdefault("agency", given["person"].agency)
    if "development" not in given:
        given["development"] = development(session)
    if "client" not in given:
        given["client"] = client(session)
    values = {"kind": TouchKind.REGISTRATION, "at": BEFORE, "name_sealed": contacts.seal_name(session, name)} | given
    return _kept(session, Touch(**{"holds_from": values["at"]} | values))


def registration(session: Session, *, touch: Touch) -> Registration:
    """The accepted registration that made a touch, to be found by its client's name."""
    row = _kept(
        session,
        Registration(
            touch=touch,
            development=touch.development,
            client=touch.client,
            broker=touch.person,
            agency=touch.agency,
            name_sealed=touch.name_sealed,
            outcome=Outcome.ACCEPTED,
            at=touch.at,
        ),
    )
    name, phone = contacts.open_name(session, row.name_sealed), contacts.open_phone(session, row.client)
    search_terms.keep(session, row, name, phone)
    return row


def showing(session: Session, *, touch: Touch, **given: Any) -> Showing:
    """A check-in without a photo that waits for a person, as if just judged."""
    values = {
        "development": touch.development,
        "broker": touch.person,
        "agency": touch.agency,
        "way": Way.RECEPTION,
        "verdict": Verdict.NEEDS_REVIEW,
        "reasons": [{"code": "client_absent", "facts": {}, "hard": False}],
        "evidence": {"engine": None, "found": {"faces": None}, "policy": {}},
        "at": BEFORE,
    }
    return _kept(session, Showing(touch=touch, **values | given))


def capture_request(session: Session, *, showing: Showing, at: datetime = BEFORE) -> CaptureRequest:
    """A reviewer asks for a new capture of a showing, within a day."""
    values = {"reason": "看不清两人。", "asked_at": at, "answer_by": at + timedelta(days=1)}
    return _kept(session, CaptureRequest(showing=showing, asked_by=person(session, Role.RECEPTION).id, **values))


def photo(session: Session, *, showing: Showing, **given: Any) -> Photo:
    """A kept photo of a showing, due a day later; its file is the caller's business."""
    name = f"{next(_numbers):032x}"
    values = {
        "showing_id": showing.id,
        "development_id": showing.development_id,
        "file_name": name,
        "sha256": f"{name}{name}",
        "dhash": "0" * 64,
        "width": 4,
        "height": 3,
        "taken_at": BEFORE,
        "keep_until": BEFORE + timedelta(days=1),
    }
    return _kept(session, Photo(**values | given))


def template(session: Session, *, touch: Touch | None = None, **given: Any) -> FaceTemplate:
    """A face that no engine made: of a touch's client, or of `person_id`."""
    if touch is not None:
        given |= {"client_id": touch.client_id, "development_id": touch.development_id}
    values = {"engine": "none", "engine_version": "1", "vector_sealed": b"sealed", "created_at": BEFORE}
    return _kept(session, FaceTemplate(**values | given))


def strike(session: Session, *, showing: Showing, **given: Any) -> Strike:
    """A confirmed fake showing, by itself: no review, and no freeze."""
    values = {"broker_id": showing.broker_id, "confirmed_at": BEFORE}
    if "confirmed_by" not in given:
        given["confirmed_by"] = person(session, Role.RECEPTION).id
    return _kept(session, Strike(showing=showing, **values | given))


def appeal(session: Session, *, strike: Strike, **given: Any) -> Appeal:
    """An open appeal, filed as soon as the strike was confirmed."""
    values = {"words": "客户本人到过现场。", "filed_at": strike.confirmed_at}
    return _kept(session, Appeal(strike=strike, **values | given))


def appeal_picture(session: Session, *, appeal: Appeal, **given: Any) -> AppealPicture:
    """The row of an appeal's picture; its file is nowhere."""
    values = {"file_name": f"{next(_numbers):032x}", "width": 1, "height": 1}
    return _kept(session, AppealPicture(appeal=appeal, **values | given))


def freeze(session: Session, *, broker: Person, starts_at: datetime, ends_at: datetime) -> Freeze:
    """A frozen account."""
    return _kept(session, Freeze(broker=broker, starts_at=starts_at, ends_at=ends_at))


def deal(session: Session, **given: Any) -> Deal:
    """A subscribed deal of a touch (made unless given; None: nobody's), at 2,000,000 yuan. It has the milestones of the
    dates that are given, and no other."""
    owner = given.pop("touch") if "touch" in given else touch(session)
    if owner is not None:
        given |= {"touch": owner, "owner": owner.person, "agency": owner.agency}
        given = {"development": owner.development, "client": owner.client} | given
    for column, made in (("development", development), ("client", client)):
        if column not in given:
            given[column] = made(session)
    values = {
        "name_sealed": contacts.seal_name(session, "王小明"),
        "unit": f"3-{next(_numbers)}",
        "price_fen": 2_000_000_00,
        "created_at": BEFORE,
    }
    if "created_by" not in given:
        given["created_by"] = person(session, Role.CHANNEL_MANAGER).id
    row = _kept(session, Deal(**values | given))
    for kind in (MilestoneKind.SIGNED, MilestoneKind.CANCELLED):
        if (at := given.get(f"{kind}_at")) is not None:
            milestone(session, row, kind, at)
    return row


def dispute(session: Session, *, line_id: int) -> Dispute:
    """The open dispute of a stated line, filed by somebody of its agency; the same row when it is there already."""
    there = session.scalar(select(Dispute).where(Dispute.line_id == line_id))
    if there is not None:
        return there
    line, stands = session.get_one(PostedLine, line_id), session.get_one(StatementLine, line_id)
    row = _kept(
        session,
        Dispute(line_id=line_id, statement_id=stands.statement_id, state=DisputeState.OPEN, filed_at=BEFORE),
    )
    by = person(session, Role.PRINCIPAL, agency_id=line.agency_id)
    _kept(session, DisputeStep(dispute=row, state=row.state, words="少算了一万。", actor_id=by.id, at=BEFORE))
    return row


def referrer(session: Session, **given: Any) -> Referrer:
    """A homeowner with a code; the person is made unless given."""
    from referral.code import mint  # here, so that tests without a referrer do not need the room

    given.setdefault("person", None)
    given["person"] = given["person"] or person(session, Role.REFERRER)
    if "development" not in given:
        given["development"] = development(session)
    number = next(_numbers)
    code = mint(Random(number).randrange)
    values = {"audience": Audience.HOMEOWNER, "code": code, "home": "3-1202", "joined_at": BEFORE}
    return _kept(session, Referrer(**values | given))


def refers(session: Session, person: Person) -> Referrer:
    """The one development for which a person refers, as a referrer."""
    return session.scalars(select(Referrer).where(Referrer.person_id == person.id)).one()


def referred_deal(session: Session, referrer: Referrer, at: datetime) -> Deal:
    """The deal of a referrer's friend, signed at `at`; its rewards are not settled yet."""
    given = {"person": referrer.person, "kind": TouchKind.REFERRAL_LEAD, "development": referrer.development}
    return deal(session, touch=touch(session, **given), signed_at=at)


def cash_reward(session: Session, referrer: Referrer, at: datetime = BEFORE, **given: Any) -> Reward:
    """A referrer's reward in money for a friend who signed at `at`: 20,000 yuan, due."""
    values = {
        "referrer": referrer,
        "development": referrer.development,
        "slot": 0,
        "rung": 1,
        "kind": Kind.CASH,
        "title": "referral_bonus",
        "value_fen": 20_000_00,
        "state": RewardState.DUE,
        "due_on": at.date(),
        "why": {"nth": 1, "rung": 1, "version": 1, "repeats_last": False, "delay_days": 0, "reached_on": None},
        "granted_at": at,
    }
    if "deal" not in given:
        given["deal"] = referred_deal(session, referrer, at)
    return _kept(session, Reward(**values | given))


def new_phone() -> str:
    """A phone that nobody else in the tests has: of those that tests write down themselves none begins so."""
    return f"1380{5_000_000 + next(_numbers)}"


@cache
def _password_hash() -> str:
    """Hashing is slow on purpose, so it is done once a run."""
    return passwords.hash_password(PASSWORD)


def _kept(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


from .bank_accounts import bank_details  # noqa: E402, F401 - as below
from .faces import met, own_face, waiting_face  # noqa: E402, F401 - as below
from .milestones import cancel, milestone, signed_deal  # noqa: E402, F401 - they are made of what stands above
from .papers import adjustment, invoice, partner_paper  # noqa: E402, F401 - as above
from .programmes import company, programme  # noqa: E402, F401 - as above
