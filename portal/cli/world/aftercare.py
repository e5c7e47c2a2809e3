"""After the handover in the demo's last weeks: owners who were asked, complaints in every state, a gathering that was
and one to come."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import local_day
from ...models import (
    CareAssignment,
    CareFile,
    Complaint,
    ComplaintAbout,
    ComplaintSource,
    Deal,
    Gathering,
    GatheringGuest,
    Milestone,
    MilestoneKind,
    OwnerFile,
    Role,
    Touch,
)
from ...rules.aftercare.complaint import StepKind
from ...rules.aftercare.survey import Marks, Occasion
from ...rules.gatherings.gathering import GatheringKind, Times
from ...services.aftercare import complaints, owners, surveys
from ...services.care import assigning, files
from ...services.gatherings import gatherings, guests
from ...services.gatherings.gatherings import Wanted
from .timeline import World

_OWNERS = 8
_GUESTS = 14
_CLIENT = Actor(None, None)
_ANSWERS = (
    (Marks(5, 5, 5), "管家很热情，谢谢。"),
    (Marks(4, 4, 5), ""),
    (Marks(3, 2, 4), "次卧窗台渗水，报修一周没人来。"),
    (Marks(4, 5, 1), "打了三次电话都说转告，没有人回。"),
)
_TOLD = (("夫妻二人，女儿上小学", "周末钓鱼"), ("三代同堂", "太极、广场舞"), ("", "养了一只猫"))


class Aftercare:
    """Plans what owners and guests meet into the world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """Owners were asked two weeks ago; since then they answer, complain, and are answered."""
        world = self.world
        world.at(world.lately(20), self._ask, surely=True)
        world.at(world.lately(30), self._open_day, surely=True)
        world.at(world.ends - timedelta(hours=2), self._evening, surely=True)

    # Owners

    def _ask(self, at: datetime) -> None:
        for number, deal in enumerate(self._sold(at)):
            owner = owners.open_for(self.world.session, self._consultant(number), at, deal)
            self._give(owner.file, number, at)
            if number < len(_TOLD):
                told = owners.Told(local_day(at) - timedelta(days=30 + number), *_TOLD[number])
                owners.describe(self.world.session, self._consultant(number), at, owner, told)
            if number < len(_ANSWERS):
                surveys.ask(self.world.session, self._consultant(number), at, owner, Occasion.FIRST_CHECK)
        self.world.at(self.world.lately(18), self._answer, surely=True)

    def _answer(self, at: datetime) -> None:
        """Four answer, two of them complain; another one complains on his own page, and one by telephone."""
        world, rows = self.world, self._owners()
        for owner, (marks, words) in zip(rows, _ANSWERS, strict=False):
            survey = surveys.of_owner(world.session, at, owner)[0].survey
            surveys.answer(world.session, at, survey, marks, words)
        first, second = world.session.scalars(select(Complaint).order_by(Complaint.id).limit(2)).all()

        def later(when: datetime, which: Complaint, kind: StepKind, words: str = "") -> None:
            world.at(when, lambda then: self._step(then, which, kind, words))

        later(at + timedelta(hours=1), first, StepKind.ANSWERED, _SORRY)
        later(world.lately(16), first, StepKind.OFFERED, "免费更换窗框密封条，并减免一个月物业费。")
        later(world.lately(14), first, StepKind.ASKED)
        later(world.lately(13), first, StepKind.SETTLED)
        later(at + timedelta(minutes=40), second, StepKind.ANSWERED, "已换专属管家，今天下午致电。")
        later(world.lately(3), second, StepKind.ASKED)
        soon = world.ends - timedelta(minutes=30)
        world.at(world.lately(2), lambda then: self._complain(then, 4, ComplaintSource.OWNER, "车库入口积水，要绕行。"))
        world.at(soon, lambda then: self._complain(then, 5, ComplaintSource.STAFF, "电梯异响，来电反映两次。"))
        world.at(soon, self._offer_poster)
        world.at(world.lately(4), self._ask_another)

    def _ask_another(self, at: datetime) -> None:
        """One who has not answered yet."""
        for owner in self._owners()[6:7]:
            surveys.ask(self.world.session, self._consultant(0), at, owner, Occasion.COMMITTEE)

    def _step(self, at: datetime, complaint: Complaint, kind: StepKind, words: str) -> None:
        said_by = _CLIENT if kind is StepKind.SETTLED else self._consultant(0)
        complaints.take_step(self.world.session, said_by, at, complaint, kind, words)

    def _complain(self, at: datetime, number: int, source: ComplaintSource, words: str) -> None:
        for owner in self._owners()[number : number + 1]:
            by = self._consultant(number) if source is ComplaintSource.STAFF else _CLIENT
            about = complaints.About(source, ComplaintAbout.ESTATE, words)
            complaints.open_complaint(self.world.session, by, at, owner, about)

    def _offer_poster(self, at: datetime) -> None:
        for owner in self._owners()[:1]:
            owners.offer_poster(self.world.session, self._consultant(0), at, owner)

    def _sold(self, at: datetime) -> list[Deal]:
        """Homes that were signed for: first those that were handed over, then by when they were signed."""
        over = select(Milestone.deal_id).where(Milestone.kind == MilestoneKind.HANDED_OVER, Milestone.at < at)
        stmt = select(Deal).where(Deal.signed_at < at - timedelta(days=20), Deal.cancelled_at.is_(None))
        stmt = stmt.where(Deal.development_id == self.world.developments[0].id)
        order = (Deal.id.not_in(over), Deal.signed_at, Deal.id)
        return list(self.world.session.scalars(stmt.order_by(*order).limit(_OWNERS)))

    def _owners(self) -> list[OwnerFile]:
        return list(self.world.session.scalars(select(OwnerFile).order_by(OwnerFile.id)))

    # Gatherings

    def _open_day(self, at: datetime) -> None:
        """An open day some days later: most who said so came."""
        begins = self.world.lately(12)
        row = self._held(at, GatheringKind.OPEN_DAY, "样板间开放日", begins, places=30)
        invited = self._invited(at, row)
        for number, guest in enumerate(invited):
            if number % 3 != 2:
                guests.answer(self.world.session, at + timedelta(hours=number), guest, number % 4)
        for guest in invited[:7]:
            if guest.party:
                self.world.at(begins + timedelta(minutes=5), partial(self._receive, guest))

    def _evening(self, at: datetime) -> None:
        """Owners' evening next week: some have answered already."""
        begins = self.world.working_hour(local_day(at) + timedelta(days=8))
        row = self._held(at, GatheringKind.OWNERS_EVENING, "业主之夜", begins, places=40)
        for number, guest in enumerate(self._invited(at, row)[:6]):
            guests.answer(self.world.session, at + timedelta(minutes=5), guest, number % 3)

    def _held(self, at: datetime, kind: GatheringKind, title: str, begins: datetime, *, places: int) -> Gathering:
        wanted = Wanted(kind, title, "营销中心一楼", Times(begins, begins + timedelta(hours=3)), places)
        manager = self.world.actor(Role.CHANNEL_MANAGER)
        row = gatherings.create(self.world.session, manager, at, self.world.developments[0], wanted)
        self.world.session.flush()
        return row

    def _invited(self, at: datetime, row: Gathering) -> list[GatheringGuest]:
        """The newest clients of the place, whose files are opened."""
        session, manager = self.world.session, self.world.actor(Role.CHANNEL_MANAGER)
        known = Touch.client_id.is_not(None), Touch.at < at  # of who was registered by parts, nobody knows whom
        here = select(Touch).where(Touch.development_id == row.development_id, *known)
        found = [
            files.open_for_touch(session, manager, at, touch).id
            for touch in session.scalars(here.order_by(Touch.id.desc()).limit(_GUESTS))
        ]
        guests.invite(session, manager, at, row, found, None)
        stmt = select(GatheringGuest).where(GatheringGuest.gathering_id == row.id).order_by(GatheringGuest.id)
        return list(session.scalars(stmt))

    def _receive(self, guest: GatheringGuest, at: datetime) -> None:
        guests.receive(self.world.session, self.world.actor(Role.RECEPTION), at, guest)

    # Who cares

    def _consultant(self, number: int) -> Actor:
        people = self.world.consultants
        return Actor.of(people[number % len(people)], "127.0.0.1")

    def _give(self, file: CareFile, number: int, at: datetime) -> None:
        """The owner is in a consultant's care, unless somebody has him already."""
        session, by = self.world.session, self._consultant(number)
        if session.scalar(select(CareAssignment.id).where(CareAssignment.file_id == file.id)) is None:
            manager = self.world.actor(Role.CHANNEL_MANAGER)
            assigning.assign(session, manager, at, file, by.id, assigning.Why("签约顾问"))


_SORRY = "非常抱歉，工程师傅明早九点上门查看，处理完由我回访。"
