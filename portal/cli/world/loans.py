"""The demo's loans and promises: homes on every stage of the way to the bank's money, one late with its compensation,
and promises in every state."""

from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, exists, select

from ...clock import day_start, local_day
from ...models import BroughtBy, Deal, Loan, LoanRisk, LoanStepKind, Milestone, MilestoneKind, Promise, Role
from ...rules.loans.stage import LoanStage
from ...rules.loans.terms import given_text
from ...rules.promises.promise import PromiseKind, Wanted
from ...services.loans import loans, terms
from ...services.loans.loans import Begun
from ...services.promises import compensation, promises
from ...services.promises.promises import Whose
from .timeline import World

_BANKS = ("中国工商银行", "中国建设银行", "招商银行", "杭州银行", "公积金中心")
_BRANCHES = ("滨江支行", "西湖支行", "余杭支行")
_OFFICERS = ("陈经理", "沈经理", "杜经理", "叶经理", "钟经理")
_QUICK, _SLOW = _BANKS[:2], _BANKS[2:]
"""Whoever waits for long waits for a bank that takes long; but for the one that is late."""

_AFTER = (4, 6, 10, 14, 20, 26)
"""So many days after the subscription the stages before the money are reached, where nothing holds one up."""

_LATE_STAGES = ((LoanStepKind.PAPERS, 1), (LoanStepKind.PRE_CHECK, 3), (LoanStepKind.INTERVIEW, 6))
_LONG = 24
_NOT_BEGUN, _CASH, _MISSING, _REFUSED = 3, 7, 5, 4
"""Which of the loans, counted from the newest, are special."""

_HELD = 38
"""So many days ago the newest purchase was made whose bank does not pay."""

_EARLIER, _SECOND = 14, 5
"""So many days ago what is late or kept by now was promised, and the older promise was kept."""


def plan(world: World) -> None:
    """Terms since the year began; promises of two weeks ago; what was noted of loans until yesterday."""
    world.at(world.begins + timedelta(hours=10), lambda at: _terms(world, at), surely=True)
    for days, deed in ((_HELD, _hold), (_EARLIER, _earlier), (1, _loans)):
        noon = day_start(world.year.days_ago(days)) + timedelta(hours=12)
        world.at(noon, partial(deed, world), surely=True)


def _terms(world: World, at: datetime) -> None:
    """A bank has promised to be quicker than the handbooks say."""
    quicker = given_text().replace(f'name = "{_BANKS[0]}"\ndays = "20-30"', f'name = "{_BANKS[0]}"\ndays = "15-25"')
    note = "与工行签了合作协议，资料齐全后 25 天内放款"
    manager = world.actor(Role.CHANNEL_MANAGER)
    row = terms.propose(world.session, manager, at, development_id=None, toml=quicker, note=note)
    world.session.flush()
    terms.confirm(world.session, world.actor(Role.FINANCE), at, row)


def _hold(world: World, _at: datetime) -> None:
    """The newest purchase of that day is the one that waits for its bank ever since."""
    world.unpaid.update(deal.id for deal in _waiting(world)[:1])


def _waiting(world: World) -> list[Deal]:
    """Deals whose money has not come, the newest first."""
    stmt = select(Deal).where(Deal.cancelled_at.is_(None), ~_paid()).order_by(Deal.created_at.desc(), Deal.id.desc())
    return list(world.session.scalars(stmt))


def _paid() -> ColumnElement[bool]:
    return exists().where(Milestone.deal_id == Deal.id, Milestone.kind == MilestoneKind.LOAN_RELEASED)


def _loans(world: World, at: datetime) -> None:
    found = _waiting(world)
    late = _late(world, at, found)
    on_the_way = [deal for deal in found if deal is not late]
    for number, deal in enumerate(on_the_way):
        if number != _NOT_BEGUN:
            _loan(world, at, number, deal)
    _before_signing(world, at, on_the_way)
    _promises_now(world, at, on_the_way)
    text = given_text().replace("compensation_yuan = 3600", "compensation_yuan = 4800")
    place, note = world.developments[-1].id, "该项目物业费较高，一年按 4800 元计"
    terms.propose(world.session, world.actor(Role.CHANNEL_MANAGER), at, development_id=place, toml=text, note=note)


def _late(world: World, at: datetime, found: list[Deal]) -> Deal | None:
    """The home whose bank does not pay, or else that waits longest or was paid last, if it is late enough for a
    compensation."""
    paid = select(Deal).where(Deal.cancelled_at.is_(None), _paid()).order_by(Deal.id.desc())
    longest = sorted(found, key=lambda deal: (deal.id not in world.unpaid, deal.created_at, deal.id))
    for deal in [*longest, *world.session.scalars(paid.limit(40))]:
        if not _would_be_late(world, at, deal):
            continue
        world.unpaid.add(deal.id)
        keeper = world.actor(Role.CHANNEL_MANAGER)
        loan = loans.begin(world.session, keeper, at, deal, _begun(deal, 0, _BANKS[0]))
        for kind, days in _LATE_STAGES:
            day = loans.subscribed_on(deal) + timedelta(days=days)
            loans.record_step(world.session, keeper, at, loan, kind=kind, on_day=day)
        _papers(world, at, 0, deal)
        promise = compensation.accept(world.session, keeper, at, deal, "放款晚于约定，赠送一年物业费，交房后抵扣")
        promises.confirm_by_link(world.session, at, promise)
        return deal
    return None


