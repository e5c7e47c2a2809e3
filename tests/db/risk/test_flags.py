"""The risk desk at work: what is found, who is asked, what is held meanwhile, and how a flag ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    Decision,
    FriendVisit,
    JobRun,
    Payout,
    Person,
    Receipt,
    RiskFlag,
    RiskHold,
    Role,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    TouchKind,
    Verdict,
)
from portal.rules.risk.figures import Figure, Limit, Party
from portal.rules.risk.flag import FlagState
from portal.rules.risk.limits import SETTINGS
from portal.services import contacts
from portal.services.partners import papers
from portal.services.payouts import holds
from portal.services.risk import facts, finding, flags, limits, lists
from portal.services.risk.facts import Asked
from tests import factories as make
from tests.db.money import Staff, requested
from tests.factories import friends
from tests.risks import flag as flagged

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def visited(session: Session, broker: Person, at: datetime, after: timedelta, **given: object) -> Showing:
    """A client of the broker who was registered so long before the visit, which counts unless it is said."""
    where = {"development": given.pop("development")} if "development" in given else {}
    touch = make.touch(session, person=broker, at=at - after, protected_until=at + 30 * DAY, **where)
    make.registration(session, touch=touch)
    return make.showing(session, touch=touch, at=at, **{"verdict": Verdict.VERIFIED, "reasons": []} | given)


def waiting(session: Session, actor: Actor) -> list[tuple[Figure, int | None, int | None]]:
    rows = session.scalars(lists.to_decide(actor).order_by(RiskFlag.id))
    return [(row.figure, row.agency_id, row.person_id) for row in rows]


def paid(session: Session, now: datetime) -> tuple[Payout, RiskFlag, Showing]:
    """A payment, and a flag that rests on the visit behind it."""
    payout = requested(session, Staff.hired(session), now)
    touch = session.scalars(select(Touch).where(Touch.agency_id == payout.agency_id)).first()
    assert touch is not None
    showing = make.showing(session, touch=touch, at=now - DAY)
    return payout, flagged(session, showing), showing


def held(session: Session, now: datetime, payout: Payout) -> bool:
    """Whether it is held by a question: by the rule, and by the condition for lists."""
    by_rule = Check.QUESTIONS_ANSWERED in holds.found(session, now, [payout])[payout.id]
    listed = select(Payout.id).where(holds.condition(now, Check.QUESTIONS_ANSWERED))
    assert (payout.id in set(session.scalars(listed))) is by_rule
    return by_rule


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that one row is over."""
    known = {figure: Limit(1, minutes=60, hours=24, weeks=12, times=3) for figure in SETTINGS}
    monkeypatch.setattr(limits, "in_force", lambda *_: known)


def test_what_is_over_a_limit_is_found_once_a_day_and_named_once(
    session: Session, now: datetime, manager: Actor
) -> None:
    development = make.development(session)
    broker, honest = make.broker(session), make.broker(session)
    for n in range(3):
        visited(session, broker, now - n * HOUR, 5 * MINUTE, development=development)
        visited(session, honest, now - n * HOUR, 5 * DAY, development=development)
    assert finding.sweep_due(session, now)["risk_flags_found"] == 1
    assert waiting(session, manager) == [(Figure.JUST_BEFORE, broker.agency_id, broker.id)]
    flag = session.scalars(select(RiskFlag)).one()
    assert (flag.count, flag.whole, len(lists.evidence(session, flag))) == (3, 3, 3)
    visited(session, broker, now, MINUTE, development=development)
    assert finding.sweep_due(session, now + MINUTE)["risk_flags_found"] == 0  # it looked today
    flags.let_go(session, manager, now, flag, "客户住在附近，电话核实过")
    assert finding.sweep_due(session, now + DAY)["risk_flags_found"] == 0  # three are named, one more is few
    assert session.get_one(JobRun, finding.RUN).ran_at == now + DAY


def test_each_figure_counts_its_own_rows(session: Session, now: datetime, few: None) -> None:
    development = make.development(session)
    broker, reception = make.broker(session), make.person(session, Role.RECEPTION)
    other_face = [{"code": "seen_under_other_client", "facts": {}, "hard": False}]
    fake = visited(session, broker, now - DAY, 30 * MINUTE, development=development, reasons=other_face)
    review = {"decision": Decision.FAKE, "reason": "照片翻拍", "reviewer_id": reception.id, "at": now}
    session.add(ShowingReview(showing_id=fake.id, **review))
    walked = {"client": fake.touch.client, "development": development, "retired_at": now - 2 * DAY}
    make.touch(session, person=reception, agency=None, kind=TouchKind.WALK_IN, at=now - 2 * DAY + HOUR, **walked)
    never = make.touch(session, person=broker, development=development, at=now - 9 * DAY, protected_until=now - DAY)
    never_came = make.registration(session, touch=never)
    told = lists.figures_of(session, now, Asked(development.id, Party(broker.id, broker.agency_id)))
    counted = {one.figure: (one.count, one.whole) for one in told[development.id]}
    assert counted == {
        Figure.JUST_BEFORE: (1, 1),
        Figure.DOUBTED: (1, 1),
        Figure.FAKE: (1, 1),
        Figure.ONE_FACE: (1, 1),
        Figure.NEVER_CAME: (1, 2),
        Figure.WALKED_IN: (1, 2),
        Figure.VELOCITY: (1, 0),
    }
    nobody = next(one for one in told[development.id] if one.figure is Figure.NEVER_CAME)
    assert nobody.evidence == ((facts.REGISTRATION, never_came.id),)


