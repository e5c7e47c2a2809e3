"""Care files on both databases: what sets itself, who reads what, how files are found, and lists that come in."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import CareFile, CareNeeds, Development, LoanStepKind, Person, ProposalState, Role
from portal.rules.care.plan import Channel, Grade, Mark, Stage
from portal.rules.care.plan_toml import given_text
from portal.rules.care_files import points_toml
from portal.rules.care_files.days import ToldDay
from portal.rules.care_files.facts import Behaviour, Fact, LossReason
from portal.rules.care_files.importing import Row, Source
from portal.rules.care_files.needs import Needs
from portal.rules.care_files.tags import TagKind
from portal.rules.not_bought.reasons import Reason, Tried
from portal.services import contacts
from portal.services.care import files as care_files
from portal.services.care_files import (
    facts,
    finding,
    forgetting,
    known,
    lists_in,
    scoring,
    subject_data,
    tags,
    timeline,
)
from portal.services.care_files.finding import Silence, Wanted
from portal.services.care_files.known import Judged
from portal.services.care_files.lists_in import Origin
from portal.services.care_files.timeline import Kind
from portal.services.erasure import clients_data, holds
from portal.services.erasure.parts import erased
from portal.services.home.figure import counted
from portal.services.loans import loans
from portal.services.promises import promises
from tests import care_world, loans_world
from tests import factories as make
from tests.site import refusal

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Room:
    """Two consultants, a manager, and one client whom a broker registered and the first consultant cares for."""

    session: Session
    now: datetime
    carer: Person = field(init=False)
    other: Person = field(init=False)
    file: CareFile = field(init=False)
    broker: Actor = field(init=False)

    def __post_init__(self) -> None:
        session, before = self.session, self.now - 20 * DAY
        tags.keep_given(session, before)
        self.carer, self.other = (care_world.consultant(session) for _ in range(2))
        touch = make.touch(session, name="王小明", at=before)
        make.registration(session, touch=touch)
        self.broker = Actor.of(touch.person)
        self.file = care_files.open_for_touch(session, Actor.of(self.carer), before, touch)
        care_world.assignment(session, file=self.file, carer=self.carer, at=before)

    @property
    def actor(self) -> Actor:
        return Actor.of(self.carer)

    @property
    def manager(self) -> Actor:
        return Actor.of(make.person(self.session, Role.CHANNEL_MANAGER))

    @property
    def place(self) -> Development:
        return self.file.development

    def figures(self, actor: Actor) -> dict[Fact, int]:
        return dict(facts.facts_of(self.session, actor, self.now, [self.file.id])[self.file.id])

    def words(self, actor: Actor) -> list[str]:
        figures = facts.facts_of(self.session, actor, self.now, [self.file.id])
        return [one.tag.word for one in tags.tags_of(self.session, actor, [self.file.id], figures)[self.file.id]]

    def found(self, actor: Actor, **wanted: object) -> list[int]:
        page = finding.page(self.session, actor, self.now, Wanted(**wanted), None, 10)  # type: ignore[arg-type]
        narrowed = finding.narrowed(self.session, actor, self.now, Wanted(**wanted))  # type: ignore[arg-type]
        assert [one.file.id for one in page.rows] == narrowed, "both ways find the same"
        return narrowed


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return Room(session, now)


def test_tags_and_points_follow_from_what_happened(room: Room) -> None:
    session, actor, file = room.session, room.actor, room.file
    for minutes in range(3):
        known.see(session, actor, room.now - DAY + minutes * timedelta(minutes=1), file, Behaviour.VIRTUAL_TOUR)
    assert known.see(session, actor, room.now - DAY + timedelta(minutes=2), file, Behaviour.VIRTUAL_TOUR) is None
    assert room.words(actor) == ["线上看房≥3次", "7天未联系", "中介报备"]
    care_world.contact(session, file=file, by=room.carer, at=room.now - HOUR, channel=Channel.VISIT)
    figures = room.figures(actor)
    assert (figures[Fact.VIRTUAL_TOURS], figures[Fact.VISITS], figures[Fact.DAYS_WITHOUT_CONTACT]) == (3, 1, 0)
    assert known.unsee(session, actor, room.now, file, Behaviour.VIRTUAL_TOUR)
    assert room.words(actor) == ["中介报备"]
    assert room.figures(room.broker)[Fact.VIRTUAL_TOURS] == 0, "a broker knows nothing of it"
    assert not known.unsee(session, room.broker, room.now, file, Behaviour.VIRTUAL_TOUR)


def test_neither_side_reads_the_other_unless_it_is_marked(room: Room) -> None:
    session, file = room.session, room.file
    ours, theirs = Needs(rooms=3, district="滨江"), Needs(rooms=2)
    known.say_needs(session, room.actor, room.now, file, ours)
    known.say_needs(session, room.broker, room.now, file, theirs, shown_to_other=True)
    assert known.say_needs(session, room.actor, room.now, file, ours) is None, "nothing new was said"
    known.say_day(session, room.actor, room.now, file, ToldDay.BIRTHDAY, date(1988, 2, 29), told=True)

    def needs(actor: Actor) -> list[Needs]:
        return [known.needs_in(session, row) for row in known.needs_history(session, actor, file)]

    assert needs(room.broker) == [theirs]
    assert needs(room.actor) == [theirs, ours]
    assert known.days_of(session, room.broker, [file.id]) == {}
    assert known.days_of(session, room.actor, [file.id]) == {file.id: {ToldDay.BIRTHDAY: date(1988, 2, 29)}}
    known.say_day(session, room.actor, room.now, file, ToldDay.BIRTHDAY, None, told=False)
    assert known.days_of(session, room.actor, [file.id]) == {}
    kinds = {entry.kind for entry in timeline.of_file(session, room.broker, file)}
    assert kinds == {Kind.OPENED, Kind.REGISTRATION, Kind.NEEDS}
    of_ours = [entry.kind for entry in timeline.of_file(session, room.actor, file)]
    assert sorted(of_ours) == sorted([*kinds, Kind.NEEDS, Kind.ASSIGNED])


def test_a_mark_rests_on_something_and_a_loss_can_be_taken_back(room: Room) -> None:
    session, actor, file = room.session, room.actor, room.file
    marks = frozenset({Mark.MONEY})
    assert refusal(lambda: known.judge(session, actor, room.now, file, Judged(Grade.A, marks))) == "care_ground_missing"
    row = known.judge(session, actor, room.now, file, Judged(Grade.A, marks, {Mark.MONEY: "存款 200 万"}))
    assert known.grounds_of(session, row) == {Mark.MONEY: "存款 200 万"}
    assert room.figures(actor)[Fact.MONEY] == 1
    assert room.found(actor, grade="A") == [file.id]
    assert room.found(room.broker, grade="A") == []
    known.lose(session, actor, room.now, file, LossReason.PRICE, note="预算不够")
    assert room.found(actor, stage=Stage.LOST) == [file.id]
    assert room.found(room.broker, stage=Stage.LOST) == [], "the broker has not given him up"
    known.revive(session, actor, room.now, file)
    assert room.found(actor, stage=Stage.NOT_VISITED) == [file.id]
    assert refusal(lambda: known.revive(session, actor, room.now, file)) == "care_not_lost"


def test_files_are_found_by_what_is_asked(room: Room) -> None:
    session, actor, file = room.session, room.actor, room.file
    tail = care_files.shown(session, actor, [file])[0].phone[-4:]
    for asked in ("王", "王小明", tail):
        assert room.found(actor, find=asked) == [file.id], asked
    assert room.found(actor, find="李") == []
    assert room.found(Actor.of(room.other), find="王") == [], "a colleague's client"
    assert room.found(room.manager, carer_id=room.carer.id) == [file.id]
    assert room.found(room.manager, carer_id=room.other.id) == []
    assert room.found(actor, development_id=room.place.id, grade=finding.UNGRADED) == [file.id]
    silent = next(tag for tag in tags.offered(session, actor) if tag.fact is Fact.DAYS_WITHOUT_CONTACT)
    assert room.found(actor, tag_id=silent.id) == [file.id]
    assert {one.tag.id: one.files for one in tags.used(session, actor, room.now)}[silent.id] == 1
    care_world.contact(session, file=file, by=room.carer, at=room.now - HOUR)
    assert room.found(actor, tag_id=silent.id) == []
    assert {one.tag.id: one.files for one in tags.used(session, actor, room.now)}[silent.id] == 0
    board = finding.board(session, actor, room.now, Wanted(), 5)
    assert {stage: count for stage, (count, _rows) in board.items() if count} == {Stage.NOT_VISITED: 1}


@pytest.mark.parametrize(
    ("days", "silence"), [(29, None), (30, Silence.REMIND), (59, Silence.REMIND), (60, Silence.SILENT)]
)
def test_who_was_not_met_for_long_is_silent(room: Room, days: int, silence: Silence | None) -> None:
    later = room.now - 20 * DAY + days * DAY
    counts = finding.look(room.session, room.actor, later).counts
    assert counts == {one: int(one is silence) for one in Silence}
    sooner = given_text().replace("remind_days = 30\nsilent_days = 60", "remind_days = 10\nsilent_days = 29")
    care_world.care_plan(room.session, sooner, development_id=room.place.id)
    assert finding.look(room.session, room.actor, later).counts[Silence.SILENT] == 1, "by the development's own plan"
    known.judge(room.session, room.actor, room.now, room.file, Judged(Grade.INVALID))
    assert set(finding.look(room.session, room.actor, later).counts.values()) == {0}


def test_the_time_line_has_what_was_said_promised_and_paid(room: Room) -> None:
    """A broker reads of it what his own agency answered, and neither promises nor loans."""
    session, now = room.session, room.now
    for by in (room.carer, session.get_one(Person, room.broker.id)):
        said = {Reason.PRICE: Tried.OFFER}
        care_world.not_bought(session, file=room.file, by=by, visit_on=local_day(now), reasons=said)
    deal = loans_world.subscribed(session, now - DAY, touch=None, development=room.place, client=room.file.client)
    loan = loans.begin(session, room.manager, now, deal, loans_world.ICBC)
    loans_world.step(session, room.manager, now, loan, LoanStepKind.PAPERS, 1)
    promise = loans_world.promise(session, room.actor, now, deal)
    promises.withdraw(session, room.actor, now, promise, reason="改送物业费")
    session.expire_all()
    told = {entry.kind: entry for entry in timeline.of_file(session, room.actor, room.file)}
    assert {Kind.NOT_BOUGHT, Kind.PROMISED, Kind.PROMISE_OVER, Kind.LOAN, Kind.LOAN_STEP} <= set(told)
    assert told[Kind.LOAN_STEP].at < told[Kind.LOAN].at, "on the day on which it was reached"
    theirs = [entry.kind for entry in timeline.of_file(session, room.broker, room.file)]
    assert theirs.count(Kind.NOT_BOUGHT) == 1
    assert not {Kind.PROMISED, Kind.LOAN, Kind.LOAN_STEP} & set(theirs)


def test_words_are_merged_renamed_and_parted(room: Room) -> None:
    session, manager, file = room.session, room.manager, room.file
    first = tags.make(session, room.actor, room.now, TagKind.BASIC, "爱孩子")
    second = tags.make(session, room.actor, room.now, TagKind.BASIC, "有孩子")
    assert tags.make(session, room.actor, room.now, TagKind.SOURCE, " 爱 孩子 ").id == first.id, "one word, one tag"
    assert tags.put(session, room.actor, room.now, file, first)
    assert not tags.put(session, room.actor, room.now, file, first)
    tags.merge(session, manager, room.now, first, second)
    assert "有孩子" in room.words(room.actor)
    assert room.found(room.actor, tag_id=first.id) == room.found(room.actor, tag_id=second.id) == [file.id]
    tags.rename(session, manager, room.now, second, "家里有孩子")
    assert "家里有孩子" in room.words(room.actor)
    assert refusal(lambda: tags.rename(session, manager, room.now, second, "学区")) == "care_tag_taken"
    used = next(one for one in tags.used(session, room.actor, room.now) if one.tag.id == second.id)
    assert (used.files, used.former) == (1, ["爱孩子"])
    tags.part(session, manager, room.now, first)
    assert "爱孩子" in room.words(room.actor)
    tags.take_away(session, room.actor, room.now, file, first.id)
    assert "爱孩子" not in room.words(room.actor)
    own = tags.make(session, room.broker, room.now, TagKind.BASIC, "老同学")
    assert own.agency_id == room.broker.agency_id
    assert own not in tags.offered(session, room.actor), "an agency's words are its own"
    ruled = next(tag for tag in tags.offered(session, room.actor) if tag.fact)
    assert refusal(lambda: tags.put(session, room.actor, room.now, file, ruled)) == "care_tag_sets_itself"


NOTES = """【姓名】王小明【电话】{phone}【需求】三房，预算400万【最近跟进】昨天微信【标签】学区、海归
【姓名】李女士【电话】13844445555【等级】A
【姓名】李女士【电话】138 4444 5555
【姓名】没电话【需求】两房"""


def test_a_list_comes_in_once_and_takes_nobodys_client(room: Room) -> None:
    session, actor = room.session, room.actor
    phone = care_files.contacts.open_phone(session, room.file.client).e164.removeprefix("+86")
    entries = lists_in.open_text(NOTES.format(phone=phone))

    def rows(who: Actor, carer: Person) -> list[Row]:
        return [line.row for line in lists_in.judge(session, who, room.now, room.place, carer, entries)]

    origin = Origin(Source.OWN_CLIENTS, "到访时登记")
    assert rows(Actor.of(room.other), room.other)[:2] == [Row.COLLEAGUES, Row.NEW]
    assert rows(room.broker, room.carer)[:2] == [Row.ADDS, Row.NOT_REGISTERED]
    assert rows(actor, room.carer) == [Row.ADDS, Row.NEW, Row.TWICE, Row.UNREADABLE]
    unsaid = Origin(Source.OWN_CLIENTS, " ")
    assert (
        refusal(lambda: lists_in.take(session, actor, room.now, room.place, room.carer, entries, unsaid))
        == "care_list_consent"
    )
    taken = lists_in.take(session, actor, room.now, room.place, room.carer, entries, origin)
    assert (taken.made, taken.added, taken.left_out) == (1, 1, 2)
    assert rows(actor, room.carer) == [Row.SAME, Row.SAME, Row.TWICE, Row.UNREADABLE], "again it adds nothing"
    again = lists_in.take(session, actor, room.now, room.place, room.carer, entries, origin)
    assert (again.made, again.added) == (0, 0)
    assert {"学区", "海归"} <= set(room.words(actor))
    assert len(room.found(actor, find="李")) == 1
    assert room.found(actor, grade="A") == room.found(actor, find="5555")
    met = facts.newest_contacts(session, actor, [room.file.id])[room.file.id]
    assert room.now - 2 * DAY < met < room.now
    assert session.query(CareNeeds).count() == 1


def test_a_list_travels_sealed_for_who_looked_at_it(room: Room) -> None:
    entries = lists_in.open_text("王女士 13820009003")
    sealed = lists_in.seal(room.session, room.actor, room.place.id, room.carer.id, entries)
    assert "13820009003" not in sealed
    assert lists_in.unseal(room.session, room.actor, sealed) == (room.place.id, room.carer.id, entries)
    for who, what in ((Actor.of(room.other), sealed), (room.actor, "made up")):
        assert refusal(lambda who=who, what=what: lists_in.unseal(room.session, who, what)) == "care_list_lost"
    assert refusal(lambda: lists_in.open_text("大家好")) == "care_list_nobody"
    assert refusal(lambda: lists_in.open_text("\n".join(f"王 1382000{n:04d}" for n in range(501)))) == "care_list_long"


def test_the_rules_of_points_take_two_people(room: Room) -> None:
    session, first, second = room.session, room.manager, room.manager
    scoring.keep_given(session, room.now)
    scoring.keep_given(session, room.now)
    assert refusal(lambda: scoring.propose(session, first, room.now, toml="x", note="")) == "care_points_syntax"
    given = points_toml.given_text()
    assert refusal(lambda: scoring.propose(session, first, room.now, toml=given, note="")) == "care_points_same"
    draft = scoring.propose(session, first, room.now, toml=given.replace("b_from = 30", "b_from = 1"), note="试试")
    tried = scoring.tried(session, first, room.now, draft)
    assert (tried.files, tried.differ) == (1, 0)
    assert refusal(lambda: scoring.confirm(session, first, room.now, draft)) == "own_proposal"
    assert (counted(session, scoring.to_decide(first)), counted(session, scoring.to_decide(second))) == (0, 1)
    assert scoring.confirm(session, second, room.now, draft).version == 2
    assert refusal(lambda: scoring.confirm(session, second, room.now, draft)) == "proposal_decided"
    rules = scoring.in_force(session)
    assert rules is not None
    assert rules.b_from == 1
    other = scoring.propose(session, second, room.now, toml=given, note="")
    scoring.refuse(session, first, room.now, other, "不要改回去")
    third = scoring.propose(session, second, room.now, toml=given, note="")
    scoring.withdraw(session, second, room.now, third)
    assert (other.state, third.state) == (ProposalState.REFUSED, ProposalState.WITHDRAWN)


@pytest.mark.parametrize("change", ["known = 9", "at = '2020-01-01 00:00:00'"])
def test_what_was_said_stands_but_for_its_seal(room: Room, change: str) -> None:
    known.say_needs(room.session, room.actor, room.now, room.file, Needs(rooms=3))
    room.session.flush()
    room.session.execute(text("UPDATE care_needs SET needs_sealed = ''"))
    for deed in (f"UPDATE care_needs SET {change}", "DELETE FROM care_needs"):
        with pytest.raises(DBAPIError), room.session.begin_nested():
            room.session.execute(text(deed))


def test_a_person_alone_publishes_no_rules(room: Room) -> None:
    with pytest.raises(DBAPIError), room.session.begin_nested():
        room.session.execute(
            text(
                "INSERT INTO care_scorings (version, toml, note, published_at, published_by)"
                f" VALUES (7, 'x', '', '2026-01-01 00:00:00', {room.carer.id})"
            )
        )


def test_an_unknown_refusal_is_none(room: Room) -> None:
    with pytest.raises(Refusal) as refused:
        known.say_day(room.session, room.actor, room.now, room.file, ToldDay.WEDDING, date(2020, 1, 1), told=False)
    assert refused.value.code == "care_day_untold"


def test_words_of_who_did_not_buy_go_by_age(room: Room) -> None:
    """Two years after the last sign of life; who bought keeps his file, and what was done stays."""
    session, actor, file = room.session, room.actor, room.file
    known.say_needs(session, actor, room.now, file, Needs(district="滨江"))
    known.judge(session, actor, room.now, file, Judged(Grade.A, frozenset({Mark.MONEY}), {Mark.MONEY: "存款"}))
    care_world.contact(session, file=file, by=room.carer, at=room.now, note="想看三房")
    deal = make.deal(session, touch=None, development=room.place)
    bought = care_world.care_file(session, development=room.place, client=deal.client, at=room.now)
    known.say_needs(session, actor, room.now, bought, Needs(district="转塘"))
    over = room.now + 730 * DAY
    assert [forgetting.forget_old(session, at, [room.place], 10) for at in (over, over + DAY, over + DAY)] == [0, 1, 0]
    assert "转塘" in str(subject_data.of_client(session, deal.client_id)), "he bought"
    said = " ".join(str(row.get("said")) for row in subject_data.of_client(session, file.client_id))
    assert not [words for words in ("滨江", "存款", "想看三房") if words in said]
    assert "reached" in said


def test_the_client_reads_all_of_it_and_on_request_it_goes(room: Room) -> None:
    session, file = room.session, room.file
    known.say_needs(session, room.actor, room.now, file, Needs(district="滨江"))
    known.say_needs(session, room.broker, room.now, file, Needs(rooms=2))
    known.say_day(session, room.actor, room.now, file, ToldDay.BIRTHDAY, date(1988, 2, 29), told=True)
    known.judge(session, room.actor, room.now, file, Judged(Grade.A, frozenset({Mark.MONEY}), {Mark.MONEY: "存款"}))
    reasons = {Reason.PRICE: Tried.OFFER}
    answer = care_world.not_bought(session, file=file, by=room.carer, visit_on=date(2026, 3, 1), reasons=reasons)
    answer.note_sealed = contacts.vault_of(session).seal_text("差二十万", f"not bought.note:{file.id}")
    session.flush()
    said = " ".join(str(row.get("said")) for row in subject_data.of_client(session, file.client_id))
    assert "2026-03-01 · price: offer · 差二十万" in said
    for words in ("滨江", "rooms: 2", "1988-02-29", "存款"):
        assert words in said, "both sides' rows are the client's to read"
    held = holds.of_client(session, room.now, file.client_id)
    erased(session, clients_data._care(file.client_id, held))
    after = " ".join(str(row.get("said")) for row in subject_data.of_client(session, file.client_id))
    assert not [words for words in ("滨江", "rooms", "1988", "存款") if words in after]