def _would_be_late(world: World, at: datetime, deal: Deal) -> bool:
    held = terms.in_force(world.session, deal.development_id)
    bank = held.bank(_BANKS[0])
    assert bank is not None, "the terms name it"
    released = next((step.at for step in deal.milestones if step.kind is MilestoneKind.LOAN_RELEASED), at)
    waited = (local_day(released) - loans.subscribed_on(deal)).days - _LATE_STAGES[0][1]
    return waited > bank.to_days + held.grace_days


def _begun(deal: Deal, number: int, bank: str) -> Begun:
    return Begun(
        cash=False,
        after=0,
        bank=bank,
        branch=_BRANCHES[number % len(_BRANCHES)],
        officer=_OFFICERS[number % len(_OFFICERS)],
        amount_fen=deal.price_fen * 65 // 100_000_000 * 1_000_000 or None,
        rate_bps=310 + 5 * (number % 4),
    )


def _loan(world: World, at: datetime, number: int, deal: Deal) -> None:
    session, keeper = world.session, world.actor(Role.CHANNEL_MANAGER)
    if number == _CASH:
        loans.begin(session, keeper, at, deal, Begun(cash=True, after=0))
        return
    since = loans.subscribed_on(deal)
    banks = _SLOW if (local_day(at) - since).days >= _LONG else _QUICK
    loan = loans.begin(session, keeper, at, deal, _begun(deal, number, banks[number % len(banks)]))
    _papers(world, at, number, deal)
    if number != _MISSING:
        _stages(world, at, number, loan, since)


def _papers(world: World, at: datetime, number: int, deal: Deal) -> None:
    """All but the last two where papers are missing; on the first days all but some."""
    listed = terms.in_force(world.session, deal.development_id).papers
    today, keeper, since = local_day(at), world.actor(Role.CHANNEL_MANAGER), loans.subscribed_on(deal)
    for place, paper in enumerate(listed[:-2] if number == _MISSING else listed):
        on_day = since + timedelta(days=1 + place % 4)
        if on_day <= today:
            by = BroughtBy.BROKER if place % 3 else BroughtBy.CLIENT
            loans.bring_paper(world.session, keeper, at, deal, code=paper.code, brought_by=by, on_day=on_day)


def _stages(world: World, at: datetime, number: int, loan: Loan, since: date) -> None:
    session, keeper, today = world.session, world.actor(Role.CHANNEL_MANAGER), local_day(at)
    for stage, days in zip(LoanStage, _AFTER, strict=False):
        on_day = since + timedelta(days=days + number % 3)
        if on_day <= today:
            loans.record_step(session, keeper, at, loan, kind=LoanStepKind(stage), on_day=on_day)
    if number == _REFUSED:
        why = "流水不足，银行要求增加共同借款人"
        loans.record_step(session, keeper, at, loan, kind=LoanStepKind.REFUSED, on_day=today, note=why)


def _before_signing(world: World, at: datetime, found: list[Deal]) -> None:
    """What is not signed has a day for it, and one of them a risk."""
    session, keeper = world.session, world.actor(Role.CHANNEL_MANAGER)
    for number, deal in enumerate(one for one in found if one.signed_at is None):
        if number % 2 == 0:
            day = local_day(at) + timedelta(days=3 + number)
            loans.agree_signing(session, keeper, at, deal, day)
            loans.note_risk(session, keeper, at, deal, risk=LoanRisk.COMPETITOR, text="周末又去看了对面楼盘")
        else:
            loans.note_risk(session, keeper, at, deal, risk=LoanRisk.CREDIT, text="信用卡有两次逾期，等银行回话")


def _earlier(world: World, at: datetime) -> None:
    """One is kept within the week; another was to be kept by now, and is late."""
    found = _waiting(world)[:2]
    for number, deal in enumerate(found):
        text, worth, item = (
            ("老带新到访礼：茶具一套", 680_00, "茶具"),
            ("签约礼：空气净化器一台", 1_580_00, "空气净化器"),
        )[number]
        due_on = local_day(at) + timedelta(days=8)
        wanted = Wanted(kind=PromiseKind.GIFT, worth_fen=worth, item=item, due_on=due_on)
        row = promises.make(world.session, world.actor(Role.CHANNEL_MANAGER), at, _whose(deal), wanted, text)
        promises.confirm_by_link(world.session, at, row)
        if number == 0:
            kept = at + timedelta(days=_SECOND)
            world.at(kept, partial(_keep, world, row))


def _keep(world: World, row: Promise, at: datetime) -> None:
    promises.keep(world.session, world.actor(Role.FINANCE), at, row)


def _promises_now(world: World, at: datetime, found: list[Deal]) -> None:
    """One waits for a second person, one was allowed, one the client confirmed."""
    session, maker = world.session, world.actor(Role.CHANNEL_MANAGER)
    offers = (
        (PromiseKind.GIFT, "签约当天送家电礼包一份", 2_800_00, "家电礼包", 12),
        (PromiseKind.DISCOUNT, "月底前签约，总价再优惠一万八千元", 18_000_00, "", 5),
        (PromiseKind.REFUND, "贷款未获批准，定金全额退还", 50_000_00, "", 20),
    )
    for number, (deal, offer) in enumerate(zip(found, offers, strict=False)):
        kind, text, worth, item, days = offer
        wanted = Wanted(kind=kind, worth_fen=worth, item=item, due_on=local_day(at) + timedelta(days=days))
        row = promises.make(session, maker, at, _whose(deal), wanted, text)
        if number == 0:
            promises.confirm_by_link(session, at, row)
        if kind is PromiseKind.REFUND:
            promises.allow(session, world.actor(Role.FINANCE), at, row)


def _whose(deal: Deal) -> Whose:
    return Whose(development_id=deal.development_id, client_id=deal.client_id, deal=deal)