def test_friends_of_a_referrer_are_counted_too(session: Session, now: datetime, few: None) -> None:
    referrer = make.referrer(session)
    lead = friends.accepted_lead(session, referrer, now - 40 * DAY)
    here = {"touch_id": lead.touch_id, "visited_on": now.date(), "recorded_by": make.person(session, Role.RECEPTION).id}
    session.add(FriendVisit(at=lead.at + MINUTE, **here))
    session.flush()
    told = lists.figures_of(session, now, Asked(None, Party(referrer.person_id, None)))
    counted = {one.figure: one.evidence for one in told[referrer.development_id] if one.over}
    assert {figure: rows[0].table for figure, rows in counted.items()} == {Figure.JUST_BEFORE: facts.FRIEND_VISIT}


def test_one_account_behind_two_payees_is_a_flag_of_each_that_names_the_other_to_us_alone(
    session: Session, now: datetime, manager: Actor
) -> None:
    agency, other, person = make.agency(session), make.agency(session), make.person(session, Role.REFERRER)
    for owner, account in ((agency, "6222000011112222"), (person, "6222000011112222"), (other, "6222000033334444")):
        make.bank_details(session, owner, account=account)
        owner.account_index = None  # as an account of before these indexes
    session.flush()
    assert finding.sweep_due(session, now)["risk_flags_found"] == 2
    found = {row.party: [tuple(row) for row in row.rows] for row in session.scalars(select(RiskFlag))}
    assert found == {Party(None, agency.id): [("people", person.id)], Party(person.id, None): [("agencies", agency.id)]}
    assert finding.open_found(session, now) == 0
    make.bank_details(session, other, account="6222000011112222")
    assert finding.open_found(session, now) == 1  # the two have a flag that waits


def test_one_phone_behind_two_partners(session: Session, now: datetime) -> None:
    pairs = [make.agreement(session) for _ in range(3)]
    phone = "0571-8888 6600"
    for pair, written in zip(pairs, (phone, "057188886600", "0571-8888 6601"), strict=True):
        papers.write_terms(session, pair, papers.Terms(contact=papers.Contact("王芳", written)))
    referrer = make.referrer(session)
    own = contacts.open_phone(session, referrer.person).e164
    papers.write_terms(session, pairs[2], papers.Terms(contact=papers.Contact("李强", own)))
    shared = {(figure, party) for figure, party, _rows in facts.shared(session)}
    holders = [*(Party(None, pair.agency_id) for pair in pairs), Party(referrer.person_id, None)]
    assert shared == {(Figure.SAME_PHONE, party) for party in holders}


def test_only_what_is_affected_waits_and_another_person_frees_it(
    session: Session, now: datetime, manager: Actor
) -> None:
    payout, flag, _showing = paid(session, now)
    other, _flag, _ = paid(session, now)
    assert not held(session, now, payout)
    flags.ask(session, manager, now, flag, "这几次到访为什么没有带看记录？")
    assert not held(session, now, payout)
    flags.ask(session, manager, now, flag, "请说明，说明前该笔暂缓支付。", hold=True)
    assert held(session, now, payout)
    assert not held(session, now, other)
    with pytest.raises(Refusal, match="risk_held_by_you"):
        flags.let_go(session, manager, now, flag, "查过了")
    broker = Actor.of(session.get_one(Person, flag.person_id))
    flags.answer(session, broker, now, flag, "客户当天两次到访，第一次没有拍照。")
    another = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    flags.let_go(session, another, now, flag, "案场登记本可以印证")
    assert not held(session, now, payout)
    receipts = select(Receipt.facts).where(Receipt.subject_kind == "risk_steps").order_by(Receipt.id)
    assert [one["rule"] for one in session.scalars(receipts)] == ["risk_held", "risk_freed"]
    assert [step.deed for step in lists.with_steps(session, flag)] == ["asked", "held", "answered", "let_go"]
    with pytest.raises(Refusal, match="risk_ended"):
        flags.ask(session, another, now, flag, "还有一个问题")


