"""What the money of the demo's year gives rise to: a line that was disputed and put right, one that is disputed now,
adjustments, what waits for its second person (a plan's next version, a tax table, a face), a file of deals, and friends
who earn money.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

import numpy as np
from sqlalchemy import select

from commissions.plan import STANDARD
from commissions.withholding import GIVEN
from referral.rewards.reward_plan import HOMEOWNER_LADDER, Item, Kind
from referral.rewards.reward_toml import plan_to_toml

from ...access.actor import Actor
from ...adapters.faces import load_engine
from ...adapters.faces.engine import Template
from ...adapters.papers import documents
from ...clock import day_start, local_day, month_end, month_of, month_start
from ...models import (
    Audience,
    Cause,
    Deal,
    Development,
    FaceEnrolment,
    MilestoneKind,
    Person,
    PostedLine,
    ProposalState,
    Referrer,
    Role,
    Statement,
    StatementLine,
)
from ...rules.bank_details.bank_details import BankDetails
from ...rules.judgements.profile import Profile, WhoWins
from ...rules.showings.enrolment import Doubt
from ...services import contacts
from ...services.bank_details import bank_details
from ...services.claims import rule_profiles
from ...services.commission import plan_drafts, what_if
from ...services.commission import worker as what_if_worker
from ...services.deals import deals
from ...services.faces import faces
from ...services.faces.encryption import seal_template
from ...services.imports import files as import_files
from ...services.imports import worker as import_worker
from ...services.payouts import disputes
from ...services.referral import referrers
from ...services.registrations import registrations
from ...services.rewards import drafts as reward_drafts
from ...services.statements import adjustments
from ...services.taxes import table_drafts
from .accounts import ask_for_erasure, lose_a_factor, propose_cashier
from .clients import Clients
from .names import BANKS
from .sample_documents import photo_of_page, table
from .timeline import World

_NEXT_PLAN = STANDARD.replace("rate_bps = 250", "rate_bps = 260").replace("rate_bps = 300", "rate_bps = 320")
_NEXT_PLAN_NOTE = "鼓励成交六套以上的中介：第二、第三档各上调一些，首档不动。"

_NEXT_TABLE_NOTE = "按主管税务机关口头答复拟把定额扣除的上限调到五千元，收到书面通知后再确认。"

_FACE_NUMBERS = 128

_HEADING = ("楼盘", "房号", "客户电话", "客户姓名", "成交价（元）", "认购时间", "签约时间", "备注")
_BY_FILE = 5


class Scenarios:
    """Plans what needs two sides, or two pairs of hands, into the world."""

    def __init__(self, world: World, clients: Clients) -> None:
        self.world = world
        self.clients = clients
        self.twin: Referrer
        self.buyers: list[tuple[Referrer, str, str]] = []

    def plan(self) -> None:
        """When each of it begins."""
        world = self.world
        *_, earlier, before, last = world.year.months
        self._friends()
        for when, deed in (
            (month_end(earlier) + timedelta(days=2, hours=13), lambda at: self._dispute_and_put_right(at, earlier)),
            (month_end(before) - timedelta(days=1, hours=6), lambda at: self._cancel_one(at, before)),
            (month_end(before) + timedelta(days=2, hours=16), lambda at: self._dispute_now(at, before)),
            (world.lately(1), self._propose_adjustment),
            (world.lately(2), self._propose_plan),
            (world.lately(1), lambda at: propose_cashier(world, at)),
            (day_start(local_day(world.ends)) - timedelta(hours=14), lambda at: lose_a_factor(world, at)),
            (world.lately(3), lambda at: ask_for_erasure(world, at)),
            (world.lately(2), self._propose_tax_table),
            (world.lately(1), self._propose_rules),
            (world.lately(1), self._enrol_by_file),
            (world.lately(20), self._refers_for_another),
            (world.lately(3), self._offer_plan),
            (world.lately(2), self._take_a_face_back),
        ):
            world.at(when, deed, surely=True)
        self._load_file(month_end(last) - timedelta(days=5, hours=6))

    # One person, two developments

    def _refers_for_another(self, at: datetime) -> None:
        """The first referrer owns a home in another development too, and brings friends there."""
        world, one = self.world, self.world.referrers[0]
        self.twin = referrers.create_referrer(
            world.session,
            world.actor(Role.CHANNEL_MANAGER),
            at,
            referrers.NewReferrer(
                development_id=next(place.id for place in world.developments if place.id != one.development_id),
                name=one.person.name,
                phone=contacts.open_phone(world.session, one.person).e164,
                audience=Audience.HOMEOWNER,
                home="6-1801",
            ),
        )
        for days in (3, 8):
            world.at(at + timedelta(days=days), lambda then: self._friend_of_a_friend(then, self.twin))

    def _offer_plan(self, at: datetime) -> None:
        """That development gets a better plan for homeowners, which those who joined before may take."""
        world = self.world
        first, *others = HOMEOWNER_LADDER.rungs
        longer = replace(first, items=(Item(Kind.FEE_RELIEF, "property_fee_relief", term_months=24),), delay_days=0)
        plan = replace(HOMEOWNER_LADDER, name="业主推荐升级方案", rungs=(longer, *others))
        draft = reward_drafts.propose_reward_plan(
            world.session,
            world.actor(Role.CHANNEL_MANAGER),
            at,
            reward_drafts.ProposedPlan(
                toml=plan_to_toml(plan),
                effective_from=at,
                note="第二批房源开盘，给老业主更好的条件。",
                development_id=self.twin.development_id,
                offered_until=local_day(world.ends + timedelta(days=21)),
            ),
        )
        world.session.flush()
        reward_drafts.publish_draft(world.session, world.actor(Role.FINANCE), at, draft)

    # Friends who earn money

    def _friends(self) -> None:
        """Citizen brokers bring buyers. One of them changed the account an hour ago, which holds his payment."""
        world = self.world
        first, second = [one for one in world.referrers if one.audience == Audience.CITIZEN]
        for number, referrer in enumerate((first, second)):
            self._change_account(world.begins, referrer, BANKS[number])
        self._change_account(world.ends - timedelta(hours=1), second, BANKS[2])
        world.at(world.ends - timedelta(hours=3), self._propose_account, surely=True)
        for referrer, months_back, day in ((first, 5, 3), (first, 4, 4), (first, 4, 9), (second, 2, 3), (first, 1, 8)):
            when = world.working_hour(world.year.day(months_back, day))
            world.at(when, partial(self._friend, referrer=referrer), surely=True)
        moved_in = world.year.day(2, 20)
        world.at(world.working_hour(moved_in), self._buyer_brings_friends, surely=True)

    def _friend(self, at: datetime, referrer: Referrer) -> None:
        self.buyers.append((referrer, *self.clients.lead(at, referrer, buys=True)))

    def _buyer_brings_friends(self, at: datetime) -> None:
        """Who bought through a friend is a homeowner now, and brings friends of his own."""
        world = self.world
        by, name, phone = self.buyers[0]
        homeowner = referrers.create_referrer(
            world.session,
            world.actor(Role.CHANNEL_MANAGER),
            at,
            referrers.NewReferrer(
                development_id=by.development_id, name=name, phone=phone, audience=Audience.HOMEOWNER, home="2-901"
            ),
        )
        world.lets_sign_in(homeowner.person)
        for days in (4, 11):
            world.at(at + timedelta(days=days), lambda at: self._friend_of_a_friend(at, homeowner))

    def _friend_of_a_friend(self, at: datetime, referrer: Referrer) -> None:
        self.clients.lead(at, referrer, buys=False)

    def _change_account(self, at: datetime, referrer: Referrer, bank: str) -> None:
        number = f"6222000099{self.world.random.randrange(10**9):09d}"
        self.world.at(at, lambda then: self._name_account(then, referrer.person, bank, number), surely=True)

    def _name_account(self, at: datetime, person: Person, bank: str, number: str) -> None:
        details = BankDetails(person.name, bank, number)
        self.world.give_account(at, Actor.of(person), person, details)

    def _propose_account(self, at: datetime) -> None:
        """An agency is to be paid elsewhere, to a holder of another name: finance has not called back yet."""
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        details = BankDetails("杭州盛誉企业管理咨询有限公司", BANKS[3], "6222081234567890123")
        bank_details.propose(self.world.session, manager, at, self.world.agencies[0], details)

    # Disputes and adjustments

    def _dispute_and_put_right(self, at: datetime, month: str) -> None:
        """The first agency misses something in its statement; finance agrees, and the approver lets it stand."""
        world = self.world
        line = self._line(month)
        session, finance = world.session, world.actor(Role.FINANCE)
        words = "这套房的签约奖励 3,000 元没有计入，附上当时签收的活动确认单。"
        lines = ("活动：老带新周末专场", "成交房源已在活动期内签约", "签约奖励：人民币叁仟元整")
        page = documents.take_in(photo_of_page("活动确认单", lines), "活动确认单.png")
        dispute = disputes.file_dispute(
            session, self._principal(), at, world.files, line, words=words, documents=[page]
        )
        answer = "核对过活动台账，确实漏计，已补一笔调整，会出现在下一张对账单里。"
        disputes.answer_dispute(session, finance, at + timedelta(hours=2), dispute, accepted=True, words=answer)
        new = adjustments.NewAdjustment(
            payee=dispute.statement.payee,
            amount_fen=3_000_00,
            reason="补计老带新周末专场的签约奖励，见活动确认单。",
            attachment=page,
            deal=line.deal,
            dispute=dispute,
        )
        adjustment = adjustments.propose_adjustment(session, finance, at + timedelta(hours=3), world.files, new)
        approver = world.actor(Role.APPROVER)
        adjustments.approve_adjustment(session, approver, at + timedelta(hours=4), adjustment, words="与台账一致。")

    def _dispute_now(self, at: datetime, month: str) -> None:
        """A line of the newest statement, which holds its payout until finance answers."""
        line = self._line(month)
        words = "合同总价后来签了补充协议，应按补充协议的价格计佣。附补充协议首页的照片。"
        lines = ("甲乙双方就商品房买卖合同", "补充约定如下：", "一、房屋总价以本协议为准。", "二、其余条款不变。")
        page = documents.take_in(photo_of_page("补充协议", lines), "补充协议.png")
        files = self.world.files
        disputes.file_dispute(self.world.session, self._principal(), at, files, line, words=words, documents=[page])

    def _cancel_one(self, at: datetime, month: str) -> None:
        """The third deal of the first agency's best month is cancelled, so that those after it move up a rank."""
        third = select(Deal).where(Deal.agency_id == self.world.agencies[0].id, Deal.signed_at >= month_start(month))
        third = third.where(Deal.cancelled_at.is_(None)).order_by(Deal.signed_at).offset(2).limit(1)
        deal = self.world.session.scalars(third).one()
        manager, why = self.world.actor(Role.CHANNEL_MANAGER), "客户工作调动，双方协商退房。"
        kind = MilestoneKind.CANCELLED
        deals.record_milestone(self.world.session, manager, at, deal, kind=kind, at=at, note=why)

    def _propose_adjustment(self, at: datetime) -> None:
        """It waits for its second person."""
        world = self.world
        lines = ("活动：秋日看房大巴", "车辆由渠道方垫付", "合计：人民币壹仟捌佰元整")
        new = adjustments.NewAdjustment(
            payee=f"agency:{world.agencies[2].id}",
            amount_fen=1_800_00,
            reason="秋日看房大巴由该中介垫付，按会签单补给车费。",
            attachment=documents.take_in(photo_of_page("费用会签单", lines), "费用会签单.png"),
        )
        adjustments.propose_adjustment(world.session, world.actor(Role.FINANCE), at, world.files, new)

    def _line(self, month: str) -> PostedLine:
        """A commission in the first agency's statement of a month."""
        agency = self.world.agencies[0]
        stated = (
            select(PostedLine)
            .join(StatementLine, StatementLine.line_id == PostedLine.id)
            .join(Statement, Statement.id == StatementLine.statement_id)
            .where(Statement.agency_id == agency.id, Statement.month == month, Statement.payable_fen > 0)
            .where(PostedLine.cause == Cause.ACCRUAL)
        )
        return self.world.session.scalars(stated.order_by(PostedLine.id.desc()).limit(1)).one()

    def _principal(self) -> Actor:
        mine = Person.agency_id == self.world.agencies[0].id, Person.role == Role.PRINCIPAL
        return Actor.of(self.world.session.scalars(select(Person).where(*mine)).one())

    # A plan's next version

    def _propose_plan(self, at: datetime) -> None:
        """The channel manager proposes it, finance asks what it would have cost, and has not decided."""
        world, manager = self.world, self.world.actor(Role.CHANNEL_MANAGER)
        begins = month_end(month_of(world.ends))
        draft = plan_drafts.propose_plan(
            world.session, manager, at, toml=_NEXT_PLAN, effective_from=begins, note=_NEXT_PLAN_NOTE
        )
        world.session.flush()
        year = what_if.Selection(world.begins, day_start(local_day(at)))
        run = what_if.ask_plan(world.session, world.actor(Role.FINANCE), at, draft, year)
        world.session.flush()
        what_if_worker.run(world.database, at, run.id)

    def _propose_tax_table(self, at: datetime) -> None:
        """Finance proposes the next month's table; an approver has not decided."""
        world, month = self.world, month_of(month_end(month_of(self.world.ends)))
        toml = replace(GIVEN, small_deduct_fen=1_000_00, small_up_to_fen=5_000_00).to_toml()
        finance = world.actor(Role.FINANCE)
        table_drafts.propose_table(world.session, finance, at, toml=toml, month=month, note=_NEXT_TABLE_NOTE)

    def _propose_rules(self, at: datetime) -> None:
        """Other rules for whose client it is, in the last development; an administrator may confirm them."""
        place = max(self.world.developments, key=lambda row: row.id)
        rules = Profile(who_wins=WhoWins.FIRST_VISITED, showing_days=3, showing_until=time(22))
        rule_profiles.propose(
            self.world.session,
            self.world.actor(Role.CHANNEL_MANAGER),
            at,
            place,
            profile=rules,
            starts=local_day(at) + timedelta(days=10),
            note="三期开盘，改为到访为王，当晚十点前带看有效。",
        )

    # A face that waits

    def _enrol_by_file(self, at: datetime) -> None:
        """A broker enrolled his face by a file: it waits for somebody who meets him. It is nobody's face."""
        world, broker, engine = self.world, self.world.brokers[1], load_engine()
        faces.agree(world.session, Actor.of(broker), at, consent=True, locale="zh_Hans_CN")
        drawn = np.array([world.random.gauss(0, 1) for _ in range(_FACE_NUMBERS)], dtype=np.float32)
        face = Template(engine.name, engine.version, drawn / np.linalg.norm(drawn))
        row = FaceEnrolment(
            person_id=broker.id,
            engine=engine.name,
            engine_version=engine.version,
            vector_sealed=seal_template(world.session, face),
            doubts=[Doubt.NOT_LIVE],
            found={},
            state=ProposalState.PROPOSED,
            proposed_by=broker.id,
            proposed_at=at,
        )
        world.session.add(row)

    def _take_a_face_back(self, at: datetime) -> None:
        """A broker had agreed to his face being kept, and thought better of it: the privacy officer learns of it."""
        broker = Actor.of(self.world.brokers[2])
        faces.agree(self.world.session, broker, at, consent=True, locale="zh_Hans_CN")
        faces.withdraw(self.world.session, broker, at)

    # A file of deals

    def _load_file(self, at: datetime) -> None:
        """Deals of a sales weekend by file: their clients were registered before; two rows are refused."""
        world, home = self.world, self.world.developments[0]
        buyers = [(world.names.name(), world.names.phone(), world.brokers[5 + number]) for number in range(_BY_FILE)]
        for name, phone, broker in buyers:
            claim = partial(self._claim, broker, home, name, phone)
            world.at(at - timedelta(days=2), claim, surely=True)
        world.at(at, lambda then: self._load(then, [(name, phone) for name, phone, _ in buyers]), surely=True)

    def _claim(self, broker: Person, home: Development, name: str, phone: str, at: datetime) -> None:
        session, by = self.world.session, Actor.of(broker)
        registrations.register_client(session, by, at, development_id=home.id, phone=phone, name=name)

    def _load(self, at: datetime, buyers: list[tuple[str, str]]) -> None:
        world, home = self.world, self.world.developments[0].name
        day = local_day(at - timedelta(days=1)).isoformat()
        rows = [
            (home, f"10-{1201 + 100 * number}", phone, name, f"{3_180_000 + 45_000 * number}", day, day, "周末专场")
            for number, (name, phone) in enumerate(buyers)
        ]
        rows.append((f"{home}二期", "1-0301", world.names.phone(), world.names.name(), "2980000", day, "", "周末专场"))
        rows.append((home, "10-2201", world.names.phone(), world.names.name(), "面议", day, "", "周末专场"))
        file = table(_HEADING, rows)
        finance = world.actor(Role.FINANCE)
        row = import_files.upload(world.session, finance, at, import_files.open_file("周末专场成交.csv", file))
        import_worker.run_due(world.database, lambda: at, only=row.id)
        import_files.confirm(world.session, finance, at, row)
        import_worker.run_due(world.database, lambda: at, only=row.id)
