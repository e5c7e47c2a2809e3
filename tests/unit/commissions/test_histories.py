"""Random histories: after every event the ledger holds what a slow oracle reads from the rules, in any order.

**What order does not matter.** Two histories of the same events end in the same ledger when

1. each deal's own events come in the same order (it is signed before it is cancelled; the last price counts),
2. every event is on the same side of every seal, and
3. behind the first seal, whatever brings a deal into a window (a signing that is recorded late, a corrected date) comes
   in the same order: there the order of recording is the rank (rules 5.5).

Without seals only the first is left. How often lines are posted on the way matters in no case.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from commissions.accrual import Cause, accrue
from commissions.calendar import Window
from commissions.plan import Instalment, Mode, Plan, Scope, Tier
from commissions.rating import Deal, Moved, WindowKey
from tests.nightly import examples
from tests.unit.commissions.slow_oracle import Event, Oracle, Terms

START = datetime(2026, 1, 1, tzinfo=UTC)
KNOWN = datetime(2026, 6, 1, tzinfo=UTC)
HALVES = (("signed", 5_000), ("loan_released", 5_000))
THIRDS = (("signed", 3_333), ("loan_released", 3_333), ("handed_over", 3_334))
STEPS = ((2, 180, None), (4, 250, None), (None, 300, None))
TERMS = {
    "graduated": Terms(STEPS, HALVES),
    "volume": Terms(STEPS, THIRDS, by_count=True),
    "quarter": Terms(((3, 111, None), (None, 333, None)), (("signed", 10_000),), True, "quarter", True),
    "fixed": Terms(
        ((1, None, 33_333_33), (None, None, 44_444_44)), THIRDS, span="agreement", cap_fen=40_000_00, forfeiture=False
    ),
    "year": Terms(STEPS, (("signed", 4_000), ("handed_over", 6_000)), span="year", everywhere=True, cap_fen=20_000_00),
}
HOMES = {deal_id: "DE"[deal_id % 2] for deal_id in range(1, 11)}


def plan_of(terms):
    """The same terms as the code under test knows them."""
    return Plan(
        name="plan",
        tiers=tuple(Tier(last, rate_bps=bps, fixed_fen=fixed) for last, bps, fixed in terms.steps),
        mode=Mode.VOLUME if terms.by_count else Mode.GRADUATED,
        window=Window(terms.span),
        scope=Scope.ALL if terms.everywhere else Scope.DEVELOPMENT,
        instalments=tuple(Instalment(*part) for part in terms.parts),
        cap_fen=terms.cap_fen,
        forfeiture=terms.forfeiture,
    )


PLANS = {name: plan_of(terms) for name, terms in TERMS.items()}

INSTANTS = st.builds(lambda hours: START + timedelta(hours=hours), st.integers(0, 24 * 75))
PRICES = st.integers(0, 4_000_000_00)
NAMES = st.sampled_from(sorted(TERMS))
DEALS = st.sampled_from(sorted(HOMES))
LABELS = st.sampled_from(["2026-01", "2026-02", "2026-03", "2026-Q1", "2026", "agreement"])
NOTHING = st.none()


def events(what, subject, value=NOTHING):
    return st.builds(Event, st.sampled_from(what.split()), subject, value)


SIGNING = events("sign", DEALS, st.tuples(INSTANTS, PRICES, NAMES))
HAPPENING = st.one_of(
    SIGNING,
    SIGNING,
    events("cancel", DEALS),
    events("reach", DEALS, st.sampled_from(["loan_released", "handed_over"])),
    events("price", DEALS, PRICES),
    events("date", DEALS, INSTANTS),
    events("plan", DEALS, NAMES),
    events("strike void", DEALS),
)
SEALING = events("seal", LABELS)
UNSEALED = st.lists(HAPPENING, min_size=10, max_size=60)
HISTORIES = st.lists(st.one_of(*[HAPPENING] * 6, SEALING), min_size=20, max_size=60)

CAUSES = {"price": Cause.CORRECTION, "date": Cause.CORRECTION, "plan": Cause.CORRECTION, "void": Cause.FORFEITURE}


class Books:
    """The code under test, living through the same events: facts with the instants at which they were known."""

    def __init__(self):
        self.deals, self.strikes, self.sealed, self.posted, self.now = {}, Counter(), {}, Counter(), KNOWN

    def happen(self, event):
        self.now += timedelta(minutes=1)
        if event.what == "seal":
            for place in (None, *sorted(set(HOMES.values()))):
                self.sealed.setdefault(WindowKey("A", place, event.subject), self.now)
            return
        known = self.deals.get(event.subject)
        if event.what == "sign" and known is None:
            at, price_fen, plan = event.value
            facts = {"reached": frozenset({"signed"}), "recorded_at": self.now}
            home = HOMES[event.subject]
            self.deals[event.subject] = Deal(event.subject, "A", home, at, price_fen, plan, **facts)
        elif known is not None and event.what in ("strike", "void"):
            self.strikes[event.subject] = max(self.strikes[event.subject] + (1 if event.what == "strike" else -1), 0)
            self.deals[event.subject] = known._replace(forfeited=bool(self.strikes[event.subject]))
        elif known is not None and known.cancelled_at is None:
            self.deals[event.subject] = known._replace(**self.changed(known, event))

    def changed(self, known, event):
        """The facts of a living deal that an event changes."""
        match event.what:
            case "cancel":
                return {"cancelled_at": self.now}
            case "reach":
                return {"reached": known.reached | {event.value}}
            case "price":
                return {"price_fen": event.value}
            case "plan":
                return {"plan": event.value}
            case "date" if event.value != known.signed_at:
                moved = (*known.moved, Moved(known.signed_at, self.now))
                return {"signed_at": event.value, "moved": moved}
        return {}

    def lines(self, event=None):
        cause = None if event is None else CAUSES.get(event.what)
        about = None if cause is None else {event.subject}
        return accrue(self.deals.values(), PLANS, self.posted, cause, self.sealed, about)

    def post(self, event=None):
        """Bring the ledger to what is due; afterwards nothing is."""
        lines = self.lines(event)
        for line in lines:
            self.posted[line.deal_id, line.milestone] += line.amount_fen
        assert self.lines() == ()
        return lines

    def ledger(self):
        """What is posted, net, without what has come to nothing."""
        return {key: fen for key, fen in self.posted.items() if fen}


def lived(history, post_every=1):
    books = Books()
    for number, event in enumerate(history, 1):
        books.happen(event)
        if number % post_every == 0:
            books.post(event)
    books.post()
    return books


@settings(max_examples=examples(60, 5000))
@given(HISTORIES)
def test_after_every_event_the_ledger_holds_what_the_rules_say(history):
    books, oracle = Books(), Oracle(TERMS, HOMES)
    for event in history:
        books.happen(event)
        oracle.happen(event)
        books.post(event)
        assert books.ledger() == oracle.ledger()


@given(HISTORIES, st.integers(2, 80))
def test_how_often_lines_are_posted_does_not_matter(history, post_every):
    assert lived(history).ledger() == lived(history, post_every).ledger()


@given(UNSEALED, st.randoms(use_true_random=False))
def test_without_seals_any_order_of_events_ends_in_the_same_ledger(history, random):
    assert lived(history).ledger() == lived(another_order(history, random)).ledger()


@given(HISTORIES, st.randoms(use_true_random=False))
def test_with_seals_any_order_on_the_same_sides_of_them_ends_in_the_same_ledger(history, random):
    assert lived(history).ledger() == lived(another_order(history, random)).ledger()


@given(HISTORIES)
def test_where_all_is_sealed_an_event_moves_nobody_else(history):
    seals = [Event("seal", label) for label in ("2026-01", "2026-02", "2026-03")]
    wider = [Event("seal", label) for label in ("2026-Q1", "2026", "agreement")]
    books = lived([*history, *seals, *wider])
    for event in history:
        books.happen(event)
        assert {line.deal_id for line in books.post(event)} <= {event.subject}


@given(HISTORIES)
def test_a_cancelled_deal_and_a_forfeited_one_keep_nothing(history):
    books = lived(history)
    for deal in books.deals.values():
        if deal.cancelled_at is not None or (deal.forfeited and PLANS[deal.plan].forfeiture):
            assert not any(fen for (deal_id, _), fen in books.posted.items() if deal_id == deal.deal_id)


def another_order(history, random):
    """A random order of the same events that differs in what cannot matter alone (see the head of this module)."""
    waits_for = {number: set() for number in range(len(history))}
    latest = {}
    sealed_by = None
    for number, event in enumerate(history):
        chains = [("deal", event.subject)] if event.what != "seal" else []
        if sealed_by is not None and event.what in ("sign", "date"):
            chains.append("arrivals")
        for chain in chains:
            if chain in latest:
                waits_for[number].add(latest[chain])
            latest[chain] = number
        if event.what == "seal":
            waits_for[number] |= set(range(number))
            sealed_by = number
        elif sealed_by is not None:
            waits_for[number].add(sealed_by)
    order = []
    while waits_for:
        number = random.choice([key for key, others in waits_for.items() if not others])
        order.append(history[number])
        del waits_for[number]
        for others in waits_for.values():
            others.discard(number)
    return order


def test_another_order_keeps_sides_and_every_deals_own_order():
    before, seal = [Event("sign", deal_id) for deal_id in (1, 2, 3)], Event("seal", "2026")
    behind = [Event("sign", 4), Event("cancel", 1), Event("sign", 5)]
    orders = {tuple(another_order([*before, seal, *behind], Random(seed))) for seed in range(200)}
    assert len(orders) == 6 * 3
    assert {order[3] for order in orders} == {seal}
    assert all(order.index(behind[0]) < order.index(behind[2]) for order in orders)


def test_long_lives():
    """Lives of ten deals under all plans, sixty steps each, against the oracle after every step."""
    random = Random(56)
    for _ in range(examples(20, 1000)):
        books, oracle = Books(), Oracle(TERMS, HOMES)
        for _ in range(60):
            event = random_event(random)
            books.happen(event)
            oracle.happen(event)
            books.post(event)
            assert books.ledger() == oracle.ledger()


def random_event(random):
    """Signings first of all, so that windows fill; strikes seldom, so that something is paid."""
    what = random.choices(
        ["sign", "date", "price", "plan", "reach", "strike", "void", "cancel", "seal"], [8, 2, 1, 2, 3, 1, 1, 1, 1]
    )[0]
    at, price_fen = START + timedelta(hours=random.randrange(24 * 75)), random.randrange(4_000_000_00)
    name = random.choice(sorted(TERMS))
    value = {
        "sign": (at, price_fen, name),
        "date": at,
        "price": price_fen,
        "plan": name,
        "reach": random.choice(["loan_released", "handed_over"]),
    }
    labels = ["2026-01", "2026-02", "2026-03", "2026-Q1", "2026", "agreement"]
    return Event(what, random.choice(labels if what == "seal" else sorted(HOMES)), value.get(what))