def test_an_account_in_question_holds_all_that_is_paid_there(session: Session, now: datetime, manager: Actor) -> None:
    payout, _row, _showing = paid(session, now)
    given = {"figure": Figure.SAME_ACCOUNT, "person_id": None, "found": "test:account"}
    account = RiskFlag(
        development_id=None, agency_id=payout.agency_id, count=1, whole=1, evidence=[["agencies", 1]],
        opened_at=now, state=FlagState.OPEN, since=now, **given,
    )  # fmt: skip
    session.add(account)
    session.flush()
    flags.ask(session, manager, now, account, "请说明收款账户。", hold=True)
    assert held(session, now, payout)
    assert session.scalar(select(func.count(RiskHold.id)).where(RiskHold.deal_id.is_not(None))) == 0


def test_a_flag_goes_on_to_a_strike(session: Session, now: datetime, manager: Actor) -> None:
    showing = visited(session, make.broker(session), now - DAY, DAY)
    flag = flagged(session, showing)
    with pytest.raises(Refusal, match="risk_no_showing"):
        flags.strike(session, manager, now, flag, None, "照片是翻拍")
    flags.strike(session, manager, now, flag, showing, "照片是翻拍")
    assert flag.state is FlagState.STRUCK
    assert session.scalars(select(Strike.broker_id)).one() == flag.person_id


def test_of_four_who_decide_one_flag_one_does(database: Database, now: datetime) -> None:
    """Let go by two, struck by two, all at once: it ends once, and there is a strike where that was it."""
    with database.transaction() as session:
        showing = visited(session, make.broker(session), now - DAY, DAY)
        key, shown = flagged(session, showing).id, showing.id
        hands = [Actor.of(make.person(session, Role.CHANNEL_MANAGER)) for _ in range(4)]
    start = Barrier(len(hands))

    def decide(number: int) -> str:
        start.wait()
        try:
            with database.transaction() as session:
                flag = session.get_one(RiskFlag, key)
                if number % 2:
                    flags.strike(session, hands[number], now, flag, session.get_one(Showing, shown), "照片是翻拍")
                else:
                    flags.let_go(session, hands[number], now, flag, "看过了")
                return "done"
        except Refusal as refused:
            return refused.code

    with ThreadPoolExecutor(len(hands)) as threads:
        said = sorted(threads.map(decide, range(len(hands))))
    assert said == ["done", "risk_ended", "risk_ended", "risk_ended"]
    with database.reading() as session:
        struck = session.get_one(RiskFlag, key).state is FlagState.STRUCK
        assert session.scalar(select(func.count(Strike.id))) == int(struck)
        assert len(lists.with_steps(session, session.get_one(RiskFlag, key))) == 1


def test_a_flag_that_none_of_us_answers_ends(session: Session, now: datetime, manager: Actor) -> None:
    broker = make.broker(session)
    silent, asked = (flagged(session, visited(session, broker, now, DAY)) for _ in range(2))
    flags.ask(session, manager, now, asked, "为什么？")
    assert flags.expire_due(session, now + 30 * DAY - MINUTE) == 0
    assert flags.expire_due(session, now + 30 * DAY) == 1
    assert (silent.state, asked.state) == (FlagState.EXPIRED, FlagState.ASKED)
    flags.answer(session, Actor.of(broker), now + 31 * DAY, asked, "因为")
    assert flags.expire_due(session, now + 61 * DAY) == 1


def test_the_database_lets_nobody_free_what_he_holds_nor_touch_what_ended(
    session: Session, now: datetime, manager: Actor
) -> None:
    _payout, flag, _ = paid(session, now)
    flags.ask(session, manager, now, flag, "为什么？", hold=True)
    session.commit()
    own = {"state": "let_go", "ended_at": now, "ended_by": manager.id}
    for values in (own, {"figure": Figure.FAKE}, {"evidence": []}):
        with pytest.raises(DBAPIError):
            session.execute(update(RiskFlag).where(RiskFlag.id == flag.id).values(**values))
        session.rollback()
    another = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    flags.let_go(session, another, now, flag, "查过了")
    session.commit()
    for stmt in (update(RiskFlag).values(state=FlagState.OPEN, ended_at=None), delete(RiskFlag), delete(RiskHold)):
        with pytest.raises(DBAPIError):
            session.execute(stmt)
        session.rollback()


def test_as_many_queries_for_many_partners_as_for_one(session: Session, now: datetime) -> None:
    development, made = make.development(session), list[str]()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *said: made.append(said[2]))
    counts = []
    for _ in range(2):
        for _broker in range(2):
            visited(session, make.broker(session), now, DAY, development=development)
        session.flush()
        made.clear()
        facts.load(session, now, Asked())
        counts.append(len(made))
    assert counts == [4, 4]
